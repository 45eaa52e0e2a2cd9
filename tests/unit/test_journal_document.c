// SPDX-License-Identifier: GPL-2.0-or-later
/* The tables of docs/journal.md have the places and sizes that records have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal_record.h"

#define ROWS_MAX 64

struct row {
	unsigned int offset;
	unsigned int size;
};

#define FIELD(name, member)                                                          \
	{                                                                            \
		offsetof(struct name, member), sizeof(((struct name *)NULL)->member) \
	}

/* In the order of the document. */
static const struct row fields[] = {
	FIELD(zr_record, csum),
	FIELD(zr_record, magic),
	FIELD(zr_record, version),
	FIELD(zr_record, kind),
	FIELD(zr_record, sequence),
	FIELD(zr_record, reserved),
	FIELD(zr_record, run),
	FIELD(zr_record, body),
	FIELD(zr_record_head, fsid),
	FIELD(zr_record_head, dev_uuid),
	FIELD(zr_record_head, devid),
	FIELD(zr_record_head, generation),
	FIELD(zr_record_head, super),
	FIELD(zr_record_head, plan),
	FIELD(zr_record_head, target_bytes),
	FIELD(zr_record_head, zones),
	FIELD(zr_record_head, source),
	FIELD(zr_record_head, target_model),
	FIELD(zr_record_head, version),
	FIELD(zr_record_head, target_fsid),
	FIELD(zr_record_finding, zone),
	FIELD(zr_record_finding, kind),
	FIELD(zr_record_finding, tree_block),
	FIELD(zr_record_finding, has_csum),
	FIELD(zr_record_finding, reserved),
	FIELD(zr_record_finding, code),
	FIELD(zr_record_finding, devid),
	FIELD(zr_record_finding, physical),
	FIELD(zr_record_finding, logical),
	FIELD(zr_record_finding, len),
	FIELD(zr_record_finding, extent),
};

static size_t read_rows(struct row rows[ROWS_MAX])
{
	const char *path = getenv("JOURNAL_DOCUMENT");
	FILE *document = fopen(path ? path : "", "r");
	char line[256];
	size_t count = 0;

	assert_non_null(document);
	while (count < ROWS_MAX && fgets(line, sizeof(line), document))
		count += sscanf(line, "| %u | %u |", &rows[count].offset, &rows[count].size) == 2;
	fclose(document);
	return count;
}

static void test_tables(void **state)
{
	struct row rows[ROWS_MAX];
	size_t count = read_rows(rows);
	size_t i;

	(void)state;
	for (i = 0; i < count && i < sizeof(fields) / sizeof(fields[0]); i++)
		if (rows[i].offset != fields[i].offset || rows[i].size != fields[i].size)
			fail_msg("row %zu: offset %u size %u, expected %u and %u", i,
				 rows[i].offset, rows[i].size, fields[i].offset, fields[i].size);
	assert_int_equal(count, sizeof(fields) / sizeof(fields[0]));
	assert_int_equal(sizeof(struct zr_record_finding), 52);
	assert_int_equal(ZR_RECORD_FINDINGS_MAX, 75);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
