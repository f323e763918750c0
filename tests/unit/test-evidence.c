// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test-evidence.c - a complete set of evidence with something changed in it
 *
 * Lists, shards, aggregates, chunks, quotes, signatures and states, given to
 * ima_measurement in this process. Of a small set: every prefix of every file,
 * and every bit flipped. Of large ones: seeded mutants. None may be verified,
 * but where the bit is of a kind that no proof covers: docs/mutation.md has
 * those kinds, with how many of the small set's changes are of each, and why.
 *
 * Nothing may be left behind by a run that did not verify: no new file, and
 * nothing that a state takes for proven.
 */
#include <ctype.h>

#include "base/hash.h"
#include "evidence.h"
#include "format/chunk.h"
#include "format/record.h"
#include "format/state.h"
#include "moments.h"
#include "../tools/random.h"
#include "replay.h"
#include "shards.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

#define MUTANTS 20000		/* of large sets, */
#define CHUNK_MUTANTS 4000	/* these of a chunk and a state */

/* In the place of confine(), which would be for good: we go on. */
bool __wrap_confine(unsigned int also);
bool __wrap_confine(unsigned int also)
{
	(void)also;
	return false;
}

/* --- what no proof covers, by kind --- */

/* One of the ways in which evidence is given to the verb. */
struct way {
	const char *name;
	const char *of;			/* the pieces that are changed */
	const char *unread, *reason;	/* pieces that it does not look at */
	const char *words[WORDS_MAX];
};

#define KINDS_MAX 100

static struct kind {
	char name[80];
	uint64_t bits;
} kinds[KINDS_MAX];

static struct counts {
	uint64_t mutants, refused, verified;
} counts;

/* The one of that name, or a new one. */
static struct kind *kind_find(const char *name)
{
	size_t i = 0;

	while (i + 1 < KINDS_MAX && kinds[i].name[0] &&
	       strcmp(kinds[i].name, name))
		i++;
	return &kinds[i];
}

static void kind_count(const struct kind *k)
{
	struct kind *known = kind_find(k->name);

	memcpy(known->name, k->name, sizeof(known->name));
	known->bits++;
}

/* In a list: the part of its record that @at is in, if no PCR covers it. */
static const char *uncovered_of_list(const struct piece *p, size_t at)
{
	static const struct list_layout layout = { .digest_size = 20 };
	size_t from = 0, need;
	struct record r;

	while (!record_parse(&layout, p->bytes + from, p->len - from, &r,
			     &need, NULL) && from + r.raw_len <= at)
		from += r.raw_len;
	if (p->bytes + at >= (const uint8_t *)r.name &&
	    p->bytes + at < (const uint8_t *)r.name + r.name_len)
		return "the name of a template";
	if (r.violation && p->bytes + at >= r.data &&
	    p->bytes + at < r.data + r.data_len)
		return "the text of a violation";
	return NULL;
}

/* In a line of JSON: the members, with dots between, that @at is in. */
static void member_at(const struct piece *p, size_t at, char *ret, size_t size)
{
	char key[8][32] = { "" };
	unsigned int depth = 0;
	bool in = false;

	for (size_t i = 0, begin = 0; i < p->len && depth < ROWS(key); i++) {
		uint8_t c = p->bytes[i];

		if (c == '"' && !in) {
			begin = i + 1;
		} else if (c == '"' && p->bytes[i + 1] == ':') {
			snprintf(key[depth], sizeof(key[0]), "%.*s",
				 (int)(i - begin),
				 (const char *)p->bytes + begin);
		} else if (!in && c == '{') {
			key[++depth][0] = '\0';
		} else if (!in && c == '}' && depth) {
			depth--;
		}
		in ^= c == '"';
		/* A key is a part of its member: go on to its end. */
		if (i >= at && !in)
			break;
	}
	*ret = '\0';
	for (unsigned int d = 1; d <= depth; d++)
		if (key[d][0])
			snprintf(ret + strlen(ret), size - strlen(ret),
				 "%s%s", d > 1 ? "." : "", key[d]);
}

