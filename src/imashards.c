// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * imashards.c - libimashards: the list and its shards, for agents in C
 *
 * A face, as cmd/ is one: handles and plain types outside, the missions' own
 * inside. src/imashards.map names what is seen of it.
 */
#define IMASHARDS_API __attribute__((visibility("default")))
#include "imashards.h"

#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "cmd/settings.h"
#include "port/watch.h"
#include "replay.h"
#include "shards.h"
#include "stitch.h"

/* One list of errors, inside and outside. */
_Static_assert(IMASHARDS_END == LIST_END && (int)IMASHARDS_OK == E_OK &&
	       (int)IMASHARDS_INCOMPLETE == E_INCOMPLETE &&
	       (int)IMASHARDS_FORMAT == E_FORMAT &&
	       (int)IMASHARDS_LIMIT == E_LIMIT &&
	       (int)IMASHARDS_CHANGED == E_CHANGED &&
	       (int)IMASHARDS_GAP == E_GAP && (int)IMASHARDS_IO == E_IO &&
	       (int)IMASHARDS_NOMEM == E_NOMEM &&
	       (int)IMASHARDS_CRYPTO == E_CRYPTO &&
	       (int)IMASHARDS_ABSENT == E_ABSENT &&
	       (int)IMASHARDS_BUSY == E_BUSY &&
	       (int)IMASHARDS_USAGE == E_USAGE &&
	       (int)IMASHARDS_UNSUPPORTED == E_UNSUPPORTED &&
	       (int)IMASHARDS_UNDECIDED == E_UNDECIDED,
	       "the errors of imashards.h are those of base/error.h");

struct imashards_record {
	uint64_t number;
	size_t digest_size;
	const struct list_layout *layout;
	struct record rec;
	char name[RECORD_NAME_MAX + 1];
};

struct imashards {
	char *shard_dir;
	struct stitch *stitch;		/* NULL: not open */
	struct watch *watch;		/* NULL: not subscribed */
	uint64_t next;
	unsigned int generation;	/* that @next is of */
	struct imashards_record record;
	char message[ERROR_LINE_MAX];
};

struct imashards_aggregate {
	struct aggregate agg;
};

struct imashards_replay {
	struct replay *replay;
	enum hash_id bank;
	uint64_t number;
};

const char *imashards_error_text(int error)
{
	return error == IMASHARDS_END ? "no more records" : error_text(error);
}

/* --- a store --- */

/* Every failure leaves its line; what is no failure leaves the last one. */
static int told(struct imashards *s, int rc, struct error *err)
{
	if (rc >= 0)
		return rc;
	if (!err->code)
		error_set(err, rc, "%s", error_text(rc));
	error_line(err, s->message, sizeof(s->message));
	return rc;
}

struct imashards *imashards_new(void)
{
	return calloc(1, sizeof(struct imashards));
}

static void close_all(struct imashards *s)
{
	stitch_free(s->stitch);
	watch_free(s->watch);
	free(s->shard_dir);
	s->stitch = NULL;
	s->watch = NULL;
	s->shard_dir = NULL;
}

void imashards_free(struct imashards *s)
{
	if (s)
		close_all(s);
	free(s);
}

const char *imashards_message(const struct imashards *s)
{
	return s->message;
}

static int configured(const char *shard_dir, struct settings *settings,
		      struct stitch_options *o, struct error *err)
{
	const char *given[SETTINGS] = { [SETTING_SHARD_DIR] = shard_dir };
	int rc = settings_load(settings, NULL, given, err);

	o->shard_dir = setting_text(settings, SETTING_SHARD_DIR);
	o->kernel = (enum kernel_kind)
		settings->value[SETTING_KERNEL].number;
	return rc;
}

static int seek(struct imashards *s, uint64_t number, struct error *err)
{
	int rc = stitch_seek(s->stitch, number, err);

	if (!rc) {
		s->next = number;
		s->generation = stitch_generation(s->stitch);
	}
	return rc;
}

