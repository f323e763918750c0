/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * show.h - a record as a line of the kernel's ASCII lists
 *
 *	struct show show = { .escape = false };
 *	size_t len = show_length(&show, &rec, &layout);
 *	show_copy(&show, &rec, &layout, 0, buf, len);
 *
 * A line is "10 <template digest> <template name> <fields>" and a newline:
 * security/integrity/ima/ima_fs.c, ima_ascii_measurements_show, and the show
 * functions of ima_template_lib.c. Fields that are unknown or malformed, and
 * all behind them, which no kernel prints, are shown as hexadecimal.
 */
#ifndef FORMAT_SHOW_H
#define FORMAT_SHOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "format/record.h"

/*
 * How. All zero: byte for byte what the kernel prints in the list that the
 * record comes from. File names are whatever bytes somebody chose, newlines
 * and terminal controls among them: with @escape they, and backslashes, are
 * escaped as text_escape() does, all other lines stay as they are.
 * @digest, of @digest_size bytes, is shown in the place of the record's own,
 * for the list of another bank; NULL for none.
 */
struct show {
	bool escape;
	const uint8_t *digest;
	size_t digest_size;
};

/* Where a line goes, piece by piece; no piece is empty. */
typedef void (*show_put)(void *ctx, const char *bytes, size_t len);

void show_record(const struct show *show, const struct record *rec,
		 const struct list_layout *layout, show_put put, void *ctx);

/* How many bytes that would be, the newline among them. */
size_t show_length(const struct show *show, const struct record *rec,
		   const struct list_layout *layout);

/*
 * Copy what @size bytes from the line's byte @skip (0: the first) on hold,
 * without a NUL. Returns how many were copied: fewer at the line's end.
 */
size_t show_copy(const struct show *show, const struct record *rec,
		 const struct list_layout *layout, size_t skip,
		 char *buf, size_t size);

/*
 * The digest that the list of @bank has for the record: zeros for a
 * violation, else the bank's own hash of the data; SHA-1's, padded with
 * zeros, where @padded, for a bank whose algorithm the kernel lacks.
 * @h has to have the algorithm. Returns the digest's size, or E_CRYPTO.
 */
int show_digest_of(struct hasher *h, enum hash_id bank, bool padded,
		   const struct record *rec, const struct list_layout *layout,
		   uint8_t ret[HASH_SIZE_MAX]);

#endif
