# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154,SC2317 # names and functions shared with cycle.sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# File systems that have no zones, or other ones, onto zoned devices: everything gets a new logical address.

# relay_and_accept [OPTION]...: as replace_and_accept; balance is what moves block groups of a new layout for the first time.
relay_and_accept() {
	if [[ -n $control ]]; then
		accept "$src"
		return
	fi
	step "hash of the source"
	device_state "$src" > "$scratch/source"
	step plan
	zreplace plan "${plan_options[@]}" "$src" "$tgt"
	step start
	zreplace start "$@" "${plan_options[@]}" "$src" "$tgt" | tee "$scratch/start"
	step verify
	zreplace verify "$src" "$tgt"
	step "hash of the source"
	device_state "$src" | diff "$scratch/source" -
	detach "$src"
	accept "$tgt"
	moves "$tgt"
}

# moves DEVICE: block groups that the program laid out can be relocated.
moves() {
	step balance
	mount_fs "$1"
	btrfs -q balance start -dlimit=2 -mlimit=1 "$mnt" > "$scratch/balance"
	same_old_content
	umount "$mnt"
	check_fs "$1"
}

plan_options=()

# regular SIZE_MIB ZONE_MIB [ATTRIBUTE=VALUE]...: a source without zones, and a target of that shape.
regular() {
	src=$(loop_add 256)
	null_add tgt "$@"
}

# Files that are written in place, and what inherits that.
written_in_place() {
	mkdir "$mnt/in-place"
	chattr +C "$mnt/in-place"
	pattern 50 $((1 << 20)) > "$mnt/in-place/file"
	pattern 51 70000 > "$mnt/in-place/small"
	sync -f "$mnt"
	pattern 52 8192 | dd of="$mnt/in-place/file" bs=4k seek=9 conv=notrunc status=none
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

# Holes can be written to, and what is behind the end of a file counts once.
write_into_holes() {
	local file
	for file in pre/whole pre-same/part pre-other/islands; do
		pattern 80 65536 | dd of="$mnt/$file" bs=4k seek=64 conv=notrunc oflag=direct iflag=fullblock status=none
		pattern 81 70000 | dd of="$mnt/$file" bs=4k seek=300 conv=notrunc iflag=fullblock status=none
	done
	pattern 82 90000 | dd of="$mnt/pre/behind" bs=4k seek=250 conv=notrunc,fsync iflag=fullblock status=none
}

scenario_preallocated() {
	more_content() {
		btrfs quota enable "$mnt"
		btrfs quota rescan -w "$mnt" > /dev/null
		written_in_place
		fallocate -l 1M "$mnt/in-place/reserved"
		allocated
	}
	regular 512 16
	make_source -m dup -d single
	relay_and_accept
	[[ -z $control ]] || return 0
	mount_fs "$tgt"
	write_into_holes
	umount "$mnt"
	check_fs "$tgt"
}

# What new programs make: block groups in a tree of their own.
scenario_dup() {
	more_content() { written_in_place; }
	regular 512 16
	make_source --new -m dup -d single -O block-group-tree
	relay_and_accept
}

# What old ones made: no tree of free space, holes as items; small nodes, so that trees have levels.
scenario_single() {
	plan_options=(--metadata single)
	regular 512 16
	make_source --small 400 -m single -d single -n 4096 -O ^no-holes -R ^free-space-tree
	relay_and_accept --serial
}

# Zones of another size, of which two at the front are conventional.
scenario_zone_size() {
	null_add src 256 4
	null_add tgt 768 32 zone_nr_conv=2
	make_source -m dup -d single
	relay_and_accept
}

# Less room in each zone than its twin on the source has.
scenario_capacity() {
	more_content() { pattern 60 $((9 << 20)) > "$mnt/big/fill"; }
	null_add src 512 16
	null_add tgt 512 16 zone_capacity=11
	make_source -m single -d single --csum xxhash
	relay_and_accept
}
