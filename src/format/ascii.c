// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ascii.c - a record back from a line of the kernel's ASCII lists
 *
 *	"%2u " pcr, digest in hexadecimal, ' ', template name,
 *	for each field: ' ', its text; '\n'
 *
 * (ima_fs.c, ima_ascii_measurements_show.) The kernel puts '_' for a blank
 * into names when it measures them, so that blanks only separate; a name with
 * blanks of an older one is what is left between the fields around it.
 */
#include "format/ascii.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/text.h"
#include "format/template.h"

/* Fields of all templates there are, joined. */
#define FIELDS_MAX 16

/* The digests that a list may be of. */
static const uint8_t digest_sizes[] = { 20, 32, 48, 64 };

void ascii_free(struct ascii_record *r)
{
	free(r->bytes);
	memset(r, 0, sizeof(*r));
}

/* --- the head: PCR, digest, template --- */

struct head {
	uint8_t pcr;
	struct cursor digest;	/* hexadecimal */
	struct cursor template;
	struct cursor rest;	/* the fields, each with its blank */
};

/* What is before the next blank, which is taken too. */
static bool take_word(struct cursor *c, struct cursor *ret)
{
	const uint8_t *blank = memchr(c->at, ' ', c->left), *ignored;

	return blank && blank != c->at &&
	       !cursor_child(c, (size_t)(blank - c->at), ret) &&
	       !cursor_bytes(c, 1, &ignored);
}

static bool take_pcr(struct cursor *c, uint8_t *ret)
{
	const uint8_t *two;
	uint8_t tens, ones;

	if (cursor_bytes(c, 2, &two))
		return false;
	tens = two[0] == ' ' ? '0' : two[0];
	ones = two[1];
	*ret = (uint8_t)((tens - '0') * 10 + ones - '0');
	return tens >= '0' && tens <= '9' && ones >= '0' && ones <= '9' &&
	       *ret < PCR_COUNT;
}

static bool is_hex(const struct cursor *c)
{
	for (size_t i = 0; i < c->left; i++)
		if (!((c->at[i] >= '0' && c->at[i] <= '9') ||
		      (c->at[i] >= 'a' && c->at[i] <= 'f')))
			return false;
	return true;
}

static bool take_head(struct cursor *c, struct head *ret)
{
	const uint8_t *blank;
	size_t n = 0;

	if (!take_pcr(c, &ret->pcr) || cursor_bytes(c, 1, &blank) ||
	    *blank != ' ' || !take_word(c, &ret->digest) ||
	    !is_hex(&ret->digest))
		return false;
	while (n < c->left && c->at[n] != ' ' && c->at[n] != '\n')
		n++;
	if (!n || n > RECORD_NAME_MAX || n == c->left || c->at[n] != ' ' ||
	    cursor_child(c, n, &ret->template))
		return false;
	ret->rest = *c;
	return true;
}

bool ascii_detect(const uint8_t *text, size_t len, struct list_layout *ret)
{
	struct cursor c = cursor_over(text, len, false);
	struct head head;

	if (!take_head(&c, &head))
		return false;
	for (size_t i = 0; i < sizeof(digest_sizes); i++) {
		if (head.digest.left != 2U * digest_sizes[i])
			continue;
		*ret = (struct list_layout){ .digest_size = digest_sizes[i] };
		return true;
	}
	return false;
}

/* --- the bytes --- */

static int put(struct ascii_record *r, const void *bytes, size_t n)
{
	if (n > r->room - r->len) {
		size_t room = 2 * (r->len + n);
		uint8_t *more = realloc(r->bytes, room);

		if (!more)
			return E_NOMEM;
		r->bytes = more;
		r->room = room;
	}
	if (n)
		memcpy(r->bytes + r->len, bytes, n);
	r->len += n;
	return E_OK;
}

static void write_u32(uint8_t *at, uint64_t v)
{
	for (unsigned int i = 0; i < 4; i++)
		at[i] = (uint8_t)(v >> 8 * i);
}

static int put_u32(struct ascii_record *r, uint64_t v)
{
	uint8_t bytes[4];

	write_u32(bytes, v);
	return put(r, bytes, sizeof(bytes));
}

