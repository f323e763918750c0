/* SPDX-License-Identifier: GPL-2.0-or-later */
/* base64.h - RFC 4648 base64, by libcrypto, strictly */
#ifndef FORMAT_BASE64_H
#define FORMAT_BASE64_H

#include <stddef.h>
#include <stdint.h>

/* Room for the text of @len bytes, with its NUL. */
#define BASE64_ROOM(len) (4 * (((len) + 2) / 3) + 1)

/* Write the text of @len bytes into @out (BASE64_ROOM(len) bytes). */
void base64_encode(char *out, const uint8_t *bytes, size_t len);

/*
 * Exactly the @chars characters at @text: padded to a multiple of 4, no space,
 * the unused bits zero. At most @size bytes go to @out, *@len receives their
 * number. Returns 0, E_FORMAT or E_LIMIT.
 */
int base64_decode(uint8_t *out, size_t size, size_t *len, const char *text,
		  size_t chars);

#endif
