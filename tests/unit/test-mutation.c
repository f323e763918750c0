// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test-mutation.c - a list, a quote or a signature with one byte changed
 *
 * Every moment below the shared data must be verified by each of its quotes,
 * and no longer once a byte is not what it was: every byte of a list of up to
 * EVERY_BYTE records and of every quote and signature, SAMPLE bytes, evenly
 * spread, of a longer list. What no hash covers is told by parsing the list
 * as it was, and counted.
 *
 * A small moment is in tests/data, for where there is no shared data.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "measurement.h"
#include "moments.h"
#include "quote.h"
#include "../tools/random.h"
#include "unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

#define EVERY_BYTE 70		/* records */
#define SAMPLE 2000		/* bytes */

/* --- a moment in memory --- */

/* Where a record lies in the list. */
struct spot {
	size_t start, name, name_end, data, data_end;
	bool violation;
};

struct evidence_quote {
	uint8_t *msg, *sig, *pcrs;
	struct quote_blob attest, signature;
	size_t pcrs_len;
	struct quote quote;
	struct target target;
};

struct moment {
	char name[200];
	struct source source;
	struct spot *spot;
	uint64_t records, own_records;
	struct pcr_values own_start;	/* before its own list, if parts */
	uint8_t *pem, *pub;
	struct quote_blob ak_pem, ak_pub;
	uint8_t nonce[64];
	size_t nonce_len;
	size_t quotes;
	struct evidence_quote quote[HASH_COUNT];
};

static struct counts {
	uint64_t mutated, refused, names, violations, behind;
} lists, quotes, signatures;

static void counts_print(const char *what, const struct counts *c)
{
	printf("# %s: mutated %llu, refused %llu, template names %llu, violation texts %llu, behind the target %llu\n",
	       what, (unsigned long long)c->mutated,
	       (unsigned long long)c->refused, (unsigned long long)c->names,
	       (unsigned long long)c->violations,
	       (unsigned long long)c->behind);
}

/* Every run changes the same bytes to the same values. */
static uint64_t seed = 1;

static uint64_t random64(void)
{
	return random_next(&seed);
}

static uint8_t nonzero(void)
{
	return (uint8_t)(1 + random64() % 255);
}

/* The spots of a list, and what it leads to from its start. */
static void parse_list(struct moment *m)
{
	const struct source *s = &m->source;
	struct record rec;
	struct list *list;
	struct replay *r;
	size_t at = 0;

	m->spot = calloc(s->len / 32 + 1, sizeof(*m->spot));
	if (!CHECK(m->spot) ||
	    !CHECK(!list_open_bytes(&list, s->list, s->len, "list", 0, NULL)))
		return;
	CHECK(!replay_new(&r, HASH_ALL, NULL));
	CHECK(!replay_start(r, s->given ? &s->start : NULL, NULL, false,
			    NULL));
	for (; !list_next(list, &rec, NULL); at += rec.raw_len) {
		struct spot *spot = &m->spot[m->records++];

		if (at == s->own)
			replay_values(r, &m->own_start);
		m->own_records += at >= s->own;
		spot->start = at;
		spot->name = at + (size_t)((const uint8_t *)rec.name - rec.raw);
		spot->name_end = spot->name + rec.name_len;
		spot->data = at + (size_t)(rec.data - rec.raw);
		spot->data_end = spot->data + rec.data_len;
		spot->violation = rec.violation;
		CHECK(!replay_record(r, &rec, list_layout(list), NULL));
	}
	CHECK_INT(at, s->len);
	replay_free(r);
	list_close(list);
}

static void load_nonce(struct moment *m, const char *dir)
{
	size_t len;
	uint8_t *hex = read_below(dir, "nonce.hex", &len);

	while (hex && len && hex[len - 1] == '\n')
		len--;
	m->nonce_len = hex ? len / 2 : 0;
	if (m->nonce_len > sizeof(m->nonce) ||
	    (hex && hex_decode(m->nonce, m->nonce_len, (char *)hex, len)))
		m->nonce_len = 0;
	free(hex);
}

static int open_quote(struct quote *q, const struct moment *m,
		      const struct evidence_quote *e,
		      const struct quote_blob *ak)
{
	return quote_open(q, &e->attest, &e->signature, ak, m->nonce,
			  m->nonce_len, NULL);
}