static bool is_last_aggregate(const struct set *s, const struct piece *p)
{
	for (size_t i = 0; i < s->pieces; i++)
		if (strstr(s->piece[i].name, ".json") &&
		    strcmp(s->piece[i].name, p->name) > 0)
			return false;
	return true;
}

/* What is at byte @at of a piece, where it is changed to @to. */
static void name_part(const struct set *s, const struct piece *p, size_t at,
		      uint8_t to, char *ret, size_t size)
{
	const uint8_t *end = memchr(p->bytes, '\n', p->len);
	const char *what = p->name;
	char member[40];

	if (strstr(p->name, ".json"))
		what = is_last_aggregate(s, p) ? "aggregate" :
						 "earlier aggregate";
	if (!strcmp(p->name, "list") || strstr(p->name, ".ima")) {
		const char *part = uncovered_of_list(p, at);

		snprintf(ret, size, "%s", part ? part : "what a PCR covers");
	} else if (p->bytes[0] != '{' || !end || p->bytes + at > end) {
		snprintf(ret, size, "%.70s", what);
	} else if (p->bytes + at == end) {
		snprintf(ret, size, "%.40s: its newline", what);
	} else if (isxdigit(p->bytes[at]) &&
		   tolower(p->bytes[at]) == tolower(to)) {
		snprintf(ret, size, "%.40s: case of a hexadecimal digit",
			 what);
	} else {
		member_at(p, at, member, sizeof(member));
		snprintf(ret, size, "%.40s: %.36s", what,
			 *member ? member : "outside of its members");
	}
}

/* The same, and what that way does not look at. */
static void name_kind(const struct set *s, const struct way *way,
		      const struct piece *p, size_t at, uint8_t to,
		      struct kind *ret)
{
	char part[80];

	name_part(s, p, at, to, part, sizeof(part));
	if (way->unread && strstr(p->name, way->unread))
		snprintf(part, sizeof(part), "%s", way->reason);
	snprintf(ret->name, sizeof(ret->name), "%s: %.60s", way->name, part);
}

/* --- what is verified --- */

#define QUOTED "--quote", "@quote", "--signature", "@signature", "--ak", "@ak"
#define SHARDS "--shard-dir", "@shards", "@list", "--jobs", "1", "--json"
#define STATE "--state", "@state", "--ak", "@ak", "--json"
#define NONCE "--nonce", "6f6e6365"

static const struct way ways[] = {
	{ "from boot", "list shards quote signature values", NULL, NULL,
	  { SHARDS, QUOTED, NONCE, "--quote-pcrs", "@values", "--from",
	    "boot" } },
	{ "nearest", "list shards", ".ima",
	  "records before the aggregate that it starts at",
	  { SHARDS, QUOTED, NONCE } },
	{ "chunk", "chunk state", NULL, NULL,
	  { STATE, NONCE, "--chunk", "@chunk" } },
	{ "checkpoint", "state list shards", ".json",
	  "aggregates before the checkpoint",
	  { SHARDS, "--state", "@state", QUOTED, NONCE } },
};

static bool looks_at(const struct way *way, const struct piece *p)
{
	const char *slash = strchr(p->name, '/');
	char name[64];

	snprintf(name, sizeof(name), "%.*s",
		 slash ? (int)(slash - p->name) : 60, p->name);
	return strstr(way->of, name);
}

/* How far the records are proven, as the state says; and the values there. */
static uint64_t read_state(const struct set *s, struct pcr_values *ret)
{
	struct state *state = calloc(1, sizeof(*state));
	uint64_t record = 0;
	char path[160];
	size_t len;
	uint8_t *bytes;

	set_path(s, "state", path, sizeof(path));
	bytes = unit_read(path, &len);
	if (state && bytes && !state_parse(bytes, len, NULL, state, NULL))
		record = state->proven.record;
	if (record && ret)
		*ret = state->proven.pcrs;
	free(bytes);
	free(state);
	return record;
}

/* Everything as it was, and nothing else. */
static void set_restore(const struct set *s, const struct piece *changed)
{
	const struct piece *state = set_find(s, "state");

	if (changed)
		set_write(s, changed->name, changed->bytes, changed->len);
	if (state && state != changed)
		set_write(s, state->name, state->bytes, state->len);
	set_strange(s, "", true);
}

