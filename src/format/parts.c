// SPDX-License-Identifier: GPL-2.0-or-later
/* parts.c - what aggregates and chunks have in common */
#include "format/parts.h"

#include <string.h>

#include "base/text.h"

/* --- reading --- */

/* The bank of exactly that name, or -1. */
static int bank_named(const char *name)
{
	int id = hash_by_name(name);

	if (id >= 0 && strcmp(hash_row((unsigned int)id)->name, name))
		return -1;
	return id;
}

static int get_bank(json_object *obj, enum hash_id id, struct pcr_bank *ret)
{
	size_t size = hash_row(id)->size;

	json_object_object_foreach(obj, key, v) {
		uint64_t pcr;

		if (number_parse(key, &pcr) || pcr >= PCR_COUNT ||
		    ret->mask & 1U << pcr || json_hex(v, ret->value[pcr], size))
			return E_FORMAT;
		ret->mask |= 1U << pcr;
	}
	return ret->mask ? E_OK : E_FORMAT;
}

int member_pcrs(json_object *obj, const char *name, struct pcr_values *ret,
		struct error *err)
{
	json_object *banks = member_get(obj, name, json_type_object);

	if (!banks || !json_object_object_length(banks))
		return member_bad(err, name);
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

int member_tpm(json_object *obj, struct aggregate_tpm *ret,
	       struct error *err)
{
	json_object *tpm, *matched;
	int rc;

	if (!json_object_object_get_ex(obj, "tpm", &tpm))
		return member_bad(err, "tpm");
	if (!tpm)
		return E_OK;
	if (!json_object_is_type(tpm, json_type_object))
		return member_bad(err, "tpm");
	ret->present = true;
	rc = member_u32(tpm, "reset_count", &ret->reset_count, err);
	if (!rc)
		rc = member_u32(tpm, "restart_count", &ret->restart_count, err);
	if (!rc)
		rc = member_number(tpm, "clock", INT64_MAX, &ret->clock, err);
	if (!rc)
		rc = member_number(tpm, "pcr_update_counter", UINT32_MAX,
				   &ret->pcr_update_counter, err);
	if (rc)
		return rc;
	if (!json_object_object_get_ex(tpm, "matched", &matched) || !matched)
		return E_OK;
	if (!json_object_is_type(matched, json_type_boolean))
		return member_bad(err, "matched");
	ret->matched = json_object_get_boolean(matched) ? MATCHED_YES :
							  MATCHED_NO;
	return E_OK;
}

/* Whether a value is exactly @text, also behind a NUL. */
static bool is_text(json_object *v, const char *text)
{
	return json_object_is_type(v, json_type_string) &&
	       (size_t)json_object_get_string_len(v) == strlen(text) &&
	       !strcmp(json_object_get_string(v), text);
}

/* "extend": {"sha384":"sha1-padded"} */
int member_extend(json_object *obj, unsigned int *ret, struct error *err)
{
	json_object *extend;

	if (!json_object_object_get_ex(obj, "extend", &extend) || !extend)
		return E_OK;
	if (!json_object_is_type(extend, json_type_object))
		return member_bad(err, "extend");
	json_object_object_foreach(extend, key, v) {
		int id = bank_named(key);

		if (id < 0 || !is_text(v, "sha1-padded"))
			return member_bad(err, "extend");
		*ret |= HASH_BIT((unsigned int)id);
	}
	return E_OK;
}

/* "foreign": [9] */
int member_foreign(json_object *obj, uint32_t *ret,
		   struct error *err)
{
	json_object *list;

	if (!json_object_object_get_ex(obj, "foreign", &list) || !list)
		return E_OK;
	if (!json_object_is_type(list, json_type_array))
		return member_bad(err, "foreign");
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		json_object *v = json_object_array_get_idx(list, i);
		int64_t pcr;

		if (!json_object_is_type(v, json_type_int))
			return member_bad(err, "foreign");
		pcr = json_object_get_int64(v);
		if (pcr < 0 || pcr >= PCR_COUNT)
			return member_bad(err, "foreign");
		*ret |= 1U << pcr;
	}
	return E_OK;
}

