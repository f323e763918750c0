// SPDX-License-Identifier: GPL-2.0-or-later
/* show.c - a record as a line of the kernel's ASCII lists */
#include "format/show.h"

#include <stdio.h>
#include <string.h>

#include "base/cursor.h"
#include "base/text.h"
#include "format/template.h"

/* What is hexadecimal or escaped is made a piece at a time. */
#define PIECE 64

struct line {
	show_put put;
	void *ctx;
	bool escape;
	bool big_endian;
};

static void put_text(const struct line *l, const char *text, size_t len)
{
	if (len)
		l->put(l->ctx, text, len);
}

static void put_hex(const struct line *l, const uint8_t *p, size_t n)
{
	char hex[2 * PIECE + 1];

	while (n) {
		size_t now = n < PIECE ? n : PIECE;

		hex_encode(hex, p, now);
		put_text(l, hex, 2 * now);
		p += now;
		n -= now;
	}
}

/* A string as the kernel's "%s" prints it: up to the first NUL. */
static void put_string(const struct line *l, const uint8_t *p, size_t n)
{
	const char *s = (const char *)p;
	char safe[4 * PIECE + 1];

	n = strnlen(s, n);
	if (!l->escape) {
		put_text(l, s, n);
		return;
	}
	while (n) {
		size_t now = n < PIECE ? n : PIECE;

		/* Do not cut a UTF-8 sequence in two. */
		while (now < n && now > PIECE - 4 && (s[now] & 0xc0) == 0x80)
			now--;
		put_text(l, safe, text_escape(safe, sizeof(safe), s, now));
		s += now;
		n -= now;
	}
}

static void put_digest_algo(const struct line *l, const uint8_t *p, size_t n)
{
	const uint8_t *nul = memchr(p, '\0', n);
	size_t prefix;

	if (!nul || nul == p || nul[-1] != ':') {
		put_hex(l, p, n);
		return;
	}
	prefix = (size_t)(nul - p);
	/* The ":" alone of a violation's is not printed. */
	if (prefix > 1)
		put_string(l, p, prefix);
	put_hex(l, nul + 1, n - prefix - 1);
}

/* Of another size it is nothing to the kernel. */
static void put_uint(const struct line *l, const uint8_t *p, size_t n)
{
	struct cursor c = cursor_over(p, n, l->big_endian);
	uint64_t v = 0;
	uint32_t v32 = 0;
	uint16_t v16 = 0;
	uint8_t v8 = 0;
	char text[24];

	if (n == 1 && !cursor_u8(&c, &v8))
		v = v8;
	else if (n == 2 && !cursor_u16(&c, &v16))
		v = v16;
	else if (n == 4 && !cursor_u32(&c, &v32))
		v = v32;
	else if (n != 8 || cursor_u64(&c, &v))
		return;
	put_text(l, text, (size_t)snprintf(text, sizeof(text), "%llu",
					   (unsigned long long)v));
}

static void put_field(const struct line *l, const struct template_field *f)
{
	switch (f->kind) {
	case FIELD_UNKNOWN:
	case FIELD_HEX:
		put_hex(l, f->bytes, f->len);
		break;
	case FIELD_DIGEST_ALGO:
		put_digest_algo(l, f->bytes, f->len);
		break;
	case FIELD_STRING:
		put_string(l, f->bytes, f->len);
		break;
	case FIELD_UINT:
		put_uint(l, f->bytes, f->len);
		break;
	}
}

void show_record(const struct show *show, const struct record *rec,
		 const struct list_layout *layout, show_put put, void *ctx)
{
	struct template_walk w = template_fields(rec, layout);
	struct line l = { put, ctx, show->escape, layout->big_endian };
	struct template_field f;
	char pcr[16];

	put_text(&l, pcr, (size_t)snprintf(pcr, sizeof(pcr), "%2u ", rec->pcr));
	if (show->digest)
		put_hex(&l, show->digest, show->digest_size);
	else
		put_hex(&l, rec->digest, layout->digest_size);
	put_text(&l, " ", 1);
	put_text(&l, rec->name, rec->name_len);
	while (template_next(&w, &f)) {
		put_text(&l, " ", 1);
		put_field(&l, &f);
	}
	if (w.data.left) {
		put_text(&l, " ", 1);
		put_hex(&l, w.data.at, w.data.left);
	}
	put_text(&l, "\n", 1);
}

static void count(void *ctx, const char *bytes, size_t len)
{
	(void)bytes;
	*(size_t *)ctx += len;
}

size_t show_length(const struct show *show, const struct record *rec,
		   const struct list_layout *layout)
{
	size_t len = 0;

	show_record(show, rec, layout, count, &len);
	return len;
}

/* The part of a line that is wanted. */
struct part {
	size_t skip;		/* bytes before it that are to come */
	char *buf;
	size_t size, len;
};

static void copy(void *ctx, const char *bytes, size_t len)
{
	struct part *p = ctx;
	size_t room = p->size - p->len;

	if (len <= p->skip) {
		p->skip -= len;
		return;
	}
	bytes += p->skip;
	len -= p->skip;
	p->skip = 0;
	if (len > room)
		len = room;
	memcpy(p->buf + p->len, bytes, len);
	p->len += len;
}

size_t show_copy(const struct show *show, const struct record *rec,
		 const struct list_layout *layout, size_t skip,
		 char *buf, size_t size)
{
	struct part p = { .skip = skip, .buf = buf, .size = size };

	show_record(show, rec, layout, copy, &p);
	return p.len;
}

int show_digest_of(struct hasher *h, enum hash_id bank, bool padded,
		   const struct record *rec, const struct list_layout *layout,
		   uint8_t ret[HASH_SIZE_MAX])
{
	uint8_t scratch[RECORD_SCRATCH];
	size_t len;
	const uint8_t *data = record_hashed(rec, layout, scratch, &len);
	int rc = E_OK;

	memset(ret, 0, HASH_SIZE_MAX);
	if (!rec->violation)
		rc = hasher_digest(h, padded ? HASH_SHA1 : bank, data, len,
				   NULL, 0, ret);
	return rc ? rc : (int)hash_row(bank)->size;
}
