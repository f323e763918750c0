/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * template.h - templates and their fields, as rows
 */
#ifndef FORMAT_TEMPLATE_H
#define FORMAT_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/record.h"

/* The legacy template "ima", whose layout differs from all others. */
bool template_is_legacy(const char *name, size_t len);

/*
 * The name field (n or n-ng) of a record, without its NUL. These are bytes
 * that whoever named the file has chosen. false where there is none.
 */
bool template_file_name(const struct record *rec,
			const struct list_layout *layout,
			const uint8_t **ret, size_t *len);

/* A file's digest and the signature over it, as the record has them. */
struct template_signature {
	const uint8_t *digest;
	size_t digest_len;
	char algo[16];		/* "sha256"; "" where it is not said */
	bool verity;		/* the digest is fs-verity's */
	const uint8_t *sig;	/* the whole security.ima value */
	size_t sig_len;
};

/*
 * Returns 1; 0 where the record has no signature, or an empty one; -1 where
 * its fields are not those of its template. No PCR covers a template's name:
 * under another one a signature could be made to disappear.
 */
int template_signed(const struct record *rec,
		     const struct list_layout *layout,
		     struct template_signature *ret);

/* Where the ASCII form goes, piece by piece. */
typedef void (*template_put)(void *ctx, const char *bytes, size_t len);

/*
 * The record as a line of ascii_runtime_measurements, without the newline:
 * "10 <template digest> <template name> <fields>". With @raw as the kernel
 * prints it, byte for byte; else names are escaped for showing. Fields that
 * are unknown or malformed, and all behind them, are shown as hexadecimal.
 */
void template_ascii(const struct record *rec, const struct list_layout *layout,
		    bool raw, template_put put, void *ctx);

#endif
