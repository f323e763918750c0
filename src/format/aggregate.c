// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * aggregate.c - the snapshot_aggregate that closes a shard, as JSON
 *
 *	{"type":"snapshot_aggregate","version":1,"first":1,"last":4096,
 *	 "bytes":514123,"sha256":"...","pcrs":{"sha256":{"10":"..."}},
 *	 "boot_id":"...","tpm":{"reset_count":7,"restart_count":0,
 *	 "clock":81234,"pcr_update_counter":8312,"matched":true},
 *	 "how":"copy","taken":"2026-11-23T22:07:00Z","prev":null}
 *
 * and, where they apply, "extend", "foreign", "gap", "unanchored": ima-shards(5).
 */
#include "format/aggregate.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "format/base64.h"

/* --- reading --- */

static int bad(struct error *err, const char *key)
{
	return error_set(err, E_FORMAT, "key '%s' is missing or wrong", key);
}

static json_object *get(json_object *obj, const char *key, json_type type)
{
	json_object *v;

	if (!json_object_object_get_ex(obj, key, &v) ||
	    !json_object_is_type(v, type))
		return NULL;
	return v;
}

static int get_number(json_object *obj, const char *key, uint64_t max,
		      uint64_t *ret, struct error *err)
{
	json_object *v = get(obj, key, json_type_int);
	int64_t n = v ? json_object_get_int64(v) : -1;

	if (n < 0 || (uint64_t)n > max)
		return bad(err, key);
	*ret = (uint64_t)n;
	return E_OK;
}

static int get_u32(json_object *obj, const char *key, uint32_t *ret,
		   struct error *err)
{
	uint64_t n;
	int rc = get_number(obj, key, UINT32_MAX, &n, err);

	if (!rc)
		*ret = (uint32_t)n;
	return rc;
}

/* A string that fits @size with its NUL and has no other NUL. */
static int get_text(json_object *obj, const char *key, char *ret, size_t size,
		    struct error *err)
{
	json_object *v = get(obj, key, json_type_string);
	size_t len;

	if (!v)
		return bad(err, key);
	len = (size_t)json_object_get_string_len(v);
	if (len >= size || strlen(json_object_get_string(v)) != len)
		return bad(err, key);
	memcpy(ret, json_object_get_string(v), len + 1);
	return E_OK;
}

static int get_hex(json_object *v, uint8_t *ret, size_t size)
{
	if (!v || !json_object_is_type(v, json_type_string))
		return E_FORMAT;
	return hex_decode(ret, size, json_object_get_string(v),
			  (size_t)json_object_get_string_len(v));
}

static int get_bool(json_object *obj, const char *key, bool *ret,
		    struct error *err)
{
	json_object *v;

	if (!json_object_object_get_ex(obj, key, &v))
		return E_OK;
	if (!json_object_is_type(v, json_type_boolean))
		return bad(err, key);
	*ret = json_object_get_boolean(v);
	return E_OK;
}

/* The bank of exactly that name, or -1. */
static int bank_named(const char *name)
{
	int id = hash_by_name(name);

	if (id >= 0 && strcmp(hash_row((unsigned int)id)->name, name))
		return -1;
	return id;
}

/* Whether a value is exactly @text, also behind a NUL. */
static bool is_text(json_object *v, const char *text)
{
	return json_object_is_type(v, json_type_string) &&
	       (size_t)json_object_get_string_len(v) == strlen(text) &&
	       !strcmp(json_object_get_string(v), text);
}

static int get_bank(json_object *obj, enum hash_id id, struct pcr_bank *ret)
{
	size_t size = hash_row(id)->size;

	json_object_object_foreach(obj, key, v) {
		uint64_t pcr;

		if (number_parse(key, &pcr) || pcr >= PCR_COUNT ||
		    ret->mask & 1U << pcr || get_hex(v, ret->value[pcr], size))
			return E_FORMAT;
		ret->mask |= 1U << pcr;
	}
	return ret->mask ? E_OK : E_FORMAT;
}

static int get_pcrs(json_object *obj, const char *name, struct pcr_values *ret,
		    struct error *err)
{
	json_object *banks = get(obj, name, json_type_object);

	if (!banks || !json_object_object_length(banks))
		return bad(err, name);
	json_object_object_foreach(banks, key, v) {
		int id = bank_named(key);

		if (id < 0 || !json_object_is_type(v, json_type_object) ||
		    get_bank(v, (enum hash_id)id, &ret->bank[id]))
			return error_set(err, E_FORMAT,
					 "key '%s' has a wrong value for '%s'",
					 name, key);
	}
	return E_OK;
}

