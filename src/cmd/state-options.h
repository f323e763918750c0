/* SPDX-License-Identifier: GPL-2.0-or-later */
/* state-options.h - the options about what a verifier remembers */
#ifndef CMD_STATE_OPTIONS_H
#define CMD_STATE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "checkpoint.h"
#include "cmd/options.h"
#include "cmd/target-options.h"
#include "instalments.h"
#include "measurement.h"

/* The first of them; the verb's own go on from STATE_OPTIONS. */
enum {
	SOPT_STATE = TARGET_OPTIONS, SOPT_KEY, SOPT_RESET, SOPT_MAX_PENDING,
	STATE_OPTIONS
};

#define STATE_OPTION_ROWS \
	[SOPT_STATE] = { "state", 0, OPTION_VALUE, "FILE", \
		"start at what FILE remembers as proven, and remember there" }, \
	[SOPT_KEY] = { "state-key", 0, OPTION_VALUE, "KEY", \
		"its HMAC key: %user:NAME in a keyring, or a file of mode 0600" }, \
	[SOPT_RESET] = { "reset-state", 0, OPTION_FLAG, NULL, \
		"forget what FILE remembers: start over from boot" }, \
	[SOPT_MAX_PENDING] = { "max-pending", 0, OPTION_VALUE, "SIZE", \
		"how much of chunks is kept unproven (256M)" }

/* Each returns an exit code, after saying what is wrong. */
int state_option(struct checkpoint_options *o, int option, const char *value);
int state_options_check(const struct checkpoint_options *o,
			enum measurement_from from, bool given);

/* A state at work; zeroed: none is kept. */
struct remembered {
	struct checkpoint *checkpoint;
	struct instalments *instalments;	/* NULL: no chunks */
	enum boot_since since;	/* what the target says of the boot */
	bool new_boot;		/* what was remembered is of an earlier one */
};

/*
 * Open the state of @o, if it names one. What is wrong with the file itself
 * is E_IO, what was done to it E_CHANGED.
 */
int state_open(struct remembered *r, const struct checkpoint_options *o,
	       struct error *err);
void state_close(struct remembered *r);

/*
 * Where to start for the target @t: sets @how->from, and @proven, which may
 * become NULL. What checkpoint_boot() returns.
 */
int state_start(struct remembered *r, const struct loaded_target *t,
		struct measurement_options *how,
		const struct state_proven **proven, struct error *err);

/*
 * Where the boot is unknown: @v did not come of what is remembered, @alone
 * from boot without it. Changes @v to what both say together, and returns true
 * where that is @alone. @live: the target is what the machine has now, and
 * cannot be of an earlier boot.
 */
bool state_weigh(struct remembered *r, const struct loaded_target *t,
		 bool live, const struct verdict *alone, struct verdict *v);

/* Remember @v, if it is verified, of @evidence. What checkpoint_save() does. */
int state_keep(struct remembered *r, const struct loaded_target *t,
	       const struct verdict *v, const struct state_boot *boot,
	       const struct state_signatures *signatures, struct error *err);

#endif