/*
 * Verified, from a start that is no mere claim: then the exit code is 0. What
 * is not must have left no trace.
 */
static bool holds(const struct set *s, const struct way *way)
{
	const char *text;
	int code = set_verify(s, way->words, &text);
	bool state = strstr(way->of, "state");

	if (code == EVMCTL_OK)
		return !strstr(text, "\"trust\":\"unproven\"");
	CHECK(code == EVMCTL_CONTRADICTED || code == EVMCTL_UNDECIDED ||
	      code == EVMCTL_FAILED || code == EVMCTL_USAGE);
	/* Chunks that are not proven may be pending, that is all. */
	CHECK(set_strange(s, "", false) <= (state ? 1U : 0U));
	CHECK_INT(set_strange(s, "shards", false), 0);
	if (state)
		CHECK(read_state(s, NULL) <= s->proven);
	return false;
}

/* --- every bit, every prefix --- */

/* Bytes of @p in the place of its own: is it verified? Then all is restored. */
static bool holds_with(const struct set *s, const struct way *way,
		       const struct piece *p, const uint8_t *bytes, size_t len)
{
	bool ok;

	set_write(s, p->name, bytes, len);
	ok = holds(s, way);
	counts.mutants++;
	counts.verified += ok;
	counts.refused += !ok;
	set_restore(s, p);
	return ok;
}

static void change_byte(const struct set *s, const struct way *way,
			const struct piece *p, uint8_t *bytes, size_t at)
{
	struct kind k;

	unit_case("%s: %s, cut to %zu bytes", way->name, p->name, at);
	name_kind(s, way, p, at, 0, &k);
	if (holds_with(s, way, p, bytes, at))
		kind_count(&k);
	for (unsigned int bit = 0; bit < 8; bit++) {
		bytes[at] ^= (uint8_t)(1U << bit);
		unit_case("%s: %s, byte %zu, bit %u", way->name, p->name, at,
			  bit);
		name_kind(s, way, p, at, bytes[at], &k);
		if (holds_with(s, way, p, bytes, p->len))
			kind_count(&k);
		bytes[at] ^= (uint8_t)(1U << bit);
	}
}

static void change_all(const struct set *s, const struct way *way)
{
	for (size_t i = 0; i < s->pieces; i++) {
		const struct piece *p = &s->piece[i];
		uint8_t *bytes = malloc(p->len);

		if (!looks_at(way, p) || !CHECK(bytes)) {
			free(bytes);
			continue;
		}
		memcpy(bytes, p->bytes, p->len);
		for (size_t at = 0; at < p->len; at++)
			change_byte(s, way, p, bytes, at);
		free(bytes);
	}
}

static bool verified_as_it_is(const struct set *s, const struct way *way)
{
	const char *text;
	bool ok;

	unit_case("%s, as it is", way->name);
	ok = CHECK_INT(set_verify(s, way->words, &text), EVMCTL_OK);
	if (!ok)
		printf("# %s\n", text);
	else
		ok = CHECK(!strstr(text, "\"trust\":\"unproven\""));
	set_restore(s, NULL);
	return ok;
}

/* What is remembered after a run with the first quote, over record @proven. */
static void add_state(struct set *s, uint64_t proven, const char *const *words)
{
	const char *text;
	char path[160];
	size_t len = 0;
	uint8_t *bytes;

	if (!CHECK_INT(set_verify(s, words, &text), EVMCTL_OK))
		printf("# %s\n", text);
	set_path(s, "state", path, sizeof(path));
	bytes = unit_read(path, &len);
	set_add(s, "state", bytes, len);
	s->proven = proven;
	CHECK_INT(read_state(s, NULL), proven);
}

/* tests/data/evidence/@from under the name that the ways call it by. */
static void add_data(struct set *s, const char *from, const char *name)
{
	char rel[80], *path;
	size_t len = 0;
	uint8_t *bytes;

	snprintf(rel, sizeof(rel), "evidence/%s", from);
	path = unit_data(rel);
	bytes = path ? unit_read(path, &len) : NULL;
	free(path);
	set_add(s, name, bytes, len);
}

