# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154,SC2317 # names and functions shared with cycle.sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An audit says beforehand whether the kernel mounts a file system, and what it says when it does not.

small_fs() {
	null_add src 128 4
	mkfs.btrfs -q -f -m dup -d single "$src" 2> /dev/null
	mount_fs "$src"
	small_files "$mnt/small" 20
	pattern 1 5000000 > "$mnt/file"
	umount "$mnt"
}

# audit STATUS: the result goes to $scratch/audit.
audit() {
	local status=0
	zreplace check --json "$src" > "$scratch/audit" || status=$?
	cat "$scratch/audit"
	[[ $status == "$1" ]] || fail "check ended with $status, not $1"
}

# prediction KIND: what this kernel must say.
prediction() {
	jq -er --arg kind "$1" --arg kernel "$ZR_KERNEL" \
		'.findings[] | select(.kind == $kind) | .refusals[$kernel]' "$scratch/audit" | head -n 1
}

# refuses_with KIND: the mount fails with the words that the audit told.
refuses_with() {
	local words
	[[ -z $control ]] || return 0
	audit 3
	words=$(prediction "$1") || fail "check did not find $1"
	kernel_may_say 'BTRFS (error|warning).*' 'BTRFS: .*'
	dmesg -C
	! mount_fs "$src" 2> "$scratch/mount" || fail "the kernel mounts it"
	cat "$scratch/mount"
	dmesg | tee "$scratch/kernel"
	case $words in
	mount:*) grep -qF "${words#mount: }" "$scratch/mount" ;;
	*) grep -qF "$words" "$scratch/kernel" ;;
	esac || fail "the kernel does not say: $words"
}

# metadata_zone: the number of the second zone of a metadata block group that is partly written.
metadata_zone() {
	jq -er '[.zones[] | select(.type == "metadata" and .stripe == 1 and .written > 0)][0].zone' "$scratch/audit"
}

# What a kernel leaves behind is in order, and it mounts it again.
scenario_healthy() {
	small_fs
	[[ -n $control ]] || audit 0
	mount_fs "$src"
	umount "$mnt"
}

# One copy of a block group is full, the other one is not.
scenario_finished_partner() {
	local zone
	small_fs
	[[ -n $control ]] || audit 0
	[[ -z $control ]] || return 0
	zone=$(metadata_zone)
	blkzone finish -o "$((zone * 8192))" -c 1 "$src"
	refuses_with pointer-differs
}

# The second zone of the superblock log is written as well, so that nobody knows which one is current.
scenario_both_in_use() {
	small_fs
	[[ -z $control ]] || return 0
	dd if=/dev/zero of="$src" bs=4096 count=1 seek=1024 oflag=direct status=none
	refuses_with super-log
}

# A data zone cannot be written any more.
scenario_read_only_zone() {
	local at
	not_on 6.1
	small_fs
	[[ -z $control ]] || return 0
	at=$(data_zones "$src" | head -n 1)
	echo "$((at / 512))" > "$nullb/src/zone_readonly"
	refuses_with pointer-lost
}

# A copy of metadata on one of two devices is lost: the kernel compares the other one with it.
scenario_first_mirror_lost() {
	local zone=""
	not_on 6.1
	null_add src 128 4
	null_add peer 128 4
	"$ZR_PROGS/bin/mkfs.btrfs" -q -f -m raid1 -d single /dev/src /dev/peer
	mount_fs "$src"
	small_files "$mnt/small" 20
	umount "$mnt"
	[[ -z $control ]] || return 0
	for src in /dev/src /dev/peer; do
		audit 0
		zone=$(jq -er '[.zones[] | select(.type == "metadata" and .stripe == 0 and .written > 0)][0].zone' "$scratch/audit") && break
	done
	echo "$((zone * 8192))" > "$nullb/${src#/dev/}/zone_offline"
	# The other copy is read then.
	kernel_may_say "I/O error, dev ${src#/dev/}, .*" 'BTRFS error.*: bdev /dev/D errs.*'
	refuses_with first-mirror-lost
}
