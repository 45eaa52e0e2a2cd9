// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: replay_TARGET PATH...
 *        replay_TARGET --seeds FOLDER
 *
 * Runs a fuzz target on files and on all files of folders, without a fuzzer; or writes its seeds.
 */
#include "seed.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void fail(const char *path)
{
	perror(path);
	exit(1);
}

/* The name comes first, so that the last line names the input that ended the program. */
static void run_file(const char *path)
{
	static uint8_t read_to[FUZZ_INPUT_MAX];
	FILE *file = fopen(path, "rb");
	uint8_t *data;
	size_t len;

	puts(path);
	fflush(stdout);
	if (!file)
		fail(path);
	len = fread(read_to, 1, sizeof(read_to), file);
	if (ferror(file) || fclose(file))
		fail(path);
	/* Exactly as long as the input, so that a sanitizer sees what leaves it. */
	data = malloc(len ? len : 1);
	if (!data)
		fail(path);
	memcpy(data, read_to, len);
	LLVMFuzzerTestOneInput(data, len);
	free(data);
}

static int no_dots(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static size_t run_folder(const char *folder)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, no_dots, alphasort);
	char path[4096];
	int i;

	if (count < 0)
		fail(folder);
	for (i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		run_file(path);
		free(entries[i]);
	}
	free(entries);
	return (size_t)count;
}

static size_t run_path(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		fail(path);
	if (S_ISDIR(st.st_mode))
		return run_folder(path);
	run_file(path);
	return 1;
}

int main(int argc, char **argv)
{
	size_t count = 0;
	int i;

	if (argc == 3 && !strcmp(argv[1], "--seeds")) {
		fuzz_seeds(argv[2]);
		return 0;
	}
	for (i = 1; i < argc; i++)
		count += run_path(argv[i]);
	printf("%zu inputs\n", count);
	return !count;
}
