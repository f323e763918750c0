// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * aggregate2023.c - snapshot_aggregate records of the 2023 design
 *
 * The buffer is text:
 *
 *	[PCR_Counter=N;]Snapshot_Attempt_Count=N;
 *	sha256:PCR0:0xHEX,sha256:PCR1:0xHEX,...;sha1:PCR0:0xHEX,...;
 *
 * The published grammar and the published example differ in the "0x", in ','
 * and ';' and in line breaks, so any of them does, and so does none. A NUL
 * may end it.
 */
#include "format/aggregate2023.h"

#include <string.h>

#include "base/cursor.h"
#include "base/text.h"
#include "format/template.h"

static const char wanted_template[] = "ima-buf";
static const char wanted_name[] = "snapshot_aggregate";
static const char attempts_key[] = "Snapshot_Attempt_Count";

static bool is_text(const void *bytes, size_t len, const char *text)
{
	return len == strlen(text) && !memcmp(bytes, text, len);
}

bool aggregate2023_is(const struct record *rec,
		      const struct list_layout *layout)
{
	const uint8_t *name;
	size_t len;

	return is_text(rec->name, rec->name_len, wanted_template) &&
	       template_file_name(rec, layout, &name, &len) &&
	       is_text(name, len, wanted_name);
}

static bool separates(uint8_t byte)
{
	return byte == ',' || byte == ';' || byte == ' ' || byte == '\t' ||
	       byte == '\n' || byte == '\r';
}

/* The next run of bytes between separators; false at the end. */
static bool next_word(struct cursor *c, struct cursor *ret)
{
	const uint8_t *ignored;
	size_t n = 0;

	while (c->left && separates(*c->at) && !cursor_bytes(c, 1, &ignored))
		;
	while (n < c->left && !separates(c->at[n]))
		n++;
	return n && !cursor_child(c, n, ret);
}

/* What of @c comes before @end, which is taken too; false if it is not there. */
static bool take_until(struct cursor *c, char end, struct cursor *ret)
{
	const uint8_t *at = memchr(c->at, end, c->left), *ignored;

	return at && !cursor_child(c, (size_t)(at - c->at), ret) &&
	       !cursor_bytes(c, 1, &ignored);
}

static bool number_of(const struct cursor *c, uint64_t *ret)
{
	char text[24];

	if (c->left >= sizeof(text))
		return false;
	memcpy(text, c->at, c->left);
	text[c->left] = '\0';
	return !memchr(c->at, '\0', c->left) && !number_parse(text, ret);
}

static int bad_word(const struct cursor *word, struct error *err)
{
	char shown[4 * 40 + 1];

	text_escape(shown, sizeof(shown), (const char *)word->at,
		    word->left < 40 ? word->left : 40);
	return error_set(err, E_FORMAT,
			 "snapshot_aggregate: '%s' is no PCR value", shown);
}

/* "KEY=N" */
static int take_count(const struct cursor *word, struct aggregate2023 *agg,
		      struct error *err)
{
	struct cursor c = *word, key;
	uint64_t n;

	if (!take_until(&c, '=', &key) || !number_of(&c, &n))
		return bad_word(word, err);
	if (!is_text(key.at, key.left, attempts_key))
		return E_OK;
	if (agg->has_attempts)
		return error_set(err, E_FORMAT,
				 "snapshot_aggregate: %s is given twice",
				 attempts_key);
	agg->has_attempts = true;
	agg->attempts = n;
	return E_OK;
}

/* "PCRn" */
static bool index_of(const struct cursor *c, uint64_t *ret)
{
	struct cursor n = *c;
	const uint8_t *pcr;

	return !cursor_bytes(&n, 3, &pcr) && !memcmp(pcr, "PCR", 3) &&
	       number_of(&n, ret) && *ret < PCR_COUNT;
}

static int bank_of(const struct cursor *c)
{
	char name[16];

	if (c->left >= sizeof(name) || memchr(c->at, '\0', c->left))
		return -1;
	memcpy(name, c->at, c->left);
	name[c->left] = '\0';
	return hash_by_name(name);
}

/* "BANK:PCRn:0xHEX" */
static int take_value(const struct cursor *word, struct aggregate2023 *agg,
		      struct error *err)
{
	struct cursor c = *word, name, index;
	const uint8_t *ignored;
	struct pcr_bank *bank;
	uint64_t pcr;
	int id;

	if (!take_until(&c, ':', &name) || !name.left ||
	    !take_until(&c, ':', &index) || !index_of(&index, &pcr))
		return bad_word(word, err);
	if (c.left >= 2 && !memcmp(c.at, "0x", 2))
		cursor_bytes(&c, 2, &ignored);
	id = bank_of(&name);
	if (id < 0)
		return E_OK;
	bank = &agg->pcrs.bank[id];
	if (bank->mask & 1U << pcr)
		return error_set(err, E_FORMAT,
				 "snapshot_aggregate: the value of %s PCR %u is given twice",
				 hash_row((unsigned int)id)->name,
				 (unsigned int)pcr);
	if (hex_decode(bank->value[pcr], hash_row((unsigned int)id)->size,
		       (const char *)c.at, c.left))
		return bad_word(word, err);
	bank->mask |= 1U << pcr;
	return E_OK;
}

/* The field "buf"; false where the record's data is malformed. */
static bool buffer_of(const struct record *rec,
		      const struct list_layout *layout, struct cursor *ret)
{
	struct template_walk w = template_fields(rec, layout);
	struct template_field f;
	bool found = false;

	while (template_next(&w, &f)) {
		if (!is_text(f.id, f.id_len, "buf"))
			continue;
		*ret = cursor_over(f.bytes, f.len, false);
		found = true;
	}
	return found && !w.format_len && !w.data.left;
}

int aggregate2023_parse(const struct record *rec,
			const struct list_layout *layout,
			struct aggregate2023 *ret, struct error *err)
{
	struct aggregate2023 agg = { 0 };
	struct cursor c, word;
	bool any = false;

	if (!buffer_of(rec, layout, &c))
		return error_set(err, E_FORMAT,
				 "snapshot_aggregate: its fields are not those of its template");
	if (c.left && !c.at[c.left - 1])
		c.left--;
	while (next_word(&c, &word)) {
		int rc = memchr(word.at, '=', word.left) ?
			 take_count(&word, &agg, err) :
			 take_value(&word, &agg, err);

		if (rc)
			return rc;
	}
	for (unsigned int i = 0; i < HASH_COUNT; i++)
		any |= agg.pcrs.bank[i].mask;
	if (!any)
		return error_set(err, E_FORMAT,
				 "snapshot_aggregate: states no PCR value");
	*ret = agg;
	return E_OK;
}
