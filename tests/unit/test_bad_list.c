// SPDX-License-Identifier: GPL-2.0-or-later
/* A bad list that cannot be made leaves nothing behind, and the one before it as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../cmd/findings.h"
#include "command.h"
#include "show.h"

static int fchmod_errno;

/* In place of the one of libc. */
int fchmod(int fd, mode_t mode)
{
	(void)fd;
	(void)mode;
	errno = fchmod_errno;
	return fchmod_errno ? -1 : 0;
}

/* No finding is told here. */
void json_add_number(struct json_object *object, const char *key, uint64_t number)
{
	fail_msg("%p %s %llu", (void *)object, key, (unsigned long long)number);
}

void json_add_text(struct json_object *object, const char *key, const char *text)
{
	fail_msg("%p %s %s", (void *)object, key, text);
}

static int count_files(const char *folder)
{
	struct dirent *entry;
	DIR *dir = opendir(folder);
	int count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count;
}

/* Opened and closed; returns the status of opening. */
static int make_list(const char *path, int reason)
{
	struct findings findings = { .list_path = path };
	int status;

	fchmod_errno = reason;
	status = findings_open(&findings);
	if (!status)
		assert_int_equal(findings_close(&findings, true), 0);
	return status;
}

static void test_list_that_cannot_be_made(void **state)
{
	char folder[] = "/tmp/bad-list-XXXXXX";
	char path[sizeof(folder) + sizeof("/list")];
	struct stat before;
	struct stat after;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/list", folder);
	assert_int_equal(make_list(path, EPERM), STATUS_FAILED);
	assert_non_null(strstr(first_report()->message, strerror(EPERM)));
	assert_int_equal(count_files(folder), 0);
	assert_int_equal(make_list(path, 0), STATUS_DONE);
	assert_int_equal(count_files(folder), 1);
	assert_int_equal(stat(path, &before), 0);
	assert_int_equal(make_list(path, EPERM), STATUS_FAILED);
	assert_int_equal(count_files(folder), 1);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(after.st_ino, before.st_ino);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list_that_cannot_be_made),
	};

	return cmocka_run_group_tests_name("bad list", tests, NULL, NULL);
}