/* Shards may come later where there is a kernel's list; else there is none. */
static int need_store(const struct stitch_options *o, struct error *err)
{
	struct store *st;
	int rc = o->ima_dir ? E_OK : store_open(&st, o->shard_dir, err);

	if (!rc && !o->ima_dir)
		store_close(st);
	return rc;
}

static int begin(struct imashards *s, const struct stitch_options *o,
		 struct error *err)
{
	int rc = need_store(o, err);

	s->shard_dir = strdup(o->shard_dir);
	if (!rc && !s->shard_dir)
		rc = error_set(err, E_NOMEM, "out of memory");
	if (!rc)
		rc = stitch_new(&s->stitch, o, err);
	if (!rc)
		rc = stitch_refresh(s->stitch, err);
	return rc ? rc : seek(s, stitch_first(s->stitch), err);
}

int imashards_open(struct imashards *s, const char *shard_dir,
		   const char *ima_dir)
{
	struct stitch_options o = { .ima_dir = ima_dir,
				    .run_dir = CACHE_DEFAULT_DIR };
	struct settings settings = { 0 };
	struct error err = { 0 };
	int rc;

	if (s->stitch)
		return told(s, error_set(&err, E_USAGE, "is open already"),
			    &err);
	rc = shard_dir && !*shard_dir ?
	     error_set(&err, E_USAGE, "the directory has no name") :
	     configured(shard_dir, &settings, &o, &err);
	if (!rc)
		rc = begin(s, &o, &err);
	settings_free(&settings);
	if (rc)
		close_all(s);
	return told(s, rc, &err);
}

static int need_open(const struct imashards *s, struct error *err)
{
	return s->stitch ? E_OK : error_set(err, E_USAGE, "is not open");
}

int imashards_refresh(struct imashards *s)
{
	struct error err = { 0 };
	int rc = need_open(s, &err);

	/* First, so that what comes meanwhile is told of again. */
	if (!rc && s->watch)
		watch_wait(s->watch, 0);
	if (!rc)
		rc = stitch_refresh(s->stitch, &err);
	return told(s, rc, &err);
}

uint64_t imashards_first(const struct imashards *s)
{
	return s->stitch ? stitch_first(s->stitch) : 1;
}

uint64_t imashards_last(const struct imashards *s)
{
	return s->stitch ? stitch_last(s->stitch) : 0;
}

uint64_t imashards_stored(const struct imashards *s)
{
	return s->stitch ? stitch_stored(s->stitch) : 0;
}

unsigned int imashards_generation(const struct imashards *s)
{
	return s->stitch ? stitch_generation(s->stitch) : 0;
}

/* The directory has to be there: a watch of none would look, not listen. */
static int watch_begin(struct imashards *s, struct error *err)
{
	struct store *st;
	int rc = store_open(&st, s->shard_dir, err);

	if (!rc)
		store_close(st);
	return rc ? rc : watch_new(&s->watch, s->shard_dir, err);
}

int imashards_subscribe(struct imashards *s, int *fd)
{
	struct error err = { 0 };
	int rc = need_open(s, &err);

	if (!rc && !s->watch)
		rc = watch_begin(s, &err);
	if (!rc)
		*fd = watch_fd(s->watch);
	return told(s, rc, &err);
}

/* --- records --- */

int imashards_seek(struct imashards *s, uint64_t number)
{
	struct error err = { 0 };
	int rc = need_open(s, &err);

	if (!rc)
		rc = seek(s, number, &err);
	return told(s, rc, &err);
}

int imashards_next(struct imashards *s, const struct imashards_record **ret)
{
	struct imashards_record *r = &s->record;
	struct error err = { 0 };
	int rc = need_open(s, &err);

	if (!rc && s->generation != stitch_generation(s->stitch))
		rc = error_set(&err, E_CHANGED,
			       "the list is another one than before");
	if (!rc)
		rc = stitch_next(s->stitch, &r->rec, &err);
	if (rc)
		return told(s, rc, &err);
	r->number = s->next++;
	r->layout = stitch_layout(s->stitch);
	r->digest_size = r->layout->digest_size;
	/* record_parse() has seen that it fits. */
	memcpy(r->name, r->rec.name, r->rec.name_len);
	r->name[r->rec.name_len] = '\0';
	*ret = r;
	return E_OK;
}

