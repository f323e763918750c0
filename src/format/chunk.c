// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * chunk.c - evidence in instalments: a line of JSON, then records
 *
 *	{"type":"chunk","version":1,"boot_id":"...","tpm":{...},"first":1,
 *	 "last":4096,"bytes":514123,"sha256":"...","remaining_records":20311,
 *	 "remaining_bytes":2660012,"pcrs":{"sha256":{"10":"..."}}}\n
 *	<514123 bytes: records 1..4096 in the sha1 layout>
 *
 * and, where they apply, "extend", "foreign" and "gap" as in an aggregate, and
 * "quote": {"attest":base64,"signature":base64,"ak":hex,"pcrs":{...}}, of
 * which "ak" need not be there: ima-shards(5).
 */
#include "format/chunk.h"

#include <string.h>

#include "base/text.h"
#include "format/json.h"
#include "format/parts.h"
#include "format/record.h"

/* --- reading --- */

static int get_range(json_object *obj, struct chunk *ret, struct error *err)
{
	int rc = member_number(obj, "first", RECORD_NUMBER_MAX, &ret->first,
			       err);

	if (!rc)
		rc = member_number(obj, "last", RECORD_NUMBER_MAX, &ret->last,
				   err);
	if (!rc)
		rc = member_number(obj, "bytes", INT64_MAX, &ret->bytes, err);
	if (!rc && !ret->first)
		return member_bad(err, "first");
	if (!rc && ret->first > ret->last + 1)
		return member_bad(err, "last");
	/* No record is without bytes, and no bytes are without a record. */
	if (!rc && (ret->bytes < ret->last + 1 - ret->first ||
		    (ret->bytes && ret->first > ret->last)))
		return member_bad(err, "bytes");
	if (!rc && json_hex(member_get(obj, "sha256", json_type_string),
			    ret->sha256, SHA256_SIZE))
		return member_bad(err, "sha256");
	return rc;
}

static int get_remaining(json_object *obj, struct chunk *ret,
			 struct error *err)
{
	uint64_t max = ret->first > ret->last ? 0 :
		       RECORD_NUMBER_MAX - ret->last;
	int rc = member_number(obj, "remaining_records", max,
			       &ret->remaining_records, err);

	if (!rc)
		rc = member_number(obj, "remaining_bytes",
				   INT64_MAX - ret->bytes,
				   &ret->remaining_bytes, err);
	if (!rc && (ret->remaining_bytes < ret->remaining_records ||
		    (ret->remaining_bytes && !ret->remaining_records)))
		return member_bad(err, "remaining_bytes");
	return rc;
}

/* Before record 1 no PCR was touched: an empty object. */
static int get_start(json_object *obj, struct chunk *ret, struct error *err)
{
	json_object *pcrs = member_get(obj, "pcrs", json_type_object);

	if (pcrs && ret->first == 1 && !json_object_object_length(pcrs))
		return E_OK;
	return member_pcrs(obj, "pcrs", &ret->pcrs, err);
}

static int get_ak(json_object *quote, struct chunk_quote *q, struct error *err)
{
	uint8_t ak[SHA256_SIZE];
	json_object *v;

	if (!json_object_object_get_ex(quote, "ak", &v))
		return E_OK;
	if (json_hex(v, ak, sizeof(ak)))
		return member_bad(err, "ak");
	hex_encode(q->ak, ak, sizeof(ak));
	q->has_ak = true;
	return E_OK;
}

static int get_quote(json_object *obj, struct chunk *ret, struct error *err)
{
	struct chunk_quote *q = &ret->quote;
	json_object *quote;
	int rc;

	if (!json_object_object_get_ex(obj, "quote", &quote) || !quote)
		return E_OK;
	if (!json_object_is_type(quote, json_type_object) ||
	    ret->remaining_records)
		return member_bad(err, "quote");
	rc = member_base64(quote, "attest", q->attest, sizeof(q->attest),
			   &q->attest_len, err);
	if (!rc)
		rc = member_base64(quote, "signature", q->signature,
				   sizeof(q->signature), &q->signature_len,
				   err);
	if (!rc)
		rc = get_ak(quote, q, err);
	if (!rc)
		rc = member_pcrs(quote, "pcrs", &q->pcrs, err);
	q->present = !rc;
	return rc;
}

static int from_json(json_object *obj, struct chunk *ret, struct error *err)
{
	int rc = member_type(obj, "chunk", err);

	if (!rc)
		rc = member_text(obj, "boot_id", ret->boot_id,
				 sizeof(ret->boot_id), err);
	if (!rc)
		rc = member_tpm(obj, &ret->tpm, err);
	if (!rc)
		rc = get_range(obj, ret, err);
	if (!rc)
		rc = get_remaining(obj, ret, err);
	if (!rc)
		rc = get_start(obj, ret, err);
	if (!rc)
		rc = member_extend(obj, &ret->padded, err);
	if (!rc)
		rc = member_foreign(obj, &ret->foreign, err);
	if (!rc)
		rc = member_gap(obj, &ret->gap, err);
	if (!rc && ret->gap.present && ret->gap.after >= ret->first)
		return member_bad(err, "after");
	if (!rc)
		rc = get_quote(obj, ret, err);
	return rc;
}

/* The line's length with its newline. */
static int find_line(const uint8_t *bytes, size_t len, size_t *ret,
		     struct error *err)
{
	size_t most = len < CHUNK_LINE_MAX ? len : CHUNK_LINE_MAX;
	const uint8_t *end = most ? memchr(bytes, '\n', most) : NULL;

