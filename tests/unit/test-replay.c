// SPDX-License-Identifier: GPL-2.0-or-later
/* test-replay.c - what real lists, and made ones, do to the PCRs */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "moments.h"
#include "records.h"
#include "replay.h"
#include "target.h"
#include "unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define PCR10 (1U << IMA_PCR)

/* Replay all of a list; the records it has. */
static uint64_t replay_all(struct replay *r, const uint8_t *bytes, size_t len)
{
	struct record rec;
	struct list *list;
	uint64_t n = 0;
	int rc;

	if (!CHECK(!list_open_bytes(&list, bytes, len, "list", 0, NULL)))
		return 0;
	while (!(rc = list_next(list, &rec, NULL))) {
		n++;
		if (!CHECK_INT(replay_record(r, &rec, list_layout(list), NULL),
			       E_OK))
			break;
	}
	CHECK_INT(rc, LIST_END);
	list_close(list);
	return n;
}

static unsigned int banks_of(const struct pcr_values *v)
{
	unsigned int banks = 0;

	for (unsigned int i = 0; i < HASH_COUNT; i++)
		if (v->bank[i].mask)
			banks |= HASH_BIT(i);
	return banks;
}

static struct replay *started(unsigned int banks,
			      const struct pcr_values *start,
			      const struct reading *readings, bool wide)
{
	struct replay *r = NULL;

	CHECK_INT(replay_new(&r, banks, NULL), E_OK);
	CHECK_INT(replay_start(r, start, readings, wide, NULL), E_OK);
	return r;
}

/* --- real lists --- */

/* Debian's 6.1 has SHA-512 (and so SHA-384) in a module: it cannot extend. */
static unsigned int padded_banks(const char *rel)
{
	if (!strncmp(rel, "deb61", 5))
		return HASH_BIT(HASH_SHA384) | HASH_BIT(HASH_SHA512);
	return 0;
}

static void check_readings(const struct replay *r, const char *rel)
{
	struct reading is[HASH_COUNT];

	replay_readings(r, is);
	for (unsigned int i = 0; i < HASH_COUNT; i++) {
		if (!(r->banks & HASH_BIT(i)))
			continue;
		CHECK_INT(reading_padded(&is[i], r->kernels),
			  !!(padded_banks(rel) & HASH_BIT(i)));
		CHECK(!is[i].zero_violations);
	}
}

static void check_list(const struct source *s, const struct pcr_values *want,
		       const char *rel, uint64_t records)
{
	const struct pcr_values *start = s->given ? &s->start : NULL;
	struct replay *r = started(banks_of(want), start, NULL, true);
	struct reading readings[HASH_COUNT];
	struct error err = { 0 };
	uint64_t n;

	n = replay_all(r, s->list, s->len);
	if (records)
		CHECK_INT(n, records);
	CHECK_INT(r->records, n);
	CHECK_INT(r->touched, PCR10);
	CHECK_INT(replay_meet(r, want, PCR10, &err), E_OK);
	CHECK_STR(err.reason, "");
	check_readings(r, rel);
	replay_readings(r, readings);
	replay_free(r);

	/* Narrow, under what was found. */
	r = started(banks_of(want), start, readings, false);
	CHECK_INT(replay_all(r, s->list, s->len), n);
	CHECK_INT(replay_meet(r, want, PCR10, NULL), E_OK);
	replay_free(r);
}

static size_t lists_met;

static void check_moment(const char *top, const char *path)
{
	size_t n = strlen(path) - strlen("/binary_runtime_measurements");
	const struct special *sp;
	struct pcr_values want;
	struct source s;
	char dir[4096];
	const char *rel;

	snprintf(dir, sizeof(dir), "%.*s", (int)n, path);
	rel = dir + strlen(top) + 1;
	unit_case("%s", rel);
	read_values(dir, &want);
	if (!banks_of(&want)) {
		printf("# no PCR values: %s\n", rel);
		return;
	}
	sp = special_of(rel);
	source_read(&s, dir, sp);
	check_list(&s, &want, rel, sp->records);
	free(s.list);
	lists_met++;
}

