// SPDX-License-Identifier: GPL-2.0-or-later
/* replay.c - what a measurement list does to the PCRs */
#include "replay.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

int replay_new(struct replay **ret, unsigned int banks, struct error *err)
{
	struct replay *r = calloc(1, sizeof(*r));
	int rc;

	if (!r)
		return error_set(err, E_NOMEM, "out of memory");
	/* All: the list's own digests may be of any of them. */
	rc = hasher_new(&r->hasher, HASH_ALL, err);
	if (rc) {
		replay_free(r);
		return rc;
	}
	r->banks = banks & hasher_has(r->hasher);
	*ret = r;
	return E_OK;
}

void replay_free(struct replay *r)
{
	if (!r)
		return;
	hasher_free(r->hasher);
	free(r->chain);
	free(r);
}

static int chain_room(struct replay *r, size_t count)
{
	struct chain *more;

	if (count <= r->room)
		return E_OK;
	more = realloc(r->chain, count * sizeof(*more));
	if (!more)
		return E_NOMEM;
	r->chain = more;
	r->room = count;
	return E_OK;
}

static uint32_t known_in_all(const struct replay *r,
			     const struct pcr_values *values)
{
	uint32_t mask = 0;

	for (unsigned int i = 0; i < HASH_COUNT; i++)
		if (r->banks & HASH_BIT(i))
			mask |= values->bank[i].mask;
	for (unsigned int i = 0; i < HASH_COUNT; i++)
		if (r->banks & HASH_BIT(i))
			mask &= values->bank[i].mask;
	return mask;
}

static void chain_start(struct chain *c, unsigned int bank, uint32_t known,
			const struct pcr_values *values)
{
	memset(c, 0, sizeof(*c));
	c->bank = bank;
	for (unsigned int i = 0; i < PCR_COUNT; i++)
		if (known & 1U << i)
			memcpy(c->value[i], values->bank[bank].value[i],
			       hash_row(bank)->size);
}

int replay_start(struct replay *r, const struct pcr_values *values,
		 const struct reading *readings, bool wide, struct error *err)
{
	uint32_t known = values ? known_in_all(r, values) : 0;

	if (chain_room(r, 2 * HASH_COUNT))
		return error_set(err, E_NOMEM, "out of memory");
	r->wide = wide;
	r->records = r->violations = 0;
	r->kernels = 0;
	r->known = known;
	r->touched = 0;
	r->count = 0;
	for (unsigned int i = 0; i < HASH_COUNT; i++) {
		struct chain *c = &r->chain[r->count];

		if (!(r->banks & HASH_BIT(i)))
			continue;
		chain_start(c, i, known, values);
		if (!wide && readings)
			c->reading = readings[i];
		r->count++;
		/* SHA-1 padded to SHA-1's size is SHA-1. */
		if (!wide || i == HASH_SHA1)
			continue;
		c[1] = c[0];
		c[1].reading.padded = UINT64_MAX;
		r->count++;
	}
	return E_OK;
}

bool reading_padded(const struct reading *reading, unsigned int kernels)
{
	if (kernels >= READING_KERNELS)
		kernels = READING_KERNELS - 1;
	return reading->padded >> kernels & 1;
}

/* What the digests are of. */
struct hashed {
	const uint8_t *bytes;
	size_t len;
};

/* One of them, made when first asked for. */
static const uint8_t *digest_of(struct record_digests *d, struct hasher *h,
				const struct hashed *of, enum hash_id id)
{
	if (d->have & HASH_BIT(id))
		return d->of[id];
	if (hasher_digest(h, id, of->bytes, of->len, NULL, 0, d->of[id]))
		return NULL;
	d->have |= HASH_BIT(id);
	return d->of[id];
}

/* Whether the list's digest is @id's, or SHA-1's padded with zeros. */
static int digest_is(struct record_digests *d, struct hasher *h,
		     const struct hashed *of, const struct record *rec,
		     size_t size, enum hash_id id)
{
	static const uint8_t zero[HASH_SIZE_MAX];
	const uint8_t *is = digest_of(d, h, of, id);
	size_t n = hash_row(id)->size;

	if (!is)
		return E_CRYPTO;
	if (!memcmp(is, rec->digest, n) &&
	    (size == n || !memcmp(zero, rec->digest + n, size - n)))
		return E_OK;
	return E_CHANGED;
}