static int get_tpm(json_object *obj, struct aggregate_tpm *ret,
		   struct error *err)
{
	json_object *tpm, *matched;
	int rc;

	if (!json_object_object_get_ex(obj, "tpm", &tpm))
		return bad(err, "tpm");
	if (!tpm)
		return E_OK;
	if (!json_object_is_type(tpm, json_type_object))
		return bad(err, "tpm");
	ret->present = true;
	rc = get_u32(tpm, "reset_count", &ret->reset_count, err);
	if (!rc)
		rc = get_u32(tpm, "restart_count", &ret->restart_count, err);
	if (!rc)
		rc = get_number(tpm, "clock", INT64_MAX, &ret->clock, err);
	if (!rc)
		rc = get_number(tpm, "pcr_update_counter", UINT32_MAX,
				&ret->pcr_update_counter, err);
	if (rc)
		return rc;
	if (!json_object_object_get_ex(tpm, "matched", &matched) || !matched)
		return E_OK;
	if (!json_object_is_type(matched, json_type_boolean))
		return bad(err, "matched");
	ret->matched = json_object_get_boolean(matched) ? MATCHED_YES :
							  MATCHED_NO;
	return E_OK;
}

static int get_prev(json_object *obj, struct aggregate *ret, struct error *err)
{
	json_object *prev;

	if (!json_object_object_get_ex(obj, "prev", &prev))
		return bad(err, "prev");
	if (!prev)
		return E_OK;
	if (get_hex(prev, ret->prev, SHA256_SIZE))
		return bad(err, "prev");
	ret->has_prev = true;
	return E_OK;
}

/* "extend": {"sha384":"sha1-padded"} */
static int get_extend(json_object *obj, struct aggregate *ret,
		      struct error *err)
{
	json_object *extend;

	if (!json_object_object_get_ex(obj, "extend", &extend) || !extend)
		return E_OK;
	if (!json_object_is_type(extend, json_type_object))
		return bad(err, "extend");
	json_object_object_foreach(extend, key, v) {
		int id = bank_named(key);

		if (id < 0 || !is_text(v, "sha1-padded"))
			return bad(err, "extend");
		ret->padded |= HASH_BIT((unsigned int)id);
	}
	return E_OK;
}

/* "foreign": [9] */
static int get_foreign(json_object *obj, struct aggregate *ret,
		       struct error *err)
{
	json_object *list;

	if (!json_object_object_get_ex(obj, "foreign", &list) || !list)
		return E_OK;
	if (!json_object_is_type(list, json_type_array))
		return bad(err, "foreign");
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		json_object *v = json_object_array_get_idx(list, i);
		int64_t pcr;

		if (!json_object_is_type(v, json_type_int))
			return bad(err, "foreign");
		pcr = json_object_get_int64(v);
		if (pcr < 0 || pcr >= PCR_COUNT)
			return bad(err, "foreign");
		ret->foreign |= 1U << pcr;
	}
	return E_OK;
}

static int get_gap(json_object *obj, struct aggregate *ret, struct error *err)
{
	json_object *gap;
	int rc;

	if (!json_object_object_get_ex(obj, "gap", &gap) || !gap)
		return E_OK;
	if (!json_object_is_type(gap, json_type_object))
		return bad(err, "gap");
	ret->gap.present = true;
	rc = get_text(gap, "reason", ret->gap.reason, sizeof(ret->gap.reason),
		      err);
	if (!rc)
		rc = get_number(gap, "after", RECORD_NUMBER_MAX,
				&ret->gap.after, err);
	if (!rc)
		rc = get_pcrs(gap, "pcrs", &ret->gap.pcrs, err);
	return rc;
}

static int get_base64(json_object *obj, const char *key, uint8_t *ret,
		      size_t size, size_t *len, struct error *err)
{
	json_object *v = get(obj, key, json_type_string);

	if (!v || base64_decode(ret, size, len, json_object_get_string(v),
				(size_t)json_object_get_string_len(v)))
		return bad(err, key);
	return E_OK;
}

static int get_quote(json_object *obj, struct aggregate *ret,
		     struct error *err)
{
	struct aggregate_quote *q = &ret->quote;
	uint8_t ak[SHA256_SIZE];
	json_object *quote;
	int rc;

