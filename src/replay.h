/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * replay.h - what a measurement list does to the PCRs
 *
 * The state is one value for each bank and PCR. How a record changes it is
 * not all in the list:
 *
 *  - a bank is extended with its own hash of the record's data; with the
 *    zero-padded SHA-1 by kernels before 5.8 and where the kernel lacks the
 *    bank's algorithm. The rule may change at a boot_aggregate (a kexec into
 *    another kernel), nowhere else;
 *  - a violation extends 0xff bytes of the bank's size; kernels before 5.8,
 *    and later ones in banks whose algorithm they do not know, extend 20 of
 *    them and pad those, too (ima_queue.c, ima_pcr_extend()); a reading with
 *    the zeros that stand in the list is what older verifiers knew.
 *
 * One assumption about both, for one bank, is a *reading*; the values under it
 * are a *chain*. A narrow replay has one chain for each bank, under readings
 * that were given. A wide replay follows every reading that could be, bank by
 * bank, and its caller sees which ones meet what they should.
 */
#ifndef REPLAY_H
#define REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/hash.h"
#include "format/pcrs.h"
#include "format/record.h"

struct reading {
	uint64_t padded;	/* bit N: SHA-1-padded after N boot_aggregates */
	bool zero_violations;
	bool short_violations;	/* where padded: 20 bytes of 0xff, then 0 */
};

/* A list with more kernels than bits in reading.padded keeps the last rule. */
#define READING_KERNELS 64

/* Chains that a wide replay keeps for one bank; the oddest are dropped. */
#define CHAINS_PER_BANK 16

struct chain {
	enum hash_id bank;
	struct reading reading;
	bool sha1;		/* a record so far went in as padded SHA-1 */
	uint8_t value[PCR_COUNT][HASH_SIZE_MAX];
};

struct replay {
	struct hasher *hasher;	/* owned */
	unsigned int banks;	/* HASH_BIT of those replayed */
	bool wide;
	uint64_t records;	/* since the start */
	uint64_t violations;	/* of those */
	unsigned int kernels;	/* boot_aggregates since the start */
	uint32_t known;		/* PCRs whose value was given at the start */
	uint32_t touched;	/* PCRs that a record has extended since */
	size_t count;
	struct chain *chain;	/* owned; those of a bank need not adjoin */
	size_t room;
};

/*
 * Make a replay of @banks. A bank whose algorithm libcrypto lacks is left out
 * of replay.banks. Returns 0, E_NOMEM, E_CRYPTO.
 */
int replay_new(struct replay **ret, unsigned int banks, struct error *err);
void replay_free(struct replay *r);

/*
 * Start, or start anew: from @values (NULL: all zero, nothing known), narrow
 * under @readings, one for each HASH_COUNT (NULL: own hash, 0xff), or wide.
 * PCRs that @values has in only some of the replayed banks count as unknown.
 */
int replay_start(struct replay *r, const struct pcr_values *values,
		 const struct reading *readings, bool wide, struct error *err);

/*
 * What is done with one record apart from the chains, so that others than the
 * replay's own thread can do it.
 */
struct record_digests {
	unsigned int have;	/* HASH_BITs of those in @of */
	bool boot_aggregate;	/* a kernel's first record */
	uint8_t of[HASH_COUNT][HASH_SIZE_MAX];
};

/*
 * See that the template digest in the list is that of the record's data, and
 * make the digests of @want. Returns what replay_record() does.
 */
int record_digests(struct record_digests *ret, struct hasher *h,
		   unsigned int want, const struct record *rec,
		   const struct list_layout *layout, struct error *err);

/* The digests of each record that the replay's chains are extended with. */
unsigned int replay_wants(const struct replay *r);

/* The rest of replay_record(): @d has what replay_wants(). */
int replay_extend(struct replay *r, const struct record *rec,
		  const struct record_digests *d, struct error *err);

/*
 * Extend by one record. E_CHANGED: the template digest in the list is not
 * that of its data; E_UNSUPPORTED: the list's digests are of an algorithm
 * that libcrypto lacks. On failure the state is as before.
 */
int replay_record(struct replay *r, const struct record *rec,
		  const struct list_layout *layout, struct error *err);

/* The PCRs that have a meaning in the state. */
static inline uint32_t replay_pcrs(const struct replay *r)
{
	return r->known | r->touched;
}

/*
 * Values at this record, from the first chain of every bank: of use for a
 * narrow replay. The PCRs are replay_pcrs().
 */
void replay_values(const struct replay *r, struct pcr_values *ret);

/* The readings of the first chain of every bank, and which are padded now. */
void replay_readings(const struct replay *r, struct reading ret[HASH_COUNT]);
bool reading_padded(const struct reading *reading, unsigned int kernels);

/*
 * A narrow replay's state, apart from what only counts on; whether a replay
 * is at it; and @r, which was at the one that @from began at, moved to where
 * @from is: its violations and kernels are those since then.
 */
struct replay_mark {
	uint64_t records;
	uint32_t known, touched;
	size_t count;
	struct chain chain[HASH_COUNT];
};
void replay_mark(const struct replay *r, struct replay_mark *ret);
bool replay_is_at(const struct replay *r, const struct replay_mark *mark);
void replay_join(struct replay *r, const struct replay *from);

/*
 * Keep the chains that agree with @values in the PCRs of @mask; a bank that
 * @values lacks keeps all. Returns 0, or E_CHANGED with the first bank and PCR
 * that no chain explains in the reason; the state is then as before.
 */
int replay_meet(struct replay *r, const struct pcr_values *values,
		uint32_t mask, struct error *err);

#endif
