# shellcheck shell=bash
# shellcheck disable=SC2154,SC2317 # names and functions shared with cycle.sh and faults.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kernels: 6.12
#
# Targets that fail in the middle of a run. Whatever fails: the exit status says so, the source is as it was, and the target
# is no file system before everything is on it.

# not_written_again: the zones that the journal counted, which stand first in the plan, behind superblock and journal.
not_written_again() {
	local noted zones
	noted=$(cut -d ' ' -f 1 "$scratch/noted")
	mapfile -t zones < <(zreplace plan -v "$src" "$tgt" | awk '$1 ~ /^[0-9]+$/ { print $2 }')
	sed -nE 's/.*pwrite64\(.*, ([0-9]+)(\)| <).*/\1/p' "$trace" |
		awk -v first="${zones[0]}" -v after="${zones[noted]}" '
			$1 >= after { new++ }
			$1 >= first && $1 < after { again++ }
			END { exit !new || again }' || fail "zones that were complete were written again"
}

# A place that cannot be written: the run stops there, and goes on when it can.
scenario_badblocks_target() {
	local zone bad
	fixture_pair
	zone=$(last_data_zone)
	bad=$((zone + (512 << 10)))
	bad_blocks tgt + "$bad"
	io_errors tgt WRITE
	run_start
	stopped 1 "$tgt" "zone $(zone_number "$zone") " 'Input/output error'
	bad_blocks tgt - "$bad"
	traced pwrite64
	go_on
	not_written_again
	whole
	mount_fs "$tgt"
	lives_on "$tgt"
}

# Writes that are acknowledged and lost: only the write pointer tells.
scenario_flakey_drop_writes() {
	local zone
	fixture_pair
	flaky_add
	hold_mid_copy
	zone=$(mid_zone)
	flaky_zone "$zone" drop_writes
	let_go
	stopped 1 "$tgt" "zone $(zone_number "$zone")," 'write pointer at offset'
	flaky_remove
	go_on_as_undisturbed
}

# corrupted ADDRESS FEATURE...: run with this zone so.
corrupted() {
	flaky_zone "$@"
	run_start --verify
	same_source
}

# Bytes that change on their way to the target. Nothing but reading it tells.
scenario_flakey_corrupt() {
	local zone metadata
	# So that a byte of each block changes.
	fixture_pair max_sectors=8
	flaky_add
	zone=$(last_data_zone)
	corrupted "$zone" corrupt_bio_byte 100 w 119 0
	ended_with 3 "$tgt"
	grep '^differs: block group .* at logical' "$scratch/said"
	blkzone reset "$tgt"
	metadata=$(places_of "$(root_of EXTENT_TREE)" | tail -n 1)
	corrupted "$((metadata >> 22 << 22))" corrupt_bio_byte 100 w 119 0
	ended_with 3 "$tgt"
	grep '^differs: block group .* at logical' "$scratch/said"
	blkzone reset "$tgt"
	if [[ $ZR_KERNEL != 6.1 ]]; then
		corrupted "$zone" random_write_corrupt 1000000000
		ended_with 3 "$tgt"
		blkzone reset "$tgt"
	fi
	# Superblocks are read back in any case.
	corrupted 0 corrupt_bio_byte 100 w 119 0
	ended_with 1 "$tgt" superblock
	no_file_system
}

# A journal that is damaged says so: nothing is carried on, and nothing is overwritten without a word of the user.
scenario_flakey_corrupt_journal() {
	fixture_pair
	flaky_add
	flaky_zone "$((4 << 20))" corrupt_bio_byte 100 w 119 0
	hold_mid_copy
	let_go KILL
	[[ $status == 137 ]] || fail "ended with $status"
	flaky_remove
	device_state "$tgt" > "$scratch/target"
	no_file_system
	run_start
	ended_with 4 "$tgt" 'the journal of an unfinished run is damaged'
	untouched_target
	run_start -f
	succeeded
	same_source
	as_undisturbed
}

# dies_mid_copy KIND WORD: a zone that is being written, then one that was not begun. A plan without the first one is another
# plan, which only a restart carries out.
dies_mid_copy() {
	local kind=$1 word=$2 zone
	fixture_pair
	io_errors tgt WRITE ZONE_CLOSE
	hold_mid_copy
	zone=$(mid_zone)
	kill_zone tgt "$kind" "$zone"
	let_go
	stopped 1 "$tgt" "zone $(zone_number "$zone") "
	run_start
	ended_with 4 "$tgt" 'has become unusable since'
	revive_zone tgt "$kind" "$zone"
	hold_mid_copy
	zone=$(last_data_zone)
	kill_zone tgt "$kind" "$zone"
	let_go
	stopped 1 "$tgt" "zone $(zone_number "$zone") " "is $word"
	revive_zone tgt "$kind" "$zone"
	go_on_as_undisturbed
}

