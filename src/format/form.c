// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * form.c - a record in the forms in which the kernel shows it
 *
 *	binary:	pcr | digest of the bank | the rest as it stands
 *	ascii:	show.c
 */
#include "format/form.h"

#include <string.h>

#include "format/show.h"

#define SHA1_SIZE 20U
#define PCR_BYTES 4U

size_t form_extra(const struct form *f)
{
	size_t more = hash_row(f->bank)->size - SHA1_SIZE;

	return f->ascii ? 2 * more : more;
}

int form_write(const struct form *f, const struct record *rec,
	       const struct list_layout *layout, bool padded,
	       struct hasher *h, form_put put, void *ctx)
{
	uint8_t digest[HASH_SIZE_MAX];
	struct show show = { .digest = digest };
	int size = (int)SHA1_SIZE;

	if (f->bank == HASH_SHA1)
		memcpy(digest, rec->digest, SHA1_SIZE);
	else
		size = show_digest_of(h, f->bank, padded, rec, layout, digest);
	if (size < 0)
		return size;
	show.digest_size = (size_t)size;
	if (f->ascii) {
		show_record(&show, rec, layout, put, ctx);
		return E_OK;
	}
	put(ctx, (const char *)rec->raw, PCR_BYTES);
	put(ctx, (const char *)digest, show.digest_size);
	put(ctx, (const char *)rec->raw + PCR_BYTES + SHA1_SIZE,
	    rec->raw_len - PCR_BYTES - SHA1_SIZE);
	return E_OK;
}
