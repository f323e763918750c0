// SPDX-License-Identifier: GPL-2.0-or-later
/* snapshot-show.c - what the actions of evmctl snapshot show alike */
#include <stdio.h>

#include "cmd/snapshot-verb.h"

const char *matched_text(enum aggregate_matched m)
{
	static const char *const texts[] = {
		[MATCHED_UNKNOWN] = "not checked",
		[MATCHED_NO] = "does not match",
		[MATCHED_YES] = "matched",
	};

	return texts[m];
}

json_object *matched_json(enum aggregate_matched m)
{
	return m == MATCHED_UNKNOWN ? NULL :
	       json_object_new_boolean(m == MATCHED_YES);
}

void print_json(json_object *obj)
{
	puts(json_object_to_json_string_ext(obj, JSON_C_TO_STRING_PLAIN |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(obj);
}

void add_number(json_object *obj, const char *key, uint64_t n)
{
	json_object_object_add(obj, key, json_object_new_int64((int64_t)n));
}

void add_text(json_object *obj, const char *key, const char *text)
{
	json_object_object_add(obj, key,
			       text ? json_object_new_string(text) : NULL);
}

void add_bool(json_object *obj, const char *key, bool value)
{
	json_object_object_add(obj, key, json_object_new_boolean(value));
}

json_object *shard_json(const struct aggregate *a)
{
	json_object *obj = json_object_new_object();

	add_number(obj, "first", a->first);
	add_number(obj, "last", a->last);
	add_number(obj, "records", a->last - a->first + 1);
	add_number(obj, "bytes", a->bytes);
	add_text(obj, "taken", a->taken);
	add_text(obj, "how", a->how);
	add_bool(obj, "tpm", a->tpm.present);
	json_object_object_add(obj, "matched", matched_json(a->tpm.matched));
	if (a->gap.present)
		add_text(obj, "gap", a->gap.reason);
	return obj;
}