scenario_zone_readonly_midcopy() {
	dies_mid_copy readonly read-only
}

scenario_zone_offline_midcopy() {
	dies_mid_copy offline offline
}

# A zone that dies when it only has to be finished. One is written at a time, with three writes to the first.
scenario_finish_fails() {
	local zone=$((8 << 20))
	fixture_pair zone_max_active=8 zone_max_open=1
	zreplace plan -v "$src" "$tgt" | grep "^ *$zone .*finished$"
	io_errors tgt ZONE_FINISH
	hold_mid_copy
	kill_zone tgt readonly "$zone"
	let_go
	stopped 1 "$tgt" "zone $(zone_number "$zone") " 'read-only'
	revive_zone tgt readonly "$zone"
	go_on
	[[ $(zones_in "$tgt" fu) -gt 1 ]] || fail "no zone is full"
	whole
}

# A disk that is pulled out, and comes back.
scenario_device_vanishes() {
	local again
	fixture_source
	scsi_add
	again=$(readlink -f "/sys/block/${tgt#/dev/}/device/../..")
	again=/sys/class/scsi_host/${again##*/}/scan
	hold_mid_copy
	echo 1 > "/sys/block/${tgt#/dev/}/device/delete"
	let_go
	ended_with 1 "$tgt" 'No such device'
	same_source
	echo '- - -' > "$again"
	scsi_find
	no_file_system
	go_on
	whole
}

# Time makes no difference.
scenario_slow_device() {
	fixture_pair mbps=8 irqmode=2 completion_nsec=5000000
	run_start
	succeeded
	same_source
	as_undisturbed
}

# Nothing was written yet, so what was there is still there.
scenario_reset_fails() {
	not_on 6.1
	fixture_source
	scsi_add
	dd if=/dev/zero of="$tgt" bs=4096 count=3 oflag=direct status=none
	device_state "$tgt" > "$scratch/target"
	scsi_fails "$zone_command" 0
	run_start -f
	ended_with 1 'zone reset' "$tgt" 'zone 0 ' 'Input/output error'
	same_source
	scsi_works "$zone_command"
	untouched_target
	run_start -f
	succeeded
	same_source
	as_undisturbed
}

# A zone is as it must be only if the device says so.
scenario_report_fails() {
	not_on 6.1
	fixture_source
	scsi_add
	device_state "$tgt" > "$scratch/target"
	scsi_fails "$report" 0
	run_start
	ended_with 1 'zone report' "$tgt" 'Input/output error'
	scsi_works "$report"
	same_source
	untouched_target
	hold_mid_copy
	scsi_fails "$report" 0
	let_go
	scsi_works "$report"
	stopped 1 'zone report' "$tgt" 'Input/output error'
	go_on_as_undisturbed
}

scenario_close_fails() {
	not_on 6.1
	fixture_source
	scsi_add
	hold_mid_copy
	scsi_fails "$zone_command" 1
	let_go
	stopped 1 'zone close' "$tgt" 'Input/output error'
	go_on_as_undisturbed
}

# flush_fails_after NUMBER: all flushes behind that one.
flush_fails_after() {
	blkzone reset "$tgt"
	hold_at fdatasync "$1"
	scsi_fails "$flush" 0
	let_go
	scsi_works "$flush"
}

# Before a flush succeeded nothing is on the disk. The last four are: note of the last zone, everything, superblock, end of
# the journal.
scenario_flush_fails() {
	local all
	not_on 6.1
	fixture_source
	scsi_add
	all=$(calls_of_a_run fdatasync)
	flush_fails_after 9
	stopped 1 flush "$tgt" 'Input/output error'
	flush_fails_after "$((all - 3))"
	stopped 1 flush "$tgt" 'Input/output error'
	flush_fails_after "$((all - 2))"
	stopped 1 flush "$tgt" 'Input/output error'
	go_on
	flush_fails_after "$((all - 1))"
	ended_with 1 flush "$tgt" 'Input/output error'
	as_undisturbed
}

# The kernel tries again, five times, so that the program sees an error only if it stays.
scenario_write_error_once() {
	not_on 6.1
	fixture_source
	scsi_add
	hold_mid_copy
	scsi_fails "$write" 1
	let_go
	succeeded
	zreplace verify "$src" "$tgt"
	blkzone reset "$tgt"
	hold_mid_copy
	scsi_fails "$write" 0
	let_go
	scsi_works "$write"
	stopped 1 write "$tgt" 'Input/output error'
	go_on_as_undisturbed
}
