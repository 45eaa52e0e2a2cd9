# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154,SC2317 # names and functions shared with cycle.sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What zones can be like: short, conventional, full, limited in number; and the log of superblocks.

# Addresses between capacity and size exist and hold nothing; full zones end at the capacity.
scenario_capacity() {
	null_add src 512 16 zone_capacity=12
	null_add tgt 512 16 zone_capacity=12
	more_content() {
		pattern 60 $((16 << 20)) > "$mnt/big/fill"
		top_up
	}
	make_source --new -m dup -d single
	[[ $(zones_in "$src" fu) -gt 0 ]] || fail "no zone is full"
	replace_and_accept
}

# Superblock in place on one side, as a log on the other.
scenario_to_conventional() {
	null_add src 256 4
	null_add tgt 256 4 zone_nr_conv=4
	make_source -m dup -d single
	replace_and_accept
}

# Block groups without a write pointer become ones with it.
scenario_from_conventional() {
	null_add src 256 4 zone_nr_conv=4
	null_add tgt 256 4
	make_source -m dup -d single
	replace_and_accept
}

# More partly written zones than the target may have: some must be finished. The control run has the limit from the start,
# to learn what a kernel says that is short of zones.
scenario_active_limit() {
	only_look_on_old_kernel
	limit_active 8 -m single -d single
}

scenario_active_limit_10() {
	only_look_on_old_kernel
	limit_active 10 -m dup -d single
}

scenario_active_limit_14() {
	only_look_on_old_kernel
	limit_active 14 -m dup -d single
}

# Linux 6.1 fails by itself where so few zones may be active, as control runs show: a scrub never ends, a new block group
# aborts, there is no space.
only_look_on_old_kernel() { [[ $ZR_KERNEL != 6.1 ]] || only_look=1; }

# limit_active N MKFS_ARG...
limit_active() {
	local limit=$1
	few_active=1
	shift
	null_add src 256 4 ${control:+zone_max_active=$limit}
	null_add tgt 256 4 zone_max_active="$limit"
	make_source "$@"
	scatter
	blkzone report "$src" | grep -E '\((oi|oe|cl)\)'
	[[ -n $control || $(zones_in "$src" 'oi|oe|cl') -gt $limit ]] || fail "too few zones are partly written"
	replace_and_accept
}

# The kernel cuts what it writes into extents as long as one append may be. If these do not divide a zone, each zone of
# data keeps a rest that only a smaller extent could fill. A balance leaves one more zone partly written.
scatter() {
	local append
	append=$(< "/sys/block/${src#/dev/}/queue/zone_append_max_bytes")
	mount_fs "$src"
	pattern 70 "$((append * 300))" > "$mnt/scattered"
	sync -f "$mnt"
	[[ -n $control ]] || btrfs balance start -dlimit=1 "$mnt"
	sync -f "$mnt"
	note_content
	umount "$mnt"
}

# A finished zone is full and yet holds little.
scenario_finished() {
	null_add src 256 4
	null_add tgt 256 4
	make_source -m dup -d single
	finish_data_zones "$src"
	replace_and_accept
}

# The current superblock is not the last one in the second zone of the log.
scenario_wrapped_log() {
	null_add src 128 4
	null_add tgt 128 4
	unpack_fixture sblog-wrap
	mount_fs "$src"
	mkdir "$mnt/big" "$mnt/packed"
	pattern 6 700000 > "$mnt/big/late"
	btrfs -q subvolume create "$mnt/vol"
	btrfs -q subvolume snapshot "$mnt/vol" "$mnt/snap-rw"
	note_content
	umount "$mnt"
	blkzone report -c 2 "$src"
	replace_and_accept
}

# An old file system on the target: not without -f, and nothing of it may come back.
scenario_stale_target() {
	null_add src 256 4
	null_add tgt 256 4
	mkfs.btrfs -q -m dup -d single "$tgt" 2> /dev/null
	mount_fs "$tgt"
	small_files "$mnt/old" 50
	sync -f "$mnt"
	umount "$mnt"
	make_source -m single -d single
	refused start "$src" "$tgt"
	replace_and_accept -f
}

# A broken superblock log of the second mirror, where the source has none, makes a kernel refuse to mount.
scenario_stale_mirror() {
	local zone
	null_add src 3072 256
	null_add tgt 526336 256
	for zone in 2048 2049; do
		dd if=/dev/zero of="$tgt" bs=4096 count=1 seek="$((zone * 65536))" oflag=direct status=none
	done
	make_source --small 30 -m single -d single
	replace_and_accept -f
}

# The same, where the second zone of that log is the last one of the device and a short one, and the file system takes it all.
scenario_short_mirror() {
	null_add src 3072 256
	null_add tgt $((512 * 1024 + 256 + 44)) 256
	dd if=/dev/zero of="$tgt" bs=4096 count=1 seek=$((2049 * 65536)) oflag=direct status=none
	make_source --small 30 -m single -d single
	replace_and_accept -f --resize max
	[[ -n $control || $(blkzone report -o $((512 << 21)) -c 1 "$tgt") != *'(em)'* ]] || fail "no second superblock"
}
