// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * record.c - one record of a binary measurement list, and the list's layout
 *
 *	u32 pcr
 *	u8  template_digest[L]		all zero: a violation
 *	u32 name_len
 *	u8  name[name_len]
 *	u32 data_len			not for template "ima"
 *	u8  data[data_len]		fields, each: u32 len, bytes
 *
 * and for template "ima", which has no data_len:
 *
 *	u8  digest[20]
 *	u32 file_name_len
 *	u8  file_name[file_name_len]
 *
 * (security/integrity/ima/ima_fs.c, ima_measurements_show). L and the byte
 * order are the layout's.
 */
#include "format/record.h"

#include <string.h>

#include "base/cursor.h"
#include "format/template.h"

static bool all_zero(const uint8_t *p, size_t n)
{
	return !*p && !memcmp(p, p + 1, n - 1);
}

static bool printable(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] <= ' ' || s[i] > '~')
			return false;
	return true;
}

/* @n bytes of a record that starts at @start, or how many are wanted. */
static int take(struct cursor *c, const uint8_t *start, size_t n,
		const uint8_t **ret, size_t *need)
{
	int rc = cursor_bytes(c, n, ret);

	if (rc)
		*need = (size_t)(c->at - start) + n;
	return rc;
}

static int take_u32(struct cursor *c, const uint8_t *start, uint32_t *ret,
		    size_t *need)
{
	int rc = cursor_u32(c, ret);

	if (rc)
		*need = (size_t)(c->at - start) + sizeof(*ret);
	return rc;
}

/* pcr, template digest and template name. */
static int parse_head(struct cursor *c, const struct list_layout *layout,
		      struct record *rec, size_t *need, struct error *err)
{
	const uint8_t *name;
	uint32_t len;
	int rc;

	rc = take_u32(c, rec->raw, &rec->pcr, need);
	if (rc)
		return rc;
	if (rec->pcr >= PCR_COUNT)
		return error_set(err, E_FORMAT, "there is no PCR %u", rec->pcr);
	rc = take(c, rec->raw, layout->digest_size, &rec->digest, need);
	if (rc)
		return rc;
	rc = take_u32(c, rec->raw, &len, need);
	if (rc)
		return rc;
	if (!len)
		return error_set(err, E_FORMAT, "empty template name");
	if (len > RECORD_NAME_MAX)
		return error_set(err, E_LIMIT,
				 "template name of %u bytes, over %u", len,
				 RECORD_NAME_MAX);
	rc = take(c, rec->raw, len, &name, need);
	if (rc)
		return rc;
	rec->name = (const char *)name;
	rec->name_len = len;
	if (!printable(rec->name, len))
		return error_set(err, E_FORMAT, "unprintable template name");
	return E_OK;
}

/* The legacy template's data: its length is what its fields take. */
static int parse_legacy(struct cursor *c, struct record *rec, size_t *need,
			struct error *err)
{
	const uint8_t *digest, *name;
	uint32_t len;
	int rc;

	rc = take(c, rec->raw, RECORD_LEGACY_DIGEST, &digest, need);
	if (rc)
		return rc;
	rc = take_u32(c, rec->raw, &len, need);
	if (rc)
		return rc;
	if (len > RECORD_LEGACY_NAME_MAX)
		return error_set(err, E_LIMIT, "file name of %u bytes, over %u",
				 len, RECORD_LEGACY_NAME_MAX);
	rc = take(c, rec->raw, len, &name, need);
	if (rc)
		return rc;
	rec->data = digest;
	rec->data_len = RECORD_LEGACY_DIGEST + sizeof(len) + len;
	return E_OK;
}

static int parse_data(struct cursor *c, struct record *rec, size_t *need,
		      struct error *err)
{
	uint32_t len;
	int rc = take_u32(c, rec->raw, &len, need);

	if (rc)
		return rc;
	if (len > RECORD_DATA_MAX)
		return error_set(err, E_LIMIT, "data of %u bytes, over %u", len,
				 RECORD_DATA_MAX);
	rc = take(c, rec->raw, len, &rec->data, need);
	if (!rc)
		rec->data_len = len;
	return rc;
}

/*
 * Member by member, out of registers. To copy as a whole what was just set
 * in parts is dear: the processor has to wait for the parts to arrive.
 */
static inline void give(const struct record *rec, struct record *ret)
{
	ret->raw = rec->raw;
	ret->raw_len = rec->raw_len;
	ret->pcr = rec->pcr;
	ret->digest = rec->digest;
	ret->violation = rec->violation;
	ret->legacy = rec->legacy;
	ret->name = rec->name;
	ret->name_len = rec->name_len;
	ret->data = rec->data;
	ret->data_len = rec->data_len;
}

