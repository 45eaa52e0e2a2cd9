// SPDX-License-Identifier: GPL-2.0-or-later
#include "fault_kinds.h"

#include "tiny_fs.h"

#include <errno.h>

#define OP(kind) (1U << MEMORY_##kind)
#define ZONE_OPS (OP(RESET) | OP(CLOSE) | OP(FINISH))

const struct fault_kind fault_kinds[] = {
	{ "source: error once", true, 0, MEMORY_FAILS, false, false, EIO, FAULT_MAY_STOP },
	{ "source: error for ever", true, 0, MEMORY_FAILS, true, false, EIO, FAULT_STOPS },
	{ "source: vanishes", true, 0, MEMORY_FAILS, true, false, ENODEV, FAULT_STOPS },
	{ "source: short read", true, OP(READ), MEMORY_FAILS_HALFWAY, false, false, EIO,
	  FAULT_MAY_STOP },
	{ "source: report fails", true, OP(REPORT), MEMORY_FAILS, false, false, EIO, FAULT_STOPS },
	{ "source: zone read-only", true, OP(READ), MEMORY_GOES_READ_ONLY, false, false, EIO,
	  FAULT_MAY_STOP },
	{ "source: zone offline", true, OP(READ), MEMORY_GOES_OFFLINE, false, false, EIO,
	  FAULT_MAY_STOP },
	{ "source: wrong bit once", true, OP(READ), MEMORY_FLIPS, false, false, 0, FAULT_MAY_PASS },
	{ "source: wrong bit in one copy", true, OP(READ), MEMORY_FLIPS, true, false, 0,
	  FAULT_MAY_PASS },
	{ "source: wrong bit in all copies", true, OP(READ), MEMORY_FLIPS, true, true, 0,
	  FAULT_MAY_PASS },
	{ "target: error once", false, 0, MEMORY_FAILS, false, false, EIO, FAULT_STOPS },
	{ "target: error for ever", false, 0, MEMORY_FAILS, true, false, EIO, FAULT_STOPS },
	{ "target: vanishes", false, 0, MEMORY_FAILS, true, false, ENODEV, FAULT_STOPS },
	{ "target: short write", false, OP(WRITE), MEMORY_FAILS_HALFWAY, false, false, EIO,
	  FAULT_STOPS },
	{ "target: short read", false, OP(READ), MEMORY_FAILS_HALFWAY, false, false, EIO,
	  FAULT_STOPS },
	{ "target: flush fails", false, OP(FLUSH), MEMORY_FAILS, false, false, EIO, FAULT_STOPS },
	{ "target: reset fails", false, OP(RESET), MEMORY_FAILS, false, false, EIO, FAULT_STOPS },
	{ "target: close fails", false, OP(CLOSE), MEMORY_FAILS, false, false, EIO, FAULT_STOPS },
	{ "target: finish fails", false, OP(FINISH), MEMORY_FAILS, false, false, EIO, FAULT_STOPS },
	{ "target: report fails", false, OP(REPORT), MEMORY_FAILS, false, false, EIO, FAULT_STOPS },
	{ "target: write lost", false, OP(WRITE), MEMORY_DROPS, false, false, 0, FAULT_MAY_PASS },
	{ "target: wrong bit written", false, OP(WRITE), MEMORY_FLIPS, false, false, 0,
	  FAULT_MAY_PASS },
	{ "target: wrong bit read once", false, OP(READ), MEMORY_FLIPS, false, false, 0,
	  FAULT_MAY_STOP },
	{ "target: wrong bit read for ever", false, OP(READ), MEMORY_FLIPS, true, false, 0,
	  FAULT_MAY_STOP },
	{ "target: pointer moved", false, OP(WRITE) | OP(CLOSE), MEMORY_MOVES, false, false, 0,
	  FAULT_STOPS },
	{ "target: pointer moved in the end", false, OP(FINISH), MEMORY_MOVES, false, false, 0,
	  FAULT_MAY_STOP },
	{ "target: zone read-only", false, OP(WRITE) | ZONE_OPS, MEMORY_GOES_READ_ONLY, false,
	  false, EIO, FAULT_STOPS },
	{ "target: zone offline", false, OP(READ) | OP(WRITE) | ZONE_OPS, MEMORY_GOES_OFFLINE,
	  false, false, EIO, FAULT_STOPS },
};

const size_t fault_kind_count = sizeof(fault_kinds) / sizeof(fault_kinds[0]);

struct memory_fault fault_of_kind(const struct fault_kind *kind, uint64_t n)
{
	struct memory_fault fault = {
		.fail_at = n,
		.lasting = kind->lasting,
		.effect = kind->effect,
		.kinds = kind->kinds,
		.sys_errno = kind->sys_errno,
		.copy = kind->both_copies ? tiny_other_copy : NULL,
	};

	return fault;
}
