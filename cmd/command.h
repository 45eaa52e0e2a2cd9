/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the subcommands share: the option table, exit statuses, messages.
 */
#ifndef ZR_CMD_COMMAND_H
#define ZR_CMD_COMMAND_H

#include <stdbool.h>
#include <zreplace/zreplace.h>

struct json_object;

/* Exit statuses, as the man page lists them. */
enum status {
	STATUS_DONE = 0,
	STATUS_FAILED = 1, /* usage, environment, I/O */
	STATUS_INCOMPLETE = 2, /* copied, but not everything could be read */
	STATUS_DIFFERENT = 3, /* verify or check found something */
	STATUS_REFUSED = 4, /* going on would put data at risk */
	STATUS_SIGNAL = 128, /* plus the number of the signal that stopped the run */
};

/* Other devices of a file system that can be named. */
#define DEVICES_MAX 64

/* How the progress of a run is shown. */
enum progress_mode {
	PROGRESS_AUTO, /* a bar on a terminal, nothing elsewhere */
	PROGRESS_BAR,
	PROGRESS_LINES,
	PROGRESS_JSON,
	PROGRESS_NONE,
};

/* Values of all options; each command uses those that its table names. */
struct settings {
	bool force;
	bool restart;
	bool json;
	bool quiet;
	bool verbose;
	bool map;
	bool probe;
	bool verify;
	bool rescue;
	const char *bad_list; /* path; NULL if none is wanted */
	enum progress_mode progress;
	bool serial;
	uint32_t zones_in_flight; /* 0: the library's choice */
	uint64_t queue_bytes; /* 0: the library's choice */
	uint64_t rate; /* bytes in a second, 0: no limit */
	enum zr_plan_tail tail;
	enum zr_plan_log log;
	enum zr_plan_resize resize;
	enum zr_plan_uuid uuid;
	enum zr_plan_relayout_choice relayout;
	enum zr_plan_metadata metadata;
	uint32_t active_zones; /* 0: as many as the target may have */
	const char *devices[DEVICES_MAX]; /* others of the source's file system */
	size_t device_count;
	bool spare;
	bool degraded;
	struct zr_target_options target;
	const char *source_path;
	const char *target_path;
	/* With --json: what the command found, to be printed at the end; NULL if it has nothing. */
	struct json_object *result;
};

struct option_row {
	char short_name; /* 0 if there is none */
	const char *long_name;
	const char *argument; /* word for the argument, NULL if it takes none */
	const char *help; /* one line */
	/* Returns 0, or -1 when the argument is invalid. */
	int (*take)(struct settings *settings, const char *argument);
};

struct command {
	const char *name;
	const char *operands; /* one word for each */
	const char *summary; /* one line */
	const struct option_row *const *options; /* ends with NULL */
	int (*run)(struct settings *settings); /* returns an exit status */
};

extern const struct command command_plan;
extern const struct command command_start;
extern const struct command command_status;
extern const struct command command_verify;
extern const struct command command_retire;
extern const struct command command_cancel;
extern const struct command command_check;

/* The rows that commands put into their tables. */
extern const struct option_row option_force;
extern const struct option_row option_restart;
extern const struct option_row option_json;
extern const struct option_row option_quiet;
extern const struct option_row option_verbose;
extern const struct option_row option_map;
extern const struct option_row option_probe;
extern const struct option_row option_verify;
extern const struct option_row option_rescue;
extern const struct option_row option_bad_list;
extern const struct option_row option_progress;
extern const struct option_row option_serial;
extern const struct option_row option_zones_in_flight;
extern const struct option_row option_queue_bytes;
extern const struct option_row option_rate;
extern const struct option_row option_tail;
extern const struct option_row option_log;
extern const struct option_row option_resize;
extern const struct option_row option_uuid;
extern const struct option_row option_relayout;
extern const struct option_row option_metadata;
extern const struct option_row option_active_zones;
extern const struct option_row option_device;
extern const struct option_row option_spare;
extern const struct option_row option_degraded;
extern const struct option_row option_image_size;
extern const struct option_row option_zone_size;
extern const struct option_row option_zone_capacity;
extern const struct option_row option_conventional_zones;
extern const struct option_row option_max_active;
extern const struct option_row option_help;

/*
 * parse_arguments - read options and operands of a command
 * All are read, whatever is wrong with one: --json behind it counts. Returns 0, 1 when help was
 * asked for and printed, or -1 after a message.
 */
int parse_arguments(const struct command *command, int argc, char **argv,
		    struct settings *settings);

/*
 * print_help - the help text of a command, made from its table
 */
void print_help(const struct command *command);

/* A failure as it was told. */
struct report {
	int code; /* enum zr_error_code */
	uint64_t zone; /* this and the next two as in struct zr_error */
	uint64_t physical;
	uint64_t logical;
	char message[ZR_ERROR_TEXT_MAX + 128];
};

/*
 * report_error - print "ERROR: ..." for a failed call and return the exit status of its class
 */
int report_error(const struct zr_error *err);

/*
 * report_with - the same with words for what can be done next; NULL: nothing is said of that
 */
int report_with(const struct zr_error *err, const char *next);

/*
 * complain - the same for what the program found out by itself
 * @format: as for zr_fail(), with what can be done about it
 */
int complain(enum zr_error_code code, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * first_report - the first failure that was told, NULL if none was; lent for ever
 */
const struct report *first_report(void);

/*
 * status_of_class - the exit status of a class of errors, from the one table
 */
int status_of_class(enum zr_error_class class);

/*
 * guard_devices - refuse early and in words what would fail later: operands that are the same
 * device, mounted, held by another device, or partitions of one another
 *
 * The library holds the devices exclusively in any case; this names the reason.
 * Returns 0, or an exit status after a message.
 */
int guard_devices(const char *source_path, const char *target_path);

/*
 * guard_target - the same for a command that has a target only
 */
int guard_target(const char *target_path);

/*
 * guard_members - the same for the target and the other devices of the source's file system
 */
int guard_members(const struct zr_source *source, const char *target_path);

/*
 * source_options - what the options of a command say of the source; lent by @settings
 */
struct zr_source_options source_options(const struct settings *settings);

/*
 * open_source - open the source of a command, and the other devices of its file system
 * Returns 0, or an exit status after a message.
 */
int open_source(const struct settings *settings, struct zr_source **source);

/*
 * open_both - open source and target of a command
 * Returns 0, or an exit status after a message with nothing left open.
 */
int open_both(struct settings *settings, struct zr_source **source, struct zr_target **target);

/*
 * build_plan - make the plan that the options of a command ask for
 * Returns as zr_plan_build().
 */
int build_plan(const struct settings *settings, struct zr_source *source, struct zr_target *target,
	       struct zr_plan **plan, struct zr_error *err);

#endif
