// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pcrs.c - PCR values by bank and index, and the files that hold them
 *
 * evmctl, one line for each PCR of one bank:
 *
 *	PCR-10: AA BB CC ...		or PCR-10: aabbcc...
 *
 * tpm2_pcrread, one heading for each bank:
 *
 *	  sha256:
 *	    1 : 0xAABBCC...
 *	    10: 0xAABBCC...
 *
 * tpm2_quote -o, serialized: structures of tpm2-tss as they lie in memory,
 * little-endian on every machine; bytes that are not in use may be anything:
 *
 *	u32 banks
 *	16 x { u16 alg, u8 octets, u8 select[4], u8 padding }
 *	u32 lists
 *	lists x { u32 digests, 8 x { u16 size, u8 digest[64] } }
 *
 * tpm2_quote -o, marshaled: the same as a TPM would send it, big-endian:
 *
 *	u32 banks
 *	banks x { u16 alg, u8 octets, u8 select[octets] }
 *	u32 lists
 *	lists x { u32 digests, digests x { u16 size, u8 digest[size] } }
 *
 * tpm2_quote -o, values: the digests and nothing else.
 *
 * PCR n is bit n % 8 of select[n / 8]. The lists, joined, follow the selection:
 * bank by bank, index ascending; a list may span banks.
 */
#include "format/pcrs.h"

#include <string.h>

#include "base/text.h"

#define SELECT_OCTETS (PCR_COUNT / 8)

/* Sizes of tpm2-tss's structures: TPMS_PCR_SELECTION, TPML_DIGEST. */
#define DUMP_BANK_SIZE 8
#define DUMP_SELECTION_SIZE (4 + PCR_SELECTIONS_MAX * DUMP_BANK_SIZE)
#define DUMP_DIGEST_SIZE (2 + HASH_SIZE_MAX)
#define LIST_DIGESTS_MAX 8	/* TPML_DIGEST of TPM 2.0: one PCR_Read */
#define DUMP_LIST_SIZE (4 + LIST_DIGESTS_MAX * DUMP_DIGEST_SIZE)

bool pcr_selection_next(const struct pcr_selection *sel, struct pcr_place *p)
{
	for (; p->bank < sel->count; p->bank++, p->next = 0) {
		while (p->next < PCR_COUNT) {
			unsigned int n = p->next++;

			if (!(sel->bank[p->bank].mask >> n & 1))
				continue;
			p->alg = sel->bank[p->bank].alg;
			p->index = n;
			return true;
		}
	}
	return false;
}

static bool same_selection(const struct pcr_selection *a,
			   const struct pcr_selection *b)
{
	struct pcr_place x = { 0 }, y = { 0 };

	for (;;) {
		bool more = pcr_selection_next(a, &x);

		if (more != pcr_selection_next(b, &y))
			return false;
		if (!more)
			return true;
		if (x.alg != y.alg || x.index != y.index)
			return false;
	}
}

/* Add one value, once. */
static int put_value(struct pcr_values *v, unsigned int id, unsigned int index,
		     const uint8_t *bytes, size_t len, struct error *err)
{
	const struct hash_alg *alg = hash_row(id);
	struct pcr_bank *bank = &v->bank[id];

	if (index >= PCR_COUNT)
		return error_set(err, E_FORMAT, "there is no PCR %u", index);
	if (len != alg->size)
		return error_set(err, E_FORMAT,
				 "a value of bank %s has %zu bytes, not %zu",
				 alg->name, alg->size, len);
	if (bank->mask >> index & 1)
		return error_set(err, E_FORMAT,
				 "the value of %s PCR %u is given twice",
				 alg->name, index);
	memcpy(bank->value[index], bytes, len);
	bank->mask |= 1U << index;
	return E_OK;
}

/* Text: a line is a cursor of its own, from which tokens are taken. */

struct text {
	int id;			/* the bank asked for, or -1 */
	bool heading;		/* a bank has been named */
	int bank;		/* the bank named last, or -1: not ours */
	bool any;		/* a value has been seen */
	struct pcr_values values;
};

