/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * form.h - a record in the forms in which the kernel shows it
 *
 * {ascii,binary}_runtime_measurements_<bank>: the same record, with the
 * template digest of that bank (security/integrity/ima/ima_fs.c,
 * ima_measurements_show and ima_ascii_measurements_show). A record's size in
 * each form is its size in the sha1 form, and a constant of the bank.
 */
#ifndef FORMAT_FORM_H
#define FORMAT_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/hash.h"
#include "format/record.h"
#include "format/show.h"

struct form {
	bool ascii;		/* a line, with its newline */
	enum hash_id bank;
};

/* Bytes that form @f adds to each record of the sha1 form. */
size_t form_extra(const struct form *f);

/*
 * Append @rec, which is in the sha1 layout @layout, in form @f to what @put
 * takes; no more is asked of it. @padded: the kernel lacks the bank's algorithm, and shows the sha1
 * digest with zeros behind. @h has the bank's algorithm; for sha1
 * it may be NULL. Returns 0 or E_CRYPTO.
 */
typedef show_put form_put;
int form_write(const struct form *f, const struct record *rec,
	       const struct list_layout *layout, bool padded,
	       struct hasher *h, form_put put, void *ctx);

#endif
