# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154,SC2317 # names and functions shared with cycle.sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# File systems that have no zones, or other ones, onto zoned devices: everything gets a new logical address. A scenario moves
# one on and on, so that what a kernel wrote to a new layout is what the next one is made of.

others=() # devices of the source beside $src
degraded=() # --degraded, where one of them is missing

sources_state() {
	local device
	for device in "$src" "${others[@]}"; do device_state "$device"; done
}

# relay [OPTION]...: $src to $tgt, and the source is gone; OPTIONS are for plan and start.
relay() {
	step "hash of the source"
	sources_state > "$scratch/source"
	step plan
	zreplace plan "${degraded[@]}" "$@" "$src" "$tgt"
	step start
	zreplace start "${degraded[@]}" "$@" "$src" "$tgt" | tee "$scratch/start"
	grep -q '^layout:' "$scratch/start"
	step verify
	zreplace verify "${degraded[@]}" "$src" "$tgt"
	step "hash of the source"
	sources_state | diff "$scratch/source" -
	local device
	for device in "$src" "${others[@]}"; do detach "$device"; done
	others=()
	degraded=()
}

relay_and_accept() {
	if [[ -n $control ]]; then
		accept "$src"
		return
	fi
	relay
	accept "$tgt"
}

# onward ZONE_MIB SIZE_MIB [ATTRIBUTE=VALUE]...: what is on $tgt is moved to a new device, which is $tgt then.
onward() {
	[[ -z $control ]] || return 0
	local next=/dev/next
	[[ $tgt != "$next" ]] || next=/dev/tgt
	null_add "${next#/dev/}" "$2" "$1" "${@:3}"
	src=$tgt tgt=$next
	mount_fs "$src"
	note_content
	[[ -z ${parent:-} ]] || note_more
	umount "$mnt"
	relay
	only_look=1 accept "$tgt"
}

# use_zone MIB: more in one zone of $tgt than fits into a smaller one, in extents that do.
use_zone() {
	[[ -z $control ]] || return 0
	step "use $1 MiB of a zone"
	mount_fs "$tgt"
	pattern 90 $(($1 << 20)) | dd of="$mnt/large" bs=1M iflag=fullblock oflag=direct status=none
	umount "$mnt"
}

# Block groups of a new layout are moved for the first time.
more_writes() {
	step balance
	btrfs -q balance start -dlimit=2 -mlimit=1 "$mnt" > "$scratch/balance"
	[[ ! -d $mnt/pre ]] || write_into_holes
}

# What btrfs send says of one snapshot after another: names, generations, clones and data.
stream() { btrfs send -q -p "$mnt/$parent" "$mnt/$child" | xxhsum -q -H1 -; }

# Simple quotas say who wrote what, so that nothing can count them anew.
quotas() { [[ -z ${simple:-} ]] || new_btrfs qgroup show --raw "$mnt"; }

note_more() {
	step "btrfs send"
	stream > "$scratch/stream"
	quotas > "$scratch/quotas"
	[[ ! -e $mnt/sealed ]] || measure "$mnt/sealed" > "$scratch/measure"
}

more_to_compare() {
	[[ -n ${parent:-} ]] || return 0
	step "btrfs send"
	stream | diff "$scratch/stream" -
	quotas | diff "$scratch/quotas" -
	[[ ! -e $mnt/sealed ]] || measure "$mnt/sealed" | diff "$scratch/measure" -
}

# Files that are written in place, and what inherits that; a swap file is one of them.
written_in_place() {
	btrfs -q subvolume create "$mnt/in-place"
	chattr +C "$mnt/in-place"
	pattern 50 $((1 << 20)) > "$mnt/in-place/file"
	pattern 51 70000 > "$mnt/in-place/small"
	sync -f "$mnt"
	pattern 52 8192 | dd of="$mnt/in-place/file" bs=4k seek=9 conv=notrunc status=none
	fallocate -l 1M "$mnt/in-place/reserved"
	fallocate -l 1M "$mnt/in-place/swap"
	chmod 600 "$mnt/in-place/swap"
	mkswap -q "$mnt/in-place/swap"
}

