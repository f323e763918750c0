// SPDX-License-Identifier: GPL-2.0-or-later
/* measurement-judge.c - from what the options said to a verdict, in rounds */
#include <stdio.h>
#include <stdlib.h>

#include "cmd/advice.h"
#include "cmd/measurement-verb.h"
#include "cmd/page.h"
#include "cmd/policy-options.h"
#include "cmd/report.h"
#include "cmd/say.h"
#include "evmctl-snapshot.h"
#include "port/caps.h"
#include "port/confine.h"
#include "port/imasig.h"
#include "port/kernel.h"
#include "port/tpm.h"

static const char verb[] = "ima_measurement";

/* Rounds against a TPM that goes on, or shards that appear meanwhile. */
#define ROUNDS_MAX 4

static struct report report_of(const struct args *args, const struct opened *o,
			       const struct loaded_target *t,
			       const struct verdict *v,
			       const struct signatures *signatures,
			       const struct policy_answer answers[POLICY_RULES])
{
	return (struct report){
		.policy = &args->policy,
		.answers = answers,
		.verdict = v,
		.quote = t->has_quote ? &t->quote : NULL,
		.shards = o->store ? store_count(o->store) : 0,
		.signatures = signatures,
		.remembered = args->remembered,
	};
}

static int write_page(const struct args *args, const struct opened *o,
		      const struct report *r, struct error *err)
{
	return args->page ? page_write(args->page, r, o, err) : E_OK;
}

static int report(const struct args *args, const struct report *r)
{
	progress_stop();
	report_classic(r);
	report_warnings(r);
	if (args->json && !report_json(r)) {
		say(verb, "out of memory");
		return EVMCTL_FAILED;
	}
	if (!args->json && !args->classic)
		report_text(r);
	return report_exit_code(r->verdict);
}

/* A snapshot was taken while we read: what we read may have a hole. */
static bool store_moved(const struct args *args, const struct opened *o)
{
	struct store *now;
	bool moved;

	if (!o->store || args->file ||
	    store_open(&now, args->shard_dir, NULL))
		return false;
	moved = store_last(now) != store_last(o->store) ||
		store_discarded(now) != store_discarded(o->store);
	store_close(now);
	return moved;
}

/* Is it that what is remembered is of another boot? */
static int judge_from_boot(const struct args *args, struct loaded_target *t,
			   struct opened *o, struct measurement_options how,
			   struct verdict *v, struct error *err)
{
	struct evidence ev = o->evidence;
	struct verdict *alone;
	int rc;

	/* Then the records from boot on are not here. */
	if (args->chunks) {
		v->why.code = instalments_doubt(v->why.code, &v->why);
		if (v->kind == CONTRADICTED)
			v->kind = UNDECIDED;
		return E_OK;
	}
	alone = malloc(sizeof(*alone));
	if (!alone)
		return error_set(err, E_NOMEM, "out of memory");
	ev.checkpoint = NULL;
	how.from = FROM_BOOT;
	rc = measurement_verify(&ev, &t->target, &how, alone, err);
	if (!rc && state_weigh(args->remembered, t,
			       target_is_live(&args->target), alone, v))
		o->evidence.checkpoint = NULL;
	free(alone);
	return rc;
}

static int judge_once(const struct args *args, struct loaded_target *t,
		      struct opened *o, struct verdict *v, struct error *err)
{
	struct measurement_options how = args->how;
	int rc = evidence_open(args, o, err);

	if (rc)
		return rc;
	how.ak = t->ak.len ? &t->ak : NULL;
	how.has_clock = t->has_clock;
	how.clock = t->clock;
	how.now = !args->chunks && target_is_live(&args->target);
	rc = state_start(args->remembered, t, &how, &o->evidence.checkpoint,
			 err);
	if (rc)
		return rc;
	rc = measurement_verify(&o->evidence, &t->target, &how, v, err);
	if (!rc && v->kind != VERIFIED && o->evidence.checkpoint &&
	    args->remembered->since == BOOT_UNKNOWN)
		rc = judge_from_boot(args, t, o, how, v, err);
	return rc;
}

/* Then nothing is contradicted by what was read of it. */
static void never_still(struct verdict *v)
{
	v->kind = UNDECIDED;
	error_set(&v->why, E_UNDECIDED,
		  "the shards have changed each time that they were read");
}

/*
 * The PCRs are read before the list, so that the list covers them. What can
 * be in the way is another moment's: PCRs that records turned out to extend,
 * a snapshot meanwhile.
 */
static int judge(const struct args *args, struct loaded_target *t,
		 struct opened *o, struct verdict *v, struct error *err)
{
	int rc = E_OK;

	for (int i = 0; i < ROUNDS_MAX; i++) {
		bool moved;

		rc = judge_once(args, t, o, v, err);
		if (rc || v->kind == VERIFIED)
			break;
		moved = store_moved(args, o);
		if (!moved &&
		    !target_wants_more(&args->target, t, v->uncovered))
			break;
		if (i + 1 == ROUNDS_MAX) {
			if (moved)
				never_still(v);
			break;
		}
		evidence_close(o);
		rc = target_reload(&args->target, t, v->uncovered, err);
		if (rc)
			break;
	}
	return rc;
}

