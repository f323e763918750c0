// SPDX-License-Identifier: GPL-2.0-or-later
/* measurement-records.c - the records behind a verdict, shown */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cmd/measurement-verb.h"
#include "format/show.h"

struct showing {
	const struct args *args;
	const struct target *target;
	const struct verdict *verdict;
};

static void put_stderr(void *ctx, const char *bytes, size_t len)
{
	(void)ctx;
	fwrite(bytes, 1, len, stderr);
}

/* LTP's ima_tpm.sh looks for "PCRAgg" in these very lines. */
static void show_pcr(const struct showing *s, const struct chain *c,
		     unsigned int pcr, uint64_t number)
{
	const struct pcr_bank *want = &s->target->values.bank[c->bank];
	const char *name = hash_row(c->bank)->name;
	size_t size = hash_row(c->bank)->size;
	char hex[2 * HASH_SIZE_MAX + 1];

	hex_encode(hex, c->value[pcr], size);
	fprintf(stderr, "%s: PCRAgg  %u: %s\n", name, pcr, hex);
	if (!(want->mask & 1U << pcr))
		return;
	hex_encode(hex, want->value[pcr], size);
	fprintf(stderr, "%s: TPM PCR-%u: %s\n", name, pcr, hex);
	if (memcmp(c->value[pcr], want->value[pcr], size))
		fprintf(stderr, "%s: PCRAgg %u does not match TPM PCR-%u\n",
			name, pcr, pcr);
	else
		fprintf(stderr, "%s PCR-%u: succeed at entry %llu\n", name,
			pcr, (unsigned long long)number);
}

static void show_pcrs(const struct showing *s, const struct replay *replay,
		      uint64_t number)
{
	for (size_t i = 0; i < replay->count; i++)
		for (uint32_t m = replay_pcrs(replay); m; m &= m - 1)
			show_pcr(s, &replay->chain[i],
				 (unsigned int)__builtin_ctz(m), number);
}

static int show_one(void *ctx, uint64_t number, const struct record *rec,
		    const struct list_layout *layout,
		    const struct replay *replay)
{
	/* A newline in a name could forge any line of ours. */
	const struct show line = { .escape = true };
	const struct showing *s = ctx;
	bool met = number == s->verdict->proven_to;

	show_record(&line, rec, layout, put_stderr, NULL);
	if (s->args->verbosity > 1 || met)
		show_pcrs(s, replay, number);
	return 0;
}

int records_show(const struct args *args, const struct opened *o,
		 const struct target *target, const struct verdict *v,
		 struct error *err)
{
	struct showing s = { args, target, v };

	if (!args->verbosity)
		return E_OK;
	/* The records themselves show how far it is. */
	progress_stop();
	return measurement_walk(&o->evidence, v, show_one, &s, err);
}
