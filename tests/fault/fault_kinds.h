/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kinds of faults that are tried at every operation of a run.
 */
#ifndef ZR_TESTS_FAULT_KINDS_H
#define ZR_TESTS_FAULT_KINDS_H

#include "memory_device.h"

enum fault_end {
	FAULT_STOPS, /* a run that meets it fails */
	FAULT_MAY_STOP, /* it fails, or ends as if nothing had been */
	FAULT_MAY_PASS, /* the same, or it ends well on a target in which verification finds it */
};

struct fault_kind {
	const char *name;
	bool source; /* it is on the source, otherwise on the target */
	uint32_t kinds; /* of operations, see struct memory_fault */
	enum memory_effect effect;
	bool lasting;
	bool both_copies;
	int sys_errno;
	enum fault_end end;
};

extern const struct fault_kind fault_kinds[];
extern const size_t fault_kind_count;

/*
 * fault_of_kind - the fault to set on a device, for its operation with this number
 */
struct memory_fault fault_of_kind(const struct fault_kind *kind, uint64_t n);

#endif
