// SPDX-License-Identifier: GPL-2.0-or-later
/* instalments.c - records that come in chunks, kept until a quote ends them */
#include "instalments.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compare.h"
#include "port/file.h"
#include "port/list.h"

struct instalments {
	struct state *state;	/* not owned */
	char *path;
	int fd;
	uint64_t max;
	bool counted_on;	/* by the state as it was saved */
	bool same_boot;		/* as the proven one, by a quote */
	bool doubtful;		/* or of another: it cannot tell */
	bool dropped;		/* while a chunk was added */
};

const char *instalments_path(const struct instalments *in)
{
	return in->path;
}

void instalments_close(struct instalments *in)
{
	if (!in)
		return;
	if (in->fd >= 0 && !in->counted_on)
		unlink(in->path);
	if (in->fd >= 0)
		close(in->fd);
	free(in->path);
	free(in);
}

void instalments_remove(const struct checkpoint *c)
{
	char *path;

	if (asprintf(&path, "%s.pending", checkpoint_path(c)) < 0)
		return;
	unlink(path);
	free(path);
}

static int open_bytes(struct instalments *in, struct error *err)
{
	uint64_t bytes = in->state->pending.bytes;
	struct stat st;
	int rc;

	in->fd = open(in->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW |
				O_NONBLOCK, 0600);
	if (in->fd < 0 || fstat(in->fd, &st) < 0)
		return error_errno(err, E_IO, "%s", "");
	rc = file_check_alone(in->fd, err);
	if (rc)
		return rc;
	if ((uint64_t)st.st_size < bytes)
		return error_set(err, E_IO,
				 "damaged: has not the %llu bytes that are pending (start again with --reset-state)",
				 (unsigned long long)bytes);
	if (ftruncate(in->fd, (off_t)bytes) < 0)
		return error_errno(err, E_IO, "%s", "");
	return E_OK;
}

int instalments_open(struct instalments **ret, struct checkpoint *c,
		     uint64_t max_pending, struct error *err)
{
	struct instalments *in = calloc(1, sizeof(*in));
	char *path;
	int rc;

	if (!in)
		return error_set(err, E_NOMEM, "out of memory");
	in->fd = -1;
	in->state = checkpoint_state(c);
	in->counted_on = in->state->pending.present;
	in->max = max_pending;
	if (asprintf(&path, "%s.pending", checkpoint_path(c)) < 0) {
		rc = error_set(err, E_NOMEM, "out of memory");
	} else {
		in->path = path;
		rc = open_bytes(in, err);
		if (rc)
			error_subject(err, "%s", in->path);
	}
	if (rc) {
		instalments_close(in);
		return rc;
	}
	*ret = in;
	return E_OK;
}

void instalments_clear(struct instalments *in)
{
	memset(&in->state->pending, 0, sizeof(in->state->pending));
}

/* A boot that is believed stays so, or a quote from before it would do. */
void instalments_drop(struct instalments *in)
{
	const struct state_pending was = in->state->pending;
	struct state_pending *p = &in->state->pending;

	instalments_clear(in);
	if (was.new_boot) {
		p->present = p->new_boot = true;
		p->clock = was.clock;
		p->first = 1;
	}
}

int instalments_saved(struct instalments *in, struct error *err)
{
	in->counted_on = in->state->pending.present;
	if (ftruncate(in->fd, (off_t)in->state->pending.bytes) < 0)
		return error_errno(err, E_IO, "%s", in->path);
	return E_OK;
}

bool instalments_new_boot(struct instalments *in,
			  const struct state_clock *clock)
{
	struct state_pending *p = &in->state->pending;

	if (p->new_boot && p->clock.reset_count == clock->reset_count)
		return false;
	instalments_clear(in);
	p->present = p->new_boot = true;
	p->clock = *clock;
	p->first = 1;
	return true;
}

/* --- what a chunk says of itself --- */

static const struct state_boot *boot_so_far(const struct state *s)
{
	if (s->pending.present && (s->pending.new_boot || s->pending.bytes))
		return &s->pending.boot;
	return s->proven.record ? &s->proven.boot : NULL;
}

void instalments_same_boot(struct instalments *in, bool certain)
{
	in->same_boot = true;
	in->doubtful = !certain;
}

int instalments_doubt(int code, struct error *err)
{
	size_t n = strlen(err->reason);

	if (code != E_CHANGED)
		return code;
	snprintf(err->reason + n, sizeof(err->reason) - n,
		 "; or they are of another boot: --reset-state starts there");
	err->code = E_UNDECIDED;
	return E_UNDECIDED;
}

/* A kexec gives another boot_id, and leaves the TPM alone. */
static int check_boot(const struct instalments *in, const struct chunk *chunk,
		      struct error *err)
{
	const struct state_boot *b = boot_so_far(in->state);

	if (!b || !b->boot_id[0] || !strcmp(b->boot_id, chunk->boot_id) ||
	    in->same_boot)
		return E_OK;
	return error_set(err, E_CHANGED,
			 "is of boot %s, the state of %s: a new boot is believed only from a quote of a later one",
			 chunk->boot_id, b->boot_id);
}