/* A length that is known only later; what it returns goes to end_length(). */
static size_t begin_length(struct ascii_record *r, int *rc)
{
	*rc = put_u32(r, 0);
	return r->len;
}

static void end_length(struct ascii_record *r, size_t start)
{
	write_u32(r->bytes + start - 4, r->len - start);
}

static int put_hex(struct ascii_record *r, const struct cursor *hex)
{
	size_t n = hex->left / 2;
	uint8_t *bytes;
	int rc;

	if (hex->left % 2 || !is_hex(hex))
		return E_FORMAT;
	bytes = malloc(n + 1);
	if (!bytes)
		return E_NOMEM;
	rc = hex_decode(bytes, n, (const char *)hex->at, hex->left);
	if (!rc)
		rc = put(r, bytes, n);
	free(bytes);
	return rc;
}

/* --- the fields --- */

/* "sha256:HEX", "ima:sha256:HEX"; HEX alone is of a violation's "". */
static int put_digest_algo(struct ascii_record *r, const struct cursor *text)
{
	struct cursor hex = *text, prefix = { 0 };
	size_t n = text->left;
	int rc;

	if (!n)
		return E_OK;
	while (n && text->at[n - 1] != ':')
		n--;
	rc = n ? cursor_child(&hex, n, &prefix) : E_OK;
	if (!rc)
		rc = n ? put(r, prefix.at, n) : put(r, ":", 1);
	if (!rc)
		rc = put(r, "", 1);
	return rc ? rc : put_hex(r, &hex);
}

/* uid and gid have four bytes, a mode two (ima_template_lib.c). */
static int put_uint(struct ascii_record *r, const struct template_field *f,
		    const struct cursor *text)
{
	bool mode = f->id_len == 5 && !memcmp(f->id, "imode", 5);
	uint64_t v, max = mode ? UINT16_MAX : UINT32_MAX;
	uint8_t bytes[4];
	char number[12];

	if (!text->left)
		return E_OK;
	if (text->left >= sizeof(number) ||
	    memchr(text->at, '\0', text->left))
		return E_FORMAT;
	memcpy(number, text->at, text->left);
	number[text->left] = '\0';
	if (number_parse(number, &v) || v > max)
		return E_FORMAT;
	write_u32(bytes, v);
	return put(r, bytes, mode ? 2 : 4);
}

static bool is_name(const struct template_field *f)
{
	return (f->id_len == 1 && *f->id == 'n') ||
	       (f->id_len == 4 && !memcmp(f->id, "n-ng", 4));
}

/* A name has its NUL even if it is empty; names of no attributes have none. */
static int put_string(struct ascii_record *r, const struct template_field *f,
		      const struct cursor *text)
{
	int rc;

	if (memchr(text->at, '\0', text->left))
		return E_FORMAT;
	rc = put(r, text->at, text->left);
	if (rc || (!text->left && !is_name(f)))
		return rc;
	return put(r, "", 1);
}

static int put_field(struct ascii_record *r, const struct template_field *f,
		     const struct cursor *text)
{
	switch (f->kind) {
	case FIELD_HEX:
		return put_hex(r, text);
	case FIELD_DIGEST_ALGO:
		return put_digest_algo(r, text);
	case FIELD_STRING:
		return put_string(r, f, text);
	case FIELD_UINT:
		return put_uint(r, f, text);
	case FIELD_UNKNOWN:
		break;
	}
	return E_UNSUPPORTED;
}

/* Template "ima": the digest has no length, the name no NUL. */
static int put_legacy(struct ascii_record *r, const struct template_field *f,
		      const struct cursor *text)
{
	int rc;

	if (f->kind == FIELD_HEX)
		return text->left == 2 * RECORD_LEGACY_DIGEST ?
		       put_hex(r, text) : E_FORMAT;
	if (text->left > RECORD_LEGACY_NAME_MAX)
		return E_FORMAT;
	rc = put_u32(r, text->left);
	return rc ? rc : put(r, text->at, text->left);
}

struct fields {
	size_t count, name;
	struct template_field field[FIELDS_MAX];
	struct cursor text[FIELDS_MAX];
};

static int fields_of(const struct head *h, struct fields *ret,
		     struct error *err)
{
	struct template_walk w = template_format((const char *)h->template.at,
						 h->template.left);
	struct template_field f;
	bool known = true;