uint64_t imashards_record_number(const struct imashards_record *r)
{
	return r->number;
}

unsigned int imashards_record_pcr(const struct imashards_record *r)
{
	return r->rec.pcr;
}

const char *imashards_record_template(const struct imashards_record *r)
{
	return r->name;
}

int imashards_record_violation(const struct imashards_record *r)
{
	return r->rec.violation;
}

const uint8_t *imashards_record_digest(const struct imashards_record *r,
				       size_t *size)
{
	*size = r->digest_size;
	return r->rec.digest;
}

const uint8_t *imashards_record_data(const struct imashards_record *r,
				     size_t *size)
{
	*size = r->rec.data_len;
	return r->rec.data;
}

const uint8_t *imashards_record_raw(const struct imashards_record *r,
				    size_t *size)
{
	*size = r->rec.raw_len;
	return r->rec.raw;
}

/* --- aggregates --- */

static int read_nearest(const struct store *st, uint64_t number,
			struct imashards_aggregate **ret, struct error *err)
{
	struct imashards_aggregate *a;
	size_t i = store_count(st);
	int rc;

	while (i && store_shard(st, i - 1)->last > number)
		i--;
	if (!i)
		return error_set(err, E_ABSENT,
				 "no aggregate at record %llu or before it",
				 (unsigned long long)number);
	a = malloc(sizeof(*a));
	if (!a)
		return error_set(err, E_NOMEM, "out of memory");
	rc = store_aggregate(st, i - 1, &a->agg, NULL, err);
	if (rc)
		free(a);
	else
		*ret = a;
	return rc;
}

int imashards_aggregate(struct imashards *s, uint64_t number,
			struct imashards_aggregate **ret)
{
	struct store *st = NULL;
	struct error err = { 0 };
	int rc = need_open(s, &err);

	if (!rc)
		rc = store_open(&st, s->shard_dir, &err);
	if (!rc)
		rc = read_nearest(st, number, ret, &err);
	store_close(st);
	return told(s, rc, &err);
}

void imashards_aggregate_free(struct imashards_aggregate *a)
{
	free(a);
}

uint64_t imashards_aggregate_first(const struct imashards_aggregate *a)
{
	return a->agg.first;
}

uint64_t imashards_aggregate_last(const struct imashards_aggregate *a)
{
	return a->agg.last;
}

const char *imashards_aggregate_boot_id(const struct imashards_aggregate *a)
{
	return a->agg.boot_id;
}

int imashards_aggregate_matched(const struct imashards_aggregate *a)
{
	if (!a->agg.tpm.present || a->agg.tpm.matched == MATCHED_UNKNOWN)
		return -1;
	return a->agg.tpm.matched == MATCHED_YES;
}

int imashards_aggregate_gap(const struct imashards_aggregate *a)
{
	return a->agg.gap.present;
}

const uint8_t *imashards_aggregate_pcr(const struct imashards_aggregate *a,
				       const char *bank, unsigned int pcr,
				       size_t *size)
{
	int id = hash_by_name(bank);

	if (id < 0 || pcr >= PCR_COUNT ||
	    !(a->agg.pcrs.bank[id].mask & 1U << pcr))
		return NULL;
	*size = hash_row((unsigned int)id)->size;
	return a->agg.pcrs.bank[id].value[pcr];
}

/* --- replay --- */

static int replay_begin(struct imashards_replay *r,
			const struct imashards_aggregate *from,
			struct error *err)
{
	int rc = replay_new(&r->replay, HASH_BIT(r->bank), err);

	if (rc)
		return rc;
	if (!r->replay->banks)
		return error_set(err, E_UNSUPPORTED, "%s is not in libcrypto",
				 hash_row(r->bank)->name);
	r->number = from ? from->agg.last : 0;
	return replay_start(r->replay, from ? &from->agg.pcrs : NULL, NULL,
			    true, err);
}