static int check_range(const struct state *s, const struct chunk *chunk,
		       uint64_t last, struct error *err)
{
	uint64_t total = chunk->last + chunk->remaining_records;
	uint64_t before = last + s->pending.remaining_records;

	if (chunk->first > last + 1)
		return error_set(err, E_GAP,
				 "begins with record %llu, but %llu is the next",
				 (unsigned long long)chunk->first,
				 (unsigned long long)last + 1);
	/* As with shards: no replay crosses it. */
	if (chunk->gap.present && chunk->first == last + 1)
		return error_set(err, E_GAP,
				 "records are missing before record %llu: %s",
				 (unsigned long long)chunk->first,
				 chunk->gap.reason);
	if (total < before)
		return error_set(err, E_CHANGED,
				 "speaks of %llu records in all, there were %llu",
				 (unsigned long long)total,
				 (unsigned long long)before);
	return E_OK;
}

/* --- what is there already --- */

/* A record that the chunk has once more, up to the last that is proven. */
static int is_proven(struct comparing *cmp, const struct record *rec,
		     uint64_t number, struct error *err)
{
	int rc = E_OK;

	/* They have other bytes in a list of another bank. */
	if (record_digest_size(rec) != cmp->c->digest_size)
		return E_OK;
	rc = compare_add(cmp, rec, number, err);
	if (!rc && number == cmp->c->last)
		rc = compare_end(cmp, NULL, err);
	return rc;
}

/* The pending records from @number on. */
static int pending_from(struct instalments *in, uint64_t number,
			struct list **ret, struct error *err)
{
	struct record rec;
	int rc = list_open(ret, AT_FDCWD, in->path, in->path, 0, err);

	for (uint64_t n = in->state->pending.first; n < number && !rc; n++)
		rc = list_next(*ret, &rec, err);
	return rc == LIST_END ? error_set(err, E_IO, "damaged") : rc;
}

static int is_pending(struct instalments *in, struct list **pending,
		      const struct record *rec, uint64_t number,
		      struct error *err)
{
	struct record ours;
	int rc = *pending ? E_OK : pending_from(in, number, pending, err);

	if (!rc)
		rc = list_next(*pending, &ours, err);
	if (rc)
		return rc < 0 ? rc : error_set(err, E_IO, "damaged");
	if (record_same(rec, &ours))
		return E_OK;
	instalments_drop(in);
	in->dropped = true;
	return error_set(err, E_CHANGED,
			 "is not the one that came before; nothing is pending any more");
}

static int append(struct instalments *in, const struct record *rec,
		  struct error *err)
{
	struct state_pending *p = &in->state->pending;
	off_t at = (off_t)p->bytes;

	if (p->bytes + rec->raw_len > in->max)
		return error_set(err, E_LIMIT,
				 "over %llu bytes would be kept unproven: see --max-pending",
				 (unsigned long long)in->max);
	if (lseek(in->fd, at, SEEK_SET) < 0)
		return error_errno(err, E_IO, "%s", in->path);
	if (file_write(in->fd, rec->raw, rec->raw_len, err))
		return E_IO;
	p->bytes += rec->raw_len;
	p->last++;
	return E_OK;
}

static int take(struct instalments *in, const struct chunk *chunk,
		struct list *list, struct error *err)
{
	struct state_pending *p = &in->state->pending;
	uint64_t proven = p->first - 1, had = p->last;
	struct list *pending = NULL;
	struct list_place here;
	struct comparing cmp;
	struct record rec;
	int rc = compare_begin(&cmp, &in->state->proven.covered,
			       chunk->first, err);

	for (uint64_t n = chunk->first; n <= chunk->last && !rc; n++) {
		here = list_tell(list);
		rc = list_next(list, &rec, err);
		if (rc)
			break;
		if (n <= proven)
			rc = is_proven(&cmp, &rec, n, err);
		else if (n <= had)
			rc = is_pending(in, &pending, &rec, n, err);
		else
			rc = append(in, &rec, err);
		if (rc < 0)
			error_place(err, n, here.offset);
	}
	list_close(pending);
	compare_free(&cmp);
	return rc == LIST_END ? error_set(err, E_FORMAT, "ends early") : rc;
}

int instalments_add(struct instalments *in, const struct chunk *chunk,
		    const uint8_t *records, struct error *err)
{
	struct state_pending *p = &in->state->pending;
	struct state_pending before = *p;
	struct list *list;
	int rc;

	if (!p->present) {
		p->present = true;
		p->first = in->state->proven.record + 1;
		p->last = in->state->proven.record;
	}
	rc = check_boot(in, chunk, err);
	if (!rc)
		rc = check_range(in->state, chunk, p->last, err);
	if (!rc)
		/* So many are in memory: chunk_check() has compared. */
		rc = list_open_bytes(&list, records, (size_t)chunk->bytes,
				     "records", 0, err);
	if (rc) {
		*p = before;
		return in->doubtful ? instalments_doubt(rc, err) : rc;
	}
	in->dropped = false;
	rc = take(in, chunk, list, err);
	list_close(list);
	if (rc) {
		if (in->dropped)
			return rc;
		*p = before;
		return in->doubtful ? instalments_doubt(rc, err) : rc;
	}
	p->remaining_records = chunk->last + chunk->remaining_records -
			       p->last;
	if (chunk->last == p->last)
		p->remaining_bytes = chunk->remaining_bytes;
	memcpy(p->boot.boot_id, chunk->boot_id, sizeof(p->boot.boot_id));
	p->boot.has_reset_count = chunk->tpm.present;
	p->boot.reset_count = chunk->tpm.reset_count;
	return E_OK;
}

bool instalments_complete(const struct instalments *in)
{
	return in->state->pending.present &&
	       !in->state->pending.remaining_records;
}

int instalments_sync(struct instalments *in, struct error *err)
{
	if (fsync(in->fd) < 0)
		return error_errno(err, E_IO, "%s: syncing", in->path);
	return E_OK;
}
