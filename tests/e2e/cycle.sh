# shellcheck shell=bash
# shellcheck disable=SC2154 # names that guest and lib.sh set
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The cycle that most scenarios run: a real file system, its replace, and everything the kernel may do with the result.
# $src and $tgt are the two devices; $scratch is a folder for notes.
#
# With ZR_E2E_CONTROL the program is not called and the source itself goes through the rest of the cycle: what the kernel
# says then, it says by itself.

src=/dev/src
tgt=/dev/tgt
scratch=/tmp/scratch
fixture_images=/tmp/fixture-images
control=${ZR_E2E_CONTROL:-}

# pair [SIZE_MIB ZONE_MIB]: source and target of the same geometry.
pair() {
	null_add src "${1:-256}" "${2:-4}"
	null_add tgt "${1:-256}" "${2:-4}"
}

step() { echo "--- $* ($((SECONDS - started)) s)"; }

# Progs from Debian 13 for what only they can do; see tests/fixtures/progs.
new_btrfs() { "$ZR_PROGS/bin/btrfs" "$@"; }

wrapper=() # words before the program, to run it under something

zreplace() {
	local program
	for program in "$ZR_BUILD/btrfs-zreplace" "$ZR_BUILD/cmd/btrfs-zreplace"; do
		[[ -x $program ]] || continue
		echo "+ btrfs-zreplace $*" >&2
		touch "$scratch/program-ran"
		timeout 300 "${wrapper[@]}" "$program" "$@"
		return
	done
	fail "no btrfs-zreplace in $ZR_BUILD"
}

# mount_fs DEVICE [OPTION]
mount_fs() {
	mkdir -p "$mnt"
	mount -t btrfs -o "noatime,subvolid=5${2:+,$2}" "$1" "$mnt"
}

# make_source [--new] [--small N] MKFS_ARG...: a populated, unmounted file system on $src, and notes of what it holds.
make_source() {
	local program=mkfs.btrfs count=100
	[[ $1 != --new ]] || { program=$ZR_PROGS/bin/mkfs.btrfs; shift; }
	[[ $1 != --small ]] || { count=$2; shift 2; }
	step "mkfs $*"
	"$program" -q -f "$@" "$src" > "$scratch/mkfs" 2>&1 || { cat "$scratch/mkfs"; return 1; }
	mount_fs "$src"
	step populate
	populate "$mnt" "$count"
	declare -F more_content > /dev/null && more_content
	note_content
	umount "$mnt"
}

note_content() {
	step manifest
	manifest "$mnt" > "$scratch/manifest"
	btrfs subvolume list -puqR "$mnt" > "$scratch/subvolumes"
}

same_content() {
	step "compare content"
	manifest "$mnt" | diff "$scratch/manifest" - | head -n 20
	btrfs subvolume list -puqR "$mnt" | diff "$scratch/subvolumes" -
	! declare -F more_to_compare > /dev/null || more_to_compare
}

# zone_data DEVICE: all that lies below the write pointers; a regular device or file is read where it is allocated.
zone_data() {
	local device=$1
	blockdev --flushbufs "$device"
	if is_regular "$device"; then
		ranges_of_file "/tmp/${device#/dev/}.img"
	else
		blkzone report "$device" | ranges_of_report | read_ranges "$device"
	fi | xxhsum -q -H1 -
}

# is_regular DEVICE: one of those made of a file, which /tmp/NAME.img is then.
is_regular() { [[ $1 == /dev/loop* || $1 == /dev/nbd* ]]; }

# Conventional and read-only zones have no write pointer and are read whole; an offline zone cannot be read.
ranges_of_report() {
	perl -ne '
		next unless /start: (\S+), len (\S+), cap (\S+), wptr (\S+) .*zcond: ?(\d+)\((\w+)\)/;
		my ($start, $cap, $wptr, $cond) = (oct $1, oct $3, oct $4, $6);
		my $used = $cond =~ /^(nw|fu|ro)$/ ? $cap : $cond =~ /^(em|of)$/ ? 0 : $wptr;
		printf "%d %d\n", $start * 512, $used * 512 if $used;'
}

read_ranges() {
	perl -e '
		open(my $device, "<:raw", shift) or die;
		while (<STDIN>) {
			my ($at, $left) = split;
			sysseek($device, $at, 0);
			while ($left > 0) {
				my $got = sysread($device, my $data, $left < 1 << 20 ? $left : 1 << 20) or die "read at $at: $!";
				print $data;
				$left -= $got;
			}
		}' "$1"
}

