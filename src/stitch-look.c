// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stitch-look.c - what there is now, and how it goes on from what there was
 *
 *	known shards    more shards
 *	|-----------|---------------|
 *	                  |----- in memory -----|
 *	                       |------------ the kernel's ----------|
 *
 * Whatever lies over each other must be the same. Where it is not, held
 * offsets have lost their meaning, and the generation goes up.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "align.h"
#include "cache.h"
#include "port/host.h"
#include "stitch-inner.h"
#include "store.h"

/* A directory changed within this time may change again unseen: 50 ms. */
#define DIR_UNSTEADY (50 * 1000 * 1000LL)

bool dir_look(const char *path, struct dir_seen *ret)
{
	struct timespec now;
	struct stat st;
	long long age;

	memset(ret, 0, sizeof(*ret));
	ret->there = stat(path, &st) == 0;
	if (!ret->there)
		return false;
	ret->dev = st.st_dev;
	ret->ino = st.st_ino;
	ret->mtime = st.st_mtim;
	clock_gettime(CLOCK_REALTIME, &now);
	age = (now.tv_sec - st.st_mtim.tv_sec) * 1000000000LL +
	      now.tv_nsec - st.st_mtim.tv_nsec;
	ret->steady = age > DIR_UNSTEADY;
	return true;
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool dir_same(const struct dir_seen *was, const struct dir_seen *is)
{
	if (!was->there || !is->there)
		return was->there == is->there;
	return is->dev == was->dev && is->ino == was->ino &&
	       same_time(&is->mtime, &was->mtime);
}

bool dir_unchanged(const struct dir_seen *was, const char *path)
{
	struct dir_seen is;

	dir_look(path, &is);
	return dir_same(was, &is) && (was->steady || !was->there);
}

/* What is found, before it takes the place of what was known. */
struct look {
	struct stitch *s;
	struct store *store;		/* NULL: there is none, or none of ours */
	struct dir_seen dir;
	char boot_id[BOOT_ID_MAX];
	enum kernel_kind kind;
	struct stitch_part *part;
	size_t parts;
	bool prefix;			/* what was known is the beginning */
	bool more;			/* shards are new */
	struct tail tail;
	struct tail_head staged, current;
	struct tail_bytes bytes;	/* read: the whole lists, or what is new */
	size_t staged_len;
	bool only_new;			/* of the current list */
	struct list_layout layout;
	uint64_t stored;
	uint64_t count;
	bool has_padded;
	unsigned int padded;
};

/* --- the store --- */

static int see_part(struct look *k, size_t i, struct error *err)
{
	const struct shard *s = store_shard(k->store, i);
	struct stitch_part *part = &k->part[i];
	char name[SHARD_NAME_MAX];
	struct stat st;
	int rc = store_follows(k->store, i, err);

	if (rc)
		return rc;
	shard_name(name, s->first, s->last, "ima");
	if (fstatat(k->store->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		error_set(err, E_GAP, "the records are missing");
		error_subject(err, "%s/%s", k->store->path, name);
		return E_GAP;
	}
	*part = (struct stitch_part){
		.first = s->first, .last = s->last,
		.bytes = (uint64_t)st.st_size, .inode = st.st_ino,
		.mtime = st.st_mtim, .ctime = st.st_ctim,
	};
	return E_OK;
}

static int list_store(struct look *k, struct error *err)
{
	int rc;

	dir_look(k->s->shard_dir, &k->dir);
	rc = store_open(&k->store, k->s->shard_dir, err);
	if (rc == E_ABSENT) {
		k->store = NULL;
		return E_OK;
	}
	if (rc)
		return rc;
	k->part = calloc(store_count(k->store) + 1, sizeof(*k->part));
	if (!k->part)
		return error_set(err, E_NOMEM, "out of memory");
	for (size_t i = 0; i < store_count(k->store) && !rc; i++) {
		rc = see_part(k, i, err);
		k->parts += !rc;
	}
	k->stored = store_last(k->store);
	return rc;
}

/* So often shards may be discarded while we look at them. */
#define LOOKS_MAX 4

/* No lock is taken: what was listed may be gone when it is looked at. */
static int see_store(struct look *k, struct error *err)
{
	struct error why = { 0 };
	int rc = list_store(k, &why);

	for (int i = 1; i < LOOKS_MAX && rc == E_GAP; i++) {
		store_close(k->store);
		free(k->part);
		k->store = NULL;
		k->part = NULL;
		k->parts = 0;
		memset(&why, 0, sizeof(why));
		rc = list_store(k, &why);
	}
	if (rc && err)
		*err = why;
	return rc;
}

/* Not the ctime: a backup that links it changes nothing in it. */
bool stitch_same_part(const struct stitch_part *a,
		      const struct stitch_part *b)
{
	return a->first == b->first && a->last == b->last &&
	       a->bytes == b->bytes && a->inode == b->inode &&
	       same_time(&a->mtime, &b->mtime);
}

/* Those that an administrator has discarded are no contradiction. */
static void compare_parts(struct look *k)
{
	const struct stitch *s = k->s;
	uint64_t discarded = k->store ? store_discarded(k->store) : 0;
	size_t from = 0;

	while (from < s->parts && s->part[from].last <= discarded)
		from++;
	k->prefix = k->parts >= s->parts - from;
	for (size_t i = from; i < s->parts && k->prefix; i++)
		k->prefix = stitch_same_part(&s->part[i],
					     &k->part[i - from]);
	k->more = k->parts != s->parts - from;
}

/* --- whose boot --- */

/* The newest aggregate's, from the cache or its file. */
static int newest_aggregate(struct look *k, struct cache *cache, bool *cached,
			    struct error *err)
{
	*cached = cache_load(k->s->run_dir, k->store, cache);
	if (*cached)
		return E_OK;
	return store_aggregate(k->store, store_count(k->store) - 1,
			       &cache->last, NULL, err);
}

static int undecided(const struct look *k, const char *why, struct error *err)
{
	error_set(err, E_UNDECIDED, "%s: a snapshot will tell", why);
	error_subject(err, "%s", k->s->ima_dir);
	return E_UNDECIDED;
}

/* The store counts for nothing: its boot is over. */
static void ignore_store(struct look *k)
{
	store_close(k->store);
	k->store = NULL;
	k->parts = 0;
	k->stored = 0;
	k->s->ignored = true;
}

/* --- where the kernel's lists go on from the store --- */

/* The bytes that a copy kernel's cache says are stored. */
static bool is_cached_list(const struct look *k, const struct cache *c)
{
	uint8_t digest[SHA256_SIZE];

	return c->has_list && c->list_bytes <= k->bytes.len &&
	       !sha256_of(k->bytes.at, (size_t)c->list_bytes, digest, NULL) &&
	       !memcmp(digest, c->list_sha256, SHA256_SIZE);
}

/* Violations repeat, byte for byte, and then tell nothing. */
static bool says_something(struct list *list, uint64_t records)
{
	struct record rec;
	bool says = false;

	if (list_seek(list, (struct list_place){ 0 }, NULL))
		return false;
	while (!says && records && records-- &&
	       !list_next(list, &rec, NULL))
		says = !rec.violation;
	return says && !host_repeats_records();
}

/*
 * Every kernel begins with a boot_aggregate. A list without one at its head
 * was carried over by a kexec, and goes on from the shards; with one it may
 * be a new boot's.
 */
static bool begins_a_boot(struct list *list)
{
	struct record rec;

	return list_seek(list, (struct list_place){ 0 }, NULL) ||
	       list_next(list, &rec, NULL) ||
	       record_is_boot_aggregate(&rec, list_layout(list));
}

static int align(struct look *k, bool same_boot, size_t *skip,
		 struct error *err)
{
	struct alignment *ways = malloc(sizeof(*ways));
	struct list *list = NULL;
	struct lists lists = { .list = &list, .count = 1 };
	const struct lists_place *at;
	int rc = ways ? E_OK : error_set(err, E_NOMEM, "out of memory");

	if (!rc)
		rc = list_open_bytes(&list, k->bytes.at, k->bytes.len,
				     k->s->ima_dir,
				     k->s->canonical ? LIST_CANONICAL : 0, err);
	if (!rc)
		rc = align_lists(k->store, &lists, ways, err);
	if (rc)
		goto out;
	at = &ways->at[0];
	*skip = at->skipped ? (size_t)(at->list ? k->bytes.len :
				       at->place.offset) : 0;
	if (at->skipped && ways->count > 1 &&
	    !says_something(list, at->skipped))
		rc = undecided(k, "the list's first records are like the shards' last ones, which proves nothing",
			       err);
	else if (!same_boot && begins_a_boot(list))
		rc = undecided(k, "the shards are of another boot", err);
out:
	list_close(list);
	free(ways);
	return rc;
}

/* How many bytes of what was read the store has. */
static int place(struct look *k, size_t *skip, struct error *err)
{
	struct cache *cache;
	bool cached, same_boot;
	int rc;

	*skip = 0;
	if (!k->store || !store_count(k->store) || !k->s->ima_dir)
		return E_OK;
	cache = calloc(1, sizeof(*cache));
	if (!cache)
		return error_set(err, E_NOMEM, "out of memory");
	rc = newest_aggregate(k, cache, &cached, err);
	k->has_padded = !rc;
	k->padded = cache->last.padded;
	same_boot = !rc && !strcmp(cache->last.boot_id, k->boot_id);
	if (rc)
		;
	else if (!same_boot && !cache->last.tpm.present)
		ignore_store(k);
	else if (!same_boot)
		rc = align(k, false, skip, err);
	else if (cached && is_cached_list(k, cache))
		*skip = (size_t)cache->list_bytes;
	else if (!cached || !cache->complete)
		rc = align(k, true, skip, err);
	free(cache->last_raw);
	free(cache);
	return rc;
}

/* --- the kernel's lists --- */

/*
 * Only what has come since is read where both lists are known to be the same
 * ones. What was deleted was stored: then there are new shards.
 */
static bool is_continued(const struct look *k)
{
	const struct stitch *s = k->s;

	return s->known && !strcmp(s->boot_id, k->boot_id) && k->prefix &&
	       (!k->more || k->kind == KERNEL_COPY) && !s->ignored &&
	       s->current.len && tail_same_head(&s->current, &k->current) &&
	       s->staged.len == k->staged.len &&
	       tail_same_head(&s->staged, &k->staged) &&
	       recent_last(&s->recent) >= k->stored;
}

static int read_lists(struct look *k, struct error *err)
{
	int rc = tail_head(&k->tail, true, &k->staged, err);

	if (!rc)
		rc = tail_head(&k->tail, false, &k->current, err);
	if (rc)
		return rc;
	k->only_new = is_continued(k);
	if (k->only_new)
		return tail_read(&k->tail, false, k->s->current_len,
				 STITCH_TAIL_MAX, &k->bytes, err);
	rc = tail_read(&k->tail, true, 0, STITCH_TAIL_MAX, &k->bytes, err);
	k->staged_len = k->bytes.len;
	return rc ? rc : tail_read(&k->tail, false, 0, STITCH_TAIL_MAX,
				   &k->bytes, err);
}

static int find_layout(struct look *k, struct error *err)
{
	int rc;

	k->layout = k->s->layout;
	if (k->only_new || !k->bytes.len)
		return E_OK;
	rc = layout_detect(k->bytes.at, k->bytes.len, true,
			   k->s->canonical ? 1 : 0, &k->layout);
	if (rc)
		rc = error_set(err, E_FORMAT, "not a measurement list");
	else if (k->layout.digest_size != 20)
		rc = error_set(err, E_FORMAT, "is not in the sha1 layout");
	if (rc)
		error_subject(err, "%s", k->s->ima_dir);
	return rc;
}

/* --- joining --- */

/* Is what memory has of a new shard as long as the shard? */
static bool parts_agree(const struct look *k)
{
	const struct recent *r = &k->s->recent;

	for (size_t i = k->parts; i && i--; ) {
		const struct stitch_part *p = &k->part[i];

		if (p->first < r->first || !r->count)
			break;
		if (p->last <= recent_last(r) &&
		    r->start[p->last + 1 - r->first] -
		    r->start[p->first - r->first] != p->bytes)
			return false;
	}
	return true;
}

/* Records behind the store, as memory and as the kernel have them. */
static bool agrees(const struct look *k, const uint8_t *bytes, size_t len)
{
	const struct recent *r = &k->s->recent;
	const uint8_t *ours;
	size_t have;

	if (recent_last(r) < k->stored || r->first > k->stored + 1)
		return true;
	ours = recent_from(r, k->stored + 1, &have);
	return have <= len && (!have || !memcmp(ours, bytes, have));
}

/* All of the kernel's that the store has not takes its place in memory. */
static int join_all(struct look *k, const uint8_t *bytes, size_t len,
		    bool *broken, struct error *err)
{
	struct recent *r = &k->s->recent;
	struct recent fresh = { .first = k->stored + 1 };
	size_t have;
	int rc;

	*broken = k->s->known && (!k->prefix || !parts_agree(k) ||
				  !agrees(k, bytes, len) ||
				  strcmp(k->s->boot_id, k->boot_id));
	if (*broken || !r->count || r->first > k->stored + 1 ||
	    recent_last(r) < k->stored) {
		rc = recent_add(&fresh, &k->layout, bytes, len, err);
		if (rc) {
			recent_free(&fresh);
			return rc;
		}
		/* Were there more before than there are now? */
		*broken = *broken || (k->s->known && stitch_last(k->s) >
				      recent_last(&fresh));
		recent_free(r);
		*r = fresh;
		return E_OK;
	}
	recent_from(r, k->stored + 1, &have);
	return recent_add(r, &k->layout, bytes + have, len - have, err);
}

static int join(struct look *k, struct error *err)
{
	struct stitch *s = k->s;
	bool broken = false;
	size_t skip = 0;
	int rc = find_layout(k, err);

	if (!rc && k->only_new) {
		rc = recent_add(&s->recent, &k->layout, k->bytes.at,
				k->bytes.len, err);
		broken = !rc && !parts_agree(k);
	} else if (!rc) {
		rc = place(k, &skip, err);
		compare_parts(k);
		if (!rc)
			rc = join_all(k, k->bytes.at + skip,
				      k->bytes.len - skip, &broken, err);
	}
	if (rc) {
		error_subject(err, "%s", s->ima_dir ? s->ima_dir :
			      s->shard_dir);
		return rc;
	}
	s->generation += broken;
	if (!k->only_new)
		s->current_len = 0;
	s->current_len += k->bytes.len - k->staged_len;
	return E_OK;
}

/* --- */

/* What is known of a shard stays known; new ones end with the newest. */
static void keep_padded(struct look *k)
{
	const struct stitch *s = k->s;
	size_t old = 0;

	for (size_t i = 0; i < k->parts; i++) {
		struct stitch_part *p = &k->part[i];

		while (old < s->parts && s->part[old].last < p->first)
			old++;
		if (old < s->parts && stitch_same_part(&s->part[old], p)) {
			p->padded_known = s->part[old].padded_known;
			p->padded = s->part[old].padded;
		} else if (s->known || i + 1 == k->parts) {
			p->padded_known = k->has_padded;
			p->padded = k->padded;
		}
	}
}

static void keep(struct look *k)
{
	struct stitch *s = k->s;

	keep_padded(k);
	if (k->has_padded)
		s->padded = k->padded;
	s->dir = k->dir;
	memcpy(s->boot_id, k->boot_id, sizeof(s->boot_id));
	s->count = k->count;
	s->staged = k->staged;
	s->current = k->current;
	s->layout = k->layout;
	s->discarded = k->store ? store_discarded(k->store) : 0;
	free(s->part);
	s->part = k->part;
	s->parts = k->parts;
	k->part = NULL;
	s->known = true;
	recent_forget(&s->recent, k->stored);
}

int stitch_kind(const struct stitch *s, enum kernel_kind *ret,
		struct error *err)
{
	int kind = (int)s->kernel;

	if (kind == KERNEL_AUTO)
		kind = kernel_detect(s->ima_dir, NULL, err);
	if (kind < 0)
		return kind;
	*ret = (enum kernel_kind)kind;
	return E_OK;
}

/* First the lists, then the store: see the head of stitch.h. */
static int find(struct look *k, struct error *err)
{
	struct stitch *s = k->s;
	int rc = E_OK;

	if (s->ima_dir) {
		rc = stitch_kind(s, &k->kind, err);
		k->count = stitch_count(s);
		if (!rc)
			rc = tail_open(&k->tail, s->ima_dir, k->kind, err);
		if (!rc)
			rc = host_boot_id(s->ima_dir, k->boot_id, err);
	}
	if (!rc)
		rc = see_store(k, err);
	compare_parts(k);
	if (!rc && s->ima_dir)
		rc = read_lists(k, err);
	tail_close(&k->tail);
	return rc;
}

int stitch_look(struct stitch *s, struct error *err)
{
	struct look *k = calloc(1, sizeof(*k));
	bool ignored = s->ignored;
	int rc;

	if (!k)
		return error_set(err, E_NOMEM, "out of memory");
	k->s = s;
	k->tail.staged = k->tail.current = -1;
	rc = find(k, err);
	if (!rc)
		s->ignored = false;
	if (!rc)
		rc = join(k, err);
	if (rc)
		s->ignored = ignored;
	else
		keep(k);
	store_close(k->store);
	free(k->bytes.at);
	free(k->part);
	free(k);
	return rc;
}
