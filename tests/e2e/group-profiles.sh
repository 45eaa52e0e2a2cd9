# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154,SC2317 # names and functions shared with cycle.sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The same geometry on both sides.

# The plainest case: everything is there once.
scenario_single() {
	pair
	make_source -m single -d single
	replace_and_accept
}

# Both copies of metadata must end at the same offset in their zones.
scenario_dup() {
	pair
	make_source --small 400 -m dup -d single
	replace_and_accept
}

# The file system does not know how large its new device is.
scenario_larger_target() {
	null_add src 256 4
	null_add tgt 512 4
	make_source -m dup -d single
	replace_and_accept
}

# Block groups lie in a tree of their own.
scenario_block_group_tree() {
	pair
	make_source --new -m dup -d single -O block-group-tree
	replace_and_accept
}