static void every_list_leads_to_its_pcrs(void)
{
	char *top = unit_shared("");

	if (!top)
		SKIP("the shared data");
	each_file(top, is_list, check_moment);
	printf("# lists that lead to their PCR values: %zu\n", lists_met);
	CHECK(lists_met >= 31);
	free(top);
}

static void small_list_leads_to_its_pcrs(void)
{
	char *dir = unit_data("k61-sigv2");
	struct pcr_values want;
	struct source s;

	if (!CHECK(dir))
		return;
	read_values(dir, &want);
	CHECK_INT(banks_of(&want), HASH_ALL & ~HASH_BIT(HASH_SM3_256));
	source_read(&s, dir, special_of(""));
	check_list(&s, &want, "k61-sigv2", 51);
	free(s.list);
	free(dir);
}

/* The same list from any of its per-bank files. */
static void per_bank_lists_lead_to_the_same_pcrs(void)
{
	static const char dir[] = "k73-staging/0-boot";
	static const char *const files[] = { "", "_sha1", "_sha256" };
	struct pcr_values want;
	char *top = unit_shared(dir);

	if (!top)
		SKIP("the shared data: k73-staging/0-boot");
	read_values(top, &want);
	for (size_t i = 0; i < ROWS(files); i++) {
		struct replay *r = started(banks_of(&want), NULL, NULL, false);
		char name[64];
		uint8_t *bytes;
		size_t len;

		unit_case("%s%s", dir, files[i]);
		snprintf(name, sizeof(name), "binary_runtime_measurements%s",
			 files[i]);
		bytes = read_below(top, name, &len);
		if (CHECK(bytes)) {
			CHECK_INT(replay_all(r, bytes, len), 41);
			CHECK_INT(replay_meet(r, &want, PCR10, NULL), E_OK);
		}
		free(bytes);
		replay_free(r);
	}
	free(top);
}

/* k73-stage-kexec: PCR 10 in four banks, one a line, after each batch. */
static void read_stage_values(const char *path, struct pcr_values *ret)
{
	size_t len, at = 0;
	uint8_t *text = unit_read(path, &len);

	memset(ret, 0, sizeof(*ret));
	for (unsigned int i = 0; text && i < HASH_SM3_256; i++) {
		size_t n = 2 * hash_row(i)->size;

		if (!CHECK(at + n <= len) ||
		    !CHECK(!hex_decode(ret->bank[i].value[IMA_PCR],
				       hash_row(i)->size, (char *)text + at,
				       n)))
			break;
		ret->bank[i].mask = PCR10;
		at += n + 1;
	}
	CHECK(text);
	free(text);
}

static void staged_batches_lead_from_value_to_value(void)
{
	static const unsigned int records[] = { 348, 120, 800 };
	struct pcr_values before = { 0 }, after;

	for (unsigned int i = 0; i < ROWS(records); i++) {
		char rel[80];
		char *ima, *pcr10;
		uint8_t *bytes;
		struct replay *r;
		size_t len;

		snprintf(rel, sizeof(rel),
			 "k73-stage-kexec/before-kexec/stage/%03u.ima", i + 1);
		ima = unit_shared(rel);
		memcpy(rel + strlen(rel) - 3, "pcr10", 6);
		pcr10 = unit_shared(rel);
		if (!ima || !pcr10) {
			free(ima);
			SKIP("the shared data: k73-stage-kexec");
		}
		unit_case("%s", rel);
		read_stage_values(pcr10, &after);
		r = started(banks_of(&after), i ? &before : NULL, NULL, false);
		bytes = unit_read(ima, &len);
		if (CHECK(bytes))
			CHECK_INT(replay_all(r, bytes, len), records[i]);
		CHECK_INT(replay_meet(r, &after, PCR10, NULL), E_OK);
		replay_values(r, &before);
		replay_free(r);
		free(bytes);
		free(ima);
		free(pcr10);
	}
}

