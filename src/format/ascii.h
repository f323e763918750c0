/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ascii.h - a record back from a line of the kernel's ASCII lists
 *
 * What show.h makes of a record, read again: the bytes of the binary list are
 * rebuilt, and the template digest in the line says whether they are right.
 * Nothing is taken from a line that its digest does not confirm, but for
 * violations, which have none, and whose texts no PCR covers.
 *
 * One thing the text does not tell: file names stand in it as they are, so a
 * newline in one looks like the end of the record. The digest tells it: a
 * record ends with the first line with which it is right.
 */
#ifndef FORMAT_ASCII_H
#define FORMAT_ASCII_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/hash.h"
#include "format/record.h"

/*
 * Limits on what is looked at for the end of one record: the lines that it may
 * have, and the bytes behind its first line. A name has at most PATH_MAX.
 */
#define ASCII_LINES_MAX 256
#define ASCII_MORE_MAX 4096

/* A record's bytes, little-endian as in the binary lists; starts zeroed. */
struct ascii_record {
	uint8_t *bytes;		/* owned */
	size_t len, room;
};

void ascii_free(struct ascii_record *r);

/*
 * Do these bytes begin like an ASCII list? Then @ret is the layout of its
 * records: the length of their digests, little-endian.
 */
bool ascii_detect(const uint8_t *text, size_t len, struct list_layout *ret);

/*
 * Rebuild the first record in the @len bytes at @text; @end says that nothing
 * follows them. @ret holds it, to be read by record_parse(), and *@taken the
 * bytes of text it takes. @h has the layout's algorithm and SHA-1.
 *
 * E_INCOMPLETE: more text is needed; with @end, that it ends within a record.
 * E_CHANGED: the digest is of no reading of the text. E_FORMAT: it is no such
 * line. E_UNSUPPORTED: a template with fields that text does not tell.
 * E_NOMEM, E_CRYPTO.
 */
int ascii_parse(struct hasher *h, const struct list_layout *layout,
		const uint8_t *text, size_t len, bool end,
		struct ascii_record *ret, size_t *taken, struct error *err);

#endif
