// SPDX-License-Identifier: GPL-2.0-or-later
#include "findings.h"
#include "command.h"
#include "plain.h"
#include "show.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is printed or kept for JSON; the list has all. */
#define LINES_MAX 20
#define ARRAY_MAX 10000

static const char heading[] =
	"# state\tdevid\tphysical\tlogical\tlength\tkind\treason\ttree\tinode\toffset\tpath\n";

/* Only a bad list is replaced by another one: the path may name something else by mistake. */
static bool is_replaceable(const char *path, const struct stat *st)
{
	char line[sizeof(heading)] = "";
	FILE *file;

	if (!S_ISREG(st->st_mode))
		return false;
	if (!st->st_size)
		return true;
	file = fopen(path, "r");
	if (!file)
		return false;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	return !strcmp(line, heading);
}

/* The reason why it could not be made is the caller's to tell. */
static void drop_part(struct findings *findings, int fd)
{
	int reason = errno;

	if (fd >= 0) {
		unlink(findings->part);
		close(fd);
	}
	free(findings->part);
	findings->part = NULL;
	errno = reason;
}

/* A new file beside the path, which takes its place at the end. */
static FILE *open_part(struct findings *findings)
{
	const size_t size = strlen(findings->list_path) + sizeof(".XXXXXX");
	FILE *part = NULL;
	int fd;

	findings->part = malloc(size);
	if (!findings->part)
		return NULL;
	snprintf(findings->part, size, "%s.XXXXXX", findings->list_path);
	fd = mkstemp(findings->part);
	if (fd >= 0 && !fchmod(fd, S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH))
		part = fdopen(fd, "w");
	if (!part)
		drop_part(findings, fd);
	return part;
}

int findings_open(struct findings *findings)
{
	const char *path = findings->list_path;
	struct stat st;
	bool there;

	if (!path)
		return STATUS_DONE;
	there = !stat(path, &st);
	if (there && !is_replaceable(path, &st) && !S_ISFIFO(st.st_mode) && !S_ISCHR(st.st_mode))
		return complain(ZR_E_HOLDS_DATA,
				"bad list: %s, exists and is no bad list; name another file", path);
	findings->list = there && !S_ISREG(st.st_mode) ? fopen(path, "w") : open_part(findings);
	if (!findings->list)
		return complain(ZR_E_OPEN, "bad list: %s, cannot be made: %s", path,
				strerror(errno));
	fputs(heading, findings->list);
	return STATUS_DONE;
}

static const char *kind_name(const struct zr_finding *finding)
{
	if (finding->tree_block)
		return "metadata";
	return finding->has_csum ? "data" : "data-without-checksum";
}

static void print_owner(FILE *out, const struct zr_owner *owner)
{
	fprintf(out, "\t%" PRId64 "\t", (int64_t)owner->tree);
	if (owner->inode)
		fprintf(out, "%" PRIu64 "\t%" PRIu64 "\t", owner->inode, owner->offset);
	else
		fprintf(out, "-\t-\t");
	if (owner->path)
		print_plain(out, owner->path);
	else
		fputc('-', out);
	fputc('\n', out);
}

/* What is told about one finding, owner by owner. */
struct telling {
	const struct findings *findings;
	const struct zr_finding *finding;
	struct json_object *owners; /* of the finding in the array; NULL without one */
	uint64_t count;
};

static struct json_object *json_finding(const struct zr_finding *finding)
{
	struct json_object *object = json_object_new_object();

	json_add_text(object, "state", zr_finding_name(finding->kind));
	json_add_number(object, "devid", finding->devid);
	json_add_number(object, "physical", finding->physical);
	json_add_number(object, "logical", finding->logical);
	json_add_number(object, "length", finding->len);
	json_add_text(object, "kind", kind_name(finding));
	json_add_text(object, "reason", zr_error_text(finding->code));
	return object;
}

static struct json_object *json_owner(const struct zr_owner *owner)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "tree", json_object_new_int64((int64_t)owner->tree));
	if (owner->inode) {
		json_add_number(object, "inode", owner->inode);
		json_add_number(object, "offset", owner->offset);
	} else {
		json_add_number(object, "level", owner->level);
	}
	if (owner->path)
		json_add_text(object, "path", owner->path);
	return object;
}

