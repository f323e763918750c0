// SPDX-License-Identifier: GPL-2.0-or-later
/* measurement-signatures.c - file signatures in the records of a verdict */
#include <string.h>

#include "cmd/measurement-verb.h"
#include "format/template.h"
#include "port/imasig.h"
#include "port/keysig.h"

/* Who judges: one of the two. */
struct judging {
	struct imasig *files;		/* --key */
	struct keysig *keyring;		/* --keyring */
	struct signatures *counts;
	struct error *err;
};

static int open_keys(const struct args *args, struct judging *j,
		     struct error *err)
{
	if (args->keyring)
		return keysig_open(&j->keyring, args->keyring, err);
	return imasig_open(&j->files, args->keys, err);
}

static void close_keys(struct judging *j)
{
	imasig_close(j->files);
	keysig_close(j->keyring);
}

static int judge(struct judging *j, const struct template_signature *sig)
{
	enum imasig_result result;
	int rc;

	if (j->keyring) {
		rc = keysig_verify(j->keyring, sig, &result, j->err);
		if (rc)
			return rc;
	} else {
		result = imasig_verify(j->files, sig);
	}
	j->counts->count[result]++;
	return E_OK;
}

static int judge_record(void *ctx, uint64_t number, const struct record *rec,
			const struct list_layout *layout,
			const struct replay *replay)
{
	struct judging *j = ctx;
	struct template_signature sig;

	(void)number;
	(void)replay;
	if (rec->violation)
		return 0;
	switch (template_signed(rec, layout, &sig)) {
	case 1:
		return judge(j, &sig);
	case -1:
		j->counts->count[IMASIG_BAD]++;
		break;
	}
	return 0;
}

/*
 * Asked for, they must hold: none bad, and at least one that is good. Behind a
 * checkpoint there may be nothing new that is signed; and that the keys of what
 * is new are missing says nothing of all records.
 */
static void weigh(const struct signatures *s, const struct state_proven *before,
		  struct verdict *v)
{
	bool goes_on = v->from == START_CHECKPOINT && before;
	bool good = s->count[IMASIG_GOOD] ||
		    (goes_on && before->signatures.judged &&
		     before->signatures.good) ||
		    (goes_on && !s->count[IMASIG_NO_KEY]);

	if (!s->count[IMASIG_BAD] && good)
		return;
	if (!s->count[IMASIG_BAD] && goes_on) {
		v->kind = UNDECIDED;
		error_set(&v->why, E_UNDECIDED,
			  "no file signature behind record %llu has a key",
			  (unsigned long long)before->record);
		return;
	}
	v->kind = CONTRADICTED;
	error_set(&v->why, E_CHANGED, s->count[IMASIG_BAD] ?
		  "a file signature is bad" :
		  "no file signature could be verified");
}

static int judge_all(const struct args *args, const struct opened *o,
		     struct verdict *v, struct signatures *counts,
		     struct error *err)
{
	struct error why = { 0 };
	struct judging j = { .counts = counts, .err = &why };
	int rc = open_keys(args, &j, err);

	if (rc)
		return rc;
	rc = measurement_walk(&o->evidence, v, judge_record, &j, err);
	close_keys(&j);
	if (why.code) {
		*err = why;
		return why.code;
	}
	counts->judged = !rc;
	return rc;
}

/* Only of records that were proven: others say nothing. */
int records_judge_signatures(const struct args *args, const struct opened *o,
			     struct verdict *v, struct signatures *counts,
			     struct error *err)
{
	int rc;

	if ((!args->verify_sig && !args->policy.asked[POLICY_SIGNATURE]) ||
	    v->kind != VERIFIED)
		return E_OK;
	rc = judge_all(args, o, v, counts, err);
	/* The kernel does not let us ask: that leaves it open. */
	if (rc == E_UNDECIDED || rc == E_UNSUPPORTED) {
		v->kind = UNDECIDED;
		v->why = *err;
		return E_OK;
	}
	if (!rc && args->verify_sig)
		weigh(counts, o->evidence.checkpoint, v);
	return rc;
}
