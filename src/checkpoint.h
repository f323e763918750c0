/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * checkpoint.h - a verifier's state, from one run to the next
 *
 * Calling sequence: checkpoint_open() locks and reads it; checkpoint_boot_*()
 * says whether what is to be verified is of the boot that it remembers;
 * checkpoint_renew() and checkpoint_save() after a run that verified.
 */
#ifndef CHECKPOINT_H
#define CHECKPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "format/state.h"
#include "measurement.h"
#include "port/tpm.h"
#include "quote.h"

#define MAX_PENDING_DEFAULT (256ULL << 20)

struct checkpoint_options {
	const char *path;	/* NULL: no state is kept */
	const char *key;	/* %user:NAME, or a file; NULL: none */
	bool reset;		/* begin anew, whatever is there */
	uint64_t max_pending;	/* bytes */
};

struct checkpoint;

/*
 * Lock the state and read it. While it is open there is a file PATH.tmp, which
 * is the lock, and what the next state is written to. Without a file PATH, or
 * with @reset, nothing is remembered.
 *
 * Returns 0; what state_parse() returns; E_CHANGED where the keyring knows of
 * a newer state than the file; E_UNDECIDED where it should know and does not;
 * E_BUSY: another run has it; E_IO, E_NOMEM. checkpoint_close() takes NULL.
 */
int checkpoint_open(struct checkpoint **ret,
		    const struct checkpoint_options *options,
		    struct error *err);
void checkpoint_close(struct checkpoint *c);

/* What is remembered, to be changed and then saved. */
struct state *checkpoint_state(struct checkpoint *c);
const char *checkpoint_path(const struct checkpoint *c);

/*
 * Is what @quote (signature verified), or the local TPM, or (both NULL) some
 * values say of the remembered boot? After a TPM reset it is not, so that what
 * is remembered says nothing of it. After a TPM2_Startup alone it is, if the
 * TPM was resumed, and is not, if it was restarted (TPM 2.0 Part 1, 12.2.3.2);
 * and values tell nothing. BOOT_SAME without anything remembered. E_CHANGED:
 * the quote is not newer, or by another AK; the TPM is another one;
 * E_UNDECIDED: the state rests on something else.
 */
enum boot_since { BOOT_SAME, BOOT_LATER, BOOT_UNKNOWN };

int checkpoint_boot(const struct state *state, const struct quote *quote,
		    const struct tpm_clock *tpm, enum boot_since *ret,
		    struct error *err);

/*
 * The same for a verdict that is VERIFIED, with what it rested on; the
 * signatures are those of the records that it has proven.
 */
void checkpoint_renew(struct state *state, const struct verdict *v,
		      const struct quote *quote, const struct tpm_clock *tpm,
		      const struct state_boot *boot,
		      const struct state_signatures *signatures);

/*
 * Write the state beside the old one, sync, rename, sync the directory. Its
 * generation, and then the keyring's, is one more. E_IO, E_NOMEM, E_CRYPTO:
 * the old state is still there, or the new one; never half of one.
 */
int checkpoint_save(struct checkpoint *c, struct error *err);

#endif
