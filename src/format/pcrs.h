/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pcrs.h - PCR values by bank and index, and the files that hold them
 */
#ifndef FORMAT_PCRS_H
#define FORMAT_PCRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/error.h"
#include "base/hash.h"

/* TPM 2.0 Library, PC Client Platform TPM Profile: PCRs 0..23. */
#define PCR_COUNT 24

/* Values of one bank. Bit N of @mask says that value[N] is known. */
struct pcr_bank {
	uint32_t mask;
	uint8_t value[PCR_COUNT][HASH_SIZE_MAX];
};

/* Values of every bank; a bank with an empty mask is not there. */
struct pcr_values {
	struct pcr_bank bank[HASH_COUNT];
};

/*
 * A selection of PCRs in the order in which a quote lists its banks; bits
 * from PCR_COUNT on are never set.
 */
#define PCR_SELECTIONS_MAX 16	/* TPM2_NUM_PCR_BANKS of tpm2-tss */
struct pcr_selection {
	size_t count;
	struct {
		uint16_t alg;	/* TPM_ALG_ID, maybe unknown to us */
		uint32_t mask;
	} bank[PCR_SELECTIONS_MAX];
};

/*
 * A walk over a selection, in the order in which a quote's pcrDigest takes the
 * values: bank by bank as listed, index ascending. Starts zeroed. @alg and
 * @index are the PCR after each call that returned true.
 */
struct pcr_place {
	uint16_t alg;
	unsigned int index;
	size_t bank;		/* the walk's own: where to look next */
	unsigned int next;
};

bool pcr_selection_next(const struct pcr_selection *sel, struct pcr_place *p);

/*
 * A TPML_PCR_SELECTION (TPM 2.0 Part 2, 10.9.7) off a big-endian cursor, as it
 * stands: it may be empty, or name a bank twice. E_INCOMPLETE, E_LIMIT (more
 * than PCR_SELECTIONS_MAX banks), E_UNSUPPORTED (a bank's bits do not take
 * three octets: a TPM that keeps to the PC Client profile writes no others).
 */
int pcrs_parse_selection(struct cursor *c, struct pcr_selection *ret,
			 struct error *err);

/*
 * Add one value of bank @id, a row of hash.h. E_FORMAT: there is no such PCR,
 * the bank's values have another length than @len, or it is there already.
 */
int pcrs_put(struct pcr_values *v, unsigned int id, unsigned int index,
	     const uint8_t *bytes, size_t len, struct error *err);

/*
 * A text file of PCR values: evmctl's form ("PCR-10: AA BB ..." or the digits
 * together, either case; TPM 1.2's sysfs file is the same) of bank @id, or
 * the YAML that tpm2_pcrread prints ("  sha256:" / "    10: 0xABCD..."), which
 * names its own banks: with @id -1 all that we know are taken, otherwise only
 * @id. Empty lines are skipped. Adds to @ret, which is left as it was on
 * failure. Anything else: E_FORMAT with the line number in the reason; a
 * value given twice (by this file or by @ret) or of the wrong length, or a
 * file without a value: the same. E_USAGE where evmctl's form comes with @id
 * -1.
 */
int pcrs_parse_text(const char *text, size_t len, int id,
		    struct pcr_values *ret, struct error *err);

/*
 * Add the value of "sha256:10=HEX" ("0x" may come before the digits). E_USAGE
 * says what is wrong.
 */
int pcrs_parse_one(const char *arg, struct pcr_values *ret, struct error *err);

/*
 * The values behind a quote, which selects @sel: any of tpm2-tools' forms of
 * "tpm2_quote -o" / "-F": serialized (little-endian dump of
 * TPML_PCR_SELECTION, count, TPML_DIGESTs), values (bare digests in
 * selection order), marshaled (big-endian); or the text forms above. Which one
 * it is, the bytes and @sel tell. The file's own selection must be @sel (a
 * bank without PCRs counts as absent); of a text, only what @sel names is
 * taken, and what it lacks is for quote_digest() to report. Sets all of @ret.
 * Values of banks unknown to us are dropped. E_FORMAT, E_INCOMPLETE, E_LIMIT,
 * E_CHANGED (another selection), E_UNSUPPORTED (bare digests of a bank whose
 * size we do not know).
 */
int pcrs_parse_quoted(const uint8_t *bytes, size_t len,
		      const struct pcr_selection *sel,
		      struct pcr_values *ret, struct error *err);

#endif