/* What a kexec lost cannot be replayed from what is left. */
static void lists_after_a_lossy_kexec_do_not_stand_alone(void)
{
	for (const struct special *sp = specials; sp->dir; sp++) {
		char *dir = unit_shared(sp->dir);
		struct pcr_values want;
		struct replay *r;
		uint8_t *bytes;
		size_t len;

		if (!dir)
			SKIP("the shared data");
		unit_case("%s", sp->dir);
		read_values(dir, &want);
		r = started(banks_of(&want), NULL, NULL, true);
		bytes = read_below(dir, "binary_runtime_measurements", &len);
		if (CHECK(bytes))
			replay_all(r, bytes, len);
		CHECK_INT(replay_meet(r, &want, PCR10, NULL), E_CHANGED);
		replay_free(r);
		free(bytes);
		free(dir);
	}
}

/* --- made lists --- */

/* A record of a story: what it is, and how each bank is extended. */
struct step {
	struct made made;
	enum rule rule[HASH_COUNT];
};

static void model_step(struct pcr_values *v, const struct bytes *b,
		       const struct step *s)
{
	for (unsigned int i = 0; i < HASH_COUNT; i++)
		if (v->bank[i].mask)
			model_extend(v, i, s->made.pcr ? s->made.pcr : IMA_PCR,
				     b, s->rule[i]);
}

static unsigned int all_banks(void)
{
	struct hasher *h;
	unsigned int banks = 0;

	if (!hasher_new(&h, HASH_ALL, NULL)) {
		banks = hasher_has(h);
		hasher_free(h);
	}
	return banks;
}

static void story(struct bytes *b, struct pcr_values *v,
		  const struct step *steps, size_t n)
{
	unsigned int banks = all_banks();

	memset(b, 0, sizeof(*b));
	memset(v, 0, sizeof(*v));
	for (unsigned int i = 0; i < HASH_COUNT; i++)
		v->bank[i].mask = banks & HASH_BIT(i) ? PCR10 : 0;
	for (size_t i = 0; i < n; i++) {
		bytes_record(b, &steps[i].made);
		model_step(v, b, &steps[i]);
	}
}

#define BOOT { .name = "boot_aggregate", .seed = 1 }
#define OWN { OWN_HASH, OWN_HASH, OWN_HASH, OWN_HASH, OWN_HASH }
#define PADDED_BUT_SHA256 \
	{ OWN_HASH, OWN_HASH, PADDED_SHA1, PADDED_SHA1, PADDED_SHA1 }
#define PADDED \
	{ OWN_HASH, PADDED_SHA1, PADDED_SHA1, PADDED_SHA1, PADDED_SHA1 }
#define ONES { ALL_ONES, ALL_ONES, ALL_ONES, ALL_ONES, ALL_ONES }
#define OLD_ONES { ALL_ONES, SHORT_ONES, SHORT_ONES, SHORT_ONES, SHORT_ONES }
#define ZEROS { ALL_ZERO, ALL_ZERO, ALL_ZERO, ALL_ZERO, ALL_ZERO }

static void every_template_in_every_bank(void)
{
	static const struct step steps[] = {
		{ BOOT, OWN },
		{ { .template = "ima", .name = "/legacy", .seed = 3 }, OWN },
		{ { .template = "ima-sig", .seed = 4 }, OWN },
		{ { .template = "ima-buf", .name = "key", .seed = 5 }, OWN },
		{ { .template = "d-ng|n-ng", .seed = 6 }, OWN },
		{ { .template = "what-is-this", .seed = 7 }, OWN },
	};
	unsigned int banks = all_banks();
	struct pcr_values v;
	struct replay *r;
	struct bytes b;

	story(&b, &v, steps, ROWS(steps));
	r = started(HASH_ALL, NULL, NULL, false);
	CHECK_INT(r->banks, banks);
	if (!(banks & HASH_BIT(HASH_SM3_256)))
		printf("# libcrypto has no sm3_256\n");
	CHECK_INT(replay_all(r, b.at, b.len), ROWS(steps));
	CHECK_INT(replay_meet(r, &v, PCR10, NULL), E_OK);
	replay_free(r);
	bytes_free(&b);
}