/* A target that cannot be had is a verdict too, if it is not our failure. */
static int refuse(const struct args *args, const struct opened *o,
		  const struct loaded_target *t, struct verdict *v,
		  const struct error *why)
{
	const struct policy_facts none = { 0 };
	struct policy_answer answers[POLICY_RULES];
	int code = exit_code(why->code);
	struct error err = { 0 };
	struct report r;

	progress_stop();
	if (t->no_pcrs)
		fprintf(stderr, "Failed to read any TPM PCRs\n");
	if (code != EVMCTL_CONTRADICTED && code != EVMCTL_UNDECIDED) {
		say_error(verb, why);
		return code;
	}
	v->kind = code == EVMCTL_CONTRADICTED ? CONTRADICTED : UNDECIDED;
	v->why = *why;
	policy_judge(&args->policy, &none, answers);
	r = report_of(args, o, t, v, NULL, answers);
	if (write_page(args, o, &r, &err)) {
		say_error(verb, &err);
		return EVMCTL_FAILED;
	}
	code = report(args, &r);
	/* Those words alone do not tell whoever meets them first what to do. */
	if (args->classic && !args->json && advice(verb, why))
		fprintf(stderr, "next: %s\n", advice(verb, why));
	return code;
}

/* What was proven is one thing, whether it is enough another. */
static void judge_policy(const struct args *args, struct policy_facts *facts,
			 const struct signatures *signatures,
			 struct policy_answer answers[POLICY_RULES],
			 struct verdict *v)
{
	facts->judged = signatures->judged;
	facts->bad += signatures->count[IMASIG_BAD];
	facts->no_key += signatures->count[IMASIG_NO_KEY];
	policy_judge(&args->policy, facts, answers);
	policy_apply(answers, v);
}

static int remember(const struct args *args, const struct opened *o,
		    const struct loaded_target *t, const struct verdict *v,
		    const struct signatures *signatures, struct error *err)
{
	const struct state_signatures counts = {
		.judged = signatures->judged,
		.good = signatures->count[IMASIG_GOOD],
		.bad = signatures->count[IMASIG_BAD],
		.no_key = signatures->count[IMASIG_NO_KEY],
	};
	struct state_boot boot;

	evidence_boot(args, o, &boot);
	return state_keep(args->remembered, t, v, &boot, &counts, err);
}

/*
 * Nothing of what is read has been looked at yet; but a TPM comes first, in
 * whatever way libtss2 reads it, even by running a program.
 */
static void give_up(const struct args *args)
{
	bool live = !args->chunks && target_is_live(&args->target);
	const char *tcti = args->target.tcti ? args->target.tcti :
			   tpm_from_environment();
	unsigned int also = live ? CONFINE_TPM : 0;

	/* The way to the TPM is a program, run again if it is read again. */
	if (live && tcti && tpm_is_program(tcti))
		return;
	if (args->state.path || args->page)
		also |= CONFINE_FILES;
	if (args->state.key || args->keyring)
		also |= CONFINE_KEYS;
	/* Which right a key asks for, its owner says. */
	if (!(also & CONFINE_KEYS))
		caps_keep(CAPS_HOLDERS | (also ? CAPS_FILES | CAPS_OTHERS :
						 CAPS_READ));
	confine(also);
}

static int judge_and_report(const struct args *args, struct loaded_target *t,
			    struct opened *o, struct verdict *v)
{
	struct policy_answer answers[POLICY_RULES];
	struct signatures signatures = { 0 };
	struct policy_facts facts;
	struct error err = { 0 };
	struct report r;
	bool live = !args->chunks && target_is_live(&args->target);
	int rc;

	if (!live)
		give_up(args);
	rc = state_open(args->remembered, &args->state, &err);
	if (!rc)
		rc = args->chunks ? chunks_take(args, t, &err) :
		     target_load(&args->target, t, &err);
	if (live)
		give_up(args);
	if (!rc)
		rc = judge(args, t, o, v, &err);
	if (rc)
		return refuse(args, o, t, v, &err);
	rc = records_show(args, o, &t->target, v, &err);
	facts = policy_facts(v, t->has_quote, o->evidence.checkpoint);
	if (!rc)
		rc = records_judge_signatures(args, o, v, &signatures, &err);
	if (!rc) {
		judge_policy(args, &facts, &signatures, answers, v);
		r = report_of(args, o, t, v, &signatures, answers);
		rc = write_page(args, o, &r, &err);
	}
	/* Last of what can fail: what is used once is used up then. */
	if (!rc)
		rc = remember(args, o, t, v, &signatures, &err);
	if (rc) {
		say_error(verb, &err);
		return rc == E_USAGE ? EVMCTL_USAGE : EVMCTL_FAILED;
	}
	return report(args, &r);
}

/* How much the kernel has, where it says so; a file says by its size. */
static void look_on(struct args *args)
{
	uint64_t n;

	args->progress = progress_start(verb, args->when);
	if (args->progress && !args->file && !args->chunks &&
	    !kernel_count(args->ima_dir, &n, NULL))
		args->progress->listed = n;
}

int measurement_run(struct args *args)
{
	struct loaded_target *t = calloc(1, sizeof(*t));
	struct verdict *v = calloc(1, sizeof(*v));
	struct opened o = { 0 };
	int code = EVMCTL_FAILED;

	look_on(args);
	if (t && v)
		code = judge_and_report(args, t, &o, v);
	else
		say(verb, "out of memory");
	evidence_close(&o);
	state_close(args->remembered);
	if (t)
		target_release(t);
	free(t);
	free(v);
	return code;
}
