// SPDX-License-Identifier: GPL-2.0-or-later
#include "alloc_fault.h"

#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

static uint64_t count;
static uint64_t failing;
static int64_t live; /* bytes, since the count began */
static int64_t peak;

void *__real_malloc(size_t size);
void *__real_calloc(size_t members, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_reallocarray(void *old, size_t members, size_t size);
void *__real_aligned_alloc(size_t align, size_t size);
void __real_free(void *memory);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t len);
FILE *__real_open_memstream(char **text, size_t *len);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t members, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t members, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size);
void __wrap_free(void *memory);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t len);
FILE *__wrap_open_memstream(char **text, size_t *len);

void alloc_fail_at(uint64_t n)
{
	count = 0;
	live = 0;
	peak = 0;
	failing = n;
}

uint64_t alloc_work_again(void)
{
	failing = 0;
	return count;
}

uint64_t alloc_peak(void)
{
	return (uint64_t)peak;
}

static void *take(void *memory)
{
	if (failing && memory)
		live += (int64_t)malloc_usable_size(memory);
	peak = peak < live ? live : peak;
	return memory;
}

static void give(void *memory)
{
	if (failing && memory)
		live -= (int64_t)malloc_usable_size(memory);
}

static bool fails(void)
{
	if (!failing || ++count != failing)
		return false;
	errno = ENOMEM;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : take(__real_malloc(size));
}

void *__wrap_calloc(size_t members, size_t size)
{
	return fails() ? NULL : take(__real_calloc(members, size));
}

void *__wrap_realloc(void *old, size_t size)
{
	if (fails())
		return NULL;
	give(old);
	return take(__real_realloc(old, size));
}

void *__wrap_reallocarray(void *old, size_t members, size_t size)
{
	if (fails())
		return NULL;
	give(old);
	return take(__real_reallocarray(old, members, size));
}

void *__wrap_aligned_alloc(size_t align, size_t size)
{
	return fails() ? NULL : take(__real_aligned_alloc(align, size));
}

void __wrap_free(void *memory)
{
	give(memory);
	__real_free(memory);
}

char *__wrap_strdup(const char *text)
{
	return fails() ? NULL : take(__real_strdup(text));
}

char *__wrap_strndup(const char *text, size_t len)
{
	return fails() ? NULL : take(__real_strndup(text, len));
}

FILE *__wrap_open_memstream(char **text, size_t *len)
{
	return fails() ? NULL : __real_open_memstream(text, len);
}