static void every_layout_leads_to_the_same(void)
{
	static const uint8_t sizes[] = { 20, 32, 48, 64 };

	for (size_t i = 0; i < ROWS(sizes); i++) {
		struct made m = { .layout = { sizes[i], false } };
		struct pcr_values v = { 0 };
		struct bytes b = { .len = 0 };
		struct replay *r = started(HASH_BIT(HASH_SHA256), NULL, NULL,
					   false);

		unit_case("digests of %u bytes", sizes[i]);
		for (unsigned int n = 0; n < 5; n++) {
			m.seed = (uint8_t)n;
			/* A bank that the kernel could only pad. */
			m.padded_digest = n == 3;
			bytes_record(&b, &m);
			model_extend(&v, HASH_SHA256, IMA_PCR, &b, OWN_HASH);
		}
		CHECK_INT(replay_all(r, b.at, b.len), 5);
		CHECK_INT(replay_meet(r, &v, PCR10, NULL), E_OK);
		replay_free(r);
		bytes_free(&b);
	}
}

/* Data in big-endian order is hashed as it stands. */
static void big_endian_lists_are_replayed(void)
{
	struct made m = { .layout = { 20, true } };
	struct pcr_values v = { 0 };
	struct bytes b = { .len = 0 };
	struct replay *r = started(HASH_BIT(HASH_SHA1) |
				   HASH_BIT(HASH_SHA512), NULL, NULL, false);

	for (unsigned int n = 0; n < 6; n++) {
		m.template = n % 2 ? "ima" : "ima-ng";
		m.seed = (uint8_t)n;
		bytes_record(&b, &m);
		model_extend(&v, HASH_SHA1, IMA_PCR, &b, OWN_HASH);
		model_extend(&v, HASH_SHA512, IMA_PCR, &b, OWN_HASH);
	}
	CHECK_INT(replay_all(r, b.at, b.len), 6);
	CHECK_INT(replay_meet(r, &v, PCR10, NULL), E_OK);
	replay_free(r);
	bytes_free(&b);
}

/* Which readings a wide replay finds, in the banks sha256 and sha384. */
static const struct {
	const char *name;
	struct step steps[4];
	size_t count;
	bool found;
	uint64_t padded256, padded384;
	bool zero, shortened;
} readings[] = {
	{ "own hash", { { BOOT, OWN }, { { .seed = 2 }, OWN } }, 2, true, 0, 0,
	  false, false },
	{ "a bank padded", { { BOOT, PADDED_BUT_SHA256 },
	  { { .seed = 2 }, PADDED_BUT_SHA256 } }, 2, true, 0, UINT64_MAX,
	  false, false },
	{ "all banks padded", { { BOOT, PADDED }, { { .seed = 2 }, PADDED } },
	  2, true, UINT64_MAX, UINT64_MAX, false, false },
	{ "padded before a kexec",
	  { { BOOT, PADDED }, { { .seed = 2 }, PADDED }, { BOOT, OWN },
	    { { .seed = 3 }, OWN } }, 4, true, 1, 1, false, false },
	{ "padded after a kexec", { { BOOT, OWN }, { { .seed = 2 }, OWN },
	  { BOOT, PADDED_BUT_SHA256 }, { { .seed = 3 }, PADDED_BUT_SHA256 } },
	  4, true, 0, UINT64_MAX << 1, false, false },
	{ "a change that is no kexec", { { BOOT, PADDED },
	  { { .seed = 2 }, OWN }, { { .seed = 3 }, OWN } }, 3, false, 0, 0,
	  false, false },
	{ "a violation", { { BOOT, OWN }, { { .violation = true }, ONES },
	  { { .seed = 3 }, OWN } }, 3, true, 0, 0, false, false },
	{ "violations as zeros", { { BOOT, OWN },
	  { { .violation = true }, ZEROS }, { { .seed = 3 }, OWN },
	  { { .violation = true }, ZEROS } }, 4, true, 0, 0, true, false },
	{ "violations one way and the other", { { BOOT, OWN },
	  { { .violation = true }, ZEROS }, { { .seed = 3 }, OWN },
	  { { .violation = true }, ONES } }, 4, false, 0, 0, false, false },
	{ "a violation in a padded bank", { { BOOT, PADDED },
	  { { .violation = true }, ONES }, { { .seed = 3 }, PADDED } }, 3,
	  true, UINT64_MAX, UINT64_MAX, false, false },
	{ "a violation of an old kernel", { { BOOT, PADDED },
	  { { .violation = true }, OLD_ONES }, { { .seed = 3 }, PADDED },
	  { { .violation = true }, OLD_ONES } }, 4,
	  true, UINT64_MAX, UINT64_MAX, false, true },
	{ "violations of two kernels in one", { { BOOT, PADDED },
	  { { .violation = true }, OLD_ONES }, { { .seed = 3 }, PADDED },
	  { { .violation = true }, ONES } }, 4, false, 0, 0, false, false },
	{ "padded violations where the bank is not", { { BOOT, OWN },
	  { { .violation = true }, OLD_ONES }, { { .seed = 3 }, OWN } }, 3,
	  false, 0, 0, false, false },
};

