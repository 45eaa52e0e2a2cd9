# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154,SC2317 # names and functions shared with cycle.sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Targets on which block groups cannot stay where they are, or which become another file system or a larger one.

other_mnt=/run/other-mnt

# A file system that reaches high up on a source of 256 MiB: what lay below is gone again.
reach_high() {
	null_add src 256 4
	mkfs.btrfs -q -f -m dup -d single "$src" 2> /dev/null
	mount_fs "$src"
	dd if=/dev/zero of="$mnt/filler" bs=1M count=120 status=none
	sync -f "$mnt"
	populate "$mnt" 60
	rm "$mnt/filler"
	btrfs -q balance start -dusage=5 "$mnt"
	sync -f "$mnt"
	note_content
	umount "$mnt"
	[[ $(data_zones "$src" | sort -n | tail -n 1) -gt $((130 << 20)) ]] || fail "nothing lies high up"
}

# is_empty ZONE of the target
is_empty() { [[ $(blkzone report -o "$(($1 * 8192))" -c 1 "$tgt") == *'(em)'* ]]; }

# moved: some block groups of the target lie elsewhere than on the source.
moved() {
	grep -q '^moved: ' "$scratch/start" || fail "nothing was moved"
}

# spoil CONDITION ZONE...: zones of the target become bad. Who reads ahead of what it wants then reads into them.
spoil() {
	local zone
	kernel_may_say 'I/O error, dev tgt, sector N op N:\(READ\) flags N phys_seg N prio class N'
	for zone in "${@:2}"; do
		echo "$((zone * 8192))" > "$nullb/tgt/zone_$1"
	done
}

# data_zone NTH: number of the NTH zone with data.
data_zone() { echo "$(($(data_zones "$src" | sort -n | sed -n "$1p") >> 22))"; }

# The file system is larger than the target, and all that it uses fits.
scenario_smaller_target() {
	reach_high
	null_add tgt 120 4
	replace_and_accept
	[[ -n $control ]] || moved
}

# The zone with the place of the second superblock on a regular disk, at 64 MiB, takes no block group.
scenario_beside_64m() {
	null_add src 256 4
	make_source --small 30 -m dup -d single
	null_add tgt 256 4
	[[ -n $control ]] || spoil offline 5 6 7 8 9 10 11 12
	replace_and_accept
	[[ -z $control ]] || return 0
	moved
	is_empty 16 || fail "the zone at 64 MiB is not empty"
	if is_empty 15 || is_empty 17; then
		fail "no block group is beside it"
	fi
}

# A dead zone under data.
scenario_offline_zone() {
	null_add src 256 4
	make_source --small 30 -m dup -d single
	null_add tgt 256 4
	[[ -n $control ]] || spoil offline "$(data_zone 1)"
	replace_and_accept
	[[ -n $control ]] || moved
}

scenario_read_only_zone() {
	null_add src 256 4
	make_source --small 30 -m single -d single
	null_add tgt 256 4
	[[ -n $control ]] || spoil readonly "$(data_zone 2)"
	replace_and_accept
	[[ -n $control ]] || moved
}

# Both, on a smaller target that begins with conventional zones.
scenario_all_at_once() {
	reach_high
	null_add tgt 128 4 zone_nr_conv=6
	[[ -n $control ]] || { spoil offline 9 10; spoil readonly 12 13; }
	replace_and_accept
	[[ -n $control ]] || moved
}

# With the second superblock log, at 512 GiB, that the source has no room for.
scenario_resize_max() {
	local bytes
	null_add src 3072 256
	make_source --small 30 -m dup -d single
	null_add tgt 614400 256
	replace_and_accept --resize max
	[[ -z $control ]] || return 0
	bytes=$(btrfs inspect-internal dump-super "$tgt" | awk '/^dev_item.total_bytes/ { print $2 }')
	[[ $bytes == $((614400 << 20)) ]] || fail "the file system takes $bytes bytes"
	[[ $(blkzone report -o $((512 << 21)) -c 1 "$tgt") != *'(em)'* ]] || fail "no second superblock"
}

# both_live: source and target are mounted at a time, and both are written to.
both_live() {
	mkdir -p "$other_mnt"
	mount_fs "$tgt"
	same_content
	mount -t btrfs -o noatime,subvolid=5 "$src" "$other_mnt"
	[[ $(findmnt -no UUID "$mnt") != "$(findmnt -no UUID "$other_mnt")" ]] || fail "one UUID for both"
	pattern 300 3000000 > "$other_mnt/of-the-source"
	sync -f "$other_mnt"
	[[ -n ${no_scrub:-} ]] || scrub "$tgt"
	write_more
	[[ ! -e $mnt/of-the-source && ! -e $other_mnt/after ]] || fail "they are one file system"
	grep -q 'no errors found' <<< "$(btrfs scrub start -B "$other_mnt")" || fail "scrub of the source"
	umount "$other_mnt" "$mnt"
	check_fs "$tgt"
	check_fs "$src"
	mount_fs "$tgt"
	same_old_content
	umount "$mnt"
}

# Blocks keep the old UUID, and the superblock says which one that is.
scenario_uuid_metadata() {
	null_add src 256 4
	null_add tgt 256 4
	make_source --small 30 -m dup -d single
	[[ -z $control ]] || { accept "$src"; return; }
	# A scrub of Linux 6.1 compares blocks with the UUID of the superblock, on any device.
	[[ $ZR_KERNEL != 6.1 ]] || no_scrub=1
	replace --uuid metadata
	check_fs "$tgt"
	both_live
}

# Every block gets the new one, here with longer checksums and at other places.
scenario_uuid_new() {
	null_add src 256 4
	null_add tgt 512 4
	make_source --small 30 --csum xxhash -m dup -d single
	[[ -z $control ]] || { accept "$src"; return; }
	spoil offline "$(data_zone 1)"
	replace --uuid new --resize max
	moved
	check_fs "$tgt"
	both_live
}

# The source is no file system any more, so that both can stay.
scenario_retire() {
	null_add src 256 4
	null_add tgt 256 4
	make_source --small 30 -m single -d single
	[[ -z $control ]] || { accept "$src"; return; }
	refused retire "$src" "$tgt"
	replace
	zreplace retire "$src" "$tgt"
	[[ $(blkzone report -c 2 "$src" | grep -c '(em)') == 2 ]] || fail "the superblock log is not empty"
	! blkid -p "$src" | grep btrfs || fail "the source still looks like a file system"
	refused plan "$src" "$tgt"
	accept "$tgt"
}

# There and back again, with other bad zones each time: nothing wears off.
scenario_chain() {
	local round
	null_add src 256 4
	make_source --small 30 -m dup -d single
	[[ -z $control ]] || { accept "$src"; return; }
	for round in 1 2 3 4 5; do
		null_add tgt 256 4
		spoil offline "$(data_zone "$((round % 3 + 1))")"
		replace
		detach "$src"
		mount_fs "$tgt" ro
		same_content
		umount "$mnt"
		[[ $round != 5 ]] || break
		mv_target_to_source
	done
	accept "$tgt"
}

# mv_target_to_source: the devices change their names.
mv_target_to_source() {
	zbd dump -d "$scratch" -f chain "$tgt" > /dev/null
	null_remove tgt
	null_add src 256 4
	zbd restore -d "$scratch" -f chain "$src" > /dev/null
	rm -f "$scratch"/chain_*
}