int record_parse(const struct list_layout *layout, const uint8_t *bytes,
		 size_t len, struct record *ret, size_t *need,
		 struct error *err)
{
	struct cursor c = cursor_over(bytes, len, layout->big_endian);
	struct record rec = { .raw = bytes };
	int rc;

	rc = parse_head(&c, layout, &rec, need, err);
	if (rc)
		goto out;
	rec.violation = all_zero(rec.digest, layout->digest_size);
	rec.legacy = template_is_legacy(rec.name, rec.name_len);
	if (rec.legacy)
		rc = parse_legacy(&c, &rec, need, err);
	else
		rc = parse_data(&c, &rec, need, err);
	if (rc)
		goto out;
	rec.raw_len = len - c.left;
	give(&rec, ret);
out:
	if (rc == E_INCOMPLETE)
		error_set(err, rc, "%zu of %zu bytes of a record", len, *need);
	return rc;
}

/* How many leading records make sense; enough of them end the search. */
#define DETECT_ENOUGH 4

/*
 * Score one layout: two points a record, one for a record that is cut by the
 * end of what was given but has a sensible head. *@more: cut so early that
 * more bytes could tell.
 */
static unsigned int score(const struct list_layout *layout,
			  const uint8_t *bytes, size_t len, bool *more)
{
	unsigned int points = 0;

	for (int i = 0; i < DETECT_ENOUGH && len; i++) {
		struct record rec;
		size_t need = 0;
		int rc = record_parse(layout, bytes, len, &rec, &need, NULL);

		if (rc == E_INCOMPLETE) {
			*more = true;
			/* Past the name: pcr and name have made sense. */
			if (need > 8U + layout->digest_size + 1U &&
			    len > 8U + layout->digest_size)
				points++;
		}
		if (rc)
			break;
		points += 2;
		bytes += rec.raw_len;
		len -= rec.raw_len;
	}
	return points;
}

int layout_detect(const uint8_t *bytes, size_t len, bool end, int order,
		  struct list_layout *ret)
{
	static const uint8_t sizes[] = { 20, 32, 48, 64 };
	unsigned int best = 0;
	bool more = false;

	for (unsigned int i = 0; i < 2 * sizeof(sizes); i++) {
		struct list_layout layout = {
			.digest_size = sizes[i % sizeof(sizes)],
			.big_endian = i >= sizeof(sizes),
		};
		unsigned int points;

		if (order && layout.big_endian)
			continue;
		points = score(&layout, bytes, len, &more);
		if (points > best) {
			best = points;
			*ret = layout;
		}
	}
	if (best < 2 * DETECT_ENOUGH && more && !end)
		return E_INCOMPLETE;
	return best ? E_OK : E_FORMAT;
}

const uint8_t *record_hashed(const struct record *rec,
			     const struct list_layout *layout,
			     uint8_t scratch[RECORD_SCRATCH], size_t *len)
{
	struct cursor c;
	const uint8_t *digest, *name;
	uint32_t n;

	if (!rec->legacy) {
		*len = rec->data_len;
		return rec->data;
	}
	/* record_parse() has taken these very pieces. */
	c = cursor_over(rec->data, rec->data_len, layout->big_endian);
	memset(scratch, 0, RECORD_SCRATCH);
	if (!cursor_bytes(&c, RECORD_LEGACY_DIGEST, &digest) &&
	    !cursor_u32(&c, &n) && n <= RECORD_LEGACY_NAME_MAX &&
	    !cursor_bytes(&c, n, &name)) {
		memcpy(scratch, digest, RECORD_LEGACY_DIGEST);
		memcpy(scratch + RECORD_LEGACY_DIGEST, name, n);
	}
	*len = RECORD_SCRATCH;
	return scratch;
}

bool record_same(const struct record *a, const struct record *b)
{
	return a->pcr == b->pcr && a->violation == b->violation &&
	       a->name_len == b->name_len && a->data_len == b->data_len &&
	       !memcmp(a->name, b->name, a->name_len) &&
	       (!a->data_len || !memcmp(a->data, b->data, a->data_len));
}

bool record_is_boot_aggregate(const struct record *rec,
			      const struct list_layout *layout)
{
	static const char wanted[] = "boot_aggregate";
	const uint8_t *name;
	size_t len;

	if (!template_file_name(rec, layout, &name, &len))
		return false;
	/* "boot_aggregate", and "boot_aggregate_late" since 7.3 */
	return len >= sizeof(wanted) - 1 &&
	       !memcmp(name, wanted, sizeof(wanted) - 1) &&
	       (len == sizeof(wanted) - 1 || name[sizeof(wanted) - 1] == '_');
}
