// SPDX-License-Identifier: GPL-2.0-or-later
/* Options: their table, how they are read, and the help that is made of it. */
#include "command.h"
#include "size.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define OPTIONS_MAX 32
/* Columns of a help text, and those of them for the names of options and before the words on them.
 */
#define HELP_WIDTH 80
#define NAME_WIDTH 30
#define WORDS_START (NAME_WIDTH + 3)

static int take_force(struct settings *settings, const char *argument)
{
	(void)argument;
	settings->force = true;
	return 0;
}

static int take_restart(struct settings *settings, const char *argument)
{
	(void)argument;
	settings->restart = true;
	return 0;
}

static int take_json(struct settings *settings, const char *argument)
{
	(void)argument;
	settings->json = true;
	return 0;
}

static int take_quiet(struct settings *settings, const char *argument)
{
	(void)argument;
	settings->quiet = true;
	return 0;
}

static int take_verbose(struct settings *settings, const char *argument)
{
	(void)argument;
	settings->verbose = true;
	return 0;
}

static int take_map(struct settings *settings, const char *argument)
{
	(void)argument;
	settings->map = true;
	return 0;
}

static int take_probe(struct settings *settings, const char *argument)
{
	(void)argument;
	settings->probe = true;
	return 0;
}

static int take_verify(struct settings *settings, const char *argument)
{
	(void)argument;
	settings->verify = true;
	return 0;
}

static int take_rescue(struct settings *settings, const char *argument)
{
	(void)argument;
	settings->rescue = true;
	return 0;
}

static int take_bad_list(struct settings *settings, const char *argument)
{
	settings->bad_list = argument;
	return argument[0] ? 0 : -1;
}

static int take_progress(struct settings *settings, const char *argument)
{
	static const char *const modes[] = {
		[PROGRESS_AUTO] = "auto", [PROGRESS_BAR] = "bar",   [PROGRESS_LINES] = "lines",
		[PROGRESS_JSON] = "json", [PROGRESS_NONE] = "none",
	};
	size_t i;

	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(argument, modes[i]))
			continue;
		settings->progress = (enum progress_mode)i;
		return 0;
	}
	return -1;
}

static int take_serial(struct settings *settings, const char *argument)
{
	(void)argument;
	settings->serial = true;
	return 0;
}

static int take_zones_in_flight(struct settings *settings, const char *argument)
{
	return parse_count(argument, &settings->zones_in_flight);
}

static int take_queue_bytes(struct settings *settings, const char *argument)
{
	return parse_size(argument, &settings->queue_bytes);
}

static int take_rate(struct settings *settings, const char *argument)
{
	return parse_size(argument, &settings->rate);
}

static int take_tail(struct settings *settings, const char *argument)
{
	if (!strcmp(argument, "used"))
		settings->tail = ZR_TAIL_USED;
	else if (!strcmp(argument, "source"))
		settings->tail = ZR_TAIL_SOURCE;
	else
		return -1;
	return 0;
}

static int take_log(struct settings *settings, const char *argument)
{
	if (!strcmp(argument, "copy"))
		settings->log = ZR_LOG_COPY;
	else if (!strcmp(argument, "drop"))
		settings->log = ZR_LOG_DROP;
	else
		return -1;
	return 0;
}

static int take_resize(struct settings *settings, const char *argument)
{
	if (!strcmp(argument, "keep"))
		settings->resize = ZR_RESIZE_KEEP;
	else if (!strcmp(argument, "max"))
		settings->resize = ZR_RESIZE_MAX;
	else
		return -1;
	return 0;
}

static int take_uuid(struct settings *settings, const char *argument)
{
	if (!strcmp(argument, "keep"))
		settings->uuid = ZR_UUID_KEEP;
	else if (!strcmp(argument, "metadata"))
		settings->uuid = ZR_UUID_METADATA;
	else if (!strcmp(argument, "new"))
		settings->uuid = ZR_UUID_NEW;
	else
		return -1;
	return 0;
}

static int take_relayout(struct settings *settings, const char *argument)
{
	if (!strcmp(argument, "auto"))
		settings->relayout = ZR_RELAYOUT_AUTO;
	else if (!strcmp(argument, "never"))
		settings->relayout = ZR_RELAYOUT_NEVER;
	else if (!strcmp(argument, "always"))
		settings->relayout = ZR_RELAYOUT_ALWAYS;
	else
		return -1;
	return 0;
}

static int take_metadata(struct settings *settings, const char *argument)
{
	if (!strcmp(argument, "dup"))
		settings->metadata = ZR_METADATA_DUP;
	else if (!strcmp(argument, "single"))
		settings->metadata = ZR_METADATA_SINGLE;
	else
		return -1;
	return 0;
}

static int take_active_zones(struct settings *settings, const char *argument)
{
	return parse_count(argument, &settings->active_zones);
}

static int take_device(struct settings *settings, const char *argument)
{
	if (!argument[0] || settings->device_count == DEVICES_MAX)
		return -1;
	settings->devices[settings->device_count++] = argument;
	return 0;
}

