// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keylime.c - the one string in which Keylime's agents send a TPM quote
 *
 *	'r' base64 ':' base64 ':' base64
 *
 * attestation, signature and PCR values, the latter in the "serialized" form
 * of tpm2_quote -o, which is drawn in pcrs.c. 'r' is the kind of quote; the
 * one other there ever was, 'd' of a virtual TPM, is of TPM 1.2.
 */
#include "format/keylime.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "format/base64.h"

#define KIND 'r'

static const char *const names[KEYLIME_PARTS] = {
	[KEYLIME_ATTEST] = "the attestation",
	[KEYLIME_SIGNATURE] = "the signature",
	[KEYLIME_PCRS] = "the PCR values",
};

bool keylime_is_quote(const char *text)
{
	static const char possible[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789+/=:";

	return *text == KIND && strchr(text, ':') &&
	       !text[strspn(text, possible)];
}

void keylime_free(struct keylime_quote *q)
{
	for (size_t i = 0; i < KEYLIME_PARTS; i++)
		free(q->part[i]);
	memset(q, 0, sizeof(*q));
}

/* The last part ends with the string, each other one with a colon. */
static int take_part(struct cursor *c, enum keylime_part which,
		     struct cursor *ret, struct error *err)
{
	const uint8_t *colon = memchr(c->at, ':', c->left);
	bool last = which == KEYLIME_PARTS - 1, ends = colon;
	const uint8_t *ignored;

	if (ends == last)
		return error_set(err, E_FORMAT, last ?
				 "more follows %s" : "nothing follows %s",
				 names[which]);
	if (cursor_child(c, ends ? (size_t)(colon - c->at) : c->left, ret) ||
	    (ends && cursor_bytes(c, 1, &ignored)))
		return error_set(err, E_FORMAT, "ends within %s",
				 names[which]);
	return E_OK;
}

static int decode_part(const struct cursor *text, enum keylime_part which,
		       struct keylime_quote *q, struct error *err)
{
	size_t room = text->left / 4 * 3;
	int rc;

	if (!text->left)
		return error_set(err, E_FORMAT, "nothing stands for %s",
				 names[which]);
	q->part[which] = malloc(room + 1);
	if (!q->part[which])
		return error_set(err, E_NOMEM, "out of memory");
	rc = base64_decode(q->part[which], room, &q->len[which],
			   (const char *)text->at, text->left);
	if (rc == E_NOMEM)
		return error_set(err, rc, "out of memory");
	if (rc)
		return error_set(err, E_FORMAT, "base64 of %s is malformed",
				 names[which]);
	return E_OK;
}

static size_t without_line_end(const char *text, size_t len)
{
	while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	return len;
}

int keylime_parse(const char *text, size_t len, struct keylime_quote *ret,
		  struct error *err)
{
	struct cursor c = cursor_over(text, without_line_end(text, len), true);
	struct keylime_quote q = { 0 };
	struct cursor part;
	uint8_t kind;
	int rc = E_OK;

	if (len > KEYLIME_MAX)
		return error_set(err, E_LIMIT, "a quote of %zu bytes, over %u",
				 len, KEYLIME_MAX);
	if (cursor_u8(&c, &kind))
		return error_set(err, E_FORMAT, "is empty");
	if (kind == 'd')
		return error_set(err, E_UNSUPPORTED,
				 "is a deep quote, of TPM 1.2");
	if (kind != KIND)
		return error_set(err, E_FORMAT,
				 "does not begin with 'r', as Keylime's quotes do");
	for (unsigned int i = 0; i < KEYLIME_PARTS && !rc; i++) {
		rc = take_part(&c, i, &part, err);
		if (!rc)
			rc = decode_part(&part, i, &q, err);
	}
	if (rc) {
		keylime_free(&q);
		return rc;
	}
	*ret = q;
	return E_OK;
}