# Space that was allocated and not written, alone and between data, with a file larger than one leaf, in snapshots that share
# leaves and in those that do not any more.
allocated() {
	local pre=$mnt/pre
	btrfs -q subvolume create "$pre"
	fallocate -l 2M "$pre/whole"
	fallocate -l 2M "$pre/part"
	pattern 70 300000 | dd of="$pre/part" bs=4k seek=20 conv=notrunc iflag=fullblock status=none
	pattern 71 50000 > "$pre/behind"
	fallocate -n -o 1M -l 1M "$pre/behind"
	fallocate -l 4M "$pre/islands"
	perl -e '
		open(my $file, "+<", $ARGV[0]) or die;
		for (my $at = 0; $at < 4 << 20; $at += 16384) {
			sysseek($file, $at, 0);
			syswrite($file, "island $at" x 256);
		}' "$pre/islands"
	sync -f "$mnt"
	btrfs -q subvolume snapshot "$pre" "$mnt/pre-same"
	btrfs -q subvolume snapshot "$pre" "$mnt/pre-other"
	sync -f "$mnt"
	pattern 72 100000 | dd of="$mnt/pre-other/part" bs=4k seek=200 conv=notrunc iflag=fullblock status=none
	pattern 73 8192 | dd of="$mnt/pre-other/islands" bs=4k seek=102 conv=notrunc iflag=fullblock status=none
	fallocate -l 1M "$mnt/pre-other/new"
	cp --reflink=always "$pre/part" "$pre/reflink"
	sync -f "$mnt"
}

# A file for each compressor, and access control lists, of which one is for new files.
compressed_and_listed() {
	local name
	# Version 2; tag, permissions and number of each entry.
	local list=0200000001000600ffffffff02000400e803000004000400ffffffff10000400ffffffff20000400ffffffff
	for name in lzo zlib; do
		mkdir "$mnt/packed-$name"
		btrfs property set "$mnt/packed-$name" compression "$name"
		seq 1 60000 > "$mnt/packed-$name/numbers"
	done
	mkdir "$mnt/listed"
	setfattr -n system.posix_acl_default -v "0x$list" "$mnt/listed"
	setfattr -n system.posix_acl_access -v "0x$list" "$mnt/listed"
	echo text > "$mnt/listed/file"
}

# A file that nothing can change any more: its Merkle tree is in items of its own, and the kernel compares what it reads.
sealed() {
	pattern 45 200000 > "$mnt/sealed"
	perl -e '
		sysopen(my $file, $ARGV[0], 0) or die;
		my $how = pack("L4 Q L2 Q x88", 1, 1, 4096, 0, 0, 0, 0, 0);
		ioctl($file, 0x40806685, $how) or die "seal: $!";' "$mnt/sealed"
}

# measure FILE: the root of its Merkle tree.
measure() {
	perl -e '
		sysopen(my $file, $ARGV[0], 0) or die;
		my $digest = pack("S2 x32", 0, 32);
		ioctl($file, 0xc0046686, $digest) or die "measure: $!";
		print unpack("H72", $digest), "\n";' "$1"
}

