/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cursor.h - the one place that knows bounds and byte order
 *
 * A cursor is a view of bytes that somebody else owns. Only the functions
 * here move it, and each asks whether enough is left before it takes: a
 * length from the bytes themselves is never added to a pointer. On failure
 * the cursor and the outputs are unchanged. What every record takes several
 * times is inline.
 */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct cursor {
	const uint8_t *at;
	size_t left;
	bool big_endian;
};

/* A cursor over @len bytes, of which it owns none. */
static inline struct cursor cursor_over(const void *bytes, size_t len,
					bool big_endian)
{
	return (struct cursor){ bytes, len, big_endian };
}

/* The next @n bytes as they stand, valid as long as what the cursor views. */
static inline int cursor_bytes(struct cursor *c, size_t n, const uint8_t **ret)
{
	if (n > c->left)
		return E_INCOMPLETE;
	*ret = c->at;
	c->at += n;
	c->left -= n;
	return E_OK;
}

/* One integer in the cursor's byte order. Returns 0 or E_INCOMPLETE. */
static inline int cursor_u32(struct cursor *c, uint32_t *ret)
{
	const uint8_t *p;
	int rc = cursor_bytes(c, sizeof(*ret), &p);

	if (rc)
		return rc;
	/* In a form of which compilers make one load. */
	if (c->big_endian)
		*ret = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
		       (uint32_t)p[2] << 8 | p[3];
	else
		*ret = (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 |
		       (uint32_t)p[1] << 8 | p[0];
	return E_OK;
}

int cursor_u8(struct cursor *c, uint8_t *ret);
int cursor_u16(struct cursor *c, uint16_t *ret);
int cursor_u64(struct cursor *c, uint64_t *ret);

/* The next @n bytes as a cursor of their own. */
int cursor_child(struct cursor *c, size_t n, struct cursor *ret);

/* States that nothing is left: 0, or E_FORMAT. */
int cursor_finish(const struct cursor *c);

#endif
