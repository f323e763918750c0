/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record.h - one record of a binary measurement list, and the list's layout
 */
#ifndef FORMAT_RECORD_H
#define FORMAT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/hash.h"
#include "format/pcrs.h"

/*
 * Limits. The kernel puts no cap on a record; its fields are kmalloc()ed, and
 * KMALLOC_MAX_SIZE is 4 MiB with 4 KiB pages, 64 MiB with 64 KiB pages. A
 * template name is at most every field id of ima_template.c, joined.
 */
#define RECORD_DATA_MAX (64U << 20)
#define RECORD_NAME_MAX 255

/* include/linux/ima.h and ima.h: the legacy template's digest and name. */
#define RECORD_LEGACY_DIGEST 20
#define RECORD_LEGACY_NAME_MAX 255

/*
 * What the list does not say of itself: the length of its template digests
 * (20; 32, 48, 64 in the per-bank files) and the byte order.
 */
struct list_layout {
	uint8_t digest_size;
	bool big_endian;
};

/* A record, as pointers into bytes that somebody else owns. */
struct record {
	const uint8_t *raw;	/* the whole record */
	size_t raw_len;
	uint32_t pcr;		/* below PCR_COUNT */
	const uint8_t *digest;	/* the layout's digest_size bytes */
	bool violation;		/* the digest is all zero */
	bool legacy;		/* template "ima" */
	const char *name;	/* of the template; not terminated */
	size_t name_len;
	const uint8_t *data;	/* the fields, with their lengths */
	size_t data_len;
};

/* The layout's digest_size: behind the digest come four bytes and the name. */
static inline size_t record_digest_size(const struct record *rec)
{
	return (size_t)((const uint8_t *)rec->name - rec->digest) - 4;
}

/*
 * Read one record from the @len bytes at @bytes.
 * Returns 0; E_INCOMPLETE with *@need the number of bytes, from the record's
 * start, that is known to be wanted (more than @len); E_FORMAT for a PCR that
 * does not exist, a template name that is empty or not printable; E_LIMIT.
 * Reasons are put into @err, places are the caller's.
 */
int record_parse(const struct list_layout *layout, const uint8_t *bytes,
		 size_t len, struct record *ret, size_t *need,
		 struct error *err);

/*
 * Recognise the layout from the beginning of a list: the one in which the
 * most leading records make sense. @end says that no bytes follow.
 * @order: 0 either byte order, 1 little-endian only. Returns 0, E_INCOMPLETE
 * (give more bytes), or E_FORMAT (no measurement list).
 */
int layout_detect(const uint8_t *bytes, size_t len, bool end, int order,
		  struct list_layout *ret);

/*
 * The bytes that the template digest covers: the data as it stands, but for
 * the legacy template the file digest and the name padded to 256 bytes,
 * which are built in @scratch. (ima_crypto.c, ima_calc_field_array_hash_tfm)
 */
#define RECORD_SCRATCH (RECORD_LEGACY_DIGEST + RECORD_LEGACY_NAME_MAX + 1)
const uint8_t *record_hashed(const struct record *rec,
			     const struct list_layout *layout,
			     uint8_t scratch[RECORD_SCRATCH], size_t *len);

/* Same PCR, template, data and violation; the digests may differ in length. */
bool record_same(const struct record *a, const struct record *b);

/* The kernel starts every list it makes with one, also after a kexec. */
bool record_is_boot_aggregate(const struct record *rec,
			      const struct list_layout *layout);

#endif