	ret->count = 0;
	ret->name = FIELDS_MAX;
	while (template_next_id(&w, &f)) {
		if (ret->count == FIELDS_MAX)
			return error_set(err, E_LIMIT,
					 "a template of more than %d fields",
					 FIELDS_MAX);
		known = known && f.kind != FIELD_UNKNOWN;
		if (is_name(&f) && ret->name == FIELDS_MAX)
			ret->name = ret->count;
		ret->field[ret->count++] = f;
	}
	if (known && ret->count)
		return E_OK;
	return error_set(err, E_UNSUPPORTED,
			 "template '%.*s' has fields that text does not tell",
			 (int)h->template.left, (const char *)h->template.at);
}

/* Each field's text: from the left up to the name, from the right behind it. */
static bool split_fields(struct cursor rest, struct fields *f)
{
	size_t last = f->count;

	while (last - 1 > f->name && f->name != FIELDS_MAX) {
		size_t n = rest.left;

		while (n && rest.at[n - 1] != ' ')
			n--;
		if (!n)
			return false;
		f->text[--last] = cursor_over(rest.at + n, rest.left - n,
					      false);
		rest.left = n - 1;
	}
	for (size_t i = 0; i < last; i++) {
		const uint8_t *blank, *end;

		if (cursor_bytes(&rest, 1, &blank) || *blank != ' ')
			return false;
		end = i + 1 == last ? NULL : memchr(rest.at, ' ', rest.left);
		if ((i + 1 < last && !end) ||
		    cursor_child(&rest, end ? (size_t)(end - rest.at) :
				 rest.left, &f->text[i]))
			return false;
	}
	return !rest.left;
}

static int put_fields(struct ascii_record *r, const struct fields *f,
		      bool legacy)
{
	size_t data, field;
	int rc = E_OK;

	if (legacy) {
		for (size_t i = 0; i < f->count && !rc; i++)
			rc = put_legacy(r, &f->field[i], &f->text[i]);
		return rc;
	}
	data = begin_length(r, &rc);
	for (size_t i = 0; i < f->count && !rc; i++) {
		field = begin_length(r, &rc);
		if (!rc)
			rc = put_field(r, &f->field[i], &f->text[i]);
		if (!rc)
			end_length(r, field);
	}
	if (!rc)
		end_length(r, data);
	return rc;
}

/* The record that @line, without its newline, would be. */
static int build(const struct list_layout *layout, struct cursor line,
		 struct ascii_record *r, struct error *err)
{
	struct fields fields;
	struct head h;
	int rc;

	r->len = 0;
	if (!take_head(&line, &h))
		return error_set(err, E_FORMAT,
				 "no line of an ASCII measurement list");
	if (h.digest.left != 2U * layout->digest_size)
		return error_set(err, E_FORMAT,
				 "a template digest of %zu digits, not %u",
				 h.digest.left, 2U * layout->digest_size);
	rc = fields_of(&h, &fields, err);
	if (rc)
		return rc;
	if (!split_fields(h.rest, &fields))
		return error_set(err, E_FORMAT, "template '%.*s' has %zu fields",
				 (int)h.template.left,
				 (const char *)h.template.at, fields.count);
	rc = put_u32(r, h.pcr);
	if (!rc)
		rc = put_hex(r, &h.digest);
	if (!rc)
		rc = put_u32(r, h.template.left);
	if (!rc)
		rc = put(r, h.template.at, h.template.left);
	if (!rc)
		rc = put_fields(r, &fields,
				template_is_legacy((const char *)h.template.at,
						   h.template.left));
	if (rc == E_NOMEM)
		return error_set(err, rc, "out of memory");
	if (rc)
		return error_set(err, rc,
				 "a field is not as template '%.*s' has it",
				 (int)h.template.left,
				 (const char *)h.template.at);
	return E_OK;
}

/* --- is it right? --- */

static int digest_is(struct hasher *h, enum hash_id id,
		     const struct record *rec, const uint8_t *data, size_t len,
		     size_t size)
{
	static const uint8_t zero[HASH_SIZE_MAX];
	uint8_t digest[HASH_SIZE_MAX];
	size_t own = hash_row(id)->size;

	if (!(hasher_has(h) & HASH_BIT(id)))
		return 0;
	if (hasher_digest(h, id, data, len, NULL, 0, digest))
		return E_CRYPTO;
	return !memcmp(rec->digest, digest, own) &&
	       !memcmp(rec->digest + own, zero, size - own);
}

