# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154,SC2317 # names and functions shared with cycle.sh and faults.sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Devices of another machine, which is this one: a source over NBD, a zoned target over NVMe/TCP, and links that are cut.

nvmet=/sys/kernel/config/nvmet
nqn=nqn.2026-11.example:target
subsystem=$nvmet/subsystems/$nqn
port=$nvmet/ports/1

# no_multipath: with it, Linux 6.12 loses track of a write to a zone that it sends again, and hangs when the controller goes.
no_multipath() {
	[[ $(< /sys/module/nvme_core/parameters/multipath) == Y ]] || return 0
	modprobe -r nvme nvme_core
	modprobe nvme_core multipath=N
}

# nvme_export: others can reach /dev/tgt. Linux 6.1 sends parts of a write to the zone in any order there, so that writes
# fail, the kernel's own among them.
nvme_export() {
	not_on 6.1
	no_multipath
	modprobe -a nvmet nvmet_tcp nvme_tcp
	kernel_may_say 'nvmet: .*' 'nvmet_tcp: .*' 'nvme nvmeN: .*' 'nvmeN[cn]N.*' 'block nvmeNnN: .*' \
		'nvme_ns_head_submit_bio: N callbacks suppressed' 'Buffer I/O error on dev nvmeNnN, .*'
	mkdir "$subsystem" "$subsystem/namespaces/1" "$port"
	echo 1 > "$subsystem/attr_allow_any_host"
	echo /dev/tgt > "$subsystem/namespaces/1/device_path"
	echo 1 > "$subsystem/namespaces/1/enable"
	echo tcp > "$port/addr_trtype"
	echo ipv4 > "$port/addr_adrfam"
	echo 127.0.0.1 > "$port/addr_traddr"
	echo 4420 > "$port/addr_trsvcid"
	ln -s "$subsystem" "$port/subsystems/$nqn"
}

# nvme_connect: the target is the exported device.
nvme_connect() {
	local tries
	printf 'transport=tcp,traddr=127.0.0.1,trsvcid=4420,nqn=%s,keep_alive_tmo=1,reconnect_delay=1,ctrl_loss_tmo=600' \
		"$nqn" > /dev/nvme-fabrics
	for ((tries = 0; tries < 100; tries++)); do
		tgt=$(echo /sys/class/nvme/nvme*/nvme*n1)
		tgt=/dev/${tgt##*/}
		[[ ! -b $tgt ]] || return 0
		sleep 0.05
	done
	fail "no NVMe device"
}

# nvme_is_back: the controller has its link again.
nvme_is_back() {
	local tries
	for ((tries = 0; tries < 100; tries++)); do
		! grep -qx live /sys/class/nvme/nvme*/state || return 0
		sleep 0.1
	done
	fail "no link"
}

nvme_disconnect() {
	local controller
	for controller in /sys/class/nvme/nvme*; do
		[[ $(< "$controller/transport") != tcp ]] || echo 1 > "$controller/delete_controller"
	done
}

# nbd_export FILE: $src is a file of another machine, which can only be read. NBD knows no zones.
nbd_export() {
	modprobe nbd
	kernel_may_say 'block nbdN: .*' 'nbdN: .*' 'Buffer I/O error on dev nbdN, .*'
	mv "$1" /tmp/nbd0.img
	nbd_connect
	src=/dev/nbd0
}

nbd_connect() {
	local tries
	qemu-nbd --read-only --persistent --format raw --bind 127.0.0.1 --pid-file /tmp/nbd.pid /tmp/nbd0.img &
	for ((tries = 0; tries < 20; tries++)); do
		! nbd-client 127.0.0.1 /dev/nbd0 -readonly -timeout 2 || return 0
		sleep 0.5
	done
	fail "no NBD device"
}

# After a link was cut nothing is left of what used it.
nbd_disconnect() {
	nbd-client -d /dev/nbd0
	kill "$(< /tmp/nbd.pid)"
	rm /tmp/nbd.pid
} 2> /dev/null

link_cut() { ip link set lo down; }
link_up() { ip link set lo up; }

# What the next scenario must not find.
cut_links() {
	link_up
	nvme_disconnect
	nbd_disconnect
	[[ -d $subsystem ]] || return 0
	rm "$port/subsystems/$nqn"
	rmdir "$subsystem/namespaces/1" "$subsystem" "$port"
}

# as_after_a_stop: what must be true of a run that failed, when its target can be looked at again.
as_after_a_stop() {
	same_source
	no_file_system
	zreplace status "$tgt"
}

# The link is gone for some seconds. What was under way is sent again, or fails, and then the next run goes on.
scenario_nvme_tcp() {
	fixture_source
	null_add tgt 128 4
	nvme_export
	nvme_connect
	io_errors nvmeNnN WRITE FLUSH ZONE_RESET ZONE_CLOSE READ
	hold_mid_copy
	sleep 1
	link_cut
	kill -CONT "$(pidof btrfs-zreplace)"
	sleep 4
	link_up
	nvme_is_back
	let_go
	if [[ $status != 0 ]]; then
		ended_with 1 "$tgt"
		as_after_a_stop
		go_on
	fi
	as_undisturbed
	whole
	mount_fs "$tgt"
	lives_on "$tgt"
	nvme_disconnect
	tgt=/dev/tgt
	check_fs "$tgt"
}

# Both ends far away: a regular disk that is read over one link, and zones that are written over another. The server of the
# disk goes away for good, and another one comes.
scenario_nbd_to_nvme_tcp() {
	[[ -z $control ]] || exit 0
	tar -C /tmp -xf "$here/../fixtures/emulated.tar.xz"
	nbd_export /tmp/emulated.img
	null_add tgt 1280 256
	nvme_export
	nvme_connect
	io_errors nbdN READ
	cp "$here/../fixtures/emulated.sums" "$scratch/manifest"
	note_source
	hold_at pwrite64 2 --rate 1M --queue-bytes 2M
	nbd_disconnect
	let_go
	ended_with 1 "$src"
	nbd_connect
	as_after_a_stop
	go_on
	zreplace verify "$src" "$tgt"
	nvme_disconnect
	tgt=/dev/tgt
	whole
}
