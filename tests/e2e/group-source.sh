# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154,SC2317 # names and functions shared with cycle.sh and faults.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kernels: 6.12
#
# Sources that cannot be read everywhere.

# One copy of some tree blocks cannot be read: the other one is good for both.
scenario_badblocks_source_metadata() {
	local tree places bad=() at copy=0
	fixture_pair
	io_errors src READ
	for tree in EXTENT_TREE CSUM_TREE FS_TREE; do
		mapfile -t places < <(places_of "$(root_of "$tree")")
		[[ ${#places[@]} == 2 ]] || fail "$tree has ${#places[@]} copies"
		bad+=("$((places[copy] + 8192))")
		copy=$((1 - copy))
	done
	for at in "${bad[@]}"; do bad_blocks src + "$at"; done
	run_start
	repaired
	for at in "${bad[@]}"; do bad_blocks src - "$at"; done
	whole
}

# No copy of a tree block can be read: nobody knows what is used.
scenario_badblocks_source_both_copies() {
	local at places
	fixture_pair
	device_state "$tgt" > "$scratch/target"
	io_errors src READ
	mapfile -t places < <(places_of "$(root_of EXTENT_TREE)")
	for at in "${places[@]}"; do bad_blocks src + "$at"; done
	run_start
	ended_with 1 "$src" "zone $(zone_number "${places[0]}") " 'Input/output error'
	for at in "${places[@]}"; do bad_blocks src - "$at"; done
	same_source
	untouched_target
}

# Data of which there is one copy.
scenario_badblocks_source_data() {
	local bad
	fixture_pair
	bad=$(places_of "$(extent_of big/late)")
	bad=$((bad + 8192))
	bad_blocks src + "$bad"
	io_errors src READ
	run_start
	bad_blocks src - "$bad"
	stopped 1 "$src" "zone $(zone_number "$bad") " 'Input/output error' big/late
	go_on_as_undisturbed
}

# rescued STATE ADDRESS: all but this sector of big/late is on the target, and the list says so.
rescued() {
	local columns list
	run_start --rescue --bad-list "$scratch/bad"
	[[ $status == 2 ]] || fail "ended with $status"
	list=$(grep -v '^#' "$scratch/bad")
	echo "$list"
	IFS=$'\t' read -ra columns <<< "$list"
	[[ $(wc -l <<< "$list") == 1 && ${columns[0]} == "$1" && ${columns[2]} == "$2" && ${columns[4]} == 4096 ]] ||
		fail "the list is not the one sector"
	[[ ${columns[-1]} == big/late ]] || fail "the list does not name the file"
	zreplace verify "$src" "$tgt"
}

# fails_there: reading that file fails, and nothing else does.
fails_there() {
	local repairs=""
	# Linux 6.1 answers an error by moving the block group, if not mounted as degraded, and scrub counts none.
	[[ $ZR_KERNEL != 6.1 ]] || repairs=1
	kernel_may_say 'BTRFS (warning|error) \(device D\): (checksum error|csum failed|bdev|unable to fixup|scrub: .*) .*'
	detach "$src"
	mount_fs "$tgt" ${repairs:+degraded}
	! cat "$mnt/big/late" > /dev/null 2> "$scratch/unreadable" || fail "the file can be read"
	grep 'Input/output error' "$scratch/unreadable"
	# What hashes the other files would stop at this one.
	mount --bind "$scratch/unreadable" "$mnt/big/late"
	manifest "$mnt" | grep -vF $'\t./big/late' > "$scratch/readable" || true
	umount "$mnt/big/late"
	grep -vF $'\t./big/late' "$scratch/manifest" | diff - "$scratch/readable" | head -n 20
	btrfs scrub start -B "$mnt" > "$scratch/scrub" 2>&1 || true
	cat "$scratch/scrub"
	[[ -n $repairs ]] || grep -q '^Error summary: *csum=1$' "$scratch/scrub" || fail "scrub found something else"
	umount "$mnt"
}

scenario_rescue_unreadable() {
	local bad
	fixture_pair
	bad=$(places_of "$(extent_of big/late)")
	bad=$((bad + 8192))
	bad_blocks src + "$bad"
	io_errors src READ
	rescued lost "$bad"
	bad_blocks src - "$bad"
	same_source
	fails_there
}

# Data that can be read and does not match its checksum.
scenario_rescue_wrong_checksum() {
	local bad
	fixture_source
	bad=$(places_of "$(extent_of big/late)")
	bad=$((bad + 8192))
	null_remove src
	fixture=damaged
	cp "$fixture_images/dup_zone_info.dump" "$fixture_images/damaged_zone_info.dump"
	cp "$fixture_images/dup_zone_data.dump" "$fixture_images/damaged_zone_data.dump"
	printf damage | dd of="$fixture_images/damaged_zone_data.dump" bs=1 seek="$bad" conv=notrunc status=none
	fixture_pair
	note_source
	run_start
	stopped 4 checksum big/late
	rescued damaged "$bad"
	same_source
	fails_there
}

# others MANIFEST: what it says of files that are not in $scratch/lost; of content the path is behind the hash.
others() { awk -F '\t' 'NR == FNR { lost[$0]; next } !($2 in lost || $3 in lost)' "$scratch/lost" "$1"; }

# intact: all files but those of the list are on the target as they were.
intact() {
	local file lost
	mapfile -t lost < <(grep -v '^#' "$scratch/bad" | cut -f 11 | sort -u)
	detach "$src"
	mount_fs "$tgt"
	for file in "${lost[@]}"; do mount --bind "$scratch/bad" "$mnt/$file"; done
	manifest "$mnt" > "$scratch/readable" || true
	for file in "${lost[@]}"; do umount "$mnt/$file"; done
	printf './%s\n' "${lost[@]}" > "$scratch/lost"
	others "$scratch/readable" > "$scratch/found"
	others "$scratch/manifest" > "$scratch/wanted"
	echo "${#lost[@]} files lost, $(wc -l < "$scratch/found") lines of others"
	diff "$scratch/wanted" "$scratch/found" | head -n 20
	pattern 7 3000000 > "$mnt/after"
	umount "$mnt"
	mount_fs "$tgt"
	pattern 7 3000000 | cmp - "$mnt/after"
	umount "$mnt"
}

# Zones of the source that died: data is lost, of metadata there is another copy.
scenario_offline_source_zone() {
	local zone
	fixture_pair
	device_state "$tgt" > "$scratch/target"
	zone=$(last_data_zone)
	# By reading ahead.
	io_errors src READ
	kill_zone src offline "$zone"
	note_source
	run_start
	ended_with 4 "$src" "zone $(zone_number "$zone") " offline --rescue
	same_source
	untouched_target
	run_start --rescue --bad-list "$scratch/bad"
	[[ $status == 2 ]] || fail "ended with $status"
	zreplace verify "$src" "$tgt"
	same_source
	intact
	blkzone reset "$tgt"
	null_remove src
	fixture_source
	zone=$(places_of "$(root_of EXTENT_TREE)" | head -n 1)
	kill_zone src offline "$zone"
	note_source
	run_start
	repaired
	same_source
	as_undisturbed
}

# They can be read, but their write pointers say nothing.
scenario_readonly_source_zone() {
	local zone
	fixture_pair
	for zone in $(last_data_zone) $(places_of "$(root_of EXTENT_TREE)"); do
		kill_zone src readonly "$zone"
	done
	note_source
	run_start
	succeeded
	same_source
	as_undisturbed
}

scenario_source_vanishes() {
	fixture_pair
	hold_mid_copy
	echo 0 > "$nullb/src/power"
	let_go
	ended_with 1 "$src" 'No such device'
	no_file_system
	null_remove src
	fixture_source
	go_on_as_undisturbed
}
