// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * template.c - templates and their fields, as rows
 *
 * Follows supported_fields[] and builtin_templates[] of the kernel's
 * security/integrity/ima/ima_template.c and the show functions of
 * ima_template_lib.c. A custom format ("d-ng|n-ng|iuid") is its own name.
 */
#include "format/template.h"

#include <string.h>

#include "base/cursor.h"
#include "format/filesig.h"

/* A text with its length, which is compared before anything else. */
struct text {
	const char *s;
	size_t len;
};

#define TEXT(literal) { literal, sizeof(literal) - 1 }

static const struct template_row {
	struct text name, format;
	int name_at;		/* fields before n or n-ng */
} templates[] = {
	{ TEXT("ima"), TEXT("d|n"), 1 },
	{ TEXT("ima-ng"), TEXT("d-ng|n-ng"), 1 },
	{ TEXT("ima-sig"), TEXT("d-ng|n-ng|sig"), 1 },
	{ TEXT("ima-ngv2"), TEXT("d-ngv2|n-ng"), 1 },
	{ TEXT("ima-sigv2"), TEXT("d-ngv2|n-ng|sig"), 1 },
	{ TEXT("ima-buf"), TEXT("d-ng|n-ng|buf"), 1 },
	{ TEXT("ima-modsig"), TEXT("d-ng|n-ng|sig|d-modsig|modsig"), 1 },
	{ TEXT("evm-sig"),
	  TEXT("d-ng|n-ng|evmsig|xattrnames|xattrlengths|xattrvalues|"
	       "iuid|igid|imode"), 1 },
};

