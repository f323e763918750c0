// SPDX-License-Identifier: GPL-2.0-or-later
/* state-options.c - the options about what a verifier remembers */
#include "cmd/state-options.h"

#include <string.h>

#include "base/text.h"
#include "cmd/say.h"
#include "evmctl-snapshot.h"

static const char verb[] = "ima_measurement";

int state_option(struct checkpoint_options *o, int option, const char *value)
{
	switch (option) {
	case SOPT_STATE:
		o->path = value;
		break;
	case SOPT_KEY:
		o->key = value;
		break;
	case SOPT_RESET:
		o->reset = true;
		break;
	case SOPT_MAX_PENDING:
		if (!size_parse(value, &o->max_pending))
			break;
		say(verb, "--max-pending: '%s' is not a size", value);
		return EVMCTL_USAGE;
	}
	return EVMCTL_OK;
}

int state_options_check(const struct checkpoint_options *o,
			enum measurement_from from, bool given)
{
	if (!o->path && (o->key || o->reset)) {
		say(verb, "--state-key and --reset-state go with --state");
		return EVMCTL_USAGE;
	}
	if (o->path && (!o->path[0] || o->path[strlen(o->path) - 1] == '/')) {
		say(verb, "--state: '%s' is not the name of a file", o->path);
		return EVMCTL_USAGE;
	}
	/* It would remember as proven what was taken on trust. */
	if (o->path && (from == FROM_RECORD || given)) {
		say(verb, "--state goes without --start-pcrs, --start-pcr and --from RECORD: it starts at what it has proven, or at boot");
		return EVMCTL_USAGE;
	}
	return EVMCTL_OK;
}

int state_open(struct remembered *r, const struct checkpoint_options *o,
	       struct error *err)
{
	int rc;

	if (!o->path)
		return E_OK;
	rc = checkpoint_open(&r->checkpoint, o, err);
	switch (rc) {
	case E_INCOMPLETE:
	case E_FORMAT:
	case E_LIMIT:
	case E_UNSUPPORTED:
	case E_ABSENT:
		/* It is our own file: damaged, it contradicts nothing. */
		err->code = E_IO;
		return E_IO;
	}
	return rc;
}

void state_close(struct remembered *r)
{
	instalments_close(r->instalments);
	r->instalments = NULL;
	checkpoint_close(r->checkpoint);
	r->checkpoint = NULL;
}

static const struct quote *quote_of(const struct loaded_target *t)
{
	return t->has_quote ? &t->quote : NULL;
}

static const struct tpm_clock *tpm_of(const struct loaded_target *t)
{
	return t->has_tpm_clock ? &t->tpm_clock : NULL;
}

int state_start(struct remembered *r, const struct loaded_target *t,
		struct measurement_options *how,
		const struct state_proven **proven, struct error *err)
{
	const struct state *state;
	int rc;

	*proven = NULL;
	if (!r->checkpoint)
		return E_OK;
	state = checkpoint_state(r->checkpoint);
	rc = checkpoint_boot(state, quote_of(t), tpm_of(t), &r->since, err);
	if (rc) {
		error_subject(err, "%s", checkpoint_path(r->checkpoint));
		return rc;
	}
	r->new_boot = r->since == BOOT_LATER;
	how->coverage = true;
	if (state->proven.record && !r->new_boot) {
		*proven = &state->proven;
		if (how->from == FROM_NEAREST)
			how->from = FROM_CHECKPOINT;
	} else {
		how->from = FROM_BOOT;
	}
	return E_OK;
}

static uint32_t masks(const struct pcr_values *values)
{
	uint32_t mask = 0;

	for (unsigned int i = 0; i < HASH_COUNT; i++)
		mask |= values->bank[i].mask;
	return mask;
}

/*
 * PCRs that records have extended, and of which the target says nothing: it
 * may be the same boot, with those records left out.
 */
