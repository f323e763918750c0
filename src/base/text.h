/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text.h - hexadecimal, escaping and sizes, for bytes that others wrote
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Lower-case hexadecimal of @len bytes into @out (2 * @len + 1 bytes). */
void hex_encode(char *out, const uint8_t *bytes, size_t len);

/*
 * Exactly @len bytes from the @chars characters at @hex, either case. Returns
 * 0, or E_FORMAT where the count or a character is wrong.
 */
int hex_decode(uint8_t *out, size_t len, const char *hex, size_t chars);

/*
 * @len bytes that may be anything, made fit for a terminal or a line of text:
 * printable ASCII and well-formed UTF-8 beyond the control ranges as they are,
 * '\n' and the like as in C, every other byte as \xHH. Always terminated; cut
 * at a whole character where @size is too small. 4 * @len + 1 always suffice.
 * Returns the length written.
 */
size_t text_escape(char *out, size_t size, const char *bytes, size_t len);

/*
 * A size such as "4096", "512K", "1M" or "2G" (powers of 1024; a trailing
 * "B" or "iB" is allowed). Returns 0, or E_FORMAT, or E_LIMIT over 2^63 - 1.
 */
int size_parse(const char *text, uint64_t *ret);

/* A decimal number without sign, space or leading garbage; E_FORMAT, E_LIMIT. */
int number_parse(const char *text, uint64_t *ret);

#endif