static bool take_char(struct cursor *c, char wanted)
{
	uint8_t byte;

	return c->left && *c->at == (uint8_t)wanted && !cursor_u8(c, &byte);
}

static void skip_blanks(struct cursor *c)
{
	/* '\r': the file may have been through another system. */
	while (take_char(c, ' ') || take_char(c, '\t') || take_char(c, '\r'))
		;
}

static bool take_text(struct cursor *c, const char *wanted)
{
	const uint8_t *ignored;
	size_t n = strlen(wanted);

	return c->left >= n && !memcmp(c->at, wanted, n) &&
	       !cursor_bytes(c, n, &ignored);
}

/* One or two digits. */
static bool take_index(struct cursor *c, unsigned int *ret)
{
	unsigned int n = 0, digits = 0;
	uint8_t byte;

	while (digits < 2 && c->left && *c->at >= '0' && *c->at <= '9' &&
	       !cursor_u8(c, &byte)) {
		n = n * 10 + byte - '0';
		digits++;
	}
	*ret = n;
	return digits;
}

/* Pairs of digits up to the end, maybe with blanks between the pairs. */
static bool take_hex(struct cursor *c, uint8_t *out, size_t *ret_len)
{
	const uint8_t *pair;
	size_t n = 0;

	for (skip_blanks(c); c->left; skip_blanks(c), n++)
		if (n == HASH_SIZE_MAX || cursor_bytes(c, 2, &pair) ||
		    hex_decode(out + n, 1, (const char *)pair, 2))
			return false;
	*ret_len = n;
	return true;
}

/* What follows "PCR-". */
static int evmctl_line(struct text *t, struct cursor *c, struct error *err)
{
	uint8_t value[HASH_SIZE_MAX];
	unsigned int index;
	size_t len;

	if (!take_index(c, &index) || !take_char(c, ':') ||
	    !take_hex(c, value, &len))
		return error_set(err, E_FORMAT,
				 "is not of the form PCR-NN: HEX");
	if (t->heading)
		return error_set(err, E_FORMAT,
				 "two forms of PCR values in one file");
	if (t->id < 0)
		return error_set(err, E_USAGE,
				 "does not say which bank the values are of");
	t->any = true;
	return put_value(&t->values, (unsigned int)t->id, index, value, len,
			 err);
}

/* "10: 0xHEX" below a heading. */
static int yaml_value(struct text *t, struct cursor *c, struct error *err)
{
	uint8_t value[HASH_SIZE_MAX];
	unsigned int index;
	size_t len;
	bool ok = take_index(c, &index);

	skip_blanks(c);
	ok = ok && take_char(c, ':');
	skip_blanks(c);
	if (!ok || !take_text(c, "0x") || !take_hex(c, value, &len) || !len)
		return error_set(err, E_FORMAT, "is not of the form NN: 0xHEX");
	if (!t->heading)
		return error_set(err, E_FORMAT,
				 "a value before any bank's name");
	if (t->bank < 0)
		return E_OK;
	t->any = true;
	return put_value(&t->values, (unsigned int)t->bank, index, value, len,
			 err);
}

/* "sha256:". A TPM may have banks that we know by name only. */
static int yaml_heading(struct text *t, struct cursor *c, struct error *err)
{
	static const char *const foreign[] = { "sha3_256", "sha3_384",
					       "sha3_512" };
	char name[16] = "";
	const uint8_t *word;
	size_t n = 0;
	int id;

	while (n < c->left && c->at[n] != ':')
		n++;
	if (n < sizeof(name) && !cursor_bytes(c, n, &word))
		memcpy(name, word, n);
	if (!take_char(c, ':'))
		return error_set(err, E_FORMAT, "is no PCR value");
	skip_blanks(c);
	if (c->left)
		return error_set(err, E_FORMAT, "is no PCR value");
	id = hash_by_name(name);
	for (size_t i = 0; id < 0; i++) {
		if (i == sizeof(foreign) / sizeof(foreign[0]))
			return error_set(err, E_FORMAT,
					 "names no hash algorithm");
		if (!strcmp(name, foreign[i]))
			break;
	}
	if (t->any && !t->heading)
		return error_set(err, E_FORMAT,
				 "two forms of PCR values in one file");
	t->heading = true;
	t->bank = t->id < 0 || t->id == id ? id : -1;
	return E_OK;
}