int imashards_replay_new(struct imashards *s, const char *bank,
			 const struct imashards_aggregate *from,
			 struct imashards_replay **ret)
{
	struct imashards_replay *r = calloc(1, sizeof(*r));
	struct error err = { 0 };
	int id = hash_by_name(bank), rc;

	if (!r)
		rc = error_set(&err, E_NOMEM, "out of memory");
	else if (id < 0)
		rc = error_set(&err, E_USAGE, "'%s' is no bank", bank);
	else if (from && !from->agg.pcrs.bank[id].mask)
		rc = error_set(&err, E_ABSENT, "the aggregate has no %s",
			       hash_row((unsigned int)id)->name);
	else {
		r->bank = (enum hash_id)id;
		rc = replay_begin(r, from, &err);
	}
	if (rc)
		imashards_replay_free(r);
	else
		*ret = r;
	return told(s, rc, &err);
}

void imashards_replay_free(struct imashards_replay *r)
{
	if (r)
		replay_free(r->replay);
	free(r);
}

int imashards_replay_record(struct imashards *s, struct imashards_replay *r,
			    const struct imashards_record *rec)
{
	struct error err = { 0 };
	int rc;

	if (rec->number != r->number + 1)
		rc = error_set(&err, E_USAGE,
			       "record %llu does not come behind %llu",
			       (unsigned long long)rec->number,
			       (unsigned long long)r->number);
	else
		rc = replay_record(r->replay, &rec->rec, rec->layout, &err);
	if (!rc)
		r->number++;
	else
		error_subject(&err, "record %llu",
			      (unsigned long long)rec->number);
	return told(s, rc, &err);
}

uint64_t imashards_replay_number(const struct imashards_replay *r)
{
	return r->number;
}

int imashards_replay_meet(struct imashards *s, struct imashards_replay *r,
			  unsigned int pcr, const uint8_t *value, size_t size)
{
	struct pcr_values *values = calloc(1, sizeof(*values));
	struct error err = { 0 };
	int rc;

	if (!values) {
		rc = error_set(&err, E_NOMEM, "out of memory");
	} else if (pcr >= PCR_COUNT || size != hash_row(r->bank)->size) {
		rc = error_set(&err, E_USAGE, "is no value of a %s PCR",
			       hash_row(r->bank)->name);
	} else if (!(replay_pcrs(r->replay) & 1U << pcr)) {
		rc = error_set(&err, E_USAGE, "no record extends PCR %u", pcr);
	} else {
		values->bank[r->bank].mask = 1U << pcr;
		memcpy(values->bank[r->bank].value[pcr], value, size);
		rc = replay_meet(r->replay, values, 1U << pcr, &err);
	}
	free(values);
	return told(s, rc, &err);
}

int imashards_replay_meet_aggregate(struct imashards *s,
				    struct imashards_replay *r,
				    const struct imashards_aggregate *a)
{
	uint32_t mask = a->agg.pcrs.bank[r->bank].mask &
			replay_pcrs(r->replay);
	struct error err = { 0 };
	int rc;

	if (a->agg.last != r->number)
		rc = error_set(&err, E_USAGE,
			       "the aggregate is of record %llu, not %llu",
			       (unsigned long long)a->agg.last,
			       (unsigned long long)r->number);
	else if (!mask)
		rc = error_set(&err, E_ABSENT, "nothing to compare");
	else
		rc = replay_meet(r->replay, &a->agg.pcrs, mask, &err);
	return told(s, rc, &err);
}

const uint8_t *imashards_replay_pcr(const struct imashards_replay *r,
				    unsigned int pcr, size_t *size)
{
	const struct chain *c = r->replay->chain;
	size_t len = hash_row(r->bank)->size;

	if (pcr >= PCR_COUNT || !(replay_pcrs(r->replay) & 1U << pcr))
		return NULL;
	for (size_t i = 1; i < r->replay->count; i++)
		if (memcmp(c[i].value[pcr], c[0].value[pcr], len))
			return NULL;
	*size = len;
	return c[0].value[pcr];
}
