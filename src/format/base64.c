// SPDX-License-Identifier: GPL-2.0-or-later
/* base64.c - RFC 4648 base64, by libcrypto, strictly */
#include "format/base64.h"

#include <limits.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

void base64_encode(char *out, const uint8_t *bytes, size_t len)
{
	EVP_EncodeBlock((unsigned char *)out, bytes, (int)len);
}

static size_t padding(const char *text, size_t chars)
{
	if (chars && text[chars - 1] == '=')
		return chars > 1 && text[chars - 2] == '=' ? 2 : 1;
	return 0;
}

/*
 * EVP_DecodeBlock() skips white space and lets unused bits be: what it made
 * must encode to the very text again.
 */
static int decode(uint8_t *bytes, const char *text, size_t chars, char *again)
{
	size_t pad = padding(text, chars);
	int n = EVP_DecodeBlock(bytes, (const unsigned char *)text,
				(int)chars);

	if (n < 0 || (size_t)n != chars / 4 * 3)
		return E_FORMAT;
	base64_encode(again, bytes, (size_t)n - pad);
	return memcmp(again, text, chars) ? E_FORMAT : E_OK;
}

int base64_decode(uint8_t *out, size_t size, size_t *len, const char *text,
		  size_t chars)
{
	size_t made = chars / 4 * 3 - padding(text, chars);
	uint8_t *bytes;
	char *again;
	int rc;

	if (!chars || chars % 4 || chars > INT_MAX / 2)
		return E_FORMAT;
	if (made > size)
		return E_LIMIT;
	/* The call writes whole groups, so it may need more than @size. */
	bytes = malloc(chars);
	again = malloc(chars + 4);
	rc = bytes && again ? decode(bytes, text, chars, again) : E_NOMEM;
	if (!rc) {
		memcpy(out, bytes, made);
		*len = made;
	}
	free(bytes);
	free(again);
	return rc;
}