static int text_line(struct text *t, struct cursor *c, struct error *err)
{
	skip_blanks(c);
	if (!c->left)
		return E_OK;
	if (take_text(c, "PCR-"))
		return evmctl_line(t, c, err);
	if (*c->at >= '0' && *c->at <= '9')
		return yaml_value(t, c, err);
	return yaml_heading(t, c, err);
}

static int at_line(struct error *err, int code, unsigned long line)
{
	struct error what;

	if (!err)
		return code;
	what = *err;
	return error_set(err, code, "line %lu: %s", line, what.reason);
}

int pcrs_parse_text(const char *text, size_t len, int id,
		    struct pcr_values *ret, struct error *err)
{
	struct cursor c = cursor_over(text, len, false), line;
	struct text t = { .id = id, .bank = -1, .values = *ret };

	for (unsigned long n = 1; c.left; n++) {
		const uint8_t *end = memchr(c.at, '\n', c.left);
		int rc = cursor_child(&c, end ? (size_t)(end - c.at) : c.left,
				      &line);

		if (!rc)
			rc = text_line(&t, &line, err);
		if (rc)
			return at_line(err, rc, n);
		take_char(&c, '\n');
	}
	if (!t.any)
		return error_set(err, E_FORMAT, "holds no PCR value");
	*ret = t.values;
	return E_OK;
}

int pcrs_parse_one(const char *arg, struct pcr_values *ret, struct error *err)
{
	struct cursor c = cursor_over(arg, strlen(arg), false);
	uint8_t value[HASH_SIZE_MAX];
	char name[16] = "";
	size_t n = strcspn(arg, ":"), len;
	unsigned int index;
	const uint8_t *word;
	int id;

	if (n < sizeof(name) && !cursor_bytes(&c, n, &word))
		memcpy(name, word, n);
	id = hash_by_name(name);
	if (id < 0)
		return error_set(err, E_USAGE, "does not begin with a bank's "
				 "name, as in sha256:10=HEX");
	if (!take_char(&c, ':') || !take_index(&c, &index) ||
	    !take_char(&c, '='))
		return error_set(err, E_USAGE,
				 "is not of the form BANK:INDEX=HEX");
	take_text(&c, "0x");
	if (!take_hex(&c, value, &len))
		return error_set(err, E_USAGE, "the value is not hexadecimal, "
				 "or too long");
	if (put_value(ret, (unsigned int)id, index, value, len, err)) {
		if (err)
			err->code = E_USAGE;
		return E_USAGE;
	}
	return E_OK;
}

/* Selections. */

static int selection_bank(struct cursor *c, struct pcr_selection *ret,
			  struct error *err)
{
	const uint8_t *select;
	uint8_t octets;
	uint16_t alg;
	int rc = cursor_u16(c, &alg);

	if (!rc)
		rc = cursor_u8(c, &octets);
	if (!rc && octets != SELECT_OCTETS)
		return error_set(err, E_UNSUPPORTED,
				 "selects PCRs with %u octets, not the %d of "
				 "PCRs 0 to 23", octets, SELECT_OCTETS);
	if (!rc)
		rc = cursor_bytes(c, SELECT_OCTETS, &select);
	if (rc)
		return error_set(err, rc, "ends within its PCR selection");
	ret->bank[ret->count].alg = alg;
	ret->bank[ret->count].mask = (uint32_t)select[0] |
		(uint32_t)select[1] << 8 | (uint32_t)select[2] << 16;
	ret->count++;
	return E_OK;
}

/* Count and banks, which in a dump are slots of fixed size. */
static int selection(struct cursor *c, bool dump, struct pcr_selection *ret,
		     struct error *err)
{
	struct cursor slot;
	uint32_t count;
	int rc = cursor_u32(c, &count);