static int take_spare(struct settings *settings, const char *argument)
{
	(void)argument;
	settings->spare = true;
	return 0;
}

static int take_degraded(struct settings *settings, const char *argument)
{
	(void)argument;
	settings->degraded = true;
	return 0;
}

static int take_image_size(struct settings *settings, const char *argument)
{
	settings->target.geometry_given = 1;
	return parse_size(argument, &settings->target.image_size);
}

static int take_zone_size(struct settings *settings, const char *argument)
{
	settings->target.geometry_given = 1;
	return parse_size(argument, &settings->target.zone_size);
}

static int take_zone_capacity(struct settings *settings, const char *argument)
{
	settings->target.geometry_given = 1;
	return parse_size(argument, &settings->target.zone_capacity);
}

static int take_conventional_zones(struct settings *settings, const char *argument)
{
	settings->target.geometry_given = 1;
	return parse_count(argument, &settings->target.conventional_zones);
}

static int take_max_active(struct settings *settings, const char *argument)
{
	settings->target.geometry_given = 1;
	return parse_count(argument, &settings->target.max_active);
}

const struct option_row option_force = { 'f', "force", NULL, "overwrite what the target holds",
					 take_force };
const struct option_row option_restart = { 0, "restart", NULL,
					   "give an unfinished run on the target up and begin anew",
					   take_restart };
const struct option_row option_json = { 0, "json", NULL, "print the result as JSON", take_json };
const struct option_row option_quiet = { 'q', "quiet", NULL, "print errors only", take_quiet };
const struct option_row option_verbose = { 'v', "verbose", NULL, "list every zone", take_verbose };
const struct option_row option_map = { 0, "map", NULL, "draw the zones of the target", take_map };
const struct option_row option_probe = {
	0, "probe", NULL, "read the source for some seconds to tell how long it takes", take_probe
};
const struct option_row option_verify = { 0, "verify", NULL,
					  "read the target back and compare it with the source",
					  take_verify };
const struct option_row option_rescue = { 0, "rescue", NULL,
					  "go on where no copy of a block or sector is good",
					  take_rescue };
const struct option_row option_bad_list = { 0, "bad-list", "FILE",
					    "list there what was found to be bad, and whose it is",
					    take_bad_list };
const struct option_row option_progress = {
	0, "progress", "auto|bar|lines|json|none",
	"show once a second how far the run is (auto: a bar on a terminal)", take_progress
};
const struct option_row option_serial = { 0, "serial", NULL, "one read or one write at a time",
					  take_serial };
const struct option_row option_zones_in_flight = { 0, "zones-in-flight", "N",
						   "zones that are written at the same time",
						   take_zones_in_flight };
const struct option_row option_queue_bytes = { 0, "queue-bytes", "BYTES",
					       "bytes that are read and not yet written, at most",
					       take_queue_bytes };
const struct option_row option_rate = { 0, "rate", "BYTES", "bytes written in a second, at most",
					take_rate };
const struct option_row option_tail = {
	0, "tail", "used|source",
	"end zones at the last used byte (default) or where the source's end", take_tail
};
const struct option_row option_log = {
	0, "log", "copy|drop", "copy a tree-log that was not replayed (default), or leave it out",
	take_log
};
const struct option_row option_resize = {
	0, "resize", "keep|max",
	"size of the file system: the source's as far as it fits (default), or the target's",
	take_resize
};
const struct option_row option_uuid = {
	0, "uuid", "keep|metadata|new",
	"the source's UUID (default), another one in the superblock, or in all blocks", take_uuid
};
const struct option_row option_relayout = {
	0, "relayout", "auto|never|always",
	"give extents new places in zones where they do not fit as they are (default), or not",
	take_relayout
};
const struct option_row option_metadata = { 0, "metadata", "dup|single",
					    "copies of metadata that a new layout gets: two or one",
					    take_metadata };
const struct option_row option_active_zones = {
	0, "active-zones", "N", "finish zones until a limit of N active ones leaves room",
	take_active_zones
};
const struct option_row option_device = { 0, "device", "PATH",
					  "another device of the source's file system; repeatable",
					  take_device };
const struct option_row option_spare = {
	'r', "spare", NULL, "read the source only where no other device has a good copy", take_spare
};
const struct option_row option_degraded = {
	0, "degraded", NULL, "go on without missing devices of a file system without zones",
	take_degraded
};
const struct option_row option_image_size = { 0, "image-size", "BYTES", "size of a new zoned image",
					      take_image_size };
const struct option_row option_zone_size = { 0, "zone-size", "BYTES",
					     "zone size of a new zoned image", take_zone_size };
const struct option_row option_zone_capacity = { 0, "zone-capacity", "BYTES",
						 "zone capacity of a new zoned image",
						 take_zone_capacity };
const struct option_row option_conventional_zones = {
	0, "conventional-zones", "N", "conventional zones at the start of a new zoned image",
	take_conventional_zones
};
const struct option_row option_max_active = { 0, "max-active", "N",
					      "active zone limit of a new zoned image",
					      take_max_active };
