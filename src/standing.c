// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * standing.c - a snapshot: where the store, the kernel and the TPM stand
 */
#include <stdlib.h>

#include "base/hash.h"
#include "port/host.h"
#include "take.h"

/* --- what the store has --- */

int take_load_last(struct take *t, struct error *err)
{
	size_t n = store_count(t->store);
	int rc;

	drafts_start(&t->drafts, store_last(t->store));
	/* It is the one that this run has published, or found cached. */
	if (t->last && t->last->last == store_last(t->store))
		return E_OK;
	free(t->last);
	t->last = NULL;
	for (size_t i = 0; i < n; i++) {
		rc = store_follows(t->store, i, err);
		if (rc)
			return rc;
	}
	if (!n)
		return E_OK;
	t->last = malloc(sizeof(*t->last));
	if (!t->last)
		return error_set(err, E_NOMEM, "out of memory");
	if (t->cached) {
		*t->last = t->cache.last;
		store_set_newest(t->store, t->cache.digest);
		rc = E_OK;
	} else {
		rc = store_aggregate(t->store, n - 1, t->last,
				     t->cache.digest, err);
		if (!rc)
			store_set_newest(t->store, t->cache.digest);
	}
	if (!rc)
		t->foreign = t->last->foreign;
	return rc;
}

/* What was just published is the newest now, and need not be read back. */
int take_set_last(struct take *t, struct error *err)
{
	if (!t->last)
		t->last = malloc(sizeof(*t->last));
	if (!t->last)
		return error_set(err, E_NOMEM, "out of memory");
	*t->last = *t->next;
	return E_OK;
}

static unsigned int banks_of(const struct pcr_values *values)
{
	unsigned int mask = 0;

	for (unsigned int i = 0; i < HASH_COUNT; i++)
		if (values->bank[i].mask)
			mask |= HASH_BIT(i);
	return mask;
}

/* Those of the TPM, or the usual; but where the store ends, only its own. */
static unsigned int banks(const struct take *t)
{
	unsigned int mask = HASH_BIT(HASH_SHA1) | HASH_BIT(HASH_SHA256) |
			    HASH_BIT(HASH_SHA384) | HASH_BIT(HASH_SHA512);

	if (t->tpm)
		mask = banks_of(&t->target.values);
	else if (t->last)
		mask = banks_of(&t->last->pcrs);
	return t->last ? mask & banks_of(&t->last->pcrs) : mask;
}

void take_readings(const struct aggregate *last,
		   struct reading ret[HASH_COUNT])
{
	for (unsigned int i = 0; i < HASH_COUNT; i++)
		ret[i] = (struct reading){
			.padded = last && last->padded & HASH_BIT(i) ?
				  UINT64_MAX : 0,
		};
}

int take_start_replay(struct take *t, const struct reading *readings,
		      bool wide, struct error *err)
{
	struct reading of_last[HASH_COUNT];

	take_readings(t->last, of_last);
	return replay_start(t->replay, t->start,
			    readings ? readings : of_last, wide, err);
}

/* --- the TPM --- */

/* A bank that cannot be replayed is no reason to stop, nor a proof. */
static void keep_replayed(struct take *t)
{
	for (unsigned int i = 0; t->replay && i < HASH_COUNT; i++)
		if (!(t->replay->banks & HASH_BIT(i)))
			t->target.values.bank[i].mask = 0;
}

int take_read_tpm(struct take *t, struct error *err)
{
	struct tpm_clock clock;
	uint32_t counter;
	int rc;

	if (!t->tpm)
		return E_OK;
	rc = tpm_read_clock(t->tpm, &clock, err);
	if (!rc)
		rc = tpm_read_pcrs(t->tpm, t->pcrs, &t->target.values,
				   &counter, err);
	if (rc)
		return rc;
	keep_replayed(t);
	t->facts = (struct aggregate_tpm){
		.present = true,
		.reset_count = clock.reset_count,
		.restart_count = clock.restart_count,
		.clock = clock.clock,
		.pcr_update_counter = counter,
		.matched = MATCHED_UNKNOWN,
	};
	return E_OK;
}

static int open_tpm(struct take *t, struct error *err)
{
	struct error why = { 0 };
	int rc = tpm_open(&t->tpm, t->opt->tcti, &why);

	if (rc == E_ABSENT || rc == E_UNSUPPORTED) {
		if (t->last && t->last->tpm.present)
			return error_set(err, E_UNDECIDED,
					 "the shards were taken with a TPM, now: %s",
					 why.reason);
		t->tell(t->tell_ctx, NOTE_NO_TPM, "", &why);
		return E_OK;
	}
	/* One that is not up yet is not an absent one. */
	if (rc == E_TPM && t->last && t->last->tpm.present) {
		why.code = E_UNDECIDED;
		rc = E_UNDECIDED;
	}
	if (rc) {
		*err = why;
		return rc;
	}
	t->pcrs = 1U << IMA_PCR;
	for (unsigned int i = 0; t->last && i < HASH_COUNT; i++)
		t->pcrs |= t->last->pcrs.bank[i].mask;
	return take_read_tpm(t, err);
}

/* --- the kernel --- */

static int find_kind(struct take *t, struct error *err)
{
	int kind = (int)t->opt->kernel;

	if (kind == KERNEL_AUTO)
		kind = kernel_detect(t->opt->ima_dir, NULL, err);
	if (kind < 0)
		return kind;
	if (kind != KERNEL_COPY && host_has_saved_lists(t->opt->ima_dir)) {
		error_set(err, E_USAGE,
			  "is no kernel's, and from saved lists nothing is deleted: kernel = auto, or copy");
		error_subject(err, "%s", t->opt->ima_dir);
		return E_USAGE;
	}
	t->kind = (enum kernel_kind)kind;
	t->keep = t->opt->keep;
	return kernel_new(&t->kernel, t->opt->ima_dir, t->kind, t->opt->wait,
			  t->opt->canonical ? LIST_CANONICAL : 0, err);
}

/* --- together --- */

int take_open_store(struct take *t, struct error *err)
{
	int rc = store_open_write(&t->store, t->opt->shard_dir, t->opt->group,
				  t->opt->wait, err);

	if (!rc)
		rc = store_finish_discarding(t->store, err);
	if (!rc)
		t->cached = cache_load(t->opt->run_dir, t->store, &t->cache);
	t->drafts.store = t->store;
	t->drafts.shard_size = t->opt->shard_size;
	if (!rc)
		rc = host_boot_id(t->opt->ima_dir, t->boot_id, err);
	return rc ? rc : take_load_last(t, err);
}

int take_look(struct take *t, struct error *err)
{
	int rc = find_kind(t, err);

	if (!rc)
		rc = open_tpm(t, err);
	if (!rc)
		rc = replay_new(&t->replay, banks(t), err);
	t->drafts.replay = t->replay;
	if (!rc)
		rc = boot_check(t, err);
	return rc;
}
