# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154,SC2317 # names and functions shared with cycle.sh and faults.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kernels: 6.12
#
# What else a device can be: mapped, encrypted, a loop device, a partition, with other blocks, with a rest at its end.

# fixture_on_source: $src gets the fixture, whose file system is 128 MiB.
fixture_on_source() {
	[[ -z $control ]] || exit 0
	unpack_fixture dup
	cp "$here/../fixtures/dup.sums" "$scratch/manifest"
	note_source
}

# replace_fixture: the target is what the source was, for everybody, and lives on.
replace_fixture() {
	run_start
	succeeded
	whole
	mount_fs "$tgt"
	lives_on "$tgt"
}

# Two parts of one disk: each begins with a zone, and neither is the other.
scenario_linear() {
	null_add src 256 4
	mapped_add from '0 262144 linear /dev/src 0'
	mapped_add to '0 262144 linear /dev/src 262144'
	src=/dev/mapped/from tgt=/dev/mapped/to
	kernel_may_say 'device-mapper: zone: dm-N zone resource limits may be unreliable'
	fixture_on_source
	replace_fixture
}

# The disk below a mapped device is in use, and not for us.
scenario_held() {
	null_add src 128 4
	null_add tgt 128 4
	fixture_on_source
	mapped_add to '0 262144 linear /dev/tgt 0'
	refused start "$src" "$tgt"
	refused start -f "$src" "$tgt"
	grep -q 'is in use by dm-' "$scratch/refusal"
	mapped_remove to
	mapped_add from '0 262144 linear /dev/src 0'
	refused start "$src" "$tgt"
	grep -q 'is in use by dm-' "$scratch/refusal"
}

# crypt_table KEY_BYTE DEVICE
crypt_table() { echo "0 262144 crypt aes-xts-plain64 $(printf "$1%.0s" {1..64}) 0 $2 0 1 sector_size:4096"; }

# From one key to another; zeroes in gaps are written like anything else, as a cipher makes noise of a zone that is not.
scenario_crypt() {
	null_add src 128 4
	null_add tgt 128 4
	mapped_add from "$(crypt_table 5a /dev/src)"
	mapped_add to "$(crypt_table c3 /dev/tgt)"
	src=/dev/mapped/from tgt=/dev/mapped/to
	fixture_on_source
	replace_fixture
	if blkid -p /dev/tgt | grep btrfs; then
		fail "the target is not encrypted"
	fi
}

# A superblock is one block on one side and eight on the other.
scenario_blocks_of_512() {
	null_add src 128 4
	null_add tgt 128 4 blocksize=512
	fixture_on_source
	[[ $(blockdev --getss "$tgt") == 512 ]]
	replace_fixture
}

scenario_blocks_from_512() {
	null_add src 128 4 blocksize=512
	null_add tgt 128 4
	[[ $(blockdev --getss "$src") == 512 ]]
	make_source --small 30 -m dup -d single
	replace_and_accept
}

# The last zone is shorter than the others, on both sides and by another length.
scenario_short_last_zone() {
	null_add src 130 4
	null_add tgt 131 4
	[[ $(blkzone report "$tgt" | tail -n 1) == *'len 0x001800,'* ]] || fail "the last zone is a whole one"
	make_source --small 30 -m dup -d single
	replace_and_accept
}

# partition_table FIRST_SECTOR SECTORS: the first 4 KiB of a disk with one partition.
partition_table() {
	perl -e 'print "\0" x 446, pack("C8VV", 0, 0, 2, 0, 0x83, 0, 0, 0, @ARGV), "\0" x 48, "\x55\xaa", "\0" x 3584' "$@"
}

# A zoned disk has no partitions: the kernel makes none of a table, and the table is data.
scenario_partition_table() {
	null_add src 128 4
	null_add tgt 128 4 zone_nr_conv=2
	fixture_on_source
	partition_table 16384 16384 | dd of="$tgt" bs=4096 iflag=fullblock oflag=direct status=none
	kernel_may_say 'tgt: p1' 'tgt: partitions not supported on host managed zoned block device'
	blockdev --rereadpt "$tgt" || true
	[[ ! -e /dev/tgt1 ]]
	refused start "$src" "$tgt"
	grep -q 'dos partition table' "$scratch/refusal"
	run_start -f
	succeeded
	whole
}

# A partition of a regular disk with blocks of 512 bytes, to a loop device with larger ones; both have a rest behind the
# last whole zone.
scenario_loop_partition() {
	local disk
	[[ -z $control ]] || exit 0
	disk=$(loop_add 1282)
	tar -C /tmp -xf "$here/../fixtures/emulated.tar.xz"
	partition_table 2048 2622464 | dd of="$disk" bs=4096 iflag=fullblock conv=notrunc status=none
	dd if=/tmp/emulated.img of="$disk" bs=1M seek=1 conv=notrunc,sparse status=none
	rm /tmp/emulated.img
	kernel_may_say 'loop[0-9]*: p1'
	blockdev --rereadpt "$disk" || losetup -c "$disk"
	partx -a "$disk" || true
	wait_for_device "${disk}p1"
	tgt=$disk
	src=${disk}p1
	ln -s "${disk#/dev/}.img" "/tmp/${src#/dev/}.img"
	refused start -f "$src" "$tgt"
	grep -q 'is a partition of the other' "$scratch/refusal"
	tgt=$(loop_add 1344 -b 4096)
	cp "$here/../fixtures/emulated.sums" "$scratch/manifest"
	note_source
	refused start "/tmp/${disk#/dev/}.img" "$tgt"
	grep -q 'is in use by a loop device' "$scratch/refusal"
	replace_fixture
}