static void load_quote(struct moment *m, const char *dir, unsigned int bank)
{
	struct evidence_quote *e = &m->quote[m->quotes];
	struct pcr_values values;
	char name[40];

	snprintf(name, sizeof(name), "quote.%s.msg", hash_row(bank)->name);
	e->msg = read_below(dir, name, &e->attest.len);
	if (!e->msg)
		return;
	m->quotes++;
	snprintf(name, sizeof(name), "quote.%s.sig", hash_row(bank)->name);
	e->sig = read_below(dir, name, &e->signature.len);
	snprintf(name, sizeof(name), "quote.%s.pcrs", hash_row(bank)->name);
	e->pcrs = read_below(dir, name, &e->pcrs_len);
	e->attest.bytes = e->msg;
	e->attest.name = "quote";
	e->signature.bytes = e->sig;
	e->signature.name = "signature";
	if (!CHECK(e->sig && e->pcrs) ||
	    !CHECK_INT(open_quote(&e->quote, m, e, &m->ak_pub), E_OK))
		return;
	CHECK_INT(pcrs_parse_quoted(e->pcrs, e->pcrs_len, &e->quote.selection,
				    &values, NULL), E_OK);
	CHECK_INT(target_from_quote(&e->target, &e->quote, &values, NULL),
		  E_OK);
}

static void moment_free(struct moment *m)
{
	for (size_t i = 0; i < m->quotes; i++) {
		free(m->quote[i].msg);
		free(m->quote[i].sig);
		free(m->quote[i].pcrs);
	}
	free(m->source.list);
	free(m->spot);
	free(m->pem);
	free(m->pub);
	free(m);
}

/* The quotes of @dir, and the list of @list_dir. NULL without a quote. */
static struct moment *moment_new(const char *dir, const char *list_dir,
				 const struct special *s)
{
	struct moment *m = calloc(1, sizeof(*m));

	if (!CHECK(m))
		return NULL;
	load_nonce(m, dir);
	m->pem = read_below(dir, "ak.pem", &m->ak_pem.len);
	m->pub = read_below(dir, "ak.pub", &m->ak_pub.len);
	m->ak_pem.bytes = m->pem;
	m->ak_pub.bytes = m->pub;
	m->ak_pem.name = m->ak_pub.name = "ak";
	for (unsigned int i = 0; i < HASH_COUNT; i++)
		load_quote(m, dir, i);
	if (!m->quotes) {
		moment_free(m);
		return NULL;
	}
	source_read(&m->source, list_dir, s);
	parse_list(m);
	return m;
}

/* --- verifying --- */

/* @bytes from @start (NULL: zero) against @target. */
static enum verdict_kind verify(const uint8_t *bytes, size_t len,
				const struct pcr_values *start,
				const struct target *target,
				struct verdict *v)
{
	static const struct measurement_options options = {
		.from = FROM_NEAREST
	};
	struct evidence ev = { .given = start };
	struct list *list;

	v->kind = UNDECIDED;
	if (!CHECK(!list_open_bytes(&list, bytes, len, "list", 0, NULL)))
		return UNDECIDED;
	ev.lists.list = &list;
	ev.lists.count = 1;
	CHECK_INT(measurement_verify(&ev, target, &options, v, NULL), E_OK);
	list_close(list);
	return v->kind;
}

static const struct pcr_values *start_of(const struct moment *m)
{
	return m->source.given ? &m->source.start : NULL;
}

/* With the values behind the quote, and with its digest alone. */
static void check_verified(const struct moment *m, uint64_t last)
{
	for (size_t i = 0; i < 2 * m->quotes; i++) {
		const struct evidence_quote *e = &m->quote[i / 2];
		struct target t = e->target;
		struct verdict v;

		if (i % 2)
			memset(&t.values, 0, sizeof(t.values));
		unit_case("%s, quote %zu, %s values", m->name, i / 2,
			  i % 2 ? "without" : "with");
		CHECK_INT(verify(m->source.list, m->source.len, start_of(m),
				 &t, &v), VERIFIED);
		CHECK_STR(v.why.reason, "");
		CHECK_INT(v.proven_to, last);
		CHECK_INT(v.replayed, last);
		CHECK_INT(v.unproven_tail, m->records - last);
		CHECK_INT(v.trailing_bytes, 0);
	}
}

static void check_keys(const struct moment *m)
{
	const struct quote_blob *aks[] = { &m->ak_pem, &m->ak_pub };

	for (size_t i = 0; i < ROWS(aks) * m->quotes; i++) {
		struct quote q;

		unit_case("%s, quote %zu, ak %zu", m->name, i / ROWS(aks),
			  i % ROWS(aks));
		CHECK_INT(open_quote(&q, m, &m->quote[i / ROWS(aks)],
				     aks[i % ROWS(aks)]), E_OK);
		CHECK(q.nonce_checked);
	}
}

/* --- changing bytes of a list --- */

static const struct spot *spot_at(const struct moment *m, size_t at)
{
	size_t low = 0, high = (size_t)m->records;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (m->spot[mid].start <= at)
			low = mid;
		else
			high = mid;
	}
	return &m->spot[low];
}

