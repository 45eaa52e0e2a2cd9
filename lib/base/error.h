/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How the library fills the caller's error record.
 */
#ifndef ZR_BASE_ERROR_H
#define ZR_BASE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>
#include <zreplace/error.h>

#define ZR_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define ZR_NODISCARD __attribute__((warn_unused_result))

/*
 * zr_fail - report a failure and return it, in one statement
 * @err: record to fill; NULL is allowed. A record that holds an error already is left alone,
 *       because the first failure is the cause and later ones are its consequences.
 * @code: enum zr_error_code
 * @fmt: "what: where, reason, found X expected Y", lower case, no newline
 *
 * Returns -@code.
 */
int zr_fail(struct zr_error *err, int code, const char *fmt, ...) ZR_PRINTF(3, 4);

/*
 * zr_fail_errno - the same for a failed system call
 * @sys_errno: errno as it was after the call; its text is appended
 */
int zr_fail_errno(struct zr_error *err, int code, int sys_errno, const char *fmt, ...)
	ZR_PRINTF(4, 5);

/*
 * zr_fail_nomem - report that memory ran out
 * Returns -ZR_E_NO_MEMORY.
 */
int zr_fail_nomem(struct zr_error *err);

/*
 * zr_error_names - whether the text of a failure has a path in it as a word of its own
 */
bool zr_error_names(const struct zr_error *err, const char *path);

/*
 * zr_error_begin - put the path of the device that a failure was met on before its text
 * @err: NULL, or without a failure: nothing is done
 *
 * What does not fit is cut off at the end; a path that would take half of the room is left out.
 */
void zr_error_begin(struct zr_error *err, const char *path);

/*
 * zr_error_clear - forget what a record holds, for callers that recover from a failure
 */
void zr_error_clear(struct zr_error *err);

#endif