static uint32_t not_covered(const struct remembered *r,
			    const struct loaded_target *t)
{
	const struct state *s = checkpoint_state(r->checkpoint);
	uint32_t covered = masks(&t->target.values);

	for (size_t i = 0; t->has_quote && i < t->quote.selection.count; i++)
		covered |= t->quote.selection.bank[i].mask;
	return masks(&s->proven.pcrs) & ~covered;
}

/*
 * The TPM was started again, which began another boot or not, or nothing tells
 * whether it was. A quote newer than the last one, or the machine itself, that
 * a replay from boot leads to decides that. Values that were given may be older
 * than those that are remembered, which lead there from boot just as well.
 */
bool state_weigh(struct remembered *r, const struct loaded_target *t,
		 bool live, const struct verdict *alone, struct verdict *v)
{
	bool newer = alone->kind == VERIFIED && (live || t->has_quote);
	uint32_t lacking = newer ? not_covered(r, t) : 0;

	if (lacking) {
		v->kind = UNDECIDED;
		v->uncovered |= lacking;
		error_set(&v->why, E_UNDECIDED,
			  "records have extended PCR %d before, which the target does not cover: it cannot tell whether this is another boot",
			  __builtin_ctz(lacking));
		return false;
	}
	if (newer) {
		*v = *alone;
		r->new_boot = true;
		return true;
	}
	if (v->kind != CONTRADICTED || alone->kind == CONTRADICTED)
		return false;
	v->kind = UNDECIDED;
	v->why = alone->why;
	if (alone->kind == VERIFIED)
		error_set(&v->why, E_UNDECIDED,
			  "the values are where the records lead from boot, but not from what was proven: of another boot (--reset-state), or older");
	return false;
}

/* With chunks: what is proven, or refuted, is not pending any more. */
static int keep_chunks(struct remembered *r, const struct loaded_target *t,
		       const struct verdict *v,
		       const struct state_signatures *signatures,
		       struct error *err)
{
	struct state *state = checkpoint_state(r->checkpoint);
	struct state_boot boot = state->pending.boot;
	int rc;

	if (v->kind == UNDECIDED)
		return E_OK;
	instalments_drop(r->instalments);
	if (v->kind == VERIFIED) {
		instalments_clear(r->instalments);
		checkpoint_renew(state, v, quote_of(t), tpm_of(t), &boot,
				 signatures);
	}
	rc = checkpoint_save(r->checkpoint, err);
	return rc ? rc : instalments_saved(r->instalments, err);
}

/* Without chunks: what is pending would go on from what is not the end now. */
static int keep_proven(struct remembered *r, bool more, struct error *err)
{
	struct state_pending *p = &checkpoint_state(r->checkpoint)->pending;
	bool stale = more && p->present;
	int rc;

	if (stale)
		memset(p, 0, sizeof(*p));
	rc = checkpoint_save(r->checkpoint, err);
	if (!rc && stale)
		instalments_remove(r->checkpoint);
	return rc;
}

int state_keep(struct remembered *r, const struct loaded_target *t,
	       const struct verdict *v, const struct state_boot *boot,
	       const struct state_signatures *signatures, struct error *err)
{
	struct state *state;

	if (r->checkpoint && r->instalments)
		return keep_chunks(r, t, v, signatures, err);
	if (!r->checkpoint || v->kind != VERIFIED)
		return E_OK;
	state = checkpoint_state(r->checkpoint);
	/* Of a boot without a record there is nothing to remember. */
	if (v->proven_to < v->proven_from && v->from != START_CHECKPOINT)
		return E_OK;
	/* Trust would become proof. */
	if (v->from != START_BOOT && v->from != START_CHECKPOINT) {
		say(verb, "warning: not remembered, for the list does not begin at boot");
		return E_OK;
	}
	checkpoint_renew(state, v, quote_of(t), tpm_of(t), boot, signatures);
	return keep_proven(r, v->proven_to >= v->proven_from, err);
}