/* A changed byte that was let pass: which exception names it, if any. */
static uint64_t *exception(const struct moment *m, size_t at, uint64_t last)
{
	const struct spot *s = spot_at(m, at);

	if ((uint64_t)(s - m->spot) >= last)
		return &lists.behind;
	if (at >= s->name && at < s->name_end)
		return &lists.names;
	if (s->violation && at >= s->data && at < s->data_end)
		return &lists.violations;
	return NULL;
}

/* One byte at @at, seen from the list's start or from its own part's. */
static void change_byte(struct moment *m, size_t at, bool own, uint64_t last)
{
	const struct evidence_quote *e = &m->quote[lists.mutated % m->quotes];
	const struct pcr_values *start = own ? &m->own_start : start_of(m);
	size_t from = own ? m->source.own : 0;
	uint8_t by = nonzero(), was = m->source.list[at];
	struct verdict v;
	uint64_t *count;

	unit_case("%s, byte %zu changed by 0x%02x, quote %zu", m->name, at, by,
		  (size_t)(lists.mutated % m->quotes));
	lists.mutated++;
	m->source.list[at] ^= by;
	if (verify(m->source.list + from, m->source.len - from, start,
		   &e->target, &v) == VERIFIED)
		count = exception(m, at, last);
	else
		count = &lists.refused;
	m->source.list[at] = was;
	if (CHECK(count))
		(*count)++;
}

static void change_list(struct moment *m, uint64_t last)
{
	/* Evenly spread, so that no part of the list is left out. */
	if (m->records > EVERY_BYTE)
		for (size_t i = 0; i < SAMPLE; i++) {
			uint64_t len = m->source.len, a = len * i / SAMPLE;
			uint64_t b = len * (i + 1) / SAMPLE;

			a += random64() % (b > a ? b - a : 1);
			change_byte(m, (size_t)a, false, last);
		}
	else
		for (size_t at = 0; at < m->source.len; at++)
			change_byte(m, at, false, last);
	/* The list that was with the quote, behind what precedes it. */
	if (!m->source.own || m->own_records > EVERY_BYTE)
		return;
	for (size_t at = m->source.own; at < m->source.len; at++)
		change_byte(m, at, true, last);
}

/* --- changing bytes of a quote --- */

static void change_blob(struct moment *m, size_t i, uint8_t *bytes, size_t len,
			struct counts *c)
{
	for (size_t at = 0; at < len; at++) {
		/* In turns, from byte to byte and from quote to quote. */
		const struct quote_blob *ak = (at + i) % 2 ? &m->ak_pem :
							     &m->ak_pub;
		uint8_t by = nonzero();
		struct quote q;

		unit_case("%s, quote %zu, %s, byte %zu changed by 0x%02x",
			  m->name, i, c == &quotes ? "quote" : "signature", at,
			  by);
		c->mutated++;
		bytes[at] ^= by;
		if (CHECK(open_quote(&q, m, &m->quote[i], ak)))
			c->refused++;
		bytes[at] ^= by;
	}
}

static void change_quotes(struct moment *m)
{
	for (size_t i = 0; i < m->quotes; i++) {
		struct evidence_quote *e = &m->quote[i];

		change_blob(m, i, e->msg, e->attest.len, &quotes);
		change_blob(m, i, e->sig, e->signature.len, &signatures);
	}
}

/* --- all of them --- */

static struct {
	void (*fn)(struct moment *m);
	size_t done;
} each;

static void take_moment(const char *top, const char *path)
{
	size_t n = strlen(path) - strlen("/binary_runtime_measurements");
	const char *rel;
	struct moment *m;
	char dir[4096];

	snprintf(dir, sizeof(dir), "%.*s", (int)n, path);
	rel = dir + strlen(top) + 1;
	unit_case("%s", rel);
	m = moment_new(dir, dir, special_of(rel));
	if (!m) {
		printf("# no quote, nothing to verify: %s\n", rel);
		return;
	}
	snprintf(m->name, sizeof(m->name), "%.190s", rel);
	each.fn(m);
	moment_free(m);
	each.done++;
}

/* Call @fn for each moment of the shared data; their number. */
static size_t each_moment(char *top, void (*fn)(struct moment *m))
{
	each.fn = fn;
	each.done = 0;
	each_file(top, is_list, take_moment);
	return each.done;
}

static void check_moment(struct moment *m)
{
	check_verified(m, m->records);
	check_keys(m);
}

static void change_list_of(struct moment *m)
{
	change_list(m, m->records);
}

/* The one in tests/data. */
static struct moment *small_moment(void)
{
	char *dir = unit_data("k61-sigv2");
	struct moment *m = NULL;