static int check_digest(struct record_digests *d, struct hasher *h,
			const struct hashed *of, const struct record *rec,
			const struct list_layout *layout, struct error *err)
{
	unsigned int has = hasher_has(h);
	bool tried = false;
	int rc = E_CHANGED;

	if (rec->violation)
		return E_OK;
	for (unsigned int i = 0; i < HASH_COUNT && rc == E_CHANGED; i++) {
		if (hash_row(i)->size != layout->digest_size ||
		    !(has & HASH_BIT(i)))
			continue;
		tried = true;
		rc = digest_is(d, h, of, rec, layout->digest_size, i);
	}
	/* The per-bank file of a bank that the kernel can only pad. */
	if (rc == E_CHANGED && layout->digest_size > 20 && has & 1)
		rc = digest_is(d, h, of, rec, layout->digest_size,
			       HASH_SHA1);
	if (rc == E_CRYPTO)
		return error_set(err, rc, "libcrypto failed to hash");
	if (rc && !tried)
		return error_set(err, E_UNSUPPORTED,
				 "no algorithm for template digests of %u bytes",
				 layout->digest_size);
	if (rc)
		return error_set(err, E_CHANGED,
				 "template digest is not that of the data");
	return E_OK;
}

int record_digests(struct record_digests *ret, struct hasher *h,
		   unsigned int want, const struct record *rec,
		   const struct list_layout *layout, struct error *err)
{
	uint8_t scratch[RECORD_SCRATCH];
	struct hashed of;
	int rc;

	ret->have = 0;
	of.bytes = record_hashed(rec, layout, scratch, &of.len);
	rc = check_digest(ret, h, &of, rec, layout, err);
	if (rc)
		return rc;
	ret->boot_aggregate = record_is_boot_aggregate(rec, layout);
	if (rec->violation)
		return E_OK;
	for (unsigned int i = 0; i < HASH_COUNT; i++)
		if (want & HASH_BIT(i) && !digest_of(ret, h, &of, i))
			return error_set(err, E_CRYPTO,
					 "libcrypto failed to hash");
	return E_OK;
}

/* Whose digest of a record the chain is extended with. */
static enum hash_id extended_by(const struct replay *r, const struct chain *c)
{
	return reading_padded(&c->reading, r->kernels) ? HASH_SHA1 : c->bank;
}

unsigned int replay_wants(const struct replay *r)
{
	unsigned int want = r->wide ? HASH_BIT(HASH_SHA1) : 0;

	for (size_t i = 0; i < r->count; i++) {
		const struct chain *c = &r->chain[i];

		/* A boot_aggregate may turn it, from one to the other. */
		if (c->reading.padded)
			want |= HASH_BIT(HASH_SHA1);
		if (r->wide || c->reading.padded != UINT64_MAX)
			want |= HASH_BIT(c->bank);
	}
	return want;
}

/* Extend by what the record extends the chain's bank with, in its size. */
static int extend(const struct replay *r, struct chain *c,
		  const struct record_digests *d, const struct record *rec)
{
	const size_t size = hash_row(c->bank)->size;
	const size_t sha1 = hash_row(HASH_SHA1)->size;
	uint8_t both[2 * HASH_SIZE_MAX], *with = both + size;

	memcpy(both, c->value[rec->pcr], size);
	if (rec->violation) {
		memset(with, c->reading.zero_violations ? 0x00 : 0xff, size);
		if (c->reading.short_violations &&
		    reading_padded(&c->reading, r->kernels))
			memset(with + sha1, 0, size - sha1);
	} else {
		enum hash_id id = extended_by(r, c);
		size_t n = hash_row(id)->size;

		c->sha1 |= id != c->bank;
		memcpy(with, d->of[id], n);
		if (n < size)
			memset(with + n, 0, size - n);
	}
	return hasher_digest(r->hasher, c->bank, both, 2 * size, NULL, 0,
			     c->value[rec->pcr]);
}

