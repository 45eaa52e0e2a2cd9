# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154,SC2317 # names and functions shared with cycle.sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A tree-log that was not replayed: the state of a device after a crash behind an fsync.

target_size=512
target_attributes=()
fixtures=$here/../fixtures

# replay FIXTURE [OPTION]...: replace a device that holds the fixture, and let the kernel mount the target.
replay() {
	local fixture=$1
	shift
	null_add src 512 4
	null_add tgt "$target_size" 4 "${target_attributes[@]}"
	unpack_fixture "$fixture"
	if [[ -n $control ]]; then
		mount_fs "$src"
		return
	fi
	replace "$@"
	detach "$src"
	mount_fs "$tgt"
}

# replayed FIXTURE: what was fsynced is there, and the file system lives on.
replayed() {
	replay "$@"
	manifest "$mnt" | diff "$fixtures/$1.sums" - | head -n 20
	if [[ -n ${only_look:-} ]]; then
		umount "$mnt"
		return
	fi
	scrub "$([[ -n $control ]] && echo "$src" || echo "$tgt")"
	pattern 210 $((2 << 20)) > "$mnt/after"
	pattern 211 100000 | dd of="$mnt/after-logged" bs=64k iflag=fullblock conv=fsync status=none
	umount "$mnt"
	check_fs "$([[ -n $control ]] && echo "$src" || echo "$tgt")"
}

# Log blocks in two copies, in a block group that has no extent item.
scenario_dup() {
	replayed dirty-log
}

scenario_single() {
	replayed dirty-log-single
}

# Blocks of the log get the new UUID as well, and lie elsewhere.
scenario_changed() {
	target_size=80
	replayed dirty-log --uuid new
	[[ -n $control ]] || grep -q '^size: ' "$scratch/start"
}

# On conventional zones the kernel looks for the end of the last extent item, and log blocks lie behind it.
scenario_to_conventional() {
	# Linux 6.1 replays the log there and then aborts the first commit that writes behind it, also without a replace.
	[[ $ZR_KERNEL != 6.1 ]] || only_look=1
	target_attributes=(zone_nr_conv=12)
	replayed dirty-log
}

# Without the log the file system is as it was at the last commit.
scenario_dropped() {
	[[ -z $control ]] || return 0
	replay dirty-log --log drop
	[[ $(< "$mnt/logged") == start ]] || fail "the file is not as it was committed"
	manifest "$mnt" | grep -vP '\t\./logged(\t|$)' | diff <(grep -vP '\t\./logged(\t|$)' "$fixtures/dirty-log.sums") - | head -n 20
	scrub "$tgt"
	umount "$mnt"
	check_fs "$tgt"
}