static void wide_replay_finds_the_reading(void)
{
	for (size_t i = 0; i < ROWS(readings); i++) {
		struct reading is[HASH_COUNT];
		struct pcr_values v;
		struct replay *r = started(HASH_ALL, NULL, NULL, true);
		struct bytes b;

		unit_case("%s", readings[i].name);
		story(&b, &v, readings[i].steps, readings[i].count);
		replay_all(r, b.at, b.len);
		CHECK_INT(replay_meet(r, &v, PCR10, NULL),
			  readings[i].found ? E_OK : E_CHANGED);
		if (readings[i].found) {
			replay_readings(r, is);
			CHECK_INT(is[HASH_SHA256].padded,
				  readings[i].padded256);
			CHECK_INT(is[HASH_SHA384].padded,
				  readings[i].padded384);
			CHECK_INT(is[HASH_SHA1].zero_violations,
				  readings[i].zero);
			CHECK_INT(is[HASH_SHA384].zero_violations,
				  readings[i].zero);
			CHECK(!is[HASH_SHA1].short_violations);
			CHECK_INT(is[HASH_SHA256].short_violations,
				  readings[i].shortened);
		}
		replay_free(r);
		bytes_free(&b);
	}
}

static void narrow_replay_keeps_to_the_reading_it_was_given(void)
{
	for (size_t i = 0; i < ROWS(readings); i++) {
		struct reading given[HASH_COUNT] = { { 0 } };
		struct pcr_values v;
		struct replay *r;
		struct bytes b;
		bool own = !readings[i].padded384 && !readings[i].zero &&
			   readings[i].found;

		unit_case("%s", readings[i].name);
		story(&b, &v, readings[i].steps, readings[i].count);
		r = started(HASH_ALL, NULL, NULL, false);
		replay_all(r, b.at, b.len);
		CHECK_INT(replay_meet(r, &v, PCR10, NULL),
			  own ? E_OK : E_CHANGED);
		replay_free(r);

		for (unsigned int n = 0; n < HASH_COUNT; n++) {
			given[n].zero_violations = readings[i].zero;
			given[n].short_violations = readings[i].shortened;
			if (n != HASH_SHA1)
				given[n].padded = readings[i].padded384;
		}
		given[HASH_SHA256].padded = readings[i].padded256;
		r = started(HASH_ALL, NULL, given, false);
		replay_all(r, b.at, b.len);
		CHECK_INT(replay_meet(r, &v, PCR10, NULL),
			  readings[i].found ? E_OK : E_CHANGED);
		replay_free(r);
		bytes_free(&b);
	}
}

