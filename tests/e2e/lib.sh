# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the guest side of the end-to-end tests and the recipes of the fixtures share: devices, content, manifests.
# Emulated processors are slow at starting programs, so these functions prefer one program for many files.

# shellcheck disable=SC2034 # used where this file is read in
mnt=/run/mnt
nullb=/sys/kernel/config/nullb

fail() { echo "FAILED: $*" >&2; return 1; }

# null_add NAME SIZE_MIB ZONE_MIB [ATTRIBUTE=VALUE]...: a zoned device in memory, /dev/NAME. ZONE_MIB 0: not zoned.
null_add() {
	local name=$1 size=$2 zone=$3 pair
	shift 3
	mkdir "$nullb/$name"
	echo 1 > "$nullb/$name/memory_backed"
	echo 4096 > "$nullb/$name/blocksize"
	echo "$size" > "$nullb/$name/size"
	if [[ $zone != 0 ]]; then
		echo 1 > "$nullb/$name/zoned"
		echo "$zone" > "$nullb/$name/zone_size"
	fi
	for pair; do
		echo "${pair#*=}" > "$nullb/$name/${pair%%=*}"
	done
	echo 1 > "$nullb/$name/power"
	wait_for_device "/dev/$name"
}

wait_for_device() {
	local tries
	for ((tries = 0; tries < 100; tries++)); do
		[[ -b $1 ]] && return
		sleep 0.05
	done
	fail "no device $1"
}

null_remove() {
	[[ -d $nullb/$1 ]] || return 0
	echo 0 > "$nullb/$1/power"
	rmdir "$nullb/$1"
}

# Every 4 KiB page differs from all others and yet a compressor finds little in it that is new: so checksums tell pages
# apart, and images with many of them pack well.
pattern() {
	perl -e '
		my ($seed, $left) = @ARGV;
		my $state = 12345;
		my $base = "";
		for (1 .. 8192) {
			$state = ($state * 1103515245 + 12345) & 0x7fffffff;
			$base .= pack("N", ($state >> 8) ^ ($state << 9) & 0xffffffff);
		}
		for (my $page = 0; $left > 0; $page++) {
			my $text = pack("NN", $seed, $page) . substr($base, 4096 * ($page % 8) + 8, 4088);
			print substr($text, 0, $left);
			$left -= 4096;
		}' "$1" "$2"
}

# Files from a few bytes, kept inside metadata, up to several pages; made without starting a program.
small_files() {
	local dir=$1 count=$2 i size
	mkdir -p "$dir"
	for ((i = 0; i < count; i++)); do
		size=$((i * 37 % 1900 + 1))
		((i % 16)) || size=$((size * 13))
		printf '%0*d' "$size" "$i" > "$dir/file-$i"
	done
}

special_files() {
	local dir=$1
	mkdir "$dir"
	ln -s ../big/span "$dir/link"
	ln -s "$(printf '%0300d' 7)" "$dir/long-link"
	mkfifo "$dir/fifo"
	mknod "$dir/node" c 1 3
	: > "$dir/empty"
	echo text > "$dir/a name with spaces and ü"
	setfattr -n user.colour -v blue "$dir/empty"
	setfattr -n trusted.long -v "$(printf '%01500d' 3)" "$dir/empty"
	setfattr -n user.dir -v yes "$dir"
	ln "$dir/empty" "$dir/hard link"
	chown 1000:2000 "$dir/empty"
	chmod 4751 "$dir/empty"
	touch -d '2001-02-03 04:05:06.789012345' "$dir/fifo" "$dir/empty"
	truncate -s 5M "$dir/sparse"
	pattern 90 70000 | dd of="$dir/sparse" bs=64k seek=20 conv=notrunc iflag=fullblock status=none
}

# populate DIR [SMALL_FILES]: about 16 MiB in all shapes that a file system knows.
populate() {
	local m=$1 count=${2:-300}
	btrfs -q subvolume create "$m/vol"
	btrfs -q subvolume create "$m/vol/inner"
	small_files "$m/small" "$count"
	small_files "$m/vol/small" "$((count / 4))"
	mkdir "$m/big" "$m/packed"
	pattern 1 $((6 << 20)) > "$m/big/span"
	pattern 2 $((3 << 20)) > "$m/big/gone"
	pattern 3 1500001 > "$m/vol/odd"
	pattern 4 $((1 << 20)) > "$m/vol/inner/file"
	sync -f "$m"
	btrfs -q subvolume snapshot -r "$m/vol" "$m/snap-ro"
	btrfs -q subvolume snapshot "$m/vol" "$m/snap-rw"
	btrfs -q subvolume snapshot "$m/vol" "$m/snap-gone"
	special_files "$m/special"
	btrfs property set "$m/packed" compression zstd
	seq 1 150000 > "$m/packed/numbers"
	sync -f "$m"
	leave_gaps "$m"
}

# What was allocated and is no longer used: a copier of used extents must fill such places.
leave_gaps() {
	local m=$1 at
	cp --reflink=always "$m/big/span" "$m/big/reflink"
	cp --reflink=always "$m/vol/odd" "$m/snap-rw/reflink"
	for at in 1 5 17 40; do
		pattern $((100 + at)) 100000 |
			dd of="$m/big/span" bs=64k seek="$at" conv=notrunc iflag=fullblock status=none
	done
	pattern 5 200000 > "$m/snap-rw/odd"
	rm "$m/big/gone" "$m"/small/file-?[05]
	btrfs -q subvolume delete "$m/snap-gone" > /dev/null
	sync -f "$m"
	pattern 6 700000 > "$m/big/late"
	sync -f "$m"
}

# manifest DIR: everything that a user can see below DIR, one fact per line.
manifest() (
	cd "$1" || exit
	# Inode 2 stands where a snapshot has no copy of an inner subvolume; the kernel makes up its times at each mount.
	find . -mindepth 1 -printf 'inode\t%p\t%y\t%m\t%U\t%G\t%n\t%T@\t%i\t%s\t%l\n' |
		awk -F '\t' -v OFS='\t' '$9 == 2 { $8 = "-" } { print }' | sort
	find . -type b,c -exec stat -c $'device\t%n\t%t:%T' {} + | sort
	find . -type f -print0 | xargs -0r xxhsum -q -H1 | sed 's/^\([0-9a-f]*\)  /data\t\1\t/' | sort -t $'\t' -k3
	getfattr -R -P -h -d -m - --absolute-names -e hex . 2> /dev/null |
		awk '/^# file: / { file = substr($0, 9) } /=/ && !/^# / { print "xattr\t" file "\t" $0 }' | sort
)
