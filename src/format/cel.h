/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cel.h - a record in the Canonical Event Log Format of the TCG
 *
 * TCG Canonical Event Log Format, version 1.0, revision 0.41: the information
 * model, its JSON and its TLV encoding, with IMA_TEMPLATE content. What of it
 * could not be established is said in docs/cel.md.
 */
#ifndef FORMAT_CEL_H
#define FORMAT_CEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/hash.h"
#include "format/record.h"
#include "format/show.h"

struct cel {
	bool tlv;		/* else JSON, an object a line */
	unsigned int banks;	/* HASH_BITs: a digest for each */
};

/*
 * Append @rec, of the sha1 layout @layout, to what @put takes. @recnum: its
 * place among the records of its PCR, from 0. The digests are what the kernel
 * extends: the bank's hash of the template data, ones for a violation, and for
 * a bank of @padded (HASH_BITs) SHA-1's, or 20 bytes of ones, with zeros behind. @h has all of the
 * banks. Returns 0, E_CRYPTO, or E_LIMIT for a record that 32 bits cannot
 * measure.
 */
int cel_write(const struct cel *f, uint64_t recnum, const struct record *rec,
	      const struct list_layout *layout, unsigned int padded,
	      struct hasher *h, show_put put, void *ctx);

#endif
