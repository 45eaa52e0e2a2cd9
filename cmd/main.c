// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"
#include "show.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct command *const commands[] = {
	&command_plan,	 &command_start,  &command_status, &command_verify,
	&command_retire, &command_cancel, &command_check,
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_usage(FILE *out)
{
	size_t i;

	fprintf(out, "usage: btrfs-zreplace COMMAND [options] [SOURCE] TARGET\n\n"
		     "Move an unmounted zoned btrfs to another zoned device.\n\nCommands:\n");
	for (i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-8s %s\n", commands[i]->name, commands[i]->summary);
	fprintf(out, "\n'btrfs-zreplace COMMAND --help' lists the options of a command.\n");
}

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

/* A result that could not be written is not done: a full disk must not look like success. */
static int finish(int status)
{
	if (status != STATUS_DONE && status != STATUS_INCOMPLETE)
		return status;
	if (!ferror(stdout) && !fflush(stdout))
		return status;
	fprintf(stderr, "ERROR: standard output: writing failed\n");
	return status == STATUS_DONE ? STATUS_FAILED : status;
}

/* A command that failed before it had a result has the failure to tell. */
static int finish_command(struct settings *settings, int status)
{
	if (settings->json)
		json_print(settings->result, status);
	return finish(status);
}

/*
 * A device that is opened while standard output or error is closed would take its number, and
 * messages would be written to the device. What stands there instead takes no writes either.
 */
static int keep_standard_files(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

int main(int argc, char **argv)
{
	struct settings settings = { 0 };
	const struct command *command;
	int rc;

	if (keep_standard_files())
		return STATUS_FAILED;
	if (argc < 2) {
		print_usage(stderr);
		return STATUS_FAILED;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		print_usage(stdout);
		return finish(STATUS_DONE);
	}
	if (!strcmp(argv[1], "--version")) {
		printf("btrfs-zreplace %s\n", zr_version());
		return finish(STATUS_DONE);
	}
	command = find_command(argv[1]);
	if (!command) {
		fprintf(stderr, "ERROR: unknown command '%s'; see 'btrfs-zreplace --help'\n",
			argv[1]);
		return STATUS_FAILED;
	}
	rc = parse_arguments(command, argc - 1, argv + 1, &settings);
	if (rc > 0)
		return finish(STATUS_DONE);
	return finish_command(&settings, rc ? STATUS_FAILED : command->run(&settings));
}