ranges_of_file() {
	perl -e '
		my ($seek_data, $seek_hole, $at) = (3, 4, 0);
		open(my $file, "<:raw", $ARGV[0]) or die;
		while (defined($at = sysseek($file, $at, $seek_data))) {
			my $end = sysseek($file, $at, $seek_hole);
			print "$at $end\n";
			sysseek($file, $at, 0);
			while ($at < $end) {
				my $got = sysread($file, my $data, $end - $at < 1 << 20 ? $end - $at : 1 << 20) or die;
				print $data;
				$at += $got;
			}
		}' "$1"
}

# device_state DEVICE: conditions and write pointers of all zones, and a hash of what they hold.
device_state() {
	is_regular "$1" || blkzone report "$1"
	zone_data "$1"
}

# The device must be unknown to the kernel before the other one, with the same file system, is mounted.
detach() {
	case $1 in
	/dev/nvme*) blkzone reset -o 0 -c 2 "$1" ;;
	/dev/loop*p[0-9]) losetup -d "${1%p[0-9]}" ;;
	/dev/loop*) losetup -d "$1" ;;
	/dev/nbd*) nbd-client -d "$1" > /dev/null ;;
	/dev/mapped/*) mapped_remove "${1#/dev/mapped/}" ;;
	*) null_remove "${1#/dev/}" ;;
	esac
	btrfs device scan --forget
}

check_fs() {
	step "btrfs check $1"
	if ! new_btrfs check --check-data-csum "$1" > "$scratch/check" 2>&1; then
		cat "$scratch/check"
		fail "btrfs check"
	fi
	# A UUID may have "bad" in it.
	if grep -iE 'error|mismatch|warning|bad|wrong' "$scratch/check" | grep -vE 'no error found|^UUID: '; then
		fail "btrfs check complains and exits with 0"
	fi
}

# first_zone_is_conventional DEVICE
first_zone_is_conventional() { ! is_regular "$1" && blkzone report -c 1 "$1" | grep -q '(nw)'; }

# Linux 6.1 looks for the superblock at its place on a regular disk when it scrubs, also in a conventional zone, and counts an
# error that is none.
only_super_errors() {
	[[ $ZR_KERNEL == 6.1 ]] && first_zone_is_conventional "$1" && grep -q '^Error summary: *super=[1-3]$' "$scratch/scrub"
}

# scrub DEVICE, which is mounted.
scrub() {
	step scrub
	btrfs scrub start -B "$mnt" > "$scratch/scrub" 2>&1 || true
	grep -q 'no errors found' "$scratch/scrub" || only_super_errors "$1" || { cat "$scratch/scrub"; fail "scrub"; }
}

# Where few zones may be active, Linux 6.12 has no space for much data at once, and has it when what came before is written.
settle() { [[ -z ${few_active:-} ]] || sync -f "$mnt"; }

new_file() {
	local mib
	pattern 200 $((6 << 20)) > "$scratch/new"
	for ((mib = 0; mib < 6; mib++)); do
		dd if="$scratch/new" of="$mnt/after/new" bs=1M skip="$mib" seek="$mib" count=1 conv=notrunc status=none
		settle
	done
}

# Everything that allocates, frees and overwrites, so that a wrong write pointer or a wrong zone state comes out.
write_more() {
	step "new writes"
	mkdir "$mnt/after"
	new_file
	small_files "$mnt/after/small" 60
	settle
	pattern 201 200000 | dd of="$mnt/big/late" bs=64k seek=2 conv=notrunc iflag=fullblock status=none
	btrfs -q subvolume snapshot "$mnt/vol" "$mnt/after/snap"
	sync -f "$mnt"
	btrfs -q subvolume delete "$mnt/snap-rw" > /dev/null
	rm -r "$mnt/packed"
	pattern 202 300000 | dd of="$mnt/after/logged" bs=64k iflag=fullblock conv=fsync status=none
	sync -f "$mnt"
}

# What write_more left alone.
untouched() { grep -vP '\t\./(after|snap-rw|big/late|packed)(/|\t|$)'; }

same_old_content() {
	step "compare old content"
	manifest "$mnt" | untouched | diff <(untouched < "$scratch/manifest") - | head -n 20
	[[ $(xxhsum -q -H1 < "$mnt/after/new") == "$(pattern 200 $((6 << 20)) | xxhsum -q -H1)" ]] ||
		fail "a new file changed"
}

# accept DEVICE: the kernel and its tools find the same file system on DEVICE, and it lives on (not with $only_look).
accept() {
	check_fs "$1"
	mount_fs "$1"
	same_content
	if [[ -n ${only_look:-} ]]; then
		umount "$mnt"
		return
	fi
	scrub "$1"
	lives_on "$1"
}

# lives_on DEVICE, which is mounted.
lives_on() {
	write_more
	! declare -F more_writes > /dev/null || more_writes
	umount "$mnt"
	check_fs "$1"
	mount_fs "$1"
	same_old_content
	umount "$mnt"
}

# replace [OPTION]...: $src to $tgt by the program; OPTIONs are for start.
replace() {
	step "hash of the source"
	device_state "$src" > "$scratch/source"
	step plan
	zreplace plan "$src" "$tgt"
	step start
	zreplace start "$@" "$src" "$tgt" | tee "$scratch/start"
	step verify
	zreplace verify "$src" "$tgt"
	step "hash of the source"
	device_state "$src" | diff "$scratch/source" -
}

# replace_and_accept [OPTION]...
replace_and_accept() {
	if [[ -n $control ]]; then
		accept "$src"
		return
	fi
	replace "$@"
	detach "$src"
	accept "$tgt"
}

# refused COMMAND [OPTION]...: the program must say no, say why, and leave $tgt as it is.
refused() {
	local status=0
	device_state "$tgt" > "$scratch/target"
	if [[ -z $control ]]; then
		zreplace "$@" > "$scratch/refusal" 2>&1 || status=$?
		cat "$scratch/refusal"
		[[ $status == 4 ]] || fail "$1 ended with $status, not 4"
		grep -q ERROR "$scratch/refusal" || fail "$1 did not say why"
	fi
	device_state "$tgt" | diff "$scratch/target" - || fail "$1 changed the target"
}

# data_zones DEVICE: first byte of each zone that a data block group lies in.
data_zones() {
	new_btrfs inspect-internal dump-tree -t chunk "$1" |
		awk '/type DATA/ { data = 1 } /stripe 0 devid/ { if (data) print $NF; data = 0 }'
}

# zones_in DEVICE CONDITIONS: how many zones are in one of the conditions (an extended regular expression).
zones_in() { blkzone report "$1" | grep -cE "\(($2)\)" || true; }

# finish_data_zones DEVICE: each data zone that is partly written becomes full.
finish_data_zones() {
	local at count=0
	for at in $(data_zones "$1"); do
		blkzone report -o "$((at / 512))" -c 1 "$1" | grep -qE '\((oi|oe|cl)\)' || continue
		blkzone finish -o "$((at / 512))" -c 1 "$1"
		count=$((count + 1))
	done
	echo "finished $count data zones"
	[[ $count -gt 0 ]]
}

# Small extents fill the rests that large ones leave at the ends of zones, so that zones become full.
top_up() {
	local i
	mkdir "$mnt/rests"
	for ((i = 0; i < 60; i++)); do
		printf '%04000d' "$i" > "$mnt/rests/$i"
	done
	sync -f "$mnt"
}

# nvme_device SERIAL: numbers of NVMe controllers are not stable.
nvme_device() {
	local dir
	for dir in /sys/class/nvme/nvme*; do
		[[ $(tr -d ' ' < "$dir/serial") == "$1" ]] || continue
		echo "/dev/$(basename "$dir"/nvme*n*)"
	done
}

# mapped_add NAME TABLE: a device of the device mapper, /dev/mapped/NAME. The name is a link, as udev makes them.
mapped_add() {
	export DM_DISABLE_UDEV=1
	echo "$2" | dmsetup create "$1"
	mkdir -p /dev/mapped
	ln -sfn "../$(dmsetup info -c --noheadings -o blkdevname "$1")" "/dev/mapped/$1"
}

mapped_remove() {
	dmsetup remove "$1"
	rm "/dev/mapped/$1"
}

# loop_add SIZE_MIB [LOSETUP_OPTION]...: a regular device; prints its name.
loop_add() {
	local device
	device=$(losetup -f)
	rm -f "/tmp/${device#/dev/}.img"
	truncate -s "${1}M" "/tmp/${device#/dev/}.img"
	losetup "${@:2}" "$device" "/tmp/${device#/dev/}.img"
	echo "$device"
}

# unpack_fixture NAME: the image of a fixture goes onto the new device $src.
unpack_fixture() {
	mkdir -p "$fixture_images"
	[[ -e $fixture_images/$1_zone_info.dump ]] || tar -C "$fixture_images" -xf "$here/../fixtures/$1.tar.xz"
	zbd restore -d "$fixture_images" -f "$1" "$src" > "$scratch/restore" 2>&1 || { cat "$scratch/restore"; fail restore; }
}

clean_up() {
	local device
	jobs -p | xargs -r kill
	wait
	umount "$mnt"
	! declare -F cut_links || cut_links
	for device in $(losetup -nO NAME); do
		losetup -d "$device"
	done
	rm -f /tmp/loop*.img /tmp/nbd*.img /tmp/*.dump
	for device in /dev/mapped/*; do
		[[ ! -L $device ]] || mapped_remove "${device#/dev/mapped/}"
	done
	modprobe -r scsi_debug
	for device in "$nullb"/*/; do
		null_remove "$(basename "$device")"
	done
	btrfs device scan --forget
} 2> /dev/null