	if (end) {
		*ret = (size_t)(end - bytes) + 1;
		return E_OK;
	}
	if (len < CHUNK_LINE_MAX)
		return error_set(err, E_INCOMPLETE,
				 "ends within the chunk's first line");
	return error_set(err, E_LIMIT,
			 "the chunk's first line is over %u bytes",
			 CHUNK_LINE_MAX);
}

int chunk_parse(const uint8_t *bytes, size_t len, struct chunk *ret,
		size_t *line, struct error *err)
{
	struct chunk chunk;
	json_object *obj = NULL;
	size_t n = 0;
	int rc = find_line(bytes, len, &n, err);

	if (!rc)
		rc = json_read(bytes, n, &obj, err);
	if (rc)
		return rc;
	memset(&chunk, 0, sizeof(chunk));
	rc = from_json(obj, &chunk, err);
	json_object_put(obj);
	if (rc)
		return rc;
	*ret = chunk;
	*line = n;
	return E_OK;
}

/* --- the records behind it --- */

static int check_digest(const struct chunk *chunk, const uint8_t *records,
			size_t len, struct error *err)
{
	uint8_t digest[SHA256_SIZE];
	struct hasher *h;
	int rc = hasher_new(&h, HASH_BIT(HASH_SHA256), err);

	if (rc)
		return rc;
	rc = hasher_digest(h, HASH_SHA256, records, len, NULL, 0, digest);
	hasher_free(h);
	if (rc)
		return error_set(err, rc, "libcrypto failed to hash");
	if (memcmp(digest, chunk->sha256, SHA256_SIZE))
		return error_set(err, E_CHANGED,
				 "the chunk's records are not those of its sha256");
	return E_OK;
}

static int wrong_count(const struct chunk *chunk, uint64_t n,
		       struct error *err)
{
	return error_set(err, E_FORMAT,
			 "the chunk is said to hold records %llu..%llu, but has %s %llu",
			 (unsigned long long)chunk->first,
			 (unsigned long long)chunk->last,
			 n > chunk->last - chunk->first ? "more than" : "only",
			 (unsigned long long)n);
}

static int count_records(const struct chunk *chunk, const uint8_t *records,
			 size_t len, struct error *err)
{
	uint64_t want = chunk->last + 1 - chunk->first, n = 0;
	struct list_layout layout;
	size_t at = 0, need;
	struct record rec;
	int rc = E_OK;

	if (len && layout_detect(records, len, true, 0, &layout))
		return error_set(err, E_FORMAT,
				 "the chunk's bytes are no measurement list");
	if (len && layout.digest_size != 20)
		return error_set(err, E_FORMAT,
				 "the chunk's records are not in the sha1 layout");
	for (; at < len && n < want && !rc; n++) {
		rc = record_parse(&layout, records + at, len - at, &rec, &need,
				  err);
		if (rc == E_INCOMPLETE)
			rc = error_set(err, E_FORMAT,
				       "the chunk ends within a record");
		if (rc) {
			error_place(err, chunk->first + n, at);
			return rc;
		}
		at += rec.raw_len;
	}
	return n < want || at < len ? wrong_count(chunk, n, err) : E_OK;
}

int chunk_check(const struct chunk *chunk, const uint8_t *records, size_t len,
		struct error *err)
{
	int rc;

	if (len != chunk->bytes)
		return error_set(err, len < chunk->bytes ? E_INCOMPLETE :
				 E_FORMAT,
				 "%llu bytes of records follow, the chunk announces %llu",
				 (unsigned long long)len,
				 (unsigned long long)chunk->bytes);
	rc = check_digest(chunk, records, len, err);
	return rc ? rc : count_records(chunk, records, len, err);
}

/* --- writing --- */

static void put_quote(json_object *obj, const struct chunk_quote *q, bool *ok)
{
	json_object *quote = put_object(ok);

	if (!*ok)
		return;
	put_base64(quote, "attest", q->attest, q->attest_len, ok);
	put_base64(quote, "signature", q->signature, q->signature_len, ok);
	if (q->has_ak)
		put(quote, "ak", json_object_new_string(q->ak), ok);
	put(quote, "pcrs", pcrs_object(&q->pcrs, ok), ok);
	put(obj, "quote", quote, ok);
}

static void to_json(json_object *obj, const struct chunk *c, bool *ok)
{
	put(obj, "type", json_object_new_string("chunk"), ok);
	put_number(obj, "version", 1, ok);
	put(obj, "boot_id", json_object_new_string(c->boot_id), ok);
	put_tpm(obj, &c->tpm, ok);
	put_number(obj, "first", c->first, ok);
	put_number(obj, "last", c->last, ok);
	put_number(obj, "bytes", c->bytes, ok);
	put_hex(obj, "sha256", c->sha256, SHA256_SIZE, ok);
	put_number(obj, "remaining_records", c->remaining_records, ok);
	put_number(obj, "remaining_bytes", c->remaining_bytes, ok);
	put(obj, "pcrs", pcrs_object(&c->pcrs, ok), ok);
	if (c->padded)
		put_extend(obj, c->padded, ok);
	if (c->foreign)
		put_foreign(obj, c->foreign, ok);
	if (c->gap.present)
		put_gap(obj, &c->gap, ok);
	if (c->quote.present)
		put_quote(obj, &c->quote, ok);
}

int chunk_write(const struct chunk *chunk, char **ret, size_t *len,
		struct error *err)
{
	json_object *obj = json_object_new_object();
	bool ok = obj;

	if (ok)
		to_json(obj, chunk, &ok);
	return json_line(obj, ok, ret, len, err);
}
