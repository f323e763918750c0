/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * template.h - templates and their fields, as rows
 */
#ifndef FORMAT_TEMPLATE_H
#define FORMAT_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "format/record.h"

/* The legacy template "ima", whose layout differs from all others. */
bool template_is_legacy(const char *name, size_t len);

/* What a field holds (ima_template_lib.c's enum data_formats). */
enum template_kind {
	FIELD_UNKNOWN,
	FIELD_HEX,		/* bytes */
	FIELD_DIGEST_ALGO,	/* "algo:" NUL digest, or "type:algo:" NUL */
	FIELD_STRING,		/* with its NUL, except in template "ima" */
	FIELD_UINT		/* 1, 2, 4 or 8 bytes */
};

/* One field, as pointers into the record. */
struct template_field {
	const char *id;		/* "n-ng"; not terminated */
	size_t id_len;
	enum template_kind kind;
	const uint8_t *bytes;
	size_t len;
};

/* A walk over a record's fields, in order. */
struct template_walk {
	struct cursor data;	/* what is left of the data */
	const char *format;	/* and of the format, */
	size_t format_len;	/* 0 at its end */
	bool legacy;
};

struct template_walk template_fields(const struct record *rec,
				     const struct list_layout *layout);

/*
 * The next field; false where format or data end, or the data is malformed:
 * then something of either is left.
 */
bool template_next(struct template_walk *w, struct template_field *ret);

/*
 * A walk over the fields that a template has, for data that is yet to be made:
 * template_next_id() sets id and kind, and ends where the format does.
 */
struct template_walk template_format(const char *name, size_t len);
bool template_next_id(struct template_walk *w, struct template_field *ret);

/*
 * The name field (n or n-ng) of a record, without its NUL. These are bytes
 * that whoever named the file has chosen. false where there is none.
 */
bool template_file_name(const struct record *rec,
			const struct list_layout *layout,
			const uint8_t **ret, size_t *len);

/* Which digest of a file a record has; d-ngv2 says, its predecessors do not. */
enum digest_kind { DIGEST_UNSAID, DIGEST_IMA, DIGEST_VERITY };

/* A file's digest and the signature over it, as the record has them. */
struct template_signature {
	const uint8_t *digest;
	size_t digest_len;
	enum digest_kind kind;
	const uint8_t *sig;	/* the whole security.ima value */
	size_t sig_len;		/* 0: none */
	bool other;		/* a modsig or evmsig is there */
};

/*
 * Returns 1 where the record has a signature of any kind; 0 where it has none,
 * or empty ones; -1 where its fields are not those of its template. No PCR
 * covers a template's name: under another one a signature could be made to
 * disappear. So where no field is named one, a field that is a signature to the
 * byte counts as one, and of the digests the first.
 */
int template_signed(const struct record *rec,
		     const struct list_layout *layout,
		     struct template_signature *ret);

#endif
