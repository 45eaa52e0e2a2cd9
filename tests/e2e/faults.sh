# shellcheck shell=bash
# shellcheck disable=SC2034,SC2119,SC2120,SC2154 # names and functions shared with guest, cycle.sh and the groups
# SPDX-License-Identifier: GPL-2.0-or-later
#
# For scenarios in which a device fails: the devices, how a run is held in its middle, and what must be true afterwards.
# The source is the fixture "dup", which is made in a second: its zones 4 to 12 hold 12 MiB.

# fixture_pair [ATTRIBUTE=VALUE]...: of the target.
fixture_pair() {
	fixture_source
	null_add tgt 128 4 "$@"
}

fixture=dup

fixture_source() {
	# Without the program there is nothing to see.
	[[ -z $control ]] || exit 0
	null_add src 128 4
	unpack_fixture "$fixture"
	cp "$here/../fixtures/dup.sums" "$scratch/manifest"
	[[ -e $undisturbed ]] || note_undisturbed
	cp "$undisturbed.source" "$scratch/source"
}

# What a run without faults leaves on its target, and the source of it; made once for all scenarios.
undisturbed=/tmp/undisturbed

note_undisturbed() {
	null_add tgt 128 4
	device_state "$src" > "$undisturbed.source"
	run_start
	succeeded
	device_state "$tgt" > "$scratch/undisturbed"
	null_remove tgt
	mv "$scratch/undisturbed" "$undisturbed"
}

# as_undisturbed: the same bytes and the same zones.
as_undisturbed() {
	device_state "$tgt" | diff "$undisturbed" - || fail "the target is not what a run without faults leaves"
}

note_source() { device_state "$src" > "$scratch/source"; }

same_source() {
	device_state "$src" | diff "$scratch/source" - || fail "the source changed"
}

# What the kernel may say in this scenario: lines as messages.awk prints them, extended regular expressions.
kernel_may_say() { printf '%s\n' "$@" >> "$scratch/expected"; }

# io_errors NAME OPERATION...
io_errors() {
	local name=$1 operation
	shift
	for operation; do
		kernel_may_say "I/O error, dev $name, sector N op N:\\($operation\\) flags N phys_seg N prio class N"
	done
	kernel_may_say 'blk_print_req_error: N callbacks suppressed'
}

# bad_blocks NAME +|- ADDRESS: from now on this block fails, or does not any more.
bad_blocks() { echo "$2$(($3 / 512))-$(($3 / 512 + 7))" > "$nullb/$1/badblocks"; }

# kill_zone NAME readonly|offline ADDRESS
kill_zone() { echo "$(($3 / 512))" > "$nullb/$1/zone_$2"; }

# revive_zone NAME readonly|offline ADDRESS: it is empty then. The kernel, which keeps write pointers, has to learn it.
revive_zone() {
	kill_zone "$@"
	blkzone reset -o "$(($3 / 512))" -c 1 "/dev/$1"
}

zone_number() { echo $(($1 >> 22)); }

# A process that strace stops says so in the trace; the state of a traced process would not tell.
trace=$scratch/trace

# traced SYSCALL [STRACE_OPTION]...: the next call of the program leaves a trace.
traced() {
	rm -f "$trace"
	wrapper=(strace -f -q -o "$trace" -e "trace=$1" "${@:2}")
}

# hold_at SYSCALL NUMBER [OPTION]...: start, and stop the program when a thread of it did this call for the NUMBERth time.
hold_at() {
	local call=$1 number=$2 tries
	shift 2
	traced "$call" -e "inject=$call:signal=STOP:when=$number"
	zreplace start "$@" "$src" "$tgt" > "$scratch/said" 2>&1 &
	wrapper=()
	for ((tries = 0; tries < 300; tries++)); do
		! grep -qs 'stopped by SIGSTOP' "$trace" || return 0
		sleep 0.05
	done
	cat "$scratch/said"
	fail "the program was not stopped in $call $number"
}

# A zone has four writes or fewer: the one of mid_zone is not complete then, and that of last_data_zone not begun.
hold_mid_copy() { hold_at pwrite64 3 "$@"; }

mid_zone() { data_zones "$src" | sort -n | sed -n 2p; }

# last_data_zone: first byte of the last data zone that the copy comes to.
last_data_zone() { data_zones "$src" | sort -n | tail -n 1; }

# let_go [SIGNAL]: the program that was held goes on, or dies; $status says how it ended. Each thread stops once.
let_go() {
	local begun=$SECONDS
	status=0
	while kill "-${1:-CONT}" "$(pidof btrfs-zreplace)" 2> /dev/null; do
		[[ $((SECONDS - begun)) -le 20 ]] || fail "the program does not end"
		sleep 0.1
	done
	wait "$!" || status=$?
	cat "$scratch/said"
}

run_start() {
	status=0
	zreplace start "$@" "$src" "$tgt" > "$scratch/said" 2>&1 || status=$?
	wrapper=()
	cat "$scratch/said"
}

# calls_of_a_run SYSCALL: how many there are; the target is empty afterwards.
calls_of_a_run() {
	traced "$1"
	run_start > /dev/null
	succeeded
	blkzone reset "$tgt"
	grep -cF "$1(" "$trace"
}

succeeded() { [[ $status == 0 ]] || fail "ended with $status"; }

# repaired: the run succeeded, with the help of second copies.
repaired() {
	succeeded
	grep -q ' [1-9][0-9.]*[KMG]*i*B repaired from another copy' "$scratch/said" || fail "nothing was read from another copy"
}

