// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * template.c - templates and their fields, as rows
 *
 * Follows supported_fields[] and builtin_templates[] of the kernel's
 * security/integrity/ima/ima_template.c and the show functions of
 * ima_template_lib.c. A custom format ("d-ng|n-ng|iuid") is its own name.
 */
#include "format/template.h"

#include <stdio.h>
#include <string.h>

#include "base/cursor.h"
#include "base/text.h"

enum shown {
	SHOW_DIGEST,		/* bare hexadecimal */
	SHOW_DIGEST_ALGO,	/* "algo:" NUL digest, or "type:algo:" NUL */
	SHOW_STRING,
	SHOW_HEX,
	SHOW_UINT
};

static const struct {
	const char *name, *format;
} templates[] = {
	{ "ima", "d|n" },
	{ "ima-ng", "d-ng|n-ng" },
	{ "ima-sig", "d-ng|n-ng|sig" },
	{ "ima-ngv2", "d-ngv2|n-ng" },
	{ "ima-sigv2", "d-ngv2|n-ng|sig" },
	{ "ima-buf", "d-ng|n-ng|buf" },
	{ "ima-modsig", "d-ng|n-ng|sig|d-modsig|modsig" },
	{ "evm-sig", "d-ng|n-ng|evmsig|xattrnames|xattrlengths|xattrvalues|"
		     "iuid|igid|imode" },
};

