# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154,SC2317 # names and functions shared with cycle.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kernels: 6.12
#
# Runs that do not get to their end at once.

make_pair() {
	null_add src 256 4
	null_add tgt 256 4 "$@"
	make_source -m dup -d single
}

# start_and_stop SIGNAL STATUS WRITE [OPTION]...: a run that gets the signal when a thread begins its write with this number.
start_and_stop() {
	local status=0
	wrapper=(strace -f -qq -o /dev/null -e trace=pwrite64 -e "inject=pwrite64:signal=$1:when=$3")
	zreplace start "${@:4}" "$src" "$tgt" || status=$?
	wrapper=()
	[[ $status == "$2" ]] || fail "ended with $status, not $2"
	zreplace status "$tgt" | tee "$scratch/status"
	grep -q '^[1-9][0-9]* of [0-9]* zones are complete' "$scratch/status"
	if blkid -p "$tgt" | grep btrfs; then
		fail "a half-done target looks like a file system"
	fi
}

# What a dying process leaves: the next run goes on, and does not write zones again that are complete.
scenario_killed() {
	make_pair
	[[ -n $control ]] || start_and_stop KILL 137 25 --serial
	replace_and_accept
	[[ -n $control ]] || grep -q 'earlier run was carried on' "$scratch/start"
}

# Several zones are cut off at once, wherever they are.
scenario_killed_in_parallel() {
	make_pair
	[[ -n $control ]] || start_and_stop KILL 137 7
	replace_and_accept
	[[ -n $control ]] || grep -q 'earlier run was carried on' "$scratch/start"
}

scenario_terminated() {
	make_pair
	[[ -n $control ]] || start_and_stop TERM 143 31 --serial
	replace_and_accept
}

# Conventional zones have no write pointer that could say how far a run got.
scenario_killed_on_conventional() {
	make_pair zone_nr_conv=16
	[[ -n $control ]] || start_and_stop KILL 137 25 --serial
	replace_and_accept
}

# A source that lives on in between is another source; the target can be emptied.
scenario_source_changed() {
	make_pair
	[[ -z $control ]] || return 0
	start_and_stop KILL 137 25 --serial
	mount_fs "$src"
	echo changed > "$mnt/changed"
	umount "$mnt"
	refused start "$src" "$tgt"
	refused start -f "$src" "$tgt"
	zreplace cancel "$tgt"
	[[ $(zones_in "$tgt" 'em') == 64 ]] || fail "not all zones are empty"
	refused cancel "$tgt"
	mount_fs "$src"
	note_content
	umount "$mnt"
	replace_and_accept
}