static bool small_set(struct set *s)
{
	static const struct {
		const char *from, *name;
	} files[] = {
		{ "list", "list" }, { "quote8.msg", "quote" },
		{ "quote8.sig", "signature" }, { "ak.pub", "ak" },
		{ "values8", "values" }, { "chunk2", "chunk" },
		{ "quote4.msg", "quote4" }, { "quote4.sig", "signature4" },
		{ "000000000001-000000000002.ima",
		  "shards/000000000001-000000000002.ima" },
		{ "000000000001-000000000002.json",
		  "shards/000000000001-000000000002.json" },
		{ "000000000003-000000000004.ima",
		  "shards/000000000003-000000000004.ima" },
		{ "000000000003-000000000004.json",
		  "shards/000000000003-000000000004.json" },
	};

	static const char *const first[] = {
		"--shard-dir", "@shards", "@list", "--state", "@state",
		"--quote", "@quote4", "--signature", "@signature4", "--ak",
		"@ak", NONCE, NULL
	};

	if (!set_new(s))
		return false;
	for (size_t i = 0; i < ROWS(files); i++)
		add_data(s, files[i].from, files[i].name);
	if (s->pieces == ROWS(files))
		add_state(s, 4, first);
	return s->pieces > ROWS(files);
}

static void counts_print(const char *what)
{
	printf("# %s: %llu mutants, %llu refused, %llu verified\n", what,
	       (unsigned long long)counts.mutants,
	       (unsigned long long)counts.refused,
	       (unsigned long long)counts.verified);
}

static void kinds_print(void)
{
	for (size_t i = 0; i < KINDS_MAX && kinds[i].name[0]; i++)
		printf("# | %s | %llu |\n", kinds[i].name,
		       (unsigned long long)kinds[i].bits);
}

/* --- the table --- */

#define SOME UINT64_MAX		/* it depends on a digest of something else */

/* Is it a row of the table: "| KIND | BITS | WHY |"? */
static bool read_row(const char *line, struct kind *ret)
{
	unsigned long long bits = SOME;
	char word[16];

	if (sscanf(line, "| %79[^|] | %15s |", ret->name, word) != 2 ||
	    (strcmp(word, "some") && sscanf(word, "%llu", &bits) != 1))
		return false;
	for (size_t i = strlen(ret->name); i && ret->name[i - 1] == ' '; i--)
		ret->name[i - 1] = '\0';
	ret->bits = bits;
	return true;
}

/* docs/mutation.md; their number. */
static size_t read_table(struct kind rows[KINDS_MAX])
{
	char *path = unit_data("../../docs/mutation.md"), line[1024];
	FILE *f = path ? fopen(path, "r") : NULL;
	size_t n = 0;

	while (f && n < KINDS_MAX && fgets(line, sizeof(line), f))
		n += read_row(line, &rows[n]);
	if (f)
		fclose(f);
	free(path);
	return n;
}

static const struct kind *row_of(const struct kind *rows, size_t n,
				 const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(rows[i].name, name))
			return &rows[i];
	return NULL;
}

static void compare_table(void)
{
	static struct kind rows[KINDS_MAX];
	size_t n = read_table(rows), seen = 0;

	CHECK(n > 0);
	for (; seen < KINDS_MAX && kinds[seen].name[0]; seen++) {
		const struct kind *row = row_of(rows, n, kinds[seen].name);

		unit_case("%s", kinds[seen].name);
		if (CHECK(row) && row->bits != SOME)
			CHECK_INT(kinds[seen].bits, row->bits);
	}
	/* Those without a bit are of the large sets. */
	for (size_t i = 0; i < n; i++) {
		unit_case("in the table: %s", rows[i].name);
		CHECK(!rows[i].bits || row_of(kinds, seen, rows[i].name));
	}
}

static void every_bit_and_prefix_of_a_small_set(void)
{
	struct set s;

	if (!small_set(&s))
		return;
	memset(kinds, 0, sizeof(kinds));
	memset(&counts, 0, sizeof(counts));
	for (size_t i = 0; i < ROWS(ways); i++)
		if (verified_as_it_is(&s, &ways[i]))
			change_all(&s, &ways[i]);
	counts_print("the small set");
	kinds_print();
	compare_table();
	set_free(&s);
}