/* Bits that differ between neighbours: how often the rule changes. */
static int oddness(const struct chain *c)
{
	uint64_t p = c->reading.padded;

	return __builtin_popcountll((p ^ p >> 1) & (UINT64_MAX >> 1)) +
	       c->reading.zero_violations + c->reading.short_violations;
}

static size_t chains_of(const struct replay *r, enum hash_id bank)
{
	size_t n = 0;

	for (size_t i = 0; i < r->count; i++)
		n += r->chain[i].bank == bank;
	return n;
}

/* Drop chains of @bank, the oddest first, until few enough are left. */
static void prune(struct replay *r, enum hash_id bank)
{
	while (chains_of(r, bank) > CHAINS_PER_BANK) {
		size_t worst = r->count;

		for (size_t i = 0; i < r->count; i++) {
			if (r->chain[i].bank != bank)
				continue;
			if (worst == r->count ||
			    oddness(&r->chain[i]) > oddness(&r->chain[worst]))
				worst = i;
		}
		memmove(&r->chain[worst], &r->chain[worst + 1],
			(r->count - worst - 1) * sizeof(*r->chain));
		r->count--;
	}
}

static uint64_t flip_from(uint64_t padded, unsigned int kernels)
{
	if (kernels >= READING_KERNELS)
		return padded;
	return padded ^ UINT64_MAX << kernels;
}

/* Once more, with what the caller changes in it. There is room. */
static struct reading *copy_chain(struct replay *r, size_t i)
{
	struct chain *c = &r->chain[r->count++];

	*c = r->chain[i];
	return &c->reading;
}

static void prune_all(struct replay *r)
{
	for (unsigned int i = 0; i < HASH_COUNT; i++)
		prune(r, i);
}

/* At the first violation, every way to read one. */
static int fork_violations(struct replay *r)
{
	size_t count = r->count;

	if (chain_room(r, 3 * count))
		return E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		copy_chain(r, i)->zero_violations = true;
		if (r->chain[i].bank != HASH_SHA1 &&
		    reading_padded(&r->chain[i].reading, r->kernels))
			copy_chain(r, i)->short_violations = true;
	}
	prune_all(r);
	return E_OK;
}

/* At a boot_aggregate, the other rule from here on. */
static int fork_kernels(struct replay *r)
{
	size_t count = r->count;

	if (chain_room(r, 2 * count))
		return E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		struct reading *reading;

		if (r->chain[i].bank == HASH_SHA1)
			continue;
		reading = copy_chain(r, i);
		reading->padded = flip_from(reading->padded, r->kernels);
	}
	prune_all(r);
	return E_OK;
}

int replay_extend(struct replay *r, const struct record *rec,
		  const struct record_digests *d, struct error *err)
{
	/* The very first record is the first kernel's. */
	if (d->boot_aggregate && (r->records || r->known)) {
		r->kernels++;
		if (r->wide && fork_kernels(r))
			return error_set(err, E_NOMEM, "out of memory");
	}
	if (rec->violation && !r->violations && r->wide &&
	    fork_violations(r))
		return error_set(err, E_NOMEM, "out of memory");
	for (size_t i = 0; i < r->count; i++)
		if (extend(r, &r->chain[i], d, rec))
			return error_set(err, E_CRYPTO,
					 "libcrypto failed to hash");
	r->records++;
	r->violations += rec->violation;
	r->touched |= 1U << rec->pcr;
	return E_OK;
}

int replay_record(struct replay *r, const struct record *rec,
		  const struct list_layout *layout, struct error *err)
{
	struct record_digests d;
	int rc = record_digests(&d, r->hasher, replay_wants(r), rec, layout,
				err);

	return rc ? rc : replay_extend(r, rec, &d, err);
}

static const struct chain *first_of(const struct replay *r, enum hash_id bank)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->chain[i].bank == bank)
			return &r->chain[i];
	return NULL;
}

