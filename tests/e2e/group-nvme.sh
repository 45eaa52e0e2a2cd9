# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154,SC2317 # names and functions shared with cycle.sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Emulated ZNS drives: capacity below zone size and limits on active zones, by another driver.
# drives: source target

begin() {
	src=$(nvme_device source)
	tgt=$(nvme_device target)
	btrfs device scan --forget
	blkzone reset "$src"
	blkzone reset "$tgt"
}

fill() {
	local i
	for i in 1 2 3 4 5 6 7 8 9; do
		cp --reflink=never "$mnt/big/span" "$mnt/big/fill-$i"
	done
	sync -f "$mnt"
	top_up
}

# Two copies of metadata, full data zones.
scenario_zns_dup() {
	begin
	more_content() { fill; }
	make_source --new -m dup -d single
	[[ $(zones_in "$src" fu) -gt 0 ]] || fail "no zone is full"
	replace_and_accept
}

# One copy, and zones that were finished early.
scenario_zns_finished() {
	begin
	make_source --new --small 50 -m single -d single
	finish_data_zones "$src"
	replace_and_accept
}
