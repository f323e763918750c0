// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pcrs-quoted.c - a selection of PCRs, and the values behind a quote of it
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
 *
 * The texts of pcrs.c are taken as well.
 */
#include "format/pcrs.h"

#include <string.h>

#define SELECT_OCTETS (PCR_COUNT / 8)

/* Sizes of tpm2-tss's structures: TPMS_PCR_SELECTION, TPML_DIGEST. */
#define DUMP_BANK_SIZE 8
#define DUMP_SELECTION_SIZE (4 + PCR_SELECTIONS_MAX * DUMP_BANK_SIZE)
#define DUMP_DIGEST_SIZE (2 + HASH_SIZE_MAX)
#define LIST_DIGESTS_MAX 8	/* TPML_DIGEST of TPM 2.0: one PCR_Read */
#define DUMP_LIST_SIZE (4 + LIST_DIGESTS_MAX * DUMP_DIGEST_SIZE)

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
	return pcrs_put(&d->values, (unsigned int)id, d->place.index,
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
		rc = pcrs_put(&d->values, (unsigned int)id, p.index,
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