int member_gap(json_object *obj, struct aggregate_gap *ret,
	       struct error *err)
{
	json_object *gap;
	int rc;

	if (!json_object_object_get_ex(obj, "gap", &gap) || !gap)
		return E_OK;
	if (!json_object_is_type(gap, json_type_object))
		return member_bad(err, "gap");
	ret->present = true;
	rc = member_text(gap, "reason", ret->reason, sizeof(ret->reason),
			 err);
	if (!rc)
		rc = member_number(gap, "after", RECORD_NUMBER_MAX,
				   &ret->after, err);
	if (!rc)
		rc = member_pcrs(gap, "pcrs", &ret->pcrs, err);
	return rc;
}

int member_type(json_object *obj, const char *want, struct error *err)
{
	uint64_t version;
	char type[32];
	int rc = member_text(obj, "type", type, sizeof(type), err);

	if (!rc && strcmp(type, want))
		return member_bad(err, "type");
	if (!rc)
		rc = member_number(obj, "version", INT32_MAX, &version, err);
	if (!rc && version != 1)
		return error_set(err, E_UNSUPPORTED,
				 "version %llu of the format",
				 (unsigned long long)version);
	return rc;
}

/* --- writing --- */

json_object *pcrs_object(const struct pcr_values *pcrs, bool *ok)
{
	json_object *obj = put_object(ok);

	for (unsigned int i = 0; i < HASH_COUNT && *ok; i++) {
		const struct pcr_bank *bank = &pcrs->bank[i];
		json_object *values;

		if (!bank->mask)
			continue;
		values = put_object(ok);
		for (unsigned int n = 0; n < PCR_COUNT && *ok; n++) {
			char key[4] = { (char)('0' + n / 10),
					(char)('0' + n % 10) };

			if (bank->mask & 1U << n)
				put_hex(values, n < 10 ? key + 1 : key,
					bank->value[n], hash_row(i)->size, ok);
		}
		put(obj, hash_row(i)->name, values, ok);
	}
	return obj;
}

void put_tpm(json_object *obj, const struct aggregate_tpm *t, bool *ok)
{
	json_object *tpm;

	if (!t->present) {
		put_null(obj, "tpm", ok);
		return;
	}
	tpm = put_object(ok);
	if (!*ok)
		return;
	put_number(tpm, "reset_count", t->reset_count, ok);
	put_number(tpm, "restart_count", t->restart_count, ok);
	put_number(tpm, "clock", t->clock, ok);
	put_number(tpm, "pcr_update_counter", t->pcr_update_counter, ok);
	if (t->matched != MATCHED_UNKNOWN)
		put(tpm, "matched",
		    json_object_new_boolean(t->matched == MATCHED_YES), ok);
	else
		put_null(tpm, "matched", ok);
	put(obj, "tpm", tpm, ok);
}

void put_extend(json_object *obj, unsigned int padded, bool *ok)
{
	json_object *extend = put_object(ok);

	for (unsigned int i = 0; i < HASH_COUNT && *ok; i++)
		if (padded & HASH_BIT(i))
			put(extend, hash_row(i)->name,
			    json_object_new_string("sha1-padded"), ok);
	put(obj, "extend", extend, ok);
}

void put_foreign(json_object *obj, uint32_t foreign, bool *ok)
{
	json_object *list = json_object_new_array();

	for (unsigned int i = 0; list && i < PCR_COUNT; i++) {
		json_object *n;

		if (!(foreign & 1U << i))
			continue;
		n = json_object_new_int((int)i);
		if (!n || json_object_array_add(list, n) < 0) {
			json_object_put(n);
			*ok = false;
		}
	}
	put(obj, "foreign", list, ok);
}

void put_gap(json_object *obj, const struct aggregate_gap *g, bool *ok)
{
	json_object *gap = put_object(ok);

	if (!*ok)
		return;
	put(gap, "reason", json_object_new_string(g->reason), ok);
	put_number(gap, "after", g->after, ok);
	put(gap, "pcrs", pcrs_object(&g->pcrs, ok), ok);
	put(obj, "gap", gap, ok);
}
