# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154,SC2317 # names and functions shared with cycle.sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The same geometry on both sides; profiles, checksums, node sizes.

pair() {
	null_add src "${1:-256}" "${2:-4}"
	null_add tgt "${1:-256}" "${2:-4}"
}

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

# 8 bytes for each checksum.
scenario_xxhash() {
	pair
	make_source --small 30 -m single -d single --csum xxhash
	replace_and_accept
}

# 32 bytes for each checksum.
scenario_sha256() {
	pair
	make_source --small 30 -m single -d single --csum sha256
	replace_and_accept
}

# 32 bytes for each checksum, by another function.
scenario_blake2() {
	pair
	make_source --small 30 -m single -d single --csum blake2
	replace_and_accept
}

# Small nodes: more levels, no gap between a node and a page.
scenario_nodes_4k() {
	pair
	make_source --small 800 -m dup -d single -n 4096
	replace_and_accept
}

# Large nodes: one block is many writes. Small zones leave the kernel no room to reserve.
scenario_nodes_64k() {
	pair 512 16
	make_source --small 60 -m single -d single -n 65536
	replace_and_accept
}

# Block groups lie in a tree of their own.
scenario_block_group_tree() {
	pair
	make_source --new -m dup -d single -O block-group-tree
	replace_and_accept
}

# Extent items that carry the length and the first key of a tree block, as older file systems have them.
scenario_full_metadata_items() {
	pair
	make_source --small 30 -O ^skinny-metadata -m dup -d single
	replace_and_accept
}