/* Many kexecs: the chains stay few, and the plainest are among them. */
static void chains_are_limited(void)
{
	struct step s = { BOOT, PADDED };
	struct pcr_values v = { 0 };
	struct bytes b = { .len = 0 };
	struct replay *r = started(HASH_ALL, NULL, NULL, true);

	for (unsigned int i = 0; i < 200; i++) {
		unsigned int padded = i < 100;

		s.made.seed = (uint8_t)i;
		bytes_record(&b, &s.made);
		for (unsigned int n = 0; n < HASH_SM3_256; n++)
			model_extend(&v, n, IMA_PCR, &b,
				     padded && n ? PADDED_SHA1 : OWN_HASH);
		/* The rule changes once, after four kexecs. */
		s.made.name = i % 20 == 19 ? "boot_aggregate" : "/file";
	}
	replay_all(r, b.at, b.len);
	CHECK_INT(r->kernels, 9);
	CHECK(r->count <= HASH_COUNT * CHAINS_PER_BANK);
	for (unsigned int i = 0; i < HASH_COUNT; i++) {
		size_t n = 0;

		for (size_t c = 0; c < r->count; c++)
			n += r->chain[c].bank == i;
		CHECK(n <= CHAINS_PER_BANK);
	}
	CHECK_INT(replay_meet(r, &v, PCR10, NULL), E_OK);
	replay_free(r);
	bytes_free(&b);
}

/* Over READING_KERNELS boot_aggregates the last rule is kept. */
static void kernels_beyond_the_bits_keep_the_last_rule(void)
{
	struct made m = { .name = "boot_aggregate" };
	struct reading given[HASH_COUNT] = { { 0 } };
	struct pcr_values v = { 0 };
	struct bytes b = { .len = 0 };
	struct replay *r;

	given[HASH_SHA256].padded = 1ULL << 63;
	for (unsigned int i = 0; i < 70; i++) {
		m.seed = (uint8_t)i;
		bytes_record(&b, &m);
		model_extend(&v, HASH_SHA256, IMA_PCR, &b,
			     i >= 63 ? PADDED_SHA1 : OWN_HASH);
	}
	r = started(HASH_BIT(HASH_SHA256), NULL, given, false);
	replay_all(r, b.at, b.len);
	CHECK_INT(r->kernels, 69);
	CHECK_INT(replay_meet(r, &v, PCR10, NULL), E_OK);
	replay_free(r);
	r = started(HASH_BIT(HASH_SHA256), NULL, NULL, true);
	replay_all(r, b.at, b.len);
	CHECK(r->count <= CHAINS_PER_BANK);
	replay_free(r);
	bytes_free(&b);
}

static void values_that_are_given_are_gone_on_from(void)
{
	struct made m = { .seed = 9 };
	struct pcr_values start = { 0 }, v;
	struct bytes b = { .len = 0 };
	struct replay *r;

	for (unsigned int i = 0; i < HASH_SM3_256; i++) {
		memset(start.bank[i].value[IMA_PCR], 0x11 * (int)(i + 1), 64);
		memset(start.bank[i].value[9], 0x77, 64);
		start.bank[i].mask = PCR10 | 1U << 9;
	}
	/* What not every bank has is not known. */
	start.bank[HASH_SHA1].mask |= 1U << 12;
	v = start;
	bytes_record(&b, &m);
	for (unsigned int i = 0; i < HASH_SM3_256; i++)
		model_extend(&v, i, IMA_PCR, &b, OWN_HASH);
	r = started(HASH_ALL & ~HASH_BIT(HASH_SM3_256), &start, NULL, false);
	CHECK_INT(replay_pcrs(r), PCR10 | 1U << 9);
	CHECK_INT(r->touched, 0);
	CHECK_INT(replay_meet(r, &start, PCR10 | 1U << 9, NULL), E_OK);
	replay_all(r, b.at, b.len);
	CHECK_INT(r->touched, PCR10);
	CHECK_INT(replay_meet(r, &start, PCR10, NULL), E_CHANGED);
	CHECK_INT(replay_meet(r, &v, PCR10 | 1U << 9, NULL), E_OK);
	replay_free(r);
	bytes_free(&b);
}