const struct option_row option_help = { 'h', "help", NULL, "print this help", NULL };

/* Words from the current column on, which is WORDS_START, in lines of HELP_WIDTH. */
static void print_words(const char *words)
{
	size_t column = WORDS_START;
	const char *end;

	for (; *words; words = end + strspn(end, " ")) {
		size_t len = strcspn(words, " ");

		end = words + len;
		if (column > WORDS_START && column + 1 + len > HELP_WIDTH) {
			printf("\n%*s", WORDS_START, "");
			column = WORDS_START;
		} else if (column > WORDS_START) {
			column += (size_t)printf(" ");
		}
		column += (size_t)printf("%.*s", (int)len, words);
	}
	putchar('\n');
}

void print_help(const struct command *command)
{
	const struct option_row *const *row;

	printf("usage: btrfs-zreplace %s [options] %s\n\n%s\n\nOptions:\n", command->name,
	       command->operands, command->summary);
	for (row = command->options; *row; row++) {
		char name[64];

		snprintf(name, sizeof(name), "%c%c%s--%s%s%s", (*row)->short_name ? '-' : ' ',
			 (*row)->short_name ? (*row)->short_name : ' ',
			 (*row)->short_name ? ", " : "  ", (*row)->long_name,
			 (*row)->argument ? " " : "", (*row)->argument ? (*row)->argument : "");
		if (strlen(name) > NAME_WIDTH)
			printf("  %s\n%*s", name, WORDS_START, "");
		else
			printf("  %-*s ", NAME_WIDTH, name);
		print_words((*row)->help);
	}
}

/*
 * Returns the number of rows. The value of an option is its row's number plus 1. The colon keeps
 * getopt from printing messages of its own shape.
 */
static int make_getopt_tables(const struct command *command, struct option *longs, char *shorts)
{
	int count;

	*shorts++ = ':';
	for (count = 0; command->options[count] && count < OPTIONS_MAX; count++) {
		const struct option_row *row = command->options[count];

		longs[count].name = row->long_name;
		longs[count].has_arg = row->argument ? required_argument : no_argument;
		longs[count].flag = NULL;
		longs[count].val = count + 1;
		if (row->short_name)
			*shorts++ = row->short_name;
	}
	memset(&longs[count], 0, sizeof(longs[count]));
	*shorts = '\0';
	return count;
}

static const struct option_row *find_row(const struct command *command, int count, int value)
{
	int i;

	if (value >= 1 && value <= count)
		return command->options[value - 1];
	for (i = 0; i < count; i++)
		if (command->options[i]->short_name == value)
			return command->options[i];
	return NULL;
}

/* What getopt did not take: it is not known, or its argument is missing or one too many. */
static void complain_of_option(const struct command *command, int count, const char *word)
{
	const struct option_row *row = optopt ? find_row(command, count, optopt) : NULL;
	char letter[] = { '-', (char)optopt, '\0' };

	if (row && row->argument)
		complain(ZR_E_ARGUMENT, "--%s: argument is missing, expected %s", row->long_name,
			 row->argument);
	else if (row)
		complain(ZR_E_ARGUMENT, "--%s: takes no argument", row->long_name);
	else
		complain(ZR_E_ARGUMENT,
			 "%s: unknown or ambiguous option '%s'; see 'btrfs-zreplace %s --help'",
			 command->name, optopt ? letter : word, command->name);
}

static int take_operands(const struct command *command, int count, char **operands,
			 struct settings *settings)
{
	int expected = strchr(command->operands, ' ') ? 2 : 1;

	if (count != expected) {
		complain(ZR_E_ARGUMENT,
			 "%s: operands expected: %s, found %d; see 'btrfs-zreplace %s --help'",
			 command->name, command->operands, count, command->name);
		return -1;
	}
	settings->target_path = operands[count - 1];
	settings->source_path = count == 2 ? operands[0] : NULL;
	return 0;
}

/* Returns 0, or -1 after a message. */
static int take_option(const struct command *command, int count, int value, const char *word,
		       struct settings *settings)
{
	const struct option_row *row = find_row(command, count, value);

	if (!row) {
		complain_of_option(command, count, word);
		return -1;
	}
	if (!row->take(settings, optarg))
		return 0;
	complain(ZR_E_ARGUMENT, "--%s: invalid argument '%s', expected %s", row->long_name, optarg,
		 row->argument);
	return -1;
}

int parse_arguments(const struct command *command, int argc, char **argv, struct settings *settings)
{
	struct option longs[OPTIONS_MAX + 1];
	char shorts[OPTIONS_MAX + 2];
	int count = make_getopt_tables(command, longs, shorts);
	int value;
	int rc = 0;

	settings->target.size = sizeof(settings->target);
	optind = 1;
	while ((value = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (find_row(command, count, value) == &option_help) {
			print_help(command);
			return 1;
		}
		if (take_option(command, count, value, argv[optind - 1], settings))
			rc = -1;
	}
	return rc ? rc : take_operands(command, argc - optind, argv + optind, settings);
}