	if (rc)
		return error_set(err, rc, "ends within its PCR selection");
	if (count > PCR_SELECTIONS_MAX)
		return error_set(err, E_LIMIT,
				 "selects from %u banks, more than %d",
				 count, PCR_SELECTIONS_MAX);
	*ret = (struct pcr_selection){ 0 };
	while (!rc && ret->count < count) {
		if (dump)
			rc = cursor_child(c, DUMP_BANK_SIZE, &slot);
		if (rc)
			return error_set(err, rc,
					 "ends within its PCR selection");
		rc = selection_bank(dump ? &slot : c, ret, err);
	}
	return rc;
}

int pcrs_parse_selection(struct cursor *c, struct pcr_selection *ret,
			 struct error *err)
{
	struct pcr_selection sel;
	struct cursor at = *c;
	int rc = selection(&at, false, &sel, err);

	if (rc)
		return rc;
	*c = at;
	*ret = sel;
	return E_OK;
}

/* A dump has room for all banks, whatever the count. */
static int dump_selection(struct cursor *c, struct pcr_selection *ret,
			  struct error *err)
{
	struct cursor part;
	int rc = cursor_child(c, DUMP_SELECTION_SIZE, &part);

	if (rc)
		return error_set(err, rc, "ends within its PCR selection");
	return selection(&part, true, ret, err);
}

/* Digests, each of which belongs to the next PCR of the selection. */

struct digests {
	const struct pcr_selection *sel;
	struct pcr_place place;
	bool dump;		/* slots of fixed size */
	struct pcr_values values;
};

static int put_next(struct digests *d, const struct cursor *digest,
		    struct error *err)
{
	int id;

	if (!pcr_selection_next(d->sel, &d->place))
		return error_set(err, E_FORMAT,
				 "holds more digests than it selects PCRs");
	id = hash_by_tpm(d->place.alg);
	if (id < 0)
		return E_OK;
	return put_value(&d->values, (unsigned int)id, d->place.index,
			 digest->at, digest->left, err);
}

static int one_digest(struct digests *d, struct cursor *list,
		      struct error *err)
{
	struct cursor slot, digest;
	uint16_t size;
	int rc = E_OK;

	if (d->dump)
		rc = cursor_child(list, DUMP_DIGEST_SIZE, &slot);
	if (!rc)
		rc = cursor_u16(d->dump ? &slot : list, &size);
	if (!rc && size > HASH_SIZE_MAX)
		return error_set(err, E_FORMAT,
				 "holds a digest of %u bytes, more than %d",
				 size, HASH_SIZE_MAX);
	if (!rc)
		rc = cursor_child(d->dump ? &slot : list, size, &digest);
	if (rc)
		return error_set(err, rc, "ends within a digest");
	return put_next(d, &digest, err);
}

static int one_list(struct digests *d, struct cursor *c, struct error *err)
{
	struct cursor list = *c;
	uint32_t count;
	int rc = E_OK;

	if (d->dump)
		rc = cursor_child(c, DUMP_LIST_SIZE, &list);
	if (!rc)
		rc = cursor_u32(&list, &count);
	if (rc)
		return error_set(err, rc, "ends within a list of digests");
	if (count > LIST_DIGESTS_MAX)
		return error_set(err, E_FORMAT,
				 "lists %u digests at once, more than %d",
				 count, LIST_DIGESTS_MAX);
	while (!rc && count && count--)
		rc = one_digest(d, &list, err);
	if (!rc && !d->dump)
		*c = list;
	return rc;
}

static int structured(struct digests *d, struct cursor *c, struct error *err)
{
	struct pcr_selection own;
	uint32_t lists;
	int rc = d->dump ? dump_selection(c, &own, err) :
			   pcrs_parse_selection(c, &own, err);

	if (rc)
		return rc;
	if (!same_selection(&own, d->sel))
		return error_set(err, E_CHANGED,
				 "selects other PCRs than the quote");
	rc = cursor_u32(c, &lists);
	if (rc)
		return error_set(err, rc, "ends before its digests");
	while (!rc && lists && lists--)
		rc = one_list(d, c, err);
	if (rc)
		return rc;
	if (pcr_selection_next(d->sel, &d->place))
		return error_set(err, E_FORMAT,
				 "holds fewer digests than it selects PCRs");
	if (cursor_finish(c))
		return error_set(err, E_FORMAT,
				 "bytes left over: %zu", c->left);
	return E_OK;
}

