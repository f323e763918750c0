// SPDX-License-Identifier: GPL-2.0-or-later
/* walk.c - what the program does with records, and how a state is sealed */
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "cache.h"
#include "format/aggregate2023.h"
#include "format/cel.h"
#include "format/chunk.h"
#include "format/filesig.h"
#include "format/form.h"
#include "format/show.h"
#include "format/template.h"
#include "fuzz.h"
#include "port/list.h"
#include "replay.h"

static void put_nowhere(void *ctx, const char *bytes, size_t len)
{
	FUZZ_NEVER(!len);
	memcpy(ctx, bytes, len < 8 ? len : 8);
}

static void count(void *ctx, const char *bytes, size_t len)
{
	char nowhere[8];

	put_nowhere(nowhere, bytes, len);
	*(size_t *)ctx += len;
}

/* In each form of the lists it is as long as the view takes it to be. */
static void look_at_forms(struct hasher *h, const struct record *rec,
			  const struct list_layout *layout, bool padded)
{
	const struct show show = { 0 };

	for (unsigned int i = 0; i < 2 * HASH_COUNT; i++) {
		const struct form form = { i & 1, i / 2 };
		size_t n = 0, was = form.ascii ?
				    show_length(&show, rec, layout) :
				    rec->raw_len;

		if (!form_write(&form, rec, layout, padded, h, count, &n))
			FUZZ_NEVER(n != was + form_extra(&form));
	}
	for (unsigned int tlv = 0; tlv <= 1; tlv++) {
		const struct cel cel = { tlv, tlv ? HASH_ALL :
					 HASH_BIT(HASH_SHA256) };
		size_t n = 0;

		if (!cel_write(&cel, 7, rec, layout, padded ? HASH_ALL : 0, h,
			       count, &n))
			FUZZ_NEVER(!n);
	}
}

static void look(const struct record *rec, const struct list_layout *layout)
{
	static struct aggregate2023 agg;
	const struct show show = { .escape = true };
	struct template_signature sig;
	struct filesig file;
	uint8_t digest[HASH_SIZE_MAX];
	char line[64];

	show_record(&show, rec, layout, put_nowhere, line);
	show_copy(&show, rec, layout, 7, line, sizeof(line));
	if (template_signed(rec, layout, &sig) > 0 &&
	    !filesig_parse(sig.sig, sig.sig_len, &file) &&
	    filesig_signed(&file, &sig, digest) > 0)
		filesig_algo(file.algo);
	if (aggregate2023_is(rec, layout))
		aggregate2023_parse(rec, layout, &agg, NULL);
	FUZZ_NEVER(!record_same(rec, rec));
}

/* Narrow: go on from the values that came out. */
static void start_anew(struct replay *r, bool wide)
{
	static struct pcr_values values;
	struct reading readings[HASH_COUNT];
	static struct replay_mark mark;

	if (wide) {
		memset(&values, 0, sizeof(values));
		values.bank[HASH_SHA1].mask = 1U << 10;
		replay_meet(r, &values, 1U << 10, NULL);
		return;
	}
	replay_values(r, &values);
	replay_readings(r, readings);
	replay_mark(r, &mark);
	FUZZ_NEVER(!replay_is_at(r, &mark));
	FUZZ_NEVER(replay_meet(r, &values, replay_pcrs(r), NULL));
	replay_start(r, &values, readings, false, NULL);
}

static void walk(struct list *list, struct replay *r, bool wide,
		 struct error *err)
{
	struct hasher *h = NULL;
	struct record rec;
	uint8_t digest[HASH_SIZE_MAX];
	int rc;

	hasher_new(&h, HASH_ALL, NULL);
	while (!(rc = list_next(list, &rec, err))) {
		look(&rec, list_layout(list));
		if (h)
			show_digest_of(h, HASH_SHA256, wide, &rec,
				       list_layout(list), digest);
		if (h && list_layout(list)->digest_size == 20)
			look_at_forms(h, &rec, list_layout(list), wide);
		if (replay_record(r, &rec, list_layout(list), err))
			fuzz_error(err);
		if (r->records % 3 == 2)
			start_anew(r, wide);
	}
	if (rc < 0)
		fuzz_error(err);
	hasher_free(h);
}

void fuzz_list(const struct part *p, unsigned int flags, bool wide)
{
	struct replay *r = NULL;
	struct list *list = NULL;
	struct error err = { 0 };
	uint64_t n;

	if (!list_open_bytes(&list, p->bytes, p->len, "list", flags, &err) &&
	    !replay_new(&r, HASH_ALL, &err)) {
		if (!replay_start(r, NULL, NULL, wide, &err))
			walk(list, r, wide, &err);
		list_rest(list, NULL, NULL, &n, &err);
	}
	replay_free(r);
	list_close(list);
}

void fuzz_chunk(const struct chunk *chunk, const uint8_t *records, size_t len)
{
	static struct chunk fixed;
	struct error err = { 0 };

	if (chunk_check(chunk, records, len, &err))
		fuzz_error(&err);
	fixed = *chunk;
	fixed.bytes = len;
	if (!digest_sha256(records, len, fixed.sha256) &&
	    chunk_check(&fixed, records, len, &err))
		fuzz_error(&err);
}

bool fuzz_cache(const struct store *st, const char *dir, const uint8_t *bytes,
		size_t len)
{
	char is[CACHE_IDENTITY_MAX], head[CACHE_IDENTITY_MAX + 20];
	char name[CACHE_NAME_MAX], path[CACHE_NAME_MAX + 20];
	struct part p;

	if (!cache_identity(st, is) || !cache_name(st, name))
		return false;
	snprintf(head, sizeof(head), "{\"identity\":\"%s\",", is);
	snprintf(path, sizeof(path), "%.18s/%s", dir, name);
	p = part_behind(head, bytes, len);
	memory_file(path, &p);
	free(p.bytes);
	return true;
}

void fuzz_seal(struct part *p, const char *key)
{
	const char *head = key ? ",\"hmac_sha256\":\"" : ",\"sha256\":\"";
	struct part sealed = part_room(p->len + strlen(head) + 2 * 32 + 3);
	char *at = (char *)sealed.bytes;
	uint8_t seal[32] = { 0 };

	if (key)
		digest_hmac_sha256(key, strlen(key), p->bytes, p->len, seal);
	else
		digest_sha256(p->bytes, p->len, seal);
	memcpy(at, p->bytes, p->len);
	memcpy(at + p->len, head, strlen(head));
	hex_encode(at + p->len + strlen(head), seal, sizeof(seal));
	memcpy(at + sealed.len - 3, "\"}\n", 3);
	free(p->bytes);
	*p = sealed;
}