static const struct {
	struct text id;
	enum template_kind kind;
} fields[] = {
	{ TEXT("d"), FIELD_HEX },
	{ TEXT("n"), FIELD_STRING },
	{ TEXT("d-ng"), FIELD_DIGEST_ALGO },
	{ TEXT("d-ngv2"), FIELD_DIGEST_ALGO },
	{ TEXT("n-ng"), FIELD_STRING },
	{ TEXT("sig"), FIELD_HEX },
	{ TEXT("buf"), FIELD_HEX },
	{ TEXT("d-modsig"), FIELD_DIGEST_ALGO },
	{ TEXT("modsig"), FIELD_HEX },
	{ TEXT("evmsig"), FIELD_HEX },
	{ TEXT("iuid"), FIELD_UINT },
	{ TEXT("igid"), FIELD_UINT },
	{ TEXT("imode"), FIELD_UINT },
	{ TEXT("xattrnames"), FIELD_STRING },
	{ TEXT("xattrlengths"), FIELD_HEX },
	{ TEXT("xattrvalues"), FIELD_HEX },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool same(struct text row, const char *s, size_t len)
{
	return row.len == len && !memcmp(row.s, s, len);
}

#define SAME(literal, s, len) same((struct text)TEXT(literal), s, len)

bool template_is_legacy(const char *name, size_t len)
{
	return SAME("ima", name, len);
}

/* NULL: the template's name is its format. */
static const struct template_row *find(const char *name, size_t len)
{
	for (size_t i = 0; i < COUNT(templates); i++)
		if (same(templates[i].name, name, len))
			return &templates[i];
	return NULL;
}

struct template_walk template_format(const char *name, size_t len)
{
	const struct template_row *row = find(name, len);
	struct template_walk w = {
		.format = row ? row->format.s : name,
		.format_len = row ? row->format.len : len,
		.legacy = template_is_legacy(name, len),
	};

	return w;
}

struct template_walk template_fields(const struct record *rec,
				     const struct list_layout *layout)
{
	struct template_walk w = template_format(rec->name, rec->name_len);

	w.data = cursor_over(rec->data, rec->data_len, layout->big_endian);
	return w;
}

/* The next id, if there is one; the format stays as it is. */
static bool peek_id(const struct template_walk *w, struct template_field *f)
{
	const char *bar = memchr(w->format, '|', w->format_len);

	if (!w->format_len)
		return false;
	f->id = w->format;
	f->id_len = bar ? (size_t)(bar - w->format) : w->format_len;
	return true;
}

static void skip_id(struct template_walk *w, const struct template_field *f)
{
	size_t n = f->id_len + (f->id_len < w->format_len);

	w->format += n;
	w->format_len -= n;
}

static void set_kind(struct template_field *f)
{
	f->kind = FIELD_UNKNOWN;
	for (size_t i = 0; i < COUNT(fields); i++)
		if (same(fields[i].id, f->id, f->id_len))
			f->kind = fields[i].kind;
}

bool template_next_id(struct template_walk *w, struct template_field *f)
{
	if (!peek_id(w, f))
		return false;
	skip_id(w, f);
	set_kind(f);
	return true;
}

bool template_next(struct template_walk *w, struct template_field *f)
{
	uint32_t len = RECORD_LEGACY_DIGEST;

	if (!peek_id(w, f))
		return false;
	if (!(w->legacy && SAME("d", f->id, f->id_len)) &&
	    cursor_u32(&w->data, &len))
		return false;
	if (cursor_bytes(&w->data, len, &f->bytes))
		return false;
	f->len = len;
	skip_id(w, f);
	set_kind(f);
	return true;
}

/* How many fields are before the name; -1: there is none. */
static int name_at(const struct record *rec)
{
	const struct template_row *row = find(rec->name, rec->name_len);
	struct template_walk w;
	struct template_field f;

	if (row)
		return row->name_at;
	w = template_format(rec->name, rec->name_len);
	for (int n = 0; template_next_id(&w, &f); n++)
		if (SAME("n", f.id, f.id_len) || SAME("n-ng", f.id, f.id_len))
			return n;
	return -1;
}

/* Asked of every record: without a walk, which looks at what a field is. */
bool template_file_name(const struct record *rec,
			const struct list_layout *layout,
			const uint8_t **ret, size_t *len)
{
	struct cursor c = cursor_over(rec->data, rec->data_len,
				      layout->big_endian);
	int at = name_at(rec);
	const uint8_t *bytes;
	uint32_t n;

	if (at < 0)
		return false;
	for (int i = 0; i <= at; i++) {
		n = RECORD_LEGACY_DIGEST;
		if (!(rec->legacy && !i) && cursor_u32(&c, &n))
			return false;
		if (cursor_bytes(&c, n, &bytes))
			return false;
	}
	*ret = bytes;
	*len = strnlen((const char *)bytes, n);
	return true;
}

/* "algo:" NUL digest, or "type:algo:" NUL digest. */
static void split_digest(const struct template_field *f,
			 struct template_signature *ret)
{
	const uint8_t *nul = memchr(f->bytes, '\0', f->len);
	const char *text = (const char *)f->bytes;

	if (!nul || nul == f->bytes || nul[-1] != ':')
		return;
	if (!strncmp(text, "verity:", 7))
		ret->kind = DIGEST_VERITY;
	else if (!strncmp(text, "ima:", 4))
		ret->kind = DIGEST_IMA;
	ret->digest = nul + 1;
	ret->digest_len = f->len - (size_t)(nul + 1 - f->bytes);
}

/* A value that can only be a file's signature, whatever a name calls it. */
static bool is_signature(const struct template_field *f)
{
	struct filesig sig;

	return !filesig_parse(f->bytes, f->len, &sig) && sig.known;
}

static void see_field(const struct template_field *f,
		      struct template_signature *ret,
		      struct template_signature *unnamed)
{
	if (SAME("sig", f->id, f->id_len)) {
		ret->sig = f->bytes;
		ret->sig_len = f->len;
	} else if (SAME("modsig", f->id, f->id_len) ||
		   SAME("evmsig", f->id, f->id_len)) {
		ret->other |= f->len > 0;
	} else if (is_signature(f)) {
		unnamed->sig = f->bytes;
		unnamed->sig_len = f->len;
	} else if (SAME("d-ng", f->id, f->id_len) ||
		   SAME("d-ngv2", f->id, f->id_len)) {
		split_digest(f, ret);
	}
}

int template_signed(const struct record *rec,
		     const struct list_layout *layout,
		     struct template_signature *ret)
{
	struct template_walk w = template_fields(rec, layout);
	struct template_signature unnamed = { 0 };
	struct template_field f;
	bool first = true;

	memset(ret, 0, sizeof(*ret));
	while (template_next(&w, &f)) {
		if (first)
			split_digest(&f, &unnamed);
		first = false;
		see_field(&f, ret, &unnamed);
	}
	if (w.format_len || w.data.left)
		return -1;
	if (!ret->sig_len && unnamed.sig_len) {
		ret->sig = unnamed.sig;
		ret->sig_len = unnamed.sig_len;
	}
	/* Where no name says which field it is, it is the first. */
	if (!ret->digest && ret->sig_len) {
		ret->digest = unnamed.digest;
		ret->digest_len = unnamed.digest_len;
		ret->kind = unnamed.kind;
	}
	return ret->sig_len || ret->other;
}
