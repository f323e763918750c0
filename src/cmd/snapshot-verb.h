/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snapshot-verb.h - what the actions of evmctl snapshot share
 *
 *	verb-snapshot.c		options, help, the table of actions
 *	snapshot-confine.c	what an action gives up
 *	snapshot-take.c, -list.c, -check.c, -export.c,
 *	-status.c, -clean.c	an action each
 */
#ifndef CMD_SNAPSHOT_VERB_H
#define CMD_SNAPSHOT_VERB_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/progress.h"
#include "cmd/settings.h"
#include "format/aggregate.h"
#include "format/json.h"
#include "hooks-apart.h"
#include "retain.h"
#include "snapshot.h"
#include "stitch.h"

#define SNAPSHOT_VERB "snapshot"

struct snapshot_args {
	struct snapshot_options snapshot;
	struct settings settings;	/* in force */
	const char *given[SETTINGS];	/* on the command line */
	const char *config_dir;
	bool json;
	enum progress_when progress;	/* take, check, export, cat */
	bool if_over;			/* take */
	bool boot, all;			/* clean */
	uint64_t before;
	bool quote;			/* take, export */
	bool has_after;			/* export, wait */
	uint64_t after, max_bytes;
	const char *nonce;
	const char *ak;			/* check */
	const char *operand;		/* mount */
	const char *output;		/* cat, export */
	bool ascii, follow;		/* cat */
	const char *bank, *format;
	const char *from, *to;
	const char *timeout;		/* wait */
	bool foreground, bind;		/* mount */
	const char *own_dir;		/* the kernel's lists, as given */
};

/* The actions: words on stdout and stderr, an exit code. */
int snapshot_verb_take(const struct snapshot_args *args);
int snapshot_verb_list(const struct snapshot_args *args);
int snapshot_verb_check(const struct snapshot_args *args);
int snapshot_verb_status(const struct snapshot_args *args);
int snapshot_verb_export(const struct snapshot_args *args);
int snapshot_verb_clean(const struct snapshot_args *args);
int snapshot_verb_cat(const struct snapshot_args *args);
int snapshot_verb_mount(const struct snapshot_args *args);
int snapshot_verb_wait(const struct snapshot_args *args);

/*
 * Give up, for good, capabilities and system calls: all but what these
 * arguments need, and @also (port/confine.h), of which CONFINE_STORE means
 * that shards are made or removed.
 */
void snapshot_confine(const struct snapshot_args *args, unsigned int also);

/*
 * What a take does once it is done, in words or as members of its object.
 * after_start() comes before snapshot_confine(), for hooks; after_end() always.
 */
struct after {
	struct hooks_apart apart;
	struct hooks_result hooks;
	struct retain_result retain;
};
void after_start(const struct snapshot_args *args, struct after *ret);
void snapshot_after(const struct snapshot_args *args, struct after *ret);
void after_end(struct after *a);
void after_text(const struct after *a);
void after_json(const struct after *a, json_object *to, bool *ok);

/* What stitch_new() wants to know. */
struct stitch_options stitch_options_of(const struct snapshot_args *args);

/* "matched", and what else the TPM may have said; true, false or null. */
const char *matched_text(enum aggregate_matched m);
void put_matched(json_object *obj, enum aggregate_matched m, bool *ok);

/*
 * One line on stdout; @obj is released. An exit code: EVMCTL_FAILED, having
 * said so and printed nothing, where @ok is not true.
 */
int print_json(json_object *obj, bool ok);

/* A shard as list and status show it in JSON. */
json_object *shard_json(const struct aggregate *a, bool *ok);

#endif
