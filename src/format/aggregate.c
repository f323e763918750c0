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

#include <string.h>

#include "base/text.h"
#include "format/json.h"
#include "format/parts.h"

/* --- reading --- */

static int get_prev(json_object *obj, struct aggregate *ret, struct error *err)
{
	json_object *prev;

	if (!json_object_object_get_ex(obj, "prev", &prev))
		return member_bad(err, "prev");
	if (!prev)
		return E_OK;
	if (json_hex(prev, ret->prev, SHA256_SIZE))
		return member_bad(err, "prev");
	ret->has_prev = true;
	return E_OK;
}

static int member_quote(json_object *obj, struct aggregate *ret,
		     struct error *err)
{
	struct aggregate_quote *q = &ret->quote;
	uint8_t ak[SHA256_SIZE];
	json_object *quote;
	int rc;

	if (!json_object_object_get_ex(obj, "quote", &quote) || !quote)
		return E_OK;
	if (!json_object_is_type(quote, json_type_object))
		return member_bad(err, "quote");
	rc = member_base64(quote, "attest", q->attest, sizeof(q->attest),
			   &q->attest_len, err);
	if (!rc)
		rc = member_base64(quote, "signature", q->signature,
				   sizeof(q->signature), &q->signature_len, err);
	if (rc)
		return rc;
	if (json_hex(member_get(quote, "ak", json_type_string), ak, sizeof(ak)))
		return member_bad(err, "ak");
	hex_encode(q->ak, ak, sizeof(ak));
	q->present = true;
	return E_OK;
}

static int get_range(json_object *obj, struct aggregate *ret,
		     struct error *err)
{
	int rc = member_number(obj, "first", RECORD_NUMBER_MAX, &ret->first, err);

	if (!rc)
		rc = member_number(obj, "last", RECORD_NUMBER_MAX, &ret->last,
				   err);
	if (!rc)
		rc = member_number(obj, "bytes", INT64_MAX, &ret->bytes, err);
	if (!rc && (!ret->first || ret->first > ret->last))
		return member_bad(err, "last");
	if (!rc && json_hex(member_get(obj, "sha256", json_type_string), ret->sha256,
			   SHA256_SIZE))
		return member_bad(err, "sha256");
	return rc;
}

int aggregate_get(json_object *obj, struct aggregate *ret,
		  struct error *err)
{
	int rc = member_type(obj, "snapshot_aggregate", err);

	if (!rc)
		rc = get_range(obj, ret, err);
	if (!rc)
		rc = member_pcrs(obj, "pcrs", &ret->pcrs, err);
	if (!rc)
		rc = member_text(obj, "boot_id", ret->boot_id,
				 sizeof(ret->boot_id), err);
	if (!rc)
		rc = member_tpm(obj, &ret->tpm, err);
	if (!rc)
		rc = member_text(obj, "how", ret->how, sizeof(ret->how), err);
	if (!rc)
		rc = member_text(obj, "taken", ret->taken, sizeof(ret->taken),
				 err);
	if (!rc)
		rc = get_prev(obj, ret, err);
	if (!rc)
		rc = member_extend(obj, &ret->padded, err);
	if (!rc)
		rc = member_foreign(obj, &ret->foreign, err);
	if (!rc)
		rc = member_bool(obj, "unanchored", &ret->unanchored, err);
	if (!rc)
		rc = member_gap(obj, &ret->gap, err);
	if (!rc)
		rc = member_quote(obj, ret, err);
	return rc;
}

int aggregate_parse(const uint8_t *bytes, size_t len, struct aggregate *ret,
		    struct error *err)
{
	json_object *obj = NULL;
	int rc;

	if (len > AGGREGATE_MAX)
		return error_set(err, E_LIMIT, "over %u bytes", AGGREGATE_MAX);
	rc = json_read(bytes, len, &obj, err);
	if (rc)
		return rc;
	memset(ret, 0, sizeof(*ret));
	rc = aggregate_get(obj, ret, err);
	json_object_put(obj);
	return rc;
}

/* --- writing --- */

static void put_quote(json_object *obj, const struct aggregate_quote *q,
		      bool *ok)
{
	json_object *quote = put_object(ok);

	if (!*ok)
		return;
	put_base64(quote, "attest", q->attest, q->attest_len, ok);
	put_base64(quote, "signature", q->signature, q->signature_len, ok);
	put(quote, "ak", json_object_new_string(q->ak), ok);
	put(obj, "quote", quote, ok);
}

void aggregate_put(json_object *obj, const struct aggregate *a, bool *ok)
{
	put(obj, "type", json_object_new_string("snapshot_aggregate"), ok);
	put_number(obj, "version", 1, ok);
	put_number(obj, "first", a->first, ok);
	put_number(obj, "last", a->last, ok);
	put_number(obj, "bytes", a->bytes, ok);
	put_hex(obj, "sha256", a->sha256, SHA256_SIZE, ok);
	put(obj, "pcrs", pcrs_object(&a->pcrs, ok), ok);
	put(obj, "boot_id", json_object_new_string(a->boot_id), ok);
	put_tpm(obj, &a->tpm, ok);
	put(obj, "how", json_object_new_string(a->how), ok);
	put(obj, "taken", json_object_new_string(a->taken), ok);
	if (a->has_prev)
		put_hex(obj, "prev", a->prev, SHA256_SIZE, ok);
	else
		put_null(obj, "prev", ok);
	if (a->padded)
		put_extend(obj, a->padded, ok);
	if (a->foreign)
		put_foreign(obj, a->foreign, ok);
	if (a->unanchored)
		put(obj, "unanchored", json_object_new_boolean(true), ok);
	if (a->gap.present)
		put_gap(obj, &a->gap, ok);
	if (a->quote.present)
		put_quote(obj, &a->quote, ok);
}

int aggregate_write(const struct aggregate *agg, char **ret, size_t *len,
		    struct error *err)
{
	json_object *obj = json_object_new_object();
	bool ok = obj;

	if (ok)
		aggregate_put(obj, agg, &ok);
	return json_line(obj, ok, ret, len, err);
}