	if (dir)
		m = moment_new(dir, dir, special_of(""));
	free(dir);
	if (m)
		snprintf(m->name, sizeof(m->name), "tests/data/k61-sigv2");
	return m;
}

static void a_small_moment_is_verified(void)
{
	struct moment *m = small_moment();

	if (!CHECK(m))
		return;
	CHECK_INT(m->records, 51);
	CHECK_INT(m->quotes, 1);
	check_moment(m);
	moment_free(m);
}

static void a_small_moment_is_refused_with_any_byte_changed(void)
{
	struct moment *m = small_moment();

	if (!CHECK(m))
		return;
	memset(&lists, 0, sizeof(lists));
	memset(&quotes, 0, sizeof(quotes));
	memset(&signatures, 0, sizeof(signatures));
	change_list(m, m->records);
	change_quotes(m);
	counts_print("small list", &lists);
	CHECK_INT(lists.mutated, m->source.len);
	CHECK_INT(lists.refused + lists.names, lists.mutated);
	CHECK_INT(quotes.refused, m->quote[0].attest.len);
	CHECK_INT(signatures.refused, m->quote[0].signature.len);
	moment_free(m);
}

static void every_moment_is_verified(void)
{
	char *top = unit_shared("");
	size_t n;

	if (!top)
		SKIP("the shared data");
	n = each_moment(top, check_moment);
	printf("# moments: %zu\n", n);
	CHECK(n >= 29);
	free(top);
}

static void every_list_is_refused_with_a_byte_changed(void)
{
	char *top = unit_shared("");

	if (!top)
		SKIP("the shared data");
	memset(&lists, 0, sizeof(lists));
	each_moment(top, change_list_of);
	counts_print("lists", &lists);
	CHECK(lists.refused > 0 && lists.names > 0 && lists.violations > 0);
	CHECK_INT(lists.behind, 0);
	CHECK_INT(lists.refused + lists.names + lists.violations,
		  lists.mutated);
	free(top);
}

static void every_quote_is_refused_with_any_byte_changed(void)
{
	char *top = unit_shared("");

	if (!top)
		SKIP("the shared data");
	memset(&quotes, 0, sizeof(quotes));
	memset(&signatures, 0, sizeof(signatures));
	each_moment(top, change_quotes);
	counts_print("quotes", &quotes);
	counts_print("signatures", &signatures);
	CHECK(quotes.mutated && signatures.mutated);
	CHECK_INT(quotes.refused, quotes.mutated);
	CHECK_INT(signatures.refused, signatures.mutated);
	free(top);
}

/* A quote, and a later list of the same boot. */
static const struct {
	const char *quote, *list;
	uint64_t last;
} ahead[] = {
	{ "deb61-tis-imasig/1-boot", "deb61-tis-imasig/2-many", 51 },
	{ "deb61-tis-imasig/2-many", "deb61-tis-imasig/3-viol", 2551 },
	{ "deb61cloud-kexec-nocarry/before/0",
	  "deb61cloud-kexec-nocarry/before/1-before-kexec", 54 },
	{ "k61-reboot-kexec/3-before-kexec/2",
	  "k61-reboot-kexec/3-before-kexec/3-before-kexec", 51 },
	{ "k61-reboot-kexec/3-before-kexec/3-before-kexec",
	  "k61-reboot-kexec/3-after-kexec/3", 62 },
};

static void only_bytes_behind_the_target_may_change(void)
{
	memset(&lists, 0, sizeof(lists));
	for (size_t i = 0; i < ROWS(ahead); i++) {
		char *quote = unit_shared(ahead[i].quote);
		char *list = unit_shared(ahead[i].list);
		struct moment *m = NULL;

		unit_case("%s", ahead[i].list);
		if (quote && list)
			m = moment_new(quote, list, special_of(""));
		free(quote);
		free(list);
		if (!m)
			SKIP("the shared data: quotes with later lists");
		snprintf(m->name, sizeof(m->name), "%s", ahead[i].list);
		check_verified(m, ahead[i].last);
		change_list(m, ahead[i].last);
		moment_free(m);
	}
	counts_print("lists ahead of the quote", &lists);
	CHECK(lists.behind > 0);
	CHECK_INT(lists.refused + lists.names + lists.violations +
		  lists.behind, lists.mutated);
}

#define TEST(fn) { #fn, fn }

const struct unit_test unit_tests[] = {
	TEST(a_small_moment_is_verified),
	TEST(a_small_moment_is_refused_with_any_byte_changed),
	TEST(every_moment_is_verified),
	TEST(every_list_is_refused_with_a_byte_changed),
	TEST(every_quote_is_refused_with_any_byte_changed),
	TEST(only_bytes_behind_the_target_may_change),
	{ NULL, NULL }
};
