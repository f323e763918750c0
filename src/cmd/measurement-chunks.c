// SPDX-License-Identifier: GPL-2.0-or-later
/* measurement-chunks.c - evmctl ima_measurement --chunk */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/measurement-verb.h"
#include "cmd/say.h"
#include "evmctl-snapshot.h"
#include "format/chunk.h"
#include "port/file.h"

/* One of them, read and found whole. */
struct piece {
	const char *name;
	uint8_t *bytes;		/* of the file, owned */
	const uint8_t *records;
	struct chunk chunk;
};

static void free_pieces(struct piece *pieces, size_t count)
{
	for (size_t i = 0; pieces && i < count; i++)
		free(pieces[i].bytes);
	free(pieces);
}

static int read_piece(const char *name, uint64_t max, struct piece *p,
		      struct error *err)
{
	size_t len = 0, line = 0;
	int rc;

	p->name = name;
	rc = file_read(AT_FDCWD, name, (size_t)max + CHUNK_LINE_MAX, &p->bytes,
		       &len, err);
	if (rc == E_ABSENT)
		err->code = rc = E_IO;
	if (!rc)
		rc = chunk_parse(p->bytes, len, &p->chunk, &line, err);
	p->records = rc ? NULL : p->bytes + line;
	if (!rc)
		rc = chunk_check(&p->chunk, p->records, len - line, err);
	if (rc)
		error_subject(err, "%s", name);
	return rc;
}

static int read_pieces(const struct args *args, struct piece **ret,
		       struct error *err)
{
	struct piece *pieces = calloc(args->chunks, sizeof(*pieces));
	int rc = E_OK;

	if (!pieces)
		return error_set(err, E_NOMEM, "out of memory");
	for (size_t i = 0; i < args->chunks && !rc; i++)
		rc = read_piece(args->chunk[i], args->state.max_pending,
				&pieces[i], err);
	*ret = pieces;
	return rc;
}

/* The quote that is named, or that the last chunk carries; there may be none. */
static int load_quote(const struct args *args, const struct piece *last,
		      struct loaded_target *t, struct error *err)
{
	int rc;

	if (args->target.quote || args->target.keylime)
		return target_load(&args->target, t, err);
	if (!last->chunk.quote.present)
		return E_OK;
	rc = target_load_chunk(&args->target, &last->chunk.quote, t, err);
	if (rc)
		error_subject(err, "%s", last->name);
	return rc;
}

static int save(struct remembered *r, struct error *err)
{
	int rc = checkpoint_save(r->checkpoint, err);

	return rc ? rc : instalments_saved(r->instalments, err);
}

/* It begins another boot than what is pending, of which nothing is proven. */
static bool begins_anew(const struct state *s, const struct chunk *chunk)
{
	return !s->proven.record && s->pending.present && chunk->first == 1 &&
	       strcmp(s->pending.boot.boot_id, chunk->boot_id);
}

static int see_boot(struct remembered *r, const struct loaded_target *t,
		    const struct chunk *first, struct error *err)
{
	const struct state *s = checkpoint_state(r->checkpoint);
	const struct state_clock now = {
		t->quote.clock, t->quote.reset_count, t->quote.restart_count,
	};
	enum boot_since since;
	int rc;

	if (!t->has_quote)
		return E_OK;
	rc = checkpoint_boot(s, &t->quote, NULL, &since, err);
	if (!rc && since == BOOT_LATER)
		return instalments_new_boot(r->instalments, &now) ?
		       save(r, err) : E_OK;
	if (!rc)
		instalments_same_boot(r->instalments, since == BOOT_SAME);
	if (!rc && begins_anew(s, first)) {
		instalments_drop(r->instalments);
		rc = save(r, err);
	}
	if (rc)
		error_subject(err, "%s", checkpoint_path(r->checkpoint));
	return rc;
}

static int add_pieces(struct instalments *in, const struct piece *pieces,
		      size_t count, struct error *err)
{
	int rc = E_OK;

	for (size_t i = 0; i < count && !rc; i++) {
		rc = instalments_add(in, &pieces[i].chunk, pieces[i].records,
				     err);
		if (rc)
			error_subject(err, "%s", pieces[i].name);
	}
	return rc == E_LIMIT ? E_IO : rc;
}

int chunks_take(const struct args *args, struct loaded_target *t,
		struct error *err)
{
	struct remembered *r = args->remembered;
	struct piece *pieces = NULL;
	struct error why = { 0 };
	int rc = read_pieces(args, &pieces, err), saved = E_OK;

	if (!rc)
		rc = load_quote(args, &pieces[args->chunks - 1], t, err);
	if (!rc)
		rc = instalments_open(&r->instalments, r->checkpoint,
				      args->state.max_pending, err);
	if (!rc)
		rc = see_boot(r, t, &pieces[0].chunk, err);
	if (!rc) {
		rc = add_pieces(r->instalments, pieces, args->chunks, err);
		err->code = rc;
		/* Those before the one that is refused are kept. */
		saved = instalments_sync(r->instalments, &why);
		if (!saved)
			saved = save(r, &why);
	}
	free_pieces(pieces, args->chunks);
	if (saved)
		*err = why;
	if (saved || rc)
		return saved ? saved : rc;
	return chunks_to_come(r, t, err);
}

/* E_UNDECIDED until all is here, with a quote to resolve it. */
int chunks_to_come(const struct remembered *r, const struct loaded_target *t,
		   struct error *err)
{
	const struct state_pending *p =
		&checkpoint_state(r->checkpoint)->pending;

	if (!instalments_complete(r->instalments))
		return error_set(err, E_UNDECIDED,
				 "%llu records, %llu bytes to come",
				 (unsigned long long)p->remaining_records,
				 (unsigned long long)p->remaining_bytes);
	if (!t->has_quote)
		return error_set(err, E_UNDECIDED,
				 "0 records, 0 bytes to come: a quote is missing");
	return E_OK;
}
