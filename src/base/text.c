// SPDX-License-Identifier: GPL-2.0-or-later
/* text.c - hexadecimal, escaping and sizes, for bytes that others wrote */
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"

void hex_encode(char *out, const uint8_t *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '\0';
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int hex_decode(uint8_t *out, size_t len, const char *hex, size_t chars)
{
	if (chars % 2 || chars / 2 != len)
		return E_FORMAT;
	for (size_t i = 0; i < len; i++) {
		int hi = nibble(hex[2 * i]), lo = nibble(hex[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return E_FORMAT;
		out[i] = (uint8_t)(hi << 4 | lo);
	}
	return E_OK;
}

/*
 * Length of the well-formed UTF-8 sequence at @s that is no C1 control, no
 * surrogate, no overlong form and no bidirectional override; 0 if none.
 */
static size_t utf8_safe(const unsigned char *s, size_t left)
{
	uint32_t min, c;
	size_t n;

	if (s[0] >= 0xc2 && s[0] <= 0xdf) {
		n = 2, min = 0x80, c = s[0] & 0x1f;
	} else if ((s[0] & 0xf0) == 0xe0) {
		n = 3, min = 0x800, c = s[0] & 0x0f;
	} else if (s[0] >= 0xf0 && s[0] <= 0xf4) {
		n = 4, min = 0x10000, c = s[0] & 0x07;
	} else {
		return 0;
	}
	if (n > left)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < min || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) || c < 0xa0)
		return 0;
	if (c == 0xad || c == 0x61c || c == 0x180e ||
	    (c >= 0xfff9 && c <= 0xfffb))
		return 0;
	if ((c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2060 && c <= 0x206f) || c == 0xfeff)
		return 0;
	return n;
}

/* The escaped form of the character at @s; returns the bytes it took. */
static size_t escape_one(char *out, const unsigned char *s, size_t left)
{
	static const char special[] = "\a\b\t\n\v\f\r\\";
	static const char letter[] = "abtnvfr\\";
	const char *hit = *s ? strchr(special, *s) : NULL;
	size_t n;

	if (hit) {
		snprintf(out, 5, "\\%c", letter[hit - special]);
		return 1;
	}
	if (*s >= 0x20 && *s < 0x7f) {
		snprintf(out, 5, "%c", *s);
		return 1;
	}
	n = utf8_safe(s, left);
	if (!n) {
		snprintf(out, 5, "\\x%02x", *s);
		return 1;
	}
	memcpy(out, s, n);
	out[n] = '\0';
	return n;
}

size_t text_escape(char *out, size_t size, const char *bytes, size_t len)
{
	const unsigned char *s = (const unsigned char *)bytes;
	size_t done = 0;

	if (!size)
		return 0;
	for (size_t i = 0; i < len; ) {
		char one[8];
		size_t took = escape_one(one, s + i, len - i);
		size_t n = strlen(one);

		if (n >= size - done)
			break;
		memcpy(out + done, one, n);
		done += n;
		i += took;
	}
	out[done] = '\0';
	return done;
}

/* Digits at *@text, which is moved behind them. */
static int digits(const char **text, uint64_t *ret)
{
	const char *p = *text;
	uint64_t n = 0;

	if (*p < '0' || *p > '9')
		return E_FORMAT;
	for (; *p >= '0' && *p <= '9'; p++) {
		uint64_t d = (uint64_t)(*p - '0');

		if (n > (INT64_MAX - d) / 10)
			return E_LIMIT;
		n = n * 10 + d;
	}
	*text = p;
	*ret = n;
	return E_OK;
}

int number_parse(const char *text, uint64_t *ret)
{
	uint64_t n;
	int rc = digits(&text, &n);

	if (rc)
		return rc;
	if (*text)
		return E_FORMAT;
	*ret = n;
	return E_OK;
}

int size_parse(const char *text, uint64_t *ret)
{
	static const char units[] = "KMGT";
	unsigned int shift = 0;
	const char *unit;
	uint64_t n;
	int rc = digits(&text, &n);

	if (rc)
		return rc;
	unit = *text ? strchr(units, *text) : NULL;
	if (unit) {
		shift = 10 * (unsigned int)(unit - units + 1);
		text++;
		if (*text == 'i' && text[1] == 'B')
			text++;
	}
	if (*text == 'B')
		text++;
	if (*text)
		return E_FORMAT;
	if (n > (uint64_t)INT64_MAX >> shift)
		return E_LIMIT;
	*ret = n << shift;
	return E_OK;
}
