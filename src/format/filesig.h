/* SPDX-License-Identifier: GPL-2.0-or-later */
/* filesig.h - a file's signature as security.ima has it, and what it signs */
#ifndef FORMAT_FILESIG_H
#define FORMAT_FILESIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/hash.h"
#include "format/template.h"

/* enum evm_ima_xattr_type of the kernel's security/integrity/integrity.h */
enum {
	FILESIG_IMA = 3,
	FILESIG_EVM_PORTABLE = 5,
	FILESIG_VERITY = 6
};

/* Pointers into the value. Of an unknown kind only @type and @version are set. */
struct filesig {
	uint8_t type;
	uint8_t version;
	bool known;		/* version 2 or 3, with a file's digest signed */
	uint8_t algo;		/* enum hash_algo of the kernel */
	uint32_t keyid;
	const uint8_t *sig;
	size_t sig_len;
};

/*
 * Read a security.ima value that is to be a signature. Returns 0, or E_FORMAT
 * where its lengths are wrong or its first byte is no signature's.
 */
int filesig_parse(const uint8_t *bytes, size_t len, struct filesig *ret);

/*
 * The digest that is signed: version 2 signs the file's digest itself, version
 * 3 the digest of struct ima_file_id, which names the kind and the algorithm
 * too (security/integrity/ima/ima_appraise.c, calc_file_id_hash). Returns its
 * length; E_FORMAT where the record's digest cannot be the file's;
 * E_UNSUPPORTED for an algorithm that we cannot compute, or where the record
 * has a digest of another kind than the one that is signed; E_CRYPTO.
 */
int filesig_signed(const struct filesig *sig,
		   const struct template_signature *rec,
		   uint8_t ret[HASH_SIZE_MAX]);

/* "sha256", as in the kernel's hash_algo_name[]; NULL for an unknown one. */
const char *filesig_algo(uint8_t algo);

#endif
