// SPDX-License-Identifier: GPL-2.0-or-later
/* cursor.c - the one place that knows bounds and byte order */
#include "base/cursor.h"

static int integer(struct cursor *c, size_t n, uint64_t *ret)
{
	const uint8_t *p;
	uint64_t v = 0;
	int rc = cursor_bytes(c, n, &p);

	if (rc)
		return rc;
	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[c->big_endian ? i : n - 1 - i];
	*ret = v;
	return E_OK;
}

int cursor_u8(struct cursor *c, uint8_t *ret)
{
	uint64_t v;
	int rc = integer(c, 1, &v);

	if (!rc)
		*ret = (uint8_t)v;
	return rc;
}

int cursor_u16(struct cursor *c, uint16_t *ret)
{
	uint64_t v;
	int rc = integer(c, 2, &v);

	if (!rc)
		*ret = (uint16_t)v;
	return rc;
}

int cursor_u64(struct cursor *c, uint64_t *ret)
{
	return integer(c, 8, ret);
}

int cursor_child(struct cursor *c, size_t n, struct cursor *ret)
{
	const uint8_t *p;
	int rc = cursor_bytes(c, n, &p);

	if (!rc)
		*ret = cursor_over(p, n, c->big_endian);
	return rc;
}

int cursor_finish(const struct cursor *c)
{
	return c->left ? E_FORMAT : E_OK;
}