/* 1: the digest is of the rebuilt data, or there is none. 0: it is not. */
static int right(struct hasher *h, const struct list_layout *layout,
		 const struct ascii_record *r, bool *violation,
		 struct error *err)
{
	uint8_t scratch[RECORD_SCRATCH];
	size_t need, len;
	const uint8_t *data;
	struct record rec;
	int rc = record_parse(layout, r->bytes, r->len, &rec, &need, err);

	if (rc)
		return rc;
	*violation = rec.violation;
	if (rec.violation)
		return 1;
	data = record_hashed(&rec, layout, scratch, &len);
	rc = digest_is(h, HASH_SHA1, &rec, data, len, layout->digest_size);
	for (unsigned int i = 0; i < HASH_COUNT && !rc; i++)
		if (i != HASH_SHA1 &&
		    hash_row(i)->size == layout->digest_size)
			rc = digest_is(h, i, &rec, data, len,
				       layout->digest_size);
	if (rc < 0)
		return error_set(err, rc, "libcrypto failed to hash");
	if (!rc)
		error_set(err, E_CHANGED,
			  "template digest is not that of the line's fields");
	return rc;
}

/* Nothing, or what begins like another record of this list. */
static bool record_follows(const struct list_layout *layout,
			   const uint8_t *text, size_t len)
{
	struct list_layout next;

	return !len || (ascii_detect(text, len, &next) &&
			next.digest_size == layout->digest_size);
}

/* A whole head fits into this. */
#define HEAD_MAX (3 + 2 * HASH_SIZE_MAX + 1 + RECORD_NAME_MAX + 1)

/*
 * With the line that ends at @n: 1 it is the record, 0 it is not, though more
 * lines may be; E_INCOMPLETE more text tells.
 */
static int try_end(struct hasher *h, const struct list_layout *layout,
		   const uint8_t *text, size_t n, size_t len, bool end,
		   struct ascii_record *r, struct error *err)
{
	struct cursor line = cursor_over(text, n, false);
	bool violation = false;
	int rc = build(layout, line, r, err);

	if (!rc)
		rc = right(h, layout, r, &violation, err);
	if (rc == E_FORMAT || rc == E_UNSUPPORTED || rc == E_LIMIT)
		return 0;
	if (rc != 1 || !violation)
		return rc;
	/* Nothing but what follows tells where a violation ends. */
	n = n < len ? n + 1 : n;
	if (!end && len - n < HEAD_MAX)
		return E_INCOMPLETE;
	if (record_follows(layout, text + n, len - n))
		return 1;
	error_set(err, E_FORMAT, "the line behind this violation is no record");
	return 0;
}

int ascii_parse(struct hasher *h, const struct list_layout *layout,
		const uint8_t *text, size_t len, bool end,
		struct ascii_record *ret, size_t *taken, struct error *err)
{
	struct error first = { 0 }, why;
	size_t n = 0, most = len;

	for (unsigned int i = 0; i < ASCII_LINES_MAX && n <= most; i++) {
		const uint8_t *newline = n < len ? memchr(text + n, '\n',
							  len - n) : NULL;
		int rc;

		if (!newline && !end)
			return E_INCOMPLETE;
		if (!newline && n == len)
			break;
		n = newline ? (size_t)(newline - text) : len;
		memset(&why, 0, sizeof(why));
		rc = try_end(h, layout, text, n, len, end, ret, &why);
		n += newline ? 1 : 0;
		if (rc < 0) {
			if (err)
				*err = why;
			return rc;
		}
		if (rc) {
			*taken = n;
			return E_OK;
		}
		if (!i) {
			first = why;
			most = n + ASCII_MORE_MAX;
		}
		if (!newline)
			break;
	}
	/* Cut off within its last line, it could not be right. */
	if (end && len && text[len - 1] != '\n' &&
	    !memchr(text, '\n', len - 1))
		return error_set(err, E_INCOMPLETE, "ends within a line");
	if (err)
		*err = first;
	return first.code;
}