/* --- mutants of large sets --- */

/* Every run makes the same mutants. */
static uint64_t seed = 1;

static size_t below(size_t n)
{
	return (size_t)((random_next(&seed) >> 16) % n);
}

/* One change of @len bytes, with room for 64 more; returns the new length. */
static size_t mutate(uint8_t *bytes, size_t len)
{
	size_t at = below(len), n = 1 + below(len - at < 64 ? len - at : 64);
	size_t other = below(len - n + 1);
	uint8_t kept[64];

	switch (below(7)) {
	case 0:			/* a byte */
		bytes[at] ^= (uint8_t)(1 + below(255));
		break;
	case 1:			/* zeros */
		memset(bytes + at, 0, n);
		break;
	case 2:			/* less */
		memmove(bytes + at, bytes + at + n, len - at - n);
		return len - n;
	case 3:			/* more of the same */
		memmove(bytes + at + n, bytes + at, len - at);
		return len + n;
	case 4:			/* in two places */
		memmove(bytes + other, bytes + at, n);
		break;
	case 5:			/* one in the place of the other */
		memcpy(kept, bytes + at, n);
		memmove(bytes + at, bytes + other, n);
		memcpy(bytes + other, kept, n);
		break;
	default:		/* a bit */
		bytes[at] ^= (uint8_t)(1U << below(8));
	}
	return len;
}

/* Every byte that is another one is of a kind in the table. */
static bool only_known_kinds(const struct set *s, const struct way *way,
			     const struct piece *p, const uint8_t *bytes,
			     size_t len, const struct kind *rows, size_t n)
{
	struct kind k;

	if (way->unread && strstr(p->name, way->unread))
		return true;
	for (size_t at = 0; at < p->len && at < len; at++) {
		if (bytes[at] == p->bytes[at])
			continue;
		name_kind(s, way, p, at, bytes[at], &k);
		if (!row_of(rows, n, k.name)) {
			printf("# byte %zu: %s\n", at, k.name);
			return false;
		}
		/* Of another length: what follows has moved. */
		if (len != p->len)
			return true;
	}
	if (len >= p->len)
		return len == p->len;
	name_kind(s, way, p, len, 0, &k);
	return row_of(rows, n, k.name);
}

static const struct piece *some_piece(const struct set *s,
				      const struct way *way)
{
	const struct piece *p;

	do
		p = &s->piece[below(s->pieces)];
	while (!looks_at(way, p));
	return p;
}

static void make_mutants(const struct set *s, const struct way *way,
			 unsigned int count)
{
	static struct kind rows[KINDS_MAX];
	size_t n = read_table(rows);

	/* Now and then one is what it was before. */
	for (unsigned int i = 0; counts.mutants < count; i++) {
		const struct piece *p = some_piece(s, way);
		uint8_t *bytes = malloc(p->len + 4 * 64);
		size_t len = p->len, times = 1 + below(4);

		if (!CHECK(bytes))
			return;
		memcpy(bytes, p->bytes, p->len);
		while (times && times-- && len > 128)
			len = mutate(bytes, len);
		if (len <= 128)
			bytes[below(len)] ^= (uint8_t)(1U << below(8));
		unit_case("%s: mutant %u, of %s", way->name, i, p->name);
		if ((len != p->len || memcmp(bytes, p->bytes, len)) &&
		    holds_with(s, way, p, bytes, len))
			CHECK(only_known_kinds(s, way, p, bytes, len, rows,
					       n));
		free(bytes);
	}
}

static void add_shared(struct set *s, const char *dir, const char *from,
		       const char *name)
{
	char rel[160], *path;
	size_t len = 0;
	uint8_t *bytes;

	snprintf(rel, sizeof(rel), "%s/%s", dir, from);
	path = unit_shared(rel);
	bytes = path ? unit_read(path, &len) : NULL;
	free(path);
	set_add(s, name, bytes, len);
}

