/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * instalments.h - records that come in chunks, kept until a quote ends them
 *
 * What came is pending: its bytes are in PATH.pending beside the state, how
 * many of them count is in the state. Nothing of it is believed.
 */
#ifndef INSTALMENTS_H
#define INSTALMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "checkpoint.h"
#include "format/chunk.h"

struct instalments;

/*
 * Open PATH.pending, and cut off what a run that died may have left behind the
 * bytes that count. E_IO: it cannot be had, or lacks some of them; E_NOMEM.
 */
int instalments_open(struct instalments **ret, struct checkpoint *c,
		     uint64_t max_pending, struct error *err);
void instalments_close(struct instalments *in);

/*
 * The state was saved as it is: bytes that it does not count on may go. E_IO.
 * While there is a saved state that counts on them, nothing overwrites them.
 */
int instalments_saved(struct instalments *in, struct error *err);

/*
 * A boot later than the proven one is believed, by a quote at this time: what
 * is pending of an earlier one is dropped. True: the state has to be saved,
 * with instalments_saved(), before instalments_add().
 */
bool instalments_new_boot(struct instalments *in,
			  const struct state_clock *clock);

/*
 * A quote has shown that the proven boot goes on, or there is none yet: chunks
 * that call it by another name come after a kexec. Where that is not @certain,
 * what differs from what is proven is in doubt, rather than refuted.
 */
void instalments_same_boot(struct instalments *in, bool certain);

/* E_UNDECIDED for E_CHANGED, with why; other codes as they are. */
int instalments_doubt(int code, struct error *err);

/*
 * Add the records of @chunk, which chunk_check() has found whole. Those that
 * are there already are compared. Returns 0; E_CHANGED: it is of another
 * boot, has other records than were there before, or there are fewer than
 * there were; E_GAP: records are missing before it; E_LIMIT: more than may be
 * pending; E_IO, E_NOMEM. The state is changed only on success, and where a
 * record differs from a pending one: of the two nobody knows which is right,
 * so all that is pending is dropped.
 */
int instalments_add(struct instalments *in, const struct chunk *chunk,
		    const uint8_t *records, struct error *err);

/* All that was announced is here. */
bool instalments_complete(const struct instalments *in);

/* Make what was added durable, before the state is saved. E_IO. */
int instalments_sync(struct instalments *in, struct error *err);

/* Nothing is pending in the state of @c as it was saved: no bytes either. */
void instalments_remove(const struct checkpoint *c);

/*
 * No record is pending any more; instalments_clear(): nor a boot that is
 * believed, for there is a later proof.
 */
void instalments_drop(struct instalments *in);
void instalments_clear(struct instalments *in);

const char *instalments_path(const struct instalments *in);

#endif
