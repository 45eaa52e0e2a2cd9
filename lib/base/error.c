// SPDX-License-Identifier: LGPL-2.1-or-later
#include "error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct code_info {
	const char *name;
	const char *text;
	enum zr_error_class class;
};

static const struct code_info code_table[] = {
#define CODE_INFO(name, class, text) { #name, text, ZR_CLASS_##class },
	ZR_ERROR_CODES(CODE_INFO)
#undef CODE_INFO
};

static const struct code_info *code_info(int code)
{
	if (code < 0 && code > -ZR_E_END)
		code = -code;
	if (code <= ZR_E_BASE || code >= ZR_E_END)
		return NULL;
	return &code_table[code - ZR_E_BASE - 1];
}

int zr_error_is_gone(const struct zr_error *err)
{
	return err->sys_errno == ENODEV || err->sys_errno == ENXIO;
}

enum zr_error_class zr_error_class(int code)
{
	const struct code_info *info = code_info(code);

	if (code == 0)
		return ZR_CLASS_NONE;
	return info ? info->class : ZR_CLASS_BUG;
}

const char *zr_error_name(int code)
{
	const struct code_info *info = code_info(code);

	return info ? info->name : "UNKNOWN";
}

const char *zr_error_text(int code)
{
	const struct code_info *info = code_info(code);

	return info ? info->text : "unknown error";
}

bool zr_error_names(const struct zr_error *err, const char *path)
{
	size_t len = strlen(path);
	const char *at = err->text;

	while (len && (at = strstr(at, path))) {
		if ((at == err->text || at[-1] == ' ') && strchr(":, ;", at[len]))
			return true;
		at++;
	}
	return false;
}

void zr_error_begin(struct zr_error *err, const char *path)
{
	const size_t size = sizeof(err->text);
	size_t len = strlen(path) + 2;

	if (!err || !err->code || len > size / 2)
		return;
	memmove(err->text + len, err->text, size - len);
	memcpy(err->text, path, len - 2);
	memcpy(err->text + len - 2, ": ", 2);
	err->text[size - 1] = '\0';
}

void zr_error_clear(struct zr_error *err)
{
	const struct zr_error none = ZR_ERROR_INIT;

	if (err)
		*err = none;
}

static void record(struct zr_error *err, int code, int sys_errno, const char *fmt, va_list ap)
	ZR_PRINTF(4, 0);

static void record(struct zr_error *err, int code, int sys_errno, const char *fmt, va_list ap)
{
	int len;

	if (!err || err->code)
		return;
	err->code = code;
	err->sys_errno = sys_errno;
	len = vsnprintf(err->text, sizeof(err->text), fmt, ap);
	if (sys_errno && len >= 0 && (size_t)len < sizeof(err->text))
		snprintf(err->text + len, sizeof(err->text) - (size_t)len, ": %s",
			 strerror(sys_errno));
}

int zr_fail(struct zr_error *err, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	record(err, code, 0, fmt, ap);
	va_end(ap);
	return -code;
}

int zr_fail_errno(struct zr_error *err, int code, int sys_errno, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	record(err, code, sys_errno, fmt, ap);
	va_end(ap);
	return -code;
}

int zr_fail_nomem(struct zr_error *err)
{
	return zr_fail(err, ZR_E_NO_MEMORY, "memory: allocation failed");
}