/* The quote of a moment, by these names, and the words that say its nonce. */
static void add_quote(struct set *s, const char *dir, const char *quote,
		      const char *signature, char nonce[129])
{
	char rel[160], *path;
	size_t len = 0;
	uint8_t *hex;

	add_shared(s, dir, "quote.sha256.msg", quote);
	add_shared(s, dir, "quote.sha256.sig", signature);
	snprintf(rel, sizeof(rel), "%s/nonce.hex", dir);
	path = unit_shared(rel);
	hex = path ? unit_read(path, &len) : NULL;
	while (hex && len && hex[len - 1] == '\n')
		len--;
	snprintf(nonce, 129, "%.*s", (int)len, hex ? (char *)hex : "");
	free(hex);
	free(path);
}

/* Publish what is in @draft as a shard that ends where the replay is. */
static void publish(struct store *st, struct draft *d, const struct replay *r)
{
	struct aggregate *agg = calloc(1, sizeof(*agg));

	if (!CHECK(agg))
		return;
	replay_values(r, &agg->pcrs);
	snprintf(agg->boot_id, sizeof(agg->boot_id), "%s",
		 "3363deeb-3620-437e-8036-5d1c288d5d10");
	snprintf(agg->how, sizeof(agg->how), "copy");
	snprintf(agg->taken, sizeof(agg->taken), "2026-11-23T22:07:00Z");
	CHECK_INT(draft_seal(d, NULL), E_OK);
	CHECK_INT(store_publish(st, d, agg, NULL), E_OK);
	draft_free(d);
	free(agg);
}

/* The first records of the list as shards of @each; returns where they end. */
static size_t make_shards(const struct set *s, const uint8_t *list, size_t len,
			  uint64_t each, uint64_t shards)
{
	struct draft *d = NULL;
	struct store *st;
	struct replay *r;
	struct record rec;
	struct list *l;
	char path[160];
	size_t end = 0;

	set_path(s, "shards", path, sizeof(path));
	if (!CHECK(!store_open_write(&st, path, GROUP_AS_IS, 0, NULL)) ||
	    !CHECK(!list_open_bytes(&l, list, len, "list", 0, NULL)) ||
	    !CHECK(!replay_new(&r, HASH_BIT(HASH_SHA1) | HASH_BIT(HASH_SHA256),
			       NULL)) ||
	    !CHECK(!replay_start(r, NULL, NULL, false, NULL)))
		return 0;
	for (uint64_t n = 1; n <= each * shards; n++) {
		if (n % each == 1)
			CHECK(!draft_new(&d, st, n, NULL));
		if (!CHECK(!list_next(l, &rec, NULL)) ||
		    !CHECK(!draft_add(d, rec.raw, rec.raw_len, NULL)) ||
		    !CHECK(!replay_record(r, &rec, list_layout(l), NULL)))
			break;
		if (n % each == 0)
			publish(st, d, r);
	}
	end = (size_t)list_tell(l).offset;
	replay_free(r);
	list_close(l);
	store_close(st);
	return end;
}

/* The shards that were published, as pieces. */
static void add_shards(struct set *s, uint64_t each, uint64_t shards)
{
	for (uint64_t n = 0; n < 2 * shards; n++) {
		char name[64], path[160];
		uint64_t first = n / 2 * each + 1;
		uint8_t *bytes;
		size_t len = 0;

		snprintf(name, sizeof(name), "shards/%012llu-%012llu.%s",
			 (unsigned long long)first,
			 (unsigned long long)(first + each - 1),
			 n % 2 ? "json" : "ima");
		set_path(s, name, path, sizeof(path));
		bytes = unit_read(path, &len);
		unlink(path);
		set_add(s, name, bytes, len);
	}
}

#define LARGE "k61-reboot-kexec/1-firstboot/1-preboot"

