# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154,SC2317 # names and functions shared with cycle.sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# File systems of several devices, of which one is replaced. The others must be left as they are, and the kernel must take
# them with the new one.

peers=()

# devices SIZE_MIB [NAME]...: source and target, and others, with zones of 4 MiB.
devices() {
	local size=$1 name
	shift
	for name in src tgt "$@"; do
		null_add "$name" "$size" 4
	done
	peers=("${@/#//dev/}")
}

peers_state() {
	local peer
	for peer in "${peers[@]}"; do device_state "$peer"; done
}

# make_spread COMMAND...: a file system on $first, to which $second is added, and a command is run before it is filled.
make_spread() {
	step "mkfs, add a device"
	mkfs.btrfs -q -f -m dup -d single "$first"
	mount_fs "$first"
	btrfs device add -f "$second" "$mnt"
	"$@"
	populate "$mnt" 60
	note_content
	umount "$mnt"
}

# swap [OPTION]...: as replace_and_accept does, with all devices of the file system.
swap() {
	if [[ -n $control ]]; then
		accept "$src"
		return
	fi
	peers_state > "$scratch/peers"
	replace "$@"
	peers_state | diff "$scratch/peers" - || fail "another device changed"
	grep 'beside devid' "$scratch/start"
	detach "$src"
	btrfs device scan "${peers[@]}" "$tgt"
	accept "$tgt"
}

# balance_all: afterwards each block group lies somewhere else.
balance_all() {
	step balance
	mount_fs "$1"
	btrfs balance start --full-balance "$mnt" > "$scratch/balance" 2>&1 || { cat "$scratch/balance"; return 1; }
	same_old_content
	umount "$mnt"
	check_fs "$1"
}

# Nothing is there twice; the second device is replaced.
scenario_single() {
	devices 256 peer
	make_source --small 60 -m single -d single /dev/peer
	swap
}

# Both copies of metadata on one device; the first device is replaced.
scenario_dup() {
	devices 256 peer
	first=/dev/peer second=/dev/src
	make_spread true
	src=/dev/peer
	peers=(/dev/src)
	swap
}

# Copies on any two of three devices: zones must end where those of the peer do, whatever is used of them.
scenario_raid1() {
	not_on 6.1
	devices 256 peer more
	make_source --new --small 60 -m raid1 -d single /dev/peer /dev/more
	swap
	balance_all "$tgt"
}

# One of three devices is not named, and is missing for the program.
scenario_raid1c3() {
	not_on 6.1
	devices 256 peer more
	make_source --new --small 60 -m raid1c3 -d single /dev/peer /dev/more
	[[ -n $control ]] || zreplace plan --device /dev/more "$src" "$tgt" | grep 'devid 1, which is missing'
	swap -r
}

# 64 KiB on each device in turn.
scenario_raid0() {
	not_on 6.1
	devices 256 peer more
	make_source --new --small 60 -m raid0 -d single /dev/peer /dev/more
	swap
}

# 64 KiB on each pair of devices in turn.
scenario_raid10() {
	not_on 6.1
	devices 256 peer more most
	make_source --new --small 60 -m raid10 -d single /dev/peer /dev/more /dev/most
	swap
}

# damage_blocks FILE: each tree block of the file, extent and checksum trees has a wrong byte.
damage_blocks() {
	perl -e '
		open(my $file, "+<:raw", $ARGV[0]) or die;
		my ($node, $count) = (16384, 0);
		sysseek($file, 65536, 0);
		sysread($file, my $super, 4096);
		for (my $at = 8 << 20; $at < -s $file; $at += $node) {
			sysseek($file, $at, 0);
			sysread($file, my $header, 101) == 101 or last;
			next if substr($header, 32, 16) ne substr($super, 32, 16);
			next unless grep { $_ == unpack("Q<", substr($header, 88, 8)) } 2, 5, 7;
			sysseek($file, $at + 60, 0);
			syswrite($file, "damage");
			$count++;
		}
		print "damaged $count blocks\n";
		exit !$count;' "$1"
}

# A regular disk beside a zoned one, on which blocks go bad; the zoned one has them all.
scenario_damaged() {
	not_on 6.1
	devices 256 peer
	null_remove src
	src=$(loop_add 256)
	first=/dev/peer second=$src
	make_spread btrfs balance start -mconvert=raid1 -sconvert=raid1 -f "$mnt"
	blockdev --flushbufs "$src"
	[[ -n $control ]] || damage_blocks "/tmp/${src#/dev/}.img"
	blockdev --flushbufs "$src"
	swap
	[[ -n $control ]] || ! grep ' 0B repaired' "$scratch/start"
}
