// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * discarded.c - the marker that stands for discarded shards, as JSON
 *
 *	{"type":"discarded","version":1,"last":4096,"sha256":"...",
 *	 "taken":"2026-11-23T22:07:00Z","aggregate":{...}}
 *
 * "aggregate" is what the last discarded shard was closed by, "sha256" the
 * digest of its file: the next shard's "prev".
 */
#include "format/discarded.h"

#include <string.h>

#include "format/json.h"
#include "format/parts.h"

static int from_json(json_object *obj, struct discarded *ret,
		     struct error *err)
{
	json_object *agg;
	int rc = member_type(obj, "discarded", err);

	if (!rc)
		rc = member_number(obj, "last", RECORD_NUMBER_MAX, &ret->last,
				   err);
	if (!rc && json_hex(member_get(obj, "sha256", json_type_string),
			    ret->sha256, SHA256_SIZE))
		rc = member_bad(err, "sha256");
	if (!rc)
		rc = member_text(obj, "taken", ret->taken, sizeof(ret->taken),
				 err);
	if (rc)
		return rc;
	agg = member_get(obj, "aggregate", json_type_object);
	if (!agg)
		return member_bad(err, "aggregate");
	rc = aggregate_get(agg, &ret->aggregate, err);
	if (!rc && ret->aggregate.last != ret->last)
		rc = member_bad(err, "last");
	return rc;
}

int discarded_parse(const uint8_t *bytes, size_t len, struct discarded *ret,
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
	rc = from_json(obj, ret, err);
	json_object_put(obj);
	return rc;
}

static void to_json(json_object *obj, const struct discarded *d, bool *ok)
{
	json_object *agg;

	put(obj, "type", json_object_new_string("discarded"), ok);
	put_number(obj, "version", 1, ok);
	put_number(obj, "last", d->last, ok);
	put_hex(obj, "sha256", d->sha256, SHA256_SIZE, ok);
	put(obj, "taken", json_object_new_string(d->taken), ok);
	agg = put_object(ok);
	if (*ok)
		aggregate_put(agg, &d->aggregate, ok);
	put(obj, "aggregate", agg, ok);
}

int discarded_write(const struct discarded *d, char **ret, size_t *len,
		    struct error *err)
{
	json_object *obj = json_object_new_object();
	bool ok = obj;

	if (ok)
		to_json(obj, d, &ok);
	return json_line(obj, ok, ret, len, err);
}