static const struct {
	const char *id;
	enum shown shown;
} fields[] = {
	{ "d", SHOW_DIGEST },
	{ "n", SHOW_STRING },
	{ "d-ng", SHOW_DIGEST_ALGO },
	{ "d-ngv2", SHOW_DIGEST_ALGO },
	{ "n-ng", SHOW_STRING },
	{ "sig", SHOW_HEX },
	{ "buf", SHOW_HEX },
	{ "d-modsig", SHOW_DIGEST_ALGO },
	{ "modsig", SHOW_HEX },
	{ "evmsig", SHOW_HEX },
	{ "iuid", SHOW_UINT },
	{ "igid", SHOW_UINT },
	{ "imode", SHOW_UINT },
	{ "xattrnames", SHOW_STRING },
	{ "xattrlengths", SHOW_HEX },
	{ "xattrvalues", SHOW_HEX },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool same(const char *row, const char *s, size_t len)
{
	return strlen(row) == len && !memcmp(row, s, len);
}

bool template_is_legacy(const char *name, size_t len)
{
	return same("ima", name, len);
}

/* One walk over a record's fields. */
struct walk {
	struct cursor data;
	const char *format;	/* what is left of it */
	size_t format_len;
	bool legacy;
};

struct field {
	const char *id;
	size_t id_len;
	int row;		/* in fields[], or -1 */
	const uint8_t *bytes;
	size_t len;
};

static struct walk walk_start(const struct record *rec,
			      const struct list_layout *layout)
{
	struct walk w = {
		.data = cursor_over(rec->data, rec->data_len,
				    layout->big_endian),
		.format = rec->name,
		.format_len = rec->name_len,
		.legacy = rec->legacy,
	};

	for (size_t i = 0; i < COUNT(templates); i++) {
		if (same(templates[i].name, rec->name, rec->name_len)) {
			w.format = templates[i].format;
			w.format_len = strlen(w.format);
		}
	}
	return w;
}

/* The next field; false where format or data end, or the data is malformed. */
static bool walk_next(struct walk *w, struct field *f)
{
	const char *bar = memchr(w->format, '|', w->format_len);
	uint32_t len = RECORD_LEGACY_DIGEST;

	if (!w->format_len)
		return false;
	f->id = w->format;
	f->id_len = bar ? (size_t)(bar - w->format) : w->format_len;
	f->row = -1;
	for (size_t i = 0; i < COUNT(fields); i++)
		if (same(fields[i].id, f->id, f->id_len))
			f->row = (int)i;
	if (!(w->legacy && same("d", f->id, f->id_len)) &&
	    cursor_u32(&w->data, &len))
		return false;
	if (cursor_bytes(&w->data, len, &f->bytes))
		return false;
	f->len = len;
	w->format_len -= f->id_len + (bar ? 1 : 0);
	w->format += f->id_len + (bar ? 1 : 0);
	return true;
}

bool template_file_name(const struct record *rec,
			const struct list_layout *layout,
			const uint8_t **ret, size_t *len)
{
	struct walk w = walk_start(rec, layout);
	struct field f;

	while (walk_next(&w, &f)) {
		if (f.row < 0 || (strcmp(fields[f.row].id, "n") &&
				  strcmp(fields[f.row].id, "n-ng")))
			continue;
		*ret = f.bytes;
		*len = strnlen((const char *)f.bytes, f.len);
		return true;
	}
	return false;
}

/* "algo:" NUL digest, or "type:algo:" NUL digest. */
static void split_digest(const struct field *f, struct template_signature *ret)
{
	const uint8_t *nul = memchr(f->bytes, '\0', f->len);
	const char *text = (const char *)f->bytes, *algo = text;
	size_t len;

	if (!nul || nul == f->bytes || nul[-1] != ':')
		return;
	ret->verity = !strncmp(text, "verity:", 7);
	if (ret->verity || !strncmp(text, "ima:", 4))
		algo = strchr(text, ':') + 1;
	len = strlen(algo);
	if (!len || len > sizeof(ret->algo))
		return;
	memcpy(ret->algo, algo, len - 1);
	ret->algo[len - 1] = '\0';
	ret->digest = nul + 1;
	ret->digest_len = f->len - (size_t)(nul + 1 - f->bytes);
}

int template_signed(const struct record *rec,
		     const struct list_layout *layout,
		     struct template_signature *ret)
{
	struct walk w = walk_start(rec, layout);
	struct field f;

	memset(ret, 0, sizeof(*ret));
	while (walk_next(&w, &f)) {
		if (same("d-ng", f.id, f.id_len) ||
		    same("d-ngv2", f.id, f.id_len)) {
			split_digest(&f, ret);
		} else if (same("sig", f.id, f.id_len)) {
			ret->sig = f.bytes;
			ret->sig_len = f.len;
		}
	}
	if (w.format_len || w.data.left)
		return -1;
	return ret->sig_len ? 1 : 0;
}

static void put_hex(template_put put, void *ctx, const uint8_t *p, size_t n)
{
	char hex[2 * 64 + 1];

	while (n) {
		size_t now = n < 64 ? n : 64;

		hex_encode(hex, p, now);
		put(ctx, hex, 2 * now);
		p += now;
		n -= now;
	}
}

/* A string as the kernel's "%s" prints it: up to the first NUL. */
static void put_string(template_put put, void *ctx, bool raw,
		       const uint8_t *p, size_t n)
{
	const char *s = (const char *)p;
	char safe[4 * 64 + 1];

	n = strnlen(s, n);
	if (raw) {
		put(ctx, s, n);
		return;
	}
	while (n) {
		size_t now = n < 64 ? n : 64;

		/* Do not cut a UTF-8 sequence in two. */
		while (now < n && now > 60 && (s[now] & 0xc0) == 0x80)
			now--;
		put(ctx, safe, text_escape(safe, sizeof(safe), s, now));
		s += now;
		n -= now;
	}
}

static void put_digest_algo(template_put put, void *ctx, bool raw,
			    const uint8_t *p, size_t n)
{
	const uint8_t *nul = memchr(p, '\0', n);
	size_t prefix;

	if (!nul || nul == p || nul[-1] != ':') {
		put_hex(put, ctx, p, n);
		return;
	}
	prefix = (size_t)(nul - p);
	/* ":" alone, of an unsigned d-modsig, is not printed */
	if (prefix > 1)
		put_string(put, ctx, raw, p, prefix);
	put_hex(put, ctx, nul + 1, n - prefix - 1);
}

static void put_uint(template_put put, void *ctx, const struct cursor *order,
		     const uint8_t *p, size_t n)
{
	struct cursor c = cursor_over(p, n, order->big_endian);
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
	put(ctx, text, (size_t)snprintf(text, sizeof(text), "%llu",
					(unsigned long long)v));
}

static void put_field(template_put put, void *ctx, bool raw,
		      const struct walk *w, const struct field *f)
{
	enum shown shown = f->row < 0 ? SHOW_HEX : fields[f->row].shown;

	if (!f->len)
		return;
	switch (shown) {
	case SHOW_DIGEST:
	case SHOW_HEX:
		put_hex(put, ctx, f->bytes, f->len);
		break;
	case SHOW_DIGEST_ALGO:
		put_digest_algo(put, ctx, raw, f->bytes, f->len);
		break;
	case SHOW_STRING:
		put_string(put, ctx, raw, f->bytes, f->len);
		break;
	case SHOW_UINT:
		put_uint(put, ctx, &w->data, f->bytes, f->len);
		break;
	}
}

void template_ascii(const struct record *rec, const struct list_layout *layout,
		    bool raw, template_put put, void *ctx)
{
	struct walk w = walk_start(rec, layout);
	struct field f;
	char pcr[16];

	put(ctx, pcr, (size_t)snprintf(pcr, sizeof(pcr), "%2u ", rec->pcr));
	put_hex(put, ctx, rec->digest, layout->digest_size);
	put(ctx, " ", 1);
	put(ctx, rec->name, rec->name_len);
	while (walk_next(&w, &f)) {
		put(ctx, " ", 1);
		put_field(put, ctx, raw, &w, &f);
	}
	if (w.data.left) {
		put(ctx, " ", 1);
		put_hex(put, ctx, w.data.at, w.data.left);
	}
}