/* Bytes of @sel's bare digests; 0 where a bank's size is unknown. */
static size_t values_size(const struct pcr_selection *sel)
{
	struct pcr_place p = { 0 };
	size_t sum = 0;

	while (pcr_selection_next(sel, &p)) {
		int id = hash_by_tpm(p.alg);

		if (id < 0)
			return 0;
		sum += hash_row((unsigned int)id)->size;
	}
	return sum;
}

/* To be called where values_size() knows what comes. */
static int bare_values(struct digests *d, struct cursor *c, struct error *err)
{
	struct pcr_place p = { 0 };
	struct cursor digest;
	int rc = E_OK;

	while (!rc && pcr_selection_next(d->sel, &p)) {
		unsigned int id = (unsigned int)hash_by_tpm(p.alg);

		rc = cursor_child(c, hash_row(id)->size, &digest);
		if (!rc)
			rc = put_next(d, &digest, err);
	}
	return rc;
}

static bool is_text(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] >= 0x7f ||
		    (bytes[i] < ' ' && bytes[i] != '\n' && bytes[i] != '\r' &&
		     bytes[i] != '\t'))
			return false;
	return len;
}

/* The text forms, of which only what the quote covers is taken. */
static int quoted_text(struct digests *d, const char *text, size_t len,
		       struct error *err)
{
	struct pcr_values all = { 0 };
	struct pcr_place p = { 0 };
	bool one = true;
	int id = -1, rc;

	while (pcr_selection_next(d->sel, &p)) {
		int bank = hash_by_tpm(p.alg);

		one = one && (id < 0 || id == bank);
		id = bank;
	}
	rc = pcrs_parse_text(text, len, one ? id : -1, &all, err);
	if (rc)
		return rc;
	p = (struct pcr_place){ 0 };
	while (!rc && pcr_selection_next(d->sel, &p)) {
		id = hash_by_tpm(p.alg);
		if (id < 0 || !(all.bank[id].mask >> p.index & 1))
			continue;
		rc = put_value(&d->values, (unsigned int)id, p.index,
			       all.bank[id].value[p.index],
			       hash_row((unsigned int)id)->size, err);
	}
	return rc;
}

/* Do the bytes begin with a count of banks, in this byte order? */
static bool begins_with_count(const uint8_t *bytes, size_t len, bool big_endian)
{
	struct cursor c = cursor_over(bytes, len, big_endian);
	uint32_t count = 0;

	return !cursor_u32(&c, &count) && count && count <= PCR_SELECTIONS_MAX;
}

/* Do they begin with @sel itself? */
static bool begins_with(const uint8_t *bytes, size_t len, bool dump,
			const struct pcr_selection *sel)
{
	struct cursor c = cursor_over(bytes, len, !dump);
	struct pcr_selection own;

	return !selection(&c, dump, &own, NULL) && same_selection(&own, sel);
}

int pcrs_parse_quoted(const uint8_t *bytes, size_t len,
		      const struct pcr_selection *sel,
		      struct pcr_values *ret, struct error *err)
{
	bool dump = begins_with_count(bytes, len, false);
	struct digests d = { .sel = sel, .dump = dump };
	struct cursor c = cursor_over(bytes, len, !dump);
	int rc;

	/*
	 * Bare digests may look like anything, but have one length only, to
	 * which another form may have been cut. Its selection, which always
	 * takes less than the digests, then tells.
	 */
	if (len && len == values_size(sel) &&
	    !begins_with(bytes, len, dump, sel))
		rc = bare_values(&d, &c, err);
	else if (dump || begins_with_count(bytes, len, true))
		rc = structured(&d, &c, err);
	else if (is_text(bytes, len))
		rc = quoted_text(&d, (const char *)bytes, len, err);
	else if (!values_size(sel))
		rc = error_set(err, E_UNSUPPORTED, "the quote selects PCRs of "
			       "a bank whose algorithm is unknown");
	else
		rc = error_set(err, E_FORMAT, "is no form of the %zu bytes of "
			       "PCR values that the quote selects",
			       values_size(sel));
	if (!rc)
		*ret = d.values;
	return rc;
}
