/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sigcases.h - signatures and what whoever has the keys is to say of them,
 * for each of those who do: libimaevm, and the kernel
 */
#ifndef SIGCASES_H
#define SIGCASES_H

#include "filesigs.h"
#include "port/imasig.h"
#include "unit.h"

enum signed_by { BY_RSA, BY_EC, BY_STRANGER, SIGNERS };

static const struct sigcase {
	const char *name;
	uint8_t type, version, algo;
	enum signed_by by;
	enum digest_kind kind;		/* as the record's template says */
	enum { WHOLE, OTHER_DIGEST, SHORT_DIGEST, NO_DIGEST, FLIPPED, CUT,
	       OTHER_TYPE, KEYID, EMPTY, ONLY_OTHER } how;
	enum imasig_result want;
} sigcases[] = {
	{ "RSA, sha256", 3, 2, KERNEL_SHA256, BY_RSA, DIGEST_UNSAID, WHOLE,
	  IMASIG_GOOD },
	{ "RSA, sha512", 3, 2, KERNEL_SHA512, BY_RSA, DIGEST_UNSAID, WHOLE,
	  IMASIG_GOOD },
	{ "EC, sha256", 3, 2, KERNEL_SHA256, BY_EC, DIGEST_UNSAID, WHOLE,
	  IMASIG_GOOD },
	{ "ima-sigv2", 3, 2, KERNEL_SHA256, BY_RSA, DIGEST_IMA, WHOLE,
	  IMASIG_GOOD },
	{ "version 3", 3, 3, KERNEL_SHA256, BY_RSA, DIGEST_IMA, WHOLE,
	  IMASIG_GOOD },
	{ "version 3, EC", 3, 3, KERNEL_SHA512, BY_EC, DIGEST_UNSAID, WHOLE,
	  IMASIG_GOOD },
	{ "fs-verity", 6, 3, KERNEL_SHA256, BY_RSA, DIGEST_VERITY, WHOLE,
	  IMASIG_GOOD },
	{ "fs-verity, kind not said", 6, 3, KERNEL_SHA256, BY_RSA,
	  DIGEST_UNSAID, WHOLE, IMASIG_GOOD },
	{ "over something else", 3, 2, KERNEL_SHA256, BY_RSA, DIGEST_UNSAID,
	  OTHER_DIGEST, IMASIG_BAD },
	{ "EC, over something else", 3, 2, KERNEL_SHA256, BY_EC,
	  DIGEST_UNSAID, OTHER_DIGEST, IMASIG_BAD },
	{ "fs-verity, over something else", 6, 3, KERNEL_SHA256, BY_RSA,
	  DIGEST_VERITY, OTHER_DIGEST, IMASIG_BAD },
	{ "a digest of another length", 3, 2, KERNEL_SHA256, BY_RSA,
	  DIGEST_UNSAID, SHORT_DIGEST, IMASIG_BAD },
	{ "no digest", 3, 2, KERNEL_SHA256, BY_RSA, DIGEST_UNSAID, NO_DIGEST,
	  IMASIG_BAD },
	{ "a bit flipped", 3, 2, KERNEL_SHA256, BY_RSA, DIGEST_UNSAID, FLIPPED,
	  IMASIG_BAD },
	{ "EC, a bit flipped", 3, 2, KERNEL_SHA256, BY_EC, DIGEST_UNSAID,
	  FLIPPED, IMASIG_BAD },
	{ "cut", 3, 2, KERNEL_SHA256, BY_RSA, DIGEST_UNSAID, CUT, IMASIG_BAD },
	{ "version 3 of the other type", 3, 3, KERNEL_SHA256, BY_RSA,
	  DIGEST_UNSAID, OTHER_TYPE, IMASIG_BAD },
	{ "a stranger's", 3, 2, KERNEL_SHA256, BY_STRANGER, DIGEST_UNSAID,
	  WHOLE, IMASIG_NO_KEY },
	{ "a stranger's under a key's id", 3, 2, KERNEL_SHA256, BY_STRANGER,
	  DIGEST_UNSAID, KEYID, IMASIG_BAD },
	{ "of the file, but fs-verity's digest", 3, 2, KERNEL_SHA256, BY_RSA,
	  DIGEST_VERITY, WHOLE, IMASIG_NO_KEY },
	{ "fs-verity's, but the file's digest", 6, 3, KERNEL_SHA256, BY_RSA,
	  DIGEST_IMA, WHOLE, IMASIG_NO_KEY },
	{ "fs-verity's, version 2", 6, 2, KERNEL_SHA256, BY_RSA,
	  DIGEST_VERITY, WHOLE, IMASIG_NO_KEY },
	{ "EVM's", 5, 2, KERNEL_SHA256, BY_RSA, DIGEST_UNSAID, WHOLE,
	  IMASIG_NO_KEY },
	{ "version 1", 3, 1, KERNEL_SHA256, BY_RSA, DIGEST_UNSAID, WHOLE,
	  IMASIG_NO_KEY },
	{ "an HMAC", 2, 2, KERNEL_SHA256, BY_RSA, DIGEST_UNSAID, WHOLE,
	  IMASIG_BAD },
	{ "a digest for a signature", 4, 4, KERNEL_SHA256, BY_RSA,
	  DIGEST_UNSAID, WHOLE, IMASIG_BAD },
	{ "one byte", 3, 2, KERNEL_SHA256, BY_RSA, DIGEST_UNSAID, EMPTY,
	  IMASIG_BAD },
	{ "an appended one alone", 3, 2, KERNEL_SHA256, BY_RSA, DIGEST_UNSAID,
	  ONLY_OTHER, IMASIG_NO_KEY },
};

#define SIGCASES (sizeof(sigcases) / sizeof(sigcases[0]))

/* The case as a record has it; @value and @digest hold what it points to. */
static inline struct template_signature
sigcase_make(const struct sigcase *c, const struct signer signers[SIGNERS],
	     uint8_t value[1024], uint8_t digest[64])
{
	struct template_signature sig = {
		.digest = digest,
		.digest_len = (size_t)EVP_MD_get_size(kernel_md(c->algo)),
		.kind = c->kind,
		.sig = value,
	};

	memset(digest, 0x5a, 64);
	sig.sig_len = signer_sign(&signers[c->by], c->type, c->version,
				  c->algo, digest, value);
	switch (c->how) {
	case WHOLE:
		break;
	case OTHER_DIGEST:
		digest[7] ^= 1;
		break;
	case SHORT_DIGEST:
		sig.digest_len--;
		break;
	case NO_DIGEST:
		sig.digest_len = 0;
		break;
	case FLIPPED:
		value[sig.sig_len - 3] ^= 4;
		break;
	case CUT:
		sig.sig_len--;
		break;
	case OTHER_TYPE:
		value[0] = c->type == 3 ? 6 : 3;
		break;
	case KEYID:
		memcpy(value + 3, signers[BY_RSA].keyid, 4);
		break;
	case EMPTY:
		sig.sig_len = 1;
		break;
	case ONLY_OTHER:
		sig.sig_len = 0;
		sig.other = true;
		break;
	}
	return sig;
}

#endif