void replay_values(const struct replay *r, struct pcr_values *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (unsigned int i = 0; i < HASH_COUNT; i++) {
		const struct chain *c = first_of(r, i);

		if (!c)
			continue;
		ret->bank[i].mask = replay_pcrs(r);
		memcpy(ret->bank[i].value, c->value, sizeof(c->value));
	}
}

void replay_readings(const struct replay *r, struct reading ret[HASH_COUNT])
{
	for (unsigned int i = 0; i < HASH_COUNT; i++) {
		const struct chain *c = first_of(r, i);

		ret[i] = c ? c->reading : (struct reading){ 0 };
	}
}

void replay_mark(const struct replay *r, struct replay_mark *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->records = r->records;
	ret->known = r->known;
	ret->touched = r->touched;
	ret->count = r->count;
	for (size_t i = 0; i < r->count && i < HASH_COUNT; i++)
		ret->chain[i] = r->chain[i];
}

static bool same_chain(const struct chain *a, const struct chain *b)
{
	return a->bank == b->bank && a->reading.padded == b->reading.padded &&
	       a->reading.zero_violations == b->reading.zero_violations &&
	       a->reading.short_violations == b->reading.short_violations &&
	       !memcmp(a->value, b->value, sizeof(a->value));
}

bool replay_is_at(const struct replay *r, const struct replay_mark *mark)
{
	if (r->wide || r->count != mark->count || r->count > HASH_COUNT ||
	    r->records != mark->records || r->known != mark->known ||
	    r->touched != mark->touched)
		return false;
	for (size_t i = 0; i < r->count; i++)
		if (!same_chain(&r->chain[i], &mark->chain[i]))
			return false;
	return true;
}

void replay_join(struct replay *r, const struct replay *from)
{
	r->records = from->records;
	r->violations += from->violations;
	r->kernels += from->kernels;
	r->touched = from->touched;
	for (size_t i = 0; i < r->count; i++) {
		bool sha1 = r->chain[i].sha1;

		r->chain[i] = from->chain[i];
		r->chain[i].sha1 |= sha1;
	}
}

/* The first PCR of @mask in which the chain is not at @bank's values, or -1. */
static int differs(const struct chain *c, const struct pcr_bank *bank,
		   uint32_t mask)
{
	size_t size = hash_row(c->bank)->size;

	mask &= bank->mask;
	for (unsigned int i = 0; i < PCR_COUNT; i++)
		if (mask & 1U << i &&
		    memcmp(c->value[i], bank->value[i], size))
			return (int)i;
	return -1;
}

static int not_explained(const struct replay *r, enum hash_id bank,
			 const struct pcr_values *values, uint32_t mask,
			 struct error *err)
{
	char is[2 * HASH_SIZE_MAX + 1], should[2 * HASH_SIZE_MAX + 1];
	size_t size = hash_row(bank)->size;
	const struct chain *c = first_of(r, bank);
	int pcr = c ? differs(c, &values->bank[bank], mask) : -1;

	if (pcr < 0)
		return error_set(err, E_CHANGED, "no replay of %s is left",
				 hash_row(bank)->name);
	hex_encode(is, c->value[pcr], size);
	hex_encode(should, values->bank[bank].value[pcr], size);
	return error_set(err, E_CHANGED, "%s PCR %d is %s, the replay has %s",
			 hash_row(bank)->name, pcr, should, is);
}

int replay_meet(struct replay *r, const struct pcr_values *values,
		uint32_t mask, struct error *err)
{
	unsigned int met = 0;
	size_t kept = 0;

	for (size_t i = 0; i < r->count; i++) {
		const struct chain *c = &r->chain[i];

		if (differs(c, &values->bank[c->bank], mask) < 0)
			met |= HASH_BIT(c->bank);
	}
	for (unsigned int i = 0; i < HASH_COUNT; i++)
		if (r->banks & ~met & HASH_BIT(i))
			return not_explained(r, i, values, mask, err);
	for (size_t i = 0; i < r->count; i++) {
		struct chain *c = &r->chain[i];

		if (differs(c, &values->bank[c->bank], mask) < 0)
			r->chain[kept++] = *c;
	}
	r->count = kept;
	return E_OK;
}