static void mutants_of_a_large_list_in_shards(void)
{
	static char nonce[129];
	const struct way way = {
		"from boot", "list shards quote signature", NULL, NULL,
		{ SHARDS, QUOTED, "--nonce", nonce, "--from", "boot" }
	};
	char *path = unit_shared(LARGE "/binary_runtime_measurements");
	uint8_t *list = NULL, *rest;
	size_t len = 0, end;
	struct set s;

	if (!path)
		SKIP("the shared data");
	list = unit_read(path, &len);
	free(path);
	if (!CHECK(list) || !set_new(&s))
		return;
	memset(&counts, 0, sizeof(counts));
	add_quote(&s, LARGE, "quote", "signature", nonce);
	add_shared(&s, LARGE, "ak.pub", "ak");
	end = make_shards(&s, list, len, 100, 3);
	add_shards(&s, 100, 3);
	rest = malloc(len - end + 1);
	if (CHECK(rest))
		memcpy(rest, list + end, len - end);
	set_add(&s, "list", rest, len - end);
	if (verified_as_it_is(&s, &way))
		make_mutants(&s, &way, MUTANTS - CHUNK_MUTANTS);
	counts_print("mutants of a large list in shards");
	CHECK(counts.refused > 9 * counts.mutants / 10);
	free(list);
	set_free(&s);
}

#define EARLIER "k61-reboot-kexec/3-before-kexec/2"
#define LATER "k61-reboot-kexec/3-before-kexec/3-before-kexec"
#define LATER_RECORDS 62

/* What of @list comes after @earlier, as a chunk. */
static void add_chunk(struct set *s, const struct piece *earlier,
		      const uint8_t *list, size_t len)
{
	struct chunk *c = calloc(1, sizeof(*c));
	char *line = NULL;
	uint8_t *bytes;
	size_t n = 0;

	if (!CHECK(c) || !CHECK(len > earlier->len) ||
	    !CHECK(!memcmp(list, earlier->bytes, earlier->len)))
		return;
	list += earlier->len;
	len -= earlier->len;
	read_state(s, &c->pcrs);
	c->first = s->proven + 1;
	c->last = LATER_RECORDS;
	c->bytes = len;
	CHECK_INT(digest_sha256(list, len, c->sha256), E_OK);
	snprintf(c->boot_id, sizeof(c->boot_id), "%s",
		 "3363deeb-3620-437e-8036-5d1c288d5d10");
	CHECK_INT(chunk_write(c, &line, &n, NULL), E_OK);
	bytes = malloc(n + len);
	if (CHECK(bytes && line)) {
		memcpy(bytes, line, n);
		memcpy(bytes + n, list, len);
	}
	set_add(s, "chunk", bytes, n + len);
	free(line);
	free(c);
}

static void mutants_of_a_chunk_and_a_state(void)
{
	static char nonce[129], first_nonce[129];
	static const char *const first[] = {
		"@list", "--state", "@state", "--quote", "@quote1",
		"--signature", "@signature1", "--ak", "@ak", "--nonce",
		first_nonce, NULL
	};
	const struct way way = {
		"chunk", "chunk state quote signature", NULL, NULL,
		{ STATE, "--quote", "@quote", "--signature", "@signature",
		  "--nonce", nonce, "--chunk", "@chunk" }
	};
	char *path = unit_shared(LATER "/binary_runtime_measurements");
	uint8_t *list;
	size_t len = 0;
	struct set s;

	if (!path)
		SKIP("the shared data");
	list = unit_read(path, &len);
	free(path);
	if (!CHECK(list) || !set_new(&s))
		return;
	memset(&counts, 0, sizeof(counts));
	add_quote(&s, LATER, "quote", "signature", nonce);
	add_quote(&s, EARLIER, "quote1", "signature1", first_nonce);
	add_shared(&s, LATER, "ak.pub", "ak");
	add_shared(&s, EARLIER, "binary_runtime_measurements", "list");
	add_state(&s, 51, first);
	add_chunk(&s, set_find(&s, "list"), list, len);
	if (verified_as_it_is(&s, &way))
		make_mutants(&s, &way, CHUNK_MUTANTS);
	counts_print("mutants of a chunk and a state");
	CHECK(counts.refused > 9 * counts.mutants / 10);
	free(list);
	set_free(&s);
}

#define TEST(fn) { #fn, fn }

const struct unit_test unit_tests[] = {
	TEST(every_bit_and_prefix_of_a_small_set),
	TEST(mutants_of_a_large_list_in_shards),
	TEST(mutants_of_a_chunk_and_a_state),
	{ NULL, NULL }
};