# A file that was deleted while it was open, on a machine that stopped then.
orphan() {
	local image=/tmp/${src#/dev/}.img
	mount_fs "$src"
	pattern 95 300000 > "$mnt/orphan"
	exec 9< "$mnt/orphan"
	rm "$mnt/orphan"
	sync -f "$mnt"
	cp --sparse=always "$image" "$image.stopped"
	exec 9<&-
	umount "$mnt"
	losetup -d "$src"
	mv "$image.stopped" "$image"
	losetup "$src" "$image"
	new_btrfs inspect-internal dump-tree -t fs "$src" | grep ORPHAN_ITEM
}

# crowd COUNT: so many snapshots, of which every fourth goes its own way, and so many reflinks.
crowd() {
	btrfs -q subvolume create "$mnt/crowd"
	mkdir "$mnt/snapshots"
	pattern 40 24576 > "$mnt/crowd/file"
	sync -f "$mnt"
	perl -e '
		my ($top, $count) = @ARGV;
		my ($snap_create, $clone) = (0x50009401, 0x40049409);
		sysopen(my $from, "$top/crowd", 0) or die;
		sysopen(my $into, "$top/snapshots", 0) or die;
		sysopen(my $file, "$top/crowd/file", 0) or die;
		for my $i (1 .. $count) {
			ioctl($into, $snap_create, pack("q Z4088", fileno $from, "s$i")) or die "snapshot $i: $!";
			sysopen(my $link, "$top/snapshots/link$i", 0102) or die;
			ioctl($link, $clone, fileno $file) or die "reflink $i: $!";
			next if $i % 4;
			sysopen(my $other, "$top/snapshots/s$i/file", 1) or die;
			sysseek($other, 4096 * ($i / 4 % 6), 0);
			syswrite($other, "snapshot $i" x 300);
		}' "$mnt" "$1"
	sync -f "$mnt"
}

# doomed COUNT: a subvolume with so many leaves of its own, all other than those of its snapshot, which stays.
doomed() {
	btrfs -q subvolume create "$mnt/doomed"
	perl -e '
		my ($top, $count) = @ARGV;
		for my $i (1 .. $count) {
			open(my $file, ">", "$top/$i") or die;
			print $file "inline $i" x 200;
		}' "$mnt/doomed" "$1"
	sync -f "$mnt"
	btrfs -q subvolume snapshot "$mnt/doomed" "$mnt/kept"
	perl -e 'utime 1, 1, map { "$ARGV[0]/$_" } 1 .. $ARGV[1]' "$mnt/doomed" "$1"
	sync -f "$mnt"
}

# How far a kernel has deleted subvolumes: a key for each that it has begun with.
deleted_so_far() {
	new_btrfs inspect-internal dump-tree -t root "$src" | grep 'drop_progress' | grep -v '(0 UNKNOWN.0 0)'
}

# The kernel deletes in the background, as long as the file system is mounted to be written to.
delete_half_way() {
	local tries
	step "delete half of a subvolume"
	btrfs -q subvolume delete "$mnt/doomed" > /dev/null
	umount "$mnt"
	# A commit begins it, and it ends with the file system.
	for ((tries = 0; tries < 20; tries++)); do
		! deleted_so_far || break
		mount_fs "$src"
		btrfs filesystem sync "$mnt"
		umount "$mnt"
	done
	deleted_so_far
	mount_fs "$src" ro
	btrfs subvolume list -d "$mnt" | grep DELETED
}

# Two snapshots with different content, one after the other.
parent_and_child() {
	parent=snap-ro child=snap-later
	pattern 60 50000 | dd of="$mnt/vol/odd" bs=4k seek=40 conv=notrunc iflag=fullblock status=none
	cp --reflink=always "$mnt/vol/odd" "$mnt/vol/clone"
	mv "$mnt/vol/small/file-3" "$mnt/vol/moved"
	rm "$mnt/vol/small/file-4"
	btrfs -q subvolume snapshot -r "$mnt/vol" "$mnt/$child"
	sync -f "$mnt"
	note_more
}

# write_both NAME BYTES DD_ARGUMENT...: the same writes to a file below "after" and to a copy of it that is on no btrfs.
write_both() {
	local name=$1 bytes=$2
	shift 2
	[[ -e $scratch/$name ]] || cp "$mnt/after/$name" "$scratch/$name"
	pattern 80 "$bytes" | dd of="$mnt/after/$name" bs=4k conv=notrunc iflag=fullblock status=none "$@"
	pattern 80 "$bytes" | dd of="$scratch/$name" bs=4k conv=notrunc iflag=fullblock status=none "${@/oflag=direct/conv=notrunc}"
}

# Holes that were allocated space can be written to, and what is behind the end of a file counts once.
write_into_holes() {
	local names=(pre/whole pre/part pre/islands in-place/reserved) name
	step "write into holes"
	for name in pre in-place; do
		mkdir "$scratch/$name"
		btrfs -q subvolume snapshot "$mnt/$name" "$mnt/after/$name"
	done
	for name in "${names[@]}"; do
		write_both "$name" 70000 seek=300
		write_both "$name" $((17 * 4096)) seek=64 oflag=direct
	done
	write_both pre/behind 70000 seek=250
	sync -f "$mnt"
	echo 3 > /proc/sys/vm/drop_caches
	for name in "${names[@]}" pre/behind; do
		cmp "$mnt/after/$name" "$scratch/$name"
	done
	[[ -n $control ]] || ! lsattr -R "$mnt/in-place" | grep -E '^[^ ]*C' || fail "the attribute C was kept"
}

# What old programs made: no tree of free space, holes as items, small nodes; everything that zones do not have.
scenario_one_disk() {
	more_content() {
		btrfs quota enable "$mnt"
		written_in_place
		allocated
		compressed_and_listed
		sealed
		crowd 200
		parent_and_child
		btrfs quota rescan -w "$mnt" > /dev/null
	}
	src=$(loop_add 512)
	null_add tgt 3072 64 zone_capacity=48 zone_nr_conv=2
	make_source --small 60 -m dup -d single -n 4096 --csum xxhash -O ^no-holes -R ^free-space-tree
	orphan
	relay_and_accept
}

# What new programs make, on four devices of which one is missing; the others are found.
scenario_raid10() {
	local features=block-group-tree simple=""
	more_content() {
		compressed_and_listed
		crowd 20
		parent_and_child
	}
	[[ $ZR_KERNEL == 6.1 ]] || { features+=,squota; simple=1; }
	src=$(loop_add 512)
	others=("$(loop_add 512)" "$(loop_add 512)" "$(loop_add 512)")
	null_add tgt 6144 256
	make_source --new --small 60 -m raid10 -d raid10 -n 65536 --csum sha256 -O "$features" "${others[@]}"
	if [[ -z $control ]]; then
		detach "${others[2]}"
		unset 'others[2]'
		refused plan "$src" "$tgt"
		degraded=(--degraded)
	fi
	relay_and_accept
	[[ $ZR_KERNEL != 6.1 ]] || return 0
	onward 64 4096
	use_zone 52
	onward 64 4096 zone_capacity=48
}

# A thousand snapshots and reflinks, and a subvolume that a kernel has half deleted; the kernel deletes the rest of it.
scenario_crowd() {
	more_content() {
		crowd 1000
		doomed 8000
		delete_half_way
	}
	more_writes() {
		step "balance, delete the rest"
		btrfs -q balance start -dlimit=1 -mlimit=1 "$mnt" > "$scratch/balance"
		btrfs subvolume sync "$mnt"
		[[ -z $(btrfs subvolume list -d "$mnt") ]]
	}
	src=$(loop_add 1024)
	null_add tgt 2048 64
	make_source --small 60 -m single -d single -n 4096 --csum blake2
	relay_and_accept
}

# loop_image FILE: a regular device that holds what the file does, which is moved; prints its name.
loop_image() {
	local device
	device=$(losetup -f)
	mv "$1" "/tmp/${device#/dev/}.img"
	losetup "$device" "/tmp/${device#/dev/}.img"
	echo "$device"
}

# unpack_devices NAME COUNT: the images of a fixture become $src, the last one, and $others.
unpack_devices() {
	local i
	mkdir -p "$fixture_images"
	tar -C "$fixture_images" -xf "$here/../fixtures/$1.tar.xz"
	others=()
	for ((i = 1; i <= $2; i++)); do
		others+=("$(loop_image "$fixture_images/$1-$i.img")")
	done
	src=${others[-1]}
	unset 'others[-1]'
}

# spread NAME COUNT MISSING [OPTION]...: a fixture of COUNT devices without the first MISSING of them.
spread() {
	local name=$1 count=$2 missing=$3
	step "$name"
	unpack_devices "regular-$name" "$count"
	((!missing)) || degraded=(--degraded)
	while ((missing--)); do
		detach "${others[0]}"
		others=("${others[@]:1}")
	done
	null_add tgt 512 16 zone_capacity=11
	relay "${@:4}"
	check_fs "$tgt"
	mount_fs "$tgt"
	manifest "$mnt" | diff "$here/../fixtures/regular-$name.sums" - | head -n 20
	btrfs -q balance start -dlimit=1 -mlimit=1 "$mnt" > "$scratch/balance"
	scrub "$tgt"
	umount "$mnt"
	check_fs "$tgt"
	detach "$tgt"
}

# Devices are missing, as many as their file system can lose; tests without a kernel have the other profiles.
scenario_profiles() {
	[[ -z $control ]] || return 0
	spread raid1 2 1 --metadata single
	spread raid5 3 1
}

# Zones that only btrfs knows of.
scenario_regular_target() {
	unpack_regular
	mount_fs "$src"
	note_content
	umount "$mnt"
	tgt=$(loop_add 4608)
	relay_and_accept
}

# The image of the fixture that old programs made becomes $src.
unpack_regular() {
	tar -C /tmp -xf "$here/../fixtures/regular.tar.xz"
	src=$(loop_image /tmp/regular.img)
}

# smaller_extents: what a program that refuses large ones tells to do, in each subvolume.
smaller_extents() {
	local dir
	mount_fs "$src"
	btrfs property set "$mnt/snap-ro" ro false
	for dir in "$mnt" "$mnt/vol" "$mnt/vol/inner" "$mnt/snap-ro" "$mnt/snap-rw"; do
		btrfs filesystem defragment -r -czstd "$dir" > /dev/null
	done
	sync -f "$mnt"
	note_content
	umount "$mnt"
}

# A free space cache, and extents larger than a zone; block groups with both data and metadata.
scenario_small_zones() {
	null_add tgt 384 4
	src=$(loop_add 64)
	mkfs.btrfs -q -f -M "$src"
	refused start "$src" "$tgt"
	[[ -n $control ]] || grep -i 'mixed' "$scratch/refusal"
	losetup -d "$src"
	unpack_regular
	refused start "$src" "$tgt"
	[[ -n $control ]] || grep 'defragment -czstd' "$scratch/refusal"
	smaller_extents
	relay_and_accept
	# What moves on is made by this program; one kernel is enough to judge that.
	[[ $ZR_KERNEL != 6.1 ]] || return 0
	onward 64 1024
	onward 128 2048
	onward 16 512 zone_capacity=11 zone_nr_conv=2
}
