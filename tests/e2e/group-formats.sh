# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154,SC2317 # names and functions shared with cycle.sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kernels: 6.12
#
# Checksums, node sizes, items of older file systems: what is the same for any kernel.

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

# Extent items that carry the length and the first key of a tree block, as older file systems have them.
scenario_full_metadata_items() {
	pair
	make_source --small 30 -O ^skinny-metadata -m dup -d single
	replace_and_accept
}