	if (!json_object_object_get_ex(obj, "quote", &quote) || !quote)
		return E_OK;
	if (!json_object_is_type(quote, json_type_object))
		return bad(err, "quote");
	rc = get_base64(quote, "attest", q->attest, sizeof(q->attest),
			&q->attest_len, err);
	if (!rc)
		rc = get_base64(quote, "signature", q->signature,
				sizeof(q->signature), &q->signature_len, err);
	if (rc)
		return rc;
	if (get_hex(get(quote, "ak", json_type_string), ak, sizeof(ak)))
		return bad(err, "ak");
	hex_encode(q->ak, ak, sizeof(ak));
	q->present = true;
	return E_OK;
}

static int check_type(json_object *obj, struct error *err)
{
	uint64_t version;
	char type[32];
	int rc = get_text(obj, "type", type, sizeof(type), err);

	if (!rc && strcmp(type, "snapshot_aggregate"))
		return bad(err, "type");
	if (!rc)
		rc = get_number(obj, "version", INT32_MAX, &version, err);
	if (!rc && version != 1)
		return error_set(err, E_UNSUPPORTED,
				 "version %llu of the format",
				 (unsigned long long)version);
	return rc;
}

static int get_range(json_object *obj, struct aggregate *ret,
		     struct error *err)
{
	int rc = get_number(obj, "first", RECORD_NUMBER_MAX, &ret->first, err);

	if (!rc)
		rc = get_number(obj, "last", RECORD_NUMBER_MAX, &ret->last,
				err);
	if (!rc)
		rc = get_number(obj, "bytes", INT64_MAX, &ret->bytes, err);
	if (!rc && (!ret->first || ret->first > ret->last))
		return bad(err, "last");
	if (!rc && get_hex(get(obj, "sha256", json_type_string), ret->sha256,
			   SHA256_SIZE))
		return bad(err, "sha256");
	return rc;
}

static int from_json(json_object *obj, struct aggregate *ret,
		     struct error *err)
{
	int rc = check_type(obj, err);

	if (!rc)
		rc = get_range(obj, ret, err);
	if (!rc)
		rc = get_pcrs(obj, "pcrs", &ret->pcrs, err);
	if (!rc)
		rc = get_text(obj, "boot_id", ret->boot_id,
			      sizeof(ret->boot_id), err);
	if (!rc)
		rc = get_tpm(obj, &ret->tpm, err);
	if (!rc)
		rc = get_text(obj, "how", ret->how, sizeof(ret->how), err);
	if (!rc)
		rc = get_text(obj, "taken", ret->taken, sizeof(ret->taken),
			      err);
	if (!rc)
		rc = get_prev(obj, ret, err);
	if (!rc)
		rc = get_extend(obj, ret, err);
	if (!rc)
		rc = get_foreign(obj, ret, err);
	if (!rc)
		rc = get_bool(obj, "unanchored", &ret->unanchored, err);
	if (!rc)
		rc = get_gap(obj, ret, err);
	if (!rc)
		rc = get_quote(obj, ret, err);
	return rc;
}

/* Keys of @v and all below it; the tokener has limited the depth. */
static size_t keys_kept(json_object *v)
{
	size_t n = 0;

	if (json_object_is_type(v, json_type_array))
		for (size_t i = 0; i < json_object_array_length(v); i++)
			n += keys_kept(json_object_array_get_idx(v, i));
	if (!json_object_is_type(v, json_type_object))
		return n;
	json_object_object_foreach(v, key, below) {
		(void)key;
		n += 1 + keys_kept(below);
	}
	return n;
}

/*
 * Keys in well-formed JSON: the strings before a colon. One that has a NUL is
 * not counted.
 */
static size_t keys_written(const char *s, size_t len)
{
	const char *end = s + len;
	size_t n = 0;

	while (s < end) {
		bool nul = false;

		if (*s++ != '"')
			continue;
		for (; s < end && *s != '"'; s++) {
			if (*s != '\\')
				continue;
			nul |= end - s > 5 && !memcmp(s, "\\u0000", 6);
			s++;
		}
		do {
			s++;
		} while (s < end && *s && strchr(" \t\r\n", *s));
		n += s < end && *s == ':' && !nul;
	}
	return n;
}

/*
 * Exactly one JSON value, white space around it allowed. Of two equal keys
 * json-c keeps the last, and cuts one at a NUL: readers would differ.
 */
