/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * parts.h - what aggregates and chunks have in common, as members of JSON
 *
 * The readers set what they find in zeroed memory, and return 0 or E_FORMAT
 * with the key in the reason. ima-shards(5) has the meaning of each.
 */
#ifndef FORMAT_PARTS_H
#define FORMAT_PARTS_H

#include "format/aggregate.h"
#include "format/json.h"

/* "type" is @want, and "version" 1; another version: E_UNSUPPORTED. */
int member_type(json_object *obj, const char *want, struct error *err);

/* A whole aggregate as members of @obj; @ret is zeroed. */
int aggregate_get(json_object *obj, struct aggregate *ret,
		  struct error *err);
void aggregate_put(json_object *obj, const struct aggregate *a, bool *ok);

/* {"sha256":{"10":HEX}}: at least one bank, and none empty. */
int member_pcrs(json_object *obj, const char *name, struct pcr_values *ret,
		struct error *err);

/* "tpm" has to be there, and may be null; the others need not be there. */
int member_tpm(json_object *obj, struct aggregate_tpm *ret,
	       struct error *err);
int member_extend(json_object *obj, unsigned int *ret, struct error *err);
int member_foreign(json_object *obj, uint32_t *ret, struct error *err);
int member_gap(json_object *obj, struct aggregate_gap *ret,
	       struct error *err);

json_object *pcrs_object(const struct pcr_values *pcrs, bool *ok);
void put_tpm(json_object *obj, const struct aggregate_tpm *t, bool *ok);
void put_extend(json_object *obj, unsigned int padded, bool *ok);
void put_foreign(json_object *obj, uint32_t foreign, bool *ok);
void put_gap(json_object *obj, const struct aggregate_gap *g, bool *ok);

#endif
