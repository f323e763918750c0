// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * filesig.c - a file's signature as security.ima has it, and what it signs
 *
 *	u8 type		3: of an IMA digest, 6: of an fs-verity digest
 *	u8 version	2 or 3
 *	u8 hash_algo	enum hash_algo of include/uapi/linux/hash_info.h
 *	be32 keyid	last four bytes of the key's identifier
 *	be16 sig_size
 *	u8 sig[sig_size]
 *
 * (security/integrity/integrity.h, struct signature_v2_hdr). Version 3 signs
 *
 *	u8 type		as above
 *	u8 hash_algo
 *	u8 digest[]
 *
 * What a file's metadata signature (type 5) covers is not in the record.
 */
#include "format/filesig.h"

#include <string.h>

#include "base/cursor.h"

/* include/uapi/linux/hash_info.h; names as in crypto/hash_info.c */
static const char *const algos[] = {
	"md4", "md5", "sha1", "rmd160", "sha256", "sha384", "sha512", "sha224",
	"rmd128", "rmd256", "rmd320", "wp256", "wp384", "wp512", "tgr128",
	"tgr160", "tgr192", "sm3", "streebog256", "streebog512", "sha3-256",
	"sha3-384", "sha3-512"
};

#define ALGOS (sizeof(algos) / sizeof(algos[0]))

const char *filesig_algo(uint8_t algo)
{
	return algo < ALGOS ? algos[algo] : NULL;
}

static bool known(const struct filesig *s)
{
	return (s->type == FILESIG_IMA &&
		(s->version == 2 || s->version == 3)) ||
	       (s->type == FILESIG_VERITY && s->version == 3);
}

int filesig_parse(const uint8_t *bytes, size_t len, struct filesig *ret)
{
	struct cursor c = cursor_over(bytes, len, true);
	struct filesig s = { .known = false };
	uint16_t size;

	if (cursor_u8(&c, &s.type) || cursor_u8(&c, &s.version))
		return E_FORMAT;
	if (s.type != FILESIG_IMA && s.type != FILESIG_VERITY &&
	    s.type != FILESIG_EVM_PORTABLE)
		return E_FORMAT;
	s.known = known(&s);
	if (s.known) {
		if (cursor_u8(&c, &s.algo) || cursor_u32(&c, &s.keyid) ||
		    cursor_u16(&c, &size) || !size ||
		    cursor_bytes(&c, size, &s.sig) || cursor_finish(&c))
			return E_FORMAT;
		s.sig_len = size;
	}
	*ret = s;
	return E_OK;
}

static int file_id_digest(const struct filesig *sig,
			  const struct template_signature *rec,
			  enum hash_id id, uint8_t *ret)
{
	const uint8_t head[2] = { sig->type, sig->algo };
	struct hash_stream *s;
	int rc;

	if (hash_stream_new(&s, id))
		return E_CRYPTO;
	rc = hash_stream_add(s, head, sizeof(head));
	if (!rc)
		rc = hash_stream_add(s, rec->digest, rec->digest_len);
	if (!rc)
		rc = hash_stream_end(s, ret);
	hash_stream_free(s);
	return rc ? E_CRYPTO : (int)hash_row(id)->size;
}

int filesig_signed(const struct filesig *sig,
		   const struct template_signature *rec,
		   uint8_t ret[HASH_SIZE_MAX])
{
	const char *name = filesig_algo(sig->algo);
	int id = name ? hash_by_name(name) : -1;

	if (!rec->digest_len || rec->digest_len > HASH_SIZE_MAX)
		return E_FORMAT;
	/* Templates before d-ngv2 do not say the kind. */
	if (!name || (rec->kind != DIGEST_UNSAID &&
	    (rec->kind == DIGEST_VERITY) != (sig->type == FILESIG_VERITY)))
		return E_UNSUPPORTED;
	if (id >= 0 && rec->digest_len != hash_row((unsigned int)id)->size)
		return E_FORMAT;
	if (sig->version == 2) {
		memcpy(ret, rec->digest, rec->digest_len);
		return (int)rec->digest_len;
	}
	return id < 0 ? E_UNSUPPORTED :
		file_id_digest(sig, rec, (enum hash_id)id, ret);
}