# ended_with STATUS [WORDS]...: that status, and one line that has all of the words.
ended_with() {
	local words
	[[ $status == "$1" ]] || fail "ended with $status, not $1"
	[[ $(grep -c '^ERROR: ' "$scratch/said") == 1 ]] || fail "not one line of complaint"
	shift
	for words; do
		grep '^ERROR: ' "$scratch/said" | grep -qF -- "$words" || fail "the complaint does not say: $words"
	done
}

# No tool and no kernel takes the target for a file system.
no_file_system() {
	if blkid -p "$tgt" | grep btrfs || wipefs -n "$tgt" | grep btrfs || btrfs device scan "$tgt" &> /dev/null; then
		fail "a half-done target looks like a file system"
	fi
}

# stopped STATUS [WORDS]...: the run ended so, nothing was lost, and the target knows how far it got.
stopped() {
	ended_with "$@"
	same_source
	no_file_system
	zreplace status "$tgt" > "$scratch/status"
	grep '^[0-9]* of [0-9]* zones are complete' "$scratch/status" | tee "$scratch/noted"
}

# untouched_target: as it was when $scratch/target was noted.
untouched_target() { device_state "$tgt" | diff "$scratch/target" - || fail "the target changed"; }

# go_on: the next start goes on where the one before ended.
go_on() {
	step "go on"
	run_start
	succeeded
	grep -q 'an earlier run was carried on' "$scratch/said" || fail "the run began anew"
}

# go_on_as_undisturbed: what a fault left makes no difference in the end.
go_on_as_undisturbed() {
	go_on
	as_undisturbed
}

# whole: for the program, the kernel and its tools the target is what the source was, which goes away.
whole() {
	zreplace verify "$src" "$tgt"
	same_source
	detach "$src"
	check_fs "$tgt"
	mount_fs "$tgt"
	step "compare content"
	manifest "$mnt" | diff "$scratch/manifest" - | head -n 20
	scrub "$tgt"
	umount "$mnt"
}

# places_of LOGICAL: where the copies of this address are.
places_of() { "$ZR_PROGS/bin/btrfs-map-logical" -l "$1" "$src" | sed -n 's/^mirror .* physical \([0-9]*\) .*/\1/p'; }

# A pipe's reader reads to the end: a writer that is ended by SIGPIPE fails the scenario.

# root_of TREE: logical address of its root.
root_of() {
	new_btrfs inspect-internal dump-tree -t root "$src" |
		awk -v key="($1 ROOT_ITEM 0)" 'index($0, key) { found = 1 } found && /bytenr/ { print $6; found = 0 }'
}

# extent_of FILE: logical address of its first extent; FILE is in the top subvolume.
extent_of() {
	local inode
	inode=$(awk -F '\t' -v path="./$1" '$1 == "inode" && $2 == path { print $9 }' "$scratch/manifest")
	new_btrfs inspect-internal dump-tree -t 5 "$src" |
		awk -v key="($inode EXTENT_DATA 0)" 'index($0, key) { found = 1 } found && /disk byte/ { print $5; found = 0 }'
}

# flaky_add: a device that passes everything on to /dev/tgt becomes the target.
flaky_add() {
	mapped_add flaky '0 262144 linear /dev/tgt 0'
	tgt=/dev/mapped/flaky
}

# flaky_zone ADDRESS FEATURE...: writes to this zone are treated as dm-flakey can do it.
flaky_zone() {
	local start=$(($1 / 512)) end=$(($1 / 512 + 8192))
	shift
	{
		[[ $start == 0 ]] || echo "0 $start linear /dev/tgt 0"
		echo "$start 8192 flakey /dev/tgt $start 0 180 $# $*"
		echo "$end $((262144 - end)) linear /dev/tgt $end"
	} > "$scratch/table"
	dmsetup suspend flaky
	dmsetup load flaky "$scratch/table"
	dmsetup resume flaky
}

# flaky_remove: /dev/tgt itself is the target again.
flaky_remove() {
	mapped_remove flaky
	tgt=/dev/tgt
}

# scsi_add: a SCSI disk in memory becomes the target. Of Linux 6.1 it cannot be told which commands fail.
scsi_add() {
	local dir
	kernel_may_say '(scsi|sd) N:N:N:N: Power-on or device reset occurred' 'scsi_debug:.* trim poll_queues .*'
	modprobe sd_mod
	modprobe scsi_debug zbc=managed zone_size_mb=4 zone_nr_conv=0 zone_max_open=0 dev_size_mb=128 sector_size=4096 delay=0
	mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug
	scsi_find
	dir=$(readlink -f "/sys/block/${tgt#/dev/}/device")
	scsi_errors=/sys/kernel/debug/scsi_debug/${dir##*/}/error
}

scsi_find() {
	local tries
	for ((tries = 0; tries < 100; tries++)); do
		tgt=$(echo /sys/bus/pseudo/drivers/scsi_debug/adapter0/host*/target*/*/block/*)
		tgt=/dev/${tgt##*/}
		[[ ! -b $tgt ]] || return 0
		sleep 0.05
	done
	fail "no SCSI disk"
}

# SCSI commands; all that change the condition of a zone are one.
zone_command=94 report=95 flush=91 write=8a

# scsi_fails COMMAND COUNT: the next COUNT ones with a write error; 0: all.
scsi_fails() {
	local count=$((-$2))
	[[ $count != 0 ]] || count=1
	echo "2 $count $1 0 0 2 3 0c 0" > "$scsi_errors"
	kernel_may_say 'sd N:N:N:N: \[sd[a-z]\] .*'
	io_errors 'sd[a-z]' ZONE_RESET ZONE_CLOSE WRITE
}

scsi_works() { echo "- 2 $1" > "$scsi_errors"; }
