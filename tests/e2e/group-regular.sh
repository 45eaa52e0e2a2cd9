# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154,SC2317 # names and functions shared with cycle.sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A regular disk, on which btrfs acts as if it had zones of 256 MiB.

# To zones that are real: gaps must be filled, the superblock becomes a log.
scenario_regular_to_zoned() {
	src=$(loop_add 3072)
	null_add tgt 4096 256
	make_source -O zoned -m dup -d single
	replace_and_accept
}

# And back: no write pointers, three superblocks in place.
scenario_zoned_to_regular() {
	null_add src 3072 256
	tgt=$(loop_add 4096)
	make_source -m dup -d single
	replace_and_accept
}