static int parse_json(const uint8_t *bytes, size_t len, json_object **ret,
		      struct error *err)
{
	json_tokener *tok = json_tokener_new_ex(8);
	enum json_tokener_error why;
	json_object *obj;
	size_t used;

	if (!tok)
		return error_set(err, E_NOMEM, "out of memory");
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT |
				    JSON_TOKENER_ALLOW_TRAILING_CHARS);
	obj = json_tokener_parse_ex(tok, (const char *)bytes, (int)len);
	why = json_tokener_get_error(tok);
	used = json_tokener_get_parse_end(tok);
	json_tokener_free(tok);
	if (why != json_tokener_success) {
		error_set(err, E_FORMAT, "not JSON: %s",
			  why == json_tokener_continue ? "ends early" :
			  json_tokener_error_desc(why));
		error_place(err, 0, used);
		return E_FORMAT;
	}
	while (used < len && strchr(" \t\r\n", bytes[used]) && bytes[used])
		used++;
	if (used < len || !json_object_is_type(obj, json_type_object)) {
		json_object_put(obj);
		error_set(err, E_FORMAT, "not one JSON object");
		error_place(err, 0, used);
		return E_FORMAT;
	}
	if (keys_written((const char *)bytes, used) != keys_kept(obj)) {
		json_object_put(obj);
		return error_set(err, E_FORMAT, "a key is there twice, or has a NUL");
	}
	*ret = obj;
	return E_OK;
}

int aggregate_parse(const uint8_t *bytes, size_t len, struct aggregate *ret,
		    struct error *err)
{
	json_object *obj = NULL;
	int rc;

	if (len > AGGREGATE_MAX)
		return error_set(err, E_LIMIT, "over %u bytes", AGGREGATE_MAX);
	rc = parse_json(bytes, len, &obj, err);
	if (rc)
		return rc;
	memset(ret, 0, sizeof(*ret));
	rc = from_json(obj, ret, err);
	json_object_put(obj);
	return rc;
}

/* --- writing --- */

/*
 * json-c's constructors return NULL for want of memory, and adding NULL is
 * adding null: every value goes through here so that none is lost in silence.
 */
static void add(json_object *obj, const char *key, json_object *v, bool *ok)
{
	if (!v || json_object_object_add(obj, key, v) < 0) {
		json_object_put(v);
		*ok = false;
	}
}

static void add_hex(json_object *obj, const char *key, const uint8_t *bytes,
		    size_t len, bool *ok)
{
	char hex[2 * HASH_SIZE_MAX + 1];

	hex_encode(hex, bytes, len);
	add(obj, key, json_object_new_string(hex), ok);
}

static void add_number(json_object *obj, const char *key, uint64_t n, bool *ok)
{
	add(obj, key, json_object_new_int64((int64_t)n), ok);
}

static json_object *object(bool *ok)
{
	json_object *obj = json_object_new_object();

	if (!obj)
		*ok = false;
	return obj;
}

static json_object *pcrs_object(const struct pcr_values *pcrs, bool *ok)
{
	json_object *obj = object(ok);

	for (unsigned int i = 0; i < HASH_COUNT && *ok; i++) {
		const struct pcr_bank *bank = &pcrs->bank[i];
		json_object *values;

		if (!bank->mask)
			continue;
		values = object(ok);
		for (unsigned int n = 0; n < PCR_COUNT && *ok; n++) {
			char key[4] = { (char)('0' + n / 10),
					(char)('0' + n % 10) };

			if (bank->mask & 1U << n)
				add_hex(values, n < 10 ? key + 1 : key,
					bank->value[n], hash_row(i)->size, ok);
		}
		add(obj, hash_row(i)->name, values, ok);
	}
	return obj;
}

static void add_tpm(json_object *obj, const struct aggregate_tpm *t, bool *ok)
{
	json_object *tpm;

	if (!t->present) {
		if (json_object_object_add(obj, "tpm", NULL) < 0)
			*ok = false;
		return;
	}
	tpm = object(ok);
	if (!*ok)
		return;
	add_number(tpm, "reset_count", t->reset_count, ok);
	add_number(tpm, "restart_count", t->restart_count, ok);
	add_number(tpm, "clock", t->clock, ok);
	add_number(tpm, "pcr_update_counter", t->pcr_update_counter, ok);
	if (t->matched != MATCHED_UNKNOWN)
		add(tpm, "matched",
		    json_object_new_boolean(t->matched == MATCHED_YES), ok);
	else if (json_object_object_add(tpm, "matched", NULL) < 0)
		*ok = false;
	add(obj, "tpm", tpm, ok);
}

