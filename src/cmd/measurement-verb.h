/* SPDX-License-Identifier: GPL-2.0-or-later */
/* measurement-verb.h - what the parts of evmctl ima_measurement share */
#ifndef CMD_MEASUREMENT_VERB_H
#define CMD_MEASUREMENT_VERB_H

#include <stdbool.h>

#include "cmd/progress.h"
#include "cmd/report.h"
#include "cmd/settings.h"
#include "cmd/state-options.h"
#include "cmd/target-options.h"
#include "measurement.h"
#include "policy.h"
#include "shards.h"

/* What the options said; strings are the command line's. */
struct args {
	struct target_args target;
	struct measurement_options how;
	struct policy policy;
	struct checkpoint_options state;
	struct remembered *remembered;
	const char **chunk;		/* --chunk and operands; owned */
	size_t chunks;
	const char *shard_dir;		/* NULL: no shards */
	bool shards;			/* in the directory of the settings */
	const char *config_dir;
	struct settings settings;
	const char *ima_dir;
	const char *file;		/* NULL: the kernel's list */
	struct pcr_values *given;	/* --start-pcrs; NULL */
	unsigned int wait;
	unsigned int list_flags;
	const char *keys;
	const char *keyring;		/* instead of them */
	bool verify_sig;
	int verbosity;
	bool json;
	enum progress_when when;	/* to say how far it is */
	struct progress *progress;	/* NULL: nobody looks on */
	const char *page;		/* --report; NULL */
	bool classic;			/* only what evmctl has always had */
};

/* The evidence that they name, opened. */
struct opened {
	struct store *store;
	struct list *list[2];
	struct evidence evidence;
	char boot_id[BOOT_ID_MAX];
};

/*
 * The verb itself, once the options are read: a verdict, told in words, in
 * JSON or as a page. Returns the exit code, with what was open closed.
 */
int measurement_run(struct args *args);

/*
 * Open the shards, then the list: the kernel's, which is waited for while a
 * snapshot holds it, or a file. Returns 0 or an error, with nothing open.
 */
int evidence_open(const struct args *args, struct opened *o,
		  struct error *err);
void evidence_close(struct opened *o);

/* Which boot it says it is of. */
void evidence_boot(const struct args *args, const struct opened *o,
		   struct state_boot *ret);

/*
 * --chunk: add the records of each, with the quote that is named, or in the
 * last one, as the target. Returns 0 where all is here and a quote resolves
 * it; E_UNDECIDED where more is to come, with how much; or an error.
 */
int chunks_take(const struct args *args, struct loaded_target *t,
		struct error *err);
int chunks_to_come(const struct remembered *r, const struct loaded_target *t,
		   struct error *err);

/* -v: each record of the verdict's course on stderr; -vv: the PCRs too. */
int records_show(const struct args *args, const struct opened *o,
		 const struct target *target, const struct verdict *v,
		 struct error *err);

/*
 * --verify-sig: count the file signatures of the proven records by result;
 * one that is bad, or none that is good, makes @v a contradiction; a keyring
 * that cannot be asked leaves it undecided, and behind a checkpoint keys that
 * are missing.
 */
int records_judge_signatures(const struct args *args, const struct opened *o,
			     struct verdict *v, struct signatures *counts,
			     struct error *err);

#endif
