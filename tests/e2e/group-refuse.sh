# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154,SC2317 # names and functions shared with cycle.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kernels: 6.12
#
# What must be refused with status 4 and a reason, before anything is written.

small_source() {
	null_add src 128 4
	mkfs.btrfs -q -f -m single -d single "$src" 2> /dev/null
	mount_fs "$src"
	small_files "$mnt/small" 20
	pattern 1 5000000 > "$mnt/file"
	umount "$mnt"
}

# What is mounted changes while it is read.
scenario_mounted_source() {
	small_source
	null_add tgt 128 4
	mount_fs "$src"
	refused plan "$src" "$tgt"
	refused start "$src" "$tgt"
	refused start -f "$src" "$tgt"
	umount "$mnt"
}

# Somebody uses the target, as a file system or exclusively; force does not help.
scenario_busy_target() {
	small_source
	null_add tgt 128 4
	perl -MFcntl -e 'sysopen(my $f, $ARGV[0], O_RDWR | O_EXCL) or die; sleep 300' "$tgt" &
	sleep 1
	refused start "$src" "$tgt"
	refused start -f "$src" "$tgt"
	kill %1
	wait
	mkfs.btrfs -q -f -m single -d single "$tgt" 2> /dev/null
	mount_fs "$tgt"
	refused start -f "$src" "$tgt"
	umount "$mnt"
}

# The same device by two names.
scenario_same_device() {
	small_source
	tgt=$src
	ln -s "$src" "$scratch/other-name"
	refused start "$src" "$src"
	refused start -f "$src" "$scratch/other-name"
	two_names
}

# The kernel takes two loop devices of one file for two devices.
two_names() {
	src=$(loop_add 64)
	tgt=$(losetup -f)
	losetup "$tgt" "/tmp/${src#/dev/}.img"
	ln "/tmp/${src#/dev/}.img" "/tmp/${tgt#/dev/}.img"
	refused start -f "$src" "$tgt"
	grep -q 'one device with two names' "$scratch/refusal" || [[ -n $control ]]
}

# As many usable zones as the source has device extents, less one.
scenario_smaller_target() {
	local extents
	small_source
	extents=$(new_btrfs inspect-internal dump-tree -t dev "$src" | grep -c 'DEV_EXTENT')
	null_add tgt "$((4 * (extents + 1)))" 4
	refused start "$src" "$tgt"
	grep -q 'bytes are missing' "$scratch/refusal" || [[ -n $control ]]
}

# A block group is as large as a zone, unless it may get a new layout.
scenario_zone_size() {
	small_source
	null_add tgt 256 8
	refused start --relayout never "$src" "$tgt"
}

# What lies above the capacity has no place.
scenario_short_capacity() {
	small_source
	null_add tgt 128 4 zone_capacity=3
	refused start --relayout never "$src" "$tgt"
}

# A dead zone where the superblock log belongs, which cannot lie elsewhere.
scenario_offline_log() {
	small_source
	null_add tgt 128 4
	echo 8192 > "$nullb/tgt/zone_offline"
	refused start "$src" "$tgt"
}

# The kernel refuses to mount a device that may have fewer than 8 active zones.
scenario_too_few_active() {
	local limit
	small_source
	for limit in 1 2 3 4 5 6 7; do
		null_add tgt 128 4 zone_max_active="$limit"
		refused start "$src" "$tgt"
		null_remove tgt
	done
}