/* A boot_aggregate is the first kernel's only where nothing went before. */
static void kernels_are_counted(void)
{
	static const struct made boot = BOOT, file = { .seed = 2 };
	struct pcr_values start = { 0 };
	struct bytes b = { .len = 0 };
	struct replay *r;

	start.bank[HASH_SHA1].mask = PCR10;
	bytes_record(&b, &boot);
	bytes_record(&b, &file);
	r = started(HASH_BIT(HASH_SHA1), NULL, NULL, false);
	replay_all(r, b.at, b.len);
	CHECK_INT(r->kernels, 0);
	CHECK_INT(replay_start(r, &start, NULL, false, NULL), E_OK);
	replay_all(r, b.at, b.len);
	CHECK_INT(r->kernels, 1);
	replay_free(r);
	bytes_free(&b);
}

static void every_pcr_is_replayed_apart(void)
{
	struct bytes b = { .len = 0 };
	struct pcr_values v = { 0 };
	struct replay *r = started(HASH_BIT(HASH_SHA256), NULL, NULL, false);

	for (unsigned int i = 0; i < 3 * PCR_COUNT; i++) {
		struct made m = { .pcr = i % PCR_COUNT, .pcr_zero = true,
				  .seed = (uint8_t)i };

		bytes_record(&b, &m);
		model_extend(&v, HASH_SHA256, m.pcr, &b, OWN_HASH);
	}
	replay_all(r, b.at, b.len);
	CHECK_INT(r->touched, (1U << PCR_COUNT) - 1);
	CHECK_INT(replay_meet(r, &v, r->touched, NULL), E_OK);
	v.bank[HASH_SHA256].value[23][31] ^= 1;
	CHECK_INT(replay_meet(r, &v, r->touched, NULL), E_CHANGED);
	CHECK_INT(replay_meet(r, &v, r->touched & ~(1U << 23), NULL), E_OK);
	replay_free(r);
	bytes_free(&b);
}

/* --- refusals --- */

static void wrong_template_digest_is_refused_and_changes_nothing(void)
{
	static const char *const templates[] = {
		"ima-ng", "ima", "ima-sig", "a-custom|one"
	};
	static const uint8_t sizes[] = { 20, 32, 48, 64 };

	for (size_t i = 0; i < ROWS(templates) * ROWS(sizes); i++) {
		struct made m = {
			.template = templates[i % ROWS(templates)],
			.layout = { sizes[i / ROWS(templates)], false },
			.wrong_digest = true,
		};
		struct replay *r = started(HASH_ALL, NULL, NULL, true);
		struct pcr_values before, after;
		struct bytes b = { .len = 0 };
		struct error err = { 0 };
		struct record rec;
		size_t need;

		unit_case("%s, %u bytes", m.template, m.layout.digest_size);
		bytes_record(&b, &m);
		replay_values(r, &before);
		CHECK_INT(record_parse(&m.layout, b.at, b.len, &rec, &need,
				       NULL), E_OK);
		CHECK_INT(replay_record(r, &rec, &m.layout, &err), E_CHANGED);
		CHECK_STR(err.reason,
			  "template digest is not that of the data");
		replay_values(r, &after);
		CHECK_MEM(&after, &before, sizeof(before));
		CHECK_INT(r->records, 0);
		CHECK_INT(r->touched, 0);
		replay_free(r);
		bytes_free(&b);
	}
}

