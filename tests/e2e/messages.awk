# SPDX-License-Identifier: GPL-2.0-or-later
#
# Input: dmesg -x. Output: what the kernel complained about, without what differs from run to run. Of a warning with a
# stack trace only the first line stays.

function normal(text) {
	sub(/^\[ *[0-9.]+\] */, "", text)
	sub(/CPU: .*PID: [0-9]+ /, "", text)
	gsub(/\(device [^)]*\)/, "(device D)", text)
	gsub(/\/dev\/[a-z0-9]+/, "/dev/D", text)
	gsub(/0x[0-9a-f]+|[0-9a-f]+-[0-9a-f-]+/, "N", text)
	gsub(/[0-9]+/, "N", text)
	return text
}

{
	level = $0
	sub(/^[a-z]+ *: */, "", level)
	sub(/ *:.*/, "", level)
	text = $0
	sub(/^[a-z]+ *:[a-z]+ *: */, "", text)
}

# An emulated processor is slow, and the kernel notices.
text ~ /hrtimer: interrupt took|[Cc]locksource|sched_clock|TSC|hogged CPU/ { next }
text ~ /cut here/ { trace = 1; next }
text ~ /end trace/ { trace = 0; next }
trace && text !~ /WARNING:|BUG|Oops/ { next }
level ~ /^(emerg|alert|crit|err|warn)$/ { print normal(text); next }
text ~ /BTRFS/ && level != "info" { print normal(text) }