static void print_record(FILE *out, const struct zr_finding *finding)
{
	fprintf(out, "%s\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%s\t%s",
		zr_finding_name(finding->kind), finding->devid, finding->physical, finding->logical,
		finding->len, kind_name(finding), zr_error_text(finding->code));
}

static void print_line(const struct zr_finding *finding, const struct zr_owner *owner)
{
	printf("%s: devid %" PRIu64 " physical %" PRIu64 " logical %" PRIu64 " length %" PRIu64
	       ", %s: ",
	       zr_finding_name(finding->kind), finding->devid, finding->physical, finding->logical,
	       finding->len, zr_error_text(finding->code));
	if (!owner) {
		printf("user unknown");
	} else if (owner->inode) {
		printf("tree %" PRId64 " inode %" PRIu64 " offset %" PRIu64 " ",
		       (int64_t)owner->tree, owner->inode, owner->offset);
		print_plain(stdout, owner->path ? owner->path : "path unknown");
	} else {
		printf("tree %" PRId64 " level %u", (int64_t)owner->tree, owner->level);
	}
	printf("%s\n",
	       finding->has_csum ? "" : " (has no checksum: its content cannot be verified)");
}

static bool has_line(const struct findings *findings)
{
	return findings->lines && findings->count <= LINES_MAX;
}

static bool is_in_array(const struct findings *findings)
{
	return findings->array && findings->count <= ARRAY_MAX;
}

static void tell(const struct zr_owner *owner, void *context)
{
	struct telling *telling = context;
	const struct findings *findings = telling->findings;

	telling->count++;
	if (findings->list) {
		print_record(findings->list, telling->finding);
		print_owner(findings->list, owner);
	}
	if (telling->owners)
		json_object_array_add(telling->owners, json_owner(owner));
	if (has_line(findings))
		print_line(telling->finding, owner);
}

static void tell_without_owner(const struct telling *telling)
{
	const struct findings *findings = telling->findings;

	if (findings->list) {
		print_record(findings->list, telling->finding);
		fprintf(findings->list, "\t-\t-\t-\t-\n");
	}
	if (has_line(findings))
		print_line(telling->finding, NULL);
}

/* To find out whose a range is takes reads on the source, which may be dying. */
static bool is_shown(const struct findings *findings)
{
	return findings->list || is_in_array(findings) || has_line(findings);
}

void findings_take(const struct zr_finding *finding, void *context)
{
	struct findings *findings = context;
	struct telling telling = { .findings = findings, .finding = finding };
	struct zr_error ignored = ZR_ERROR_INIT;

	findings->count++;
	if (findings->lines && findings->count == LINES_MAX + 1)
		printf("more ranges were found than are shown; --bad-list lists them all\n");
	if (!is_shown(findings))
		return;
	if (is_in_array(findings)) {
		struct json_object *object = json_finding(finding);

		telling.owners = json_object_new_array();
		json_object_object_add(object, "owners", telling.owners);
		json_object_array_add(findings->array, object);
	}
	/* The metadata that says whose it is may be bad itself; what it said until then is told. */
	if (zr_source_owners(findings->source, finding->logical, finding->len, tell, &telling,
			     &ignored) < 0 ||
	    !telling.count)
		tell_without_owner(&telling);
	fflush(stdout);
}

/* Put the new list where the old one is, or take it away. */
static bool move_part(struct findings *findings, bool keep)
{
	bool failed = keep ? rename(findings->part, findings->list_path) : unlink(findings->part);

	free(findings->part);
	findings->part = NULL;
	return failed;
}

int findings_close(struct findings *findings, bool keep)
{
	bool failed;

	if (!findings->list)
		return STATUS_DONE;
	failed = fflush(findings->list) || ferror(findings->list) ||
		 (fsync(fileno(findings->list)) && errno != EINVAL && errno != EROFS);
	failed |= fclose(findings->list) != 0;
	findings->list = NULL;
	if (findings->part)
		failed |= move_part(findings, keep);
	if (!failed)
		return STATUS_DONE;
	return complain(ZR_E_OPEN, "bad list: %s, is not complete: writing it failed",
			findings->list_path);
}