static void padding_of_a_padded_digest_must_be_zero(void)
{
	struct made m = { .layout = { 48, false }, .padded_digest = true };
	struct replay *r = started(HASH_BIT(HASH_SHA384), NULL, NULL, false);
	struct bytes b = { .len = 0 };
	struct record rec;
	size_t need;

	bytes_record(&b, &m);
	CHECK_INT(record_parse(&m.layout, b.at, b.len, &rec, &need, NULL),
		  E_OK);
	CHECK_INT(replay_record(r, &rec, &m.layout, NULL), E_OK);
	b.at[4 + 47] = 1;
	CHECK_INT(replay_record(r, &rec, &m.layout, NULL), E_CHANGED);
	replay_free(r);
	bytes_free(&b);
}

static void values_not_met_are_named_and_change_nothing(void)
{
	static const struct made boot = BOOT;
	struct replay *r = started(HASH_BIT(HASH_SHA1) | HASH_BIT(HASH_SHA256),
				   NULL, NULL, true);
	struct bytes b = { .len = 0 };
	struct pcr_values v = { 0 };
	struct error err = { 0 };
	size_t chains;

	bytes_record(&b, &boot);
	replay_all(r, b.at, b.len);
	chains = r->count;
	model_extend(&v, HASH_SHA1, IMA_PCR, &b, OWN_HASH);
	v.bank[HASH_SHA256].mask = PCR10;
	CHECK_INT(replay_meet(r, &v, PCR10, &err), E_CHANGED);
	err.reason[18] = '\0';
	CHECK_STR(err.reason, "sha256 PCR 10 is 0");
	CHECK_INT(r->count, chains);
	/* A bank that the values lack keeps all its chains. */
	v.bank[HASH_SHA256].mask = 0;
	CHECK_INT(replay_meet(r, &v, PCR10, NULL), E_OK);
	CHECK_INT(r->count, chains);
	replay_free(r);
	bytes_free(&b);
}

/* A shard that another thread replayed knows nothing of those before it. */
static void padding_before_a_seam_is_not_forgotten(void)
{
	static const struct reading padded[HASH_COUNT] = {
		[HASH_SHA256].padded = UINT64_MAX,
	};
	const unsigned int bank = HASH_BIT(HASH_SHA256);
	struct replay *r = started(bank, NULL, padded, false);
	struct replay *behind = started(bank, NULL, NULL, false);
	struct match before = { 0 }, from = { .met = true };
	struct bytes b = { .len = 0 };
	struct made m = { .seed = 1 };

	bytes_record(&b, &m);
	CHECK_INT(replay_all(r, b.at, b.len), 1);
	CHECK(r->chain[0].sha1);
	from.values.bank[HASH_SHA256].mask = PCR10;
	match_join(&before, &from, r);
	CHECK_INT(before.sha1, bank);
	CHECK(!behind->chain[0].sha1);
	replay_join(r, behind);
	CHECK(r->chain[0].sha1);
	replay_free(r);
	replay_free(behind);
	bytes_free(&b);
}

#define TEST(fn) { #fn, fn }

const struct unit_test unit_tests[] = {
	TEST(small_list_leads_to_its_pcrs),
	TEST(every_list_leads_to_its_pcrs),
	TEST(per_bank_lists_lead_to_the_same_pcrs),
	TEST(staged_batches_lead_from_value_to_value),
	TEST(lists_after_a_lossy_kexec_do_not_stand_alone),
	TEST(every_template_in_every_bank),
	TEST(every_layout_leads_to_the_same),
	TEST(big_endian_lists_are_replayed),
	TEST(wide_replay_finds_the_reading),
	TEST(narrow_replay_keeps_to_the_reading_it_was_given),
	TEST(chains_are_limited),
	TEST(kernels_beyond_the_bits_keep_the_last_rule),
	TEST(values_that_are_given_are_gone_on_from),
	TEST(kernels_are_counted),
	TEST(every_pcr_is_replayed_apart),
	TEST(wrong_template_digest_is_refused_and_changes_nothing),
	TEST(padding_of_a_padded_digest_must_be_zero),
	TEST(values_not_met_are_named_and_change_nothing),
	TEST(padding_before_a_seam_is_not_forgotten),
	{ NULL, NULL }
};