static void add_extend(json_object *obj, unsigned int padded, bool *ok)
{
	json_object *extend = object(ok);

	for (unsigned int i = 0; i < HASH_COUNT && *ok; i++)
		if (padded & HASH_BIT(i))
			add(extend, hash_row(i)->name,
			    json_object_new_string("sha1-padded"), ok);
	add(obj, "extend", extend, ok);
}

static void add_foreign(json_object *obj, uint32_t foreign, bool *ok)
{
	json_object *list = json_object_new_array();

	for (unsigned int i = 0; list && i < PCR_COUNT; i++) {
		json_object *n;

		if (!(foreign & 1U << i))
			continue;
		n = json_object_new_int((int)i);
		if (!n || json_object_array_add(list, n) < 0)
			*ok = false;
	}
	add(obj, "foreign", list, ok);
}

static void add_gap(json_object *obj, const struct aggregate_gap *g, bool *ok)
{
	json_object *gap = object(ok);

	if (!*ok)
		return;
	add(gap, "reason", json_object_new_string(g->reason), ok);
	add_number(gap, "after", g->after, ok);
	add(gap, "pcrs", pcrs_object(&g->pcrs, ok), ok);
	add(obj, "gap", gap, ok);
}

static void add_base64(json_object *obj, const char *key, const uint8_t *bytes,
		       size_t len, bool *ok)
{
	char text[BASE64_ROOM(AGGREGATE_ATTEST_MAX)];

	base64_encode(text, bytes, len);
	add(obj, key, json_object_new_string(text), ok);
}

static void add_quote(json_object *obj, const struct aggregate_quote *q,
		      bool *ok)
{
	json_object *quote = object(ok);

	if (!*ok)
		return;
	add_base64(quote, "attest", q->attest, q->attest_len, ok);
	add_base64(quote, "signature", q->signature, q->signature_len, ok);
	add(quote, "ak", json_object_new_string(q->ak), ok);
	add(obj, "quote", quote, ok);
}

static void to_json(json_object *obj, const struct aggregate *a, bool *ok)
{
	add(obj, "type", json_object_new_string("snapshot_aggregate"), ok);
	add_number(obj, "version", 1, ok);
	add_number(obj, "first", a->first, ok);
	add_number(obj, "last", a->last, ok);
	add_number(obj, "bytes", a->bytes, ok);
	add_hex(obj, "sha256", a->sha256, SHA256_SIZE, ok);
	add(obj, "pcrs", pcrs_object(&a->pcrs, ok), ok);
	add(obj, "boot_id", json_object_new_string(a->boot_id), ok);
	add_tpm(obj, &a->tpm, ok);
	add(obj, "how", json_object_new_string(a->how), ok);
	add(obj, "taken", json_object_new_string(a->taken), ok);
	if (a->has_prev)
		add_hex(obj, "prev", a->prev, SHA256_SIZE, ok);
	else if (json_object_object_add(obj, "prev", NULL) < 0)
		*ok = false;
	if (a->padded)
		add_extend(obj, a->padded, ok);
	if (a->foreign)
		add_foreign(obj, a->foreign, ok);
	if (a->unanchored)
		add(obj, "unanchored", json_object_new_boolean(true), ok);
	if (a->gap.present)
		add_gap(obj, &a->gap, ok);
	if (a->quote.present)
		add_quote(obj, &a->quote, ok);
}

int aggregate_write(const struct aggregate *agg, char **ret, size_t *len,
		    struct error *err)
{
	json_object *obj = json_object_new_object();
	const char *text = NULL;
	bool ok = obj;
	char *line;
	size_t n = 0;

	if (ok)
		to_json(obj, agg, &ok);
	if (ok)
		text = json_object_to_json_string_length(
			obj, JSON_C_TO_STRING_PLAIN |
			JSON_C_TO_STRING_NOSLASHESCAPE, &n);
	line = text ? malloc(n + 2) : NULL;
	if (line) {
		memcpy(line, text, n);
		memcpy(line + n, "\n", 2);
	}
	json_object_put(obj);
	if (!line)
		return error_set(err, E_NOMEM, "out of memory");
	*ret = line;
	*len = n + 1;
	return E_OK;
}
