// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * export.c - the list in instalments: the next chunk of it
 *
 *	|--- shards ---|--- shards ---|--- staged, current ---|
 *	          base |..replay..|after|=== chunk ===|. remaining .|
 *
 * The chunk's pcrs are those of a replay from the nearest aggregate. Records
 * are read twice, once to know the line, once to write them: shards do not
 * change, and what is in no shard yet is held in memory (stitch.h).
 */
#include "export.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "export-inner.h"
#include "port/file.h"

static int make_up(struct export *e, struct error *err)
{
	const char *boot_id;
	int rc = export_open_tpm(e, err);

	if (!rc)
		rc = export_fill(e, err);
	if (rc)
		return rc;
	export_describe_tpm(e);
	if (e->opt->ak_handle && !e->chunk.remaining_records)
		rc = export_quote(e, err);
	if (!rc)
		rc = export_pcrs(e, err);
	boot_id = stitch_boot_id(e->stitch);
	if (!rc && strlen(boot_id) < sizeof(e->chunk.boot_id))
		memcpy(e->chunk.boot_id, boot_id, strlen(boot_id) + 1);
	return rc;
}

int export_open(struct export **ret, const struct export_options *options,
		struct error *err)
{
	const struct snapshot_options *o = options->snapshot;
	const struct stitch_options parts = {
		.ima_dir = o->ima_dir, .shard_dir = o->shard_dir,
		.run_dir = o->run_dir, .kernel = o->kernel,
		.canonical = o->canonical,
	};
	struct export *e = calloc(1, sizeof(*e));
	int rc;

	if (e) {
		e->opt = options;
		e->agg = malloc(sizeof(*e->agg));
		e->signing = malloc(sizeof(*e->signing));
	}
	if (!e || !e->agg || !e->signing)
		rc = error_set(err, E_NOMEM, "out of memory");
	else
		rc = stitch_new(&e->stitch, &parts, err);
	if (!rc)
		rc = make_up(e, err);
	if (rc) {
		export_close(e);
		return rc;
	}
	*ret = e;
	return E_OK;
}

void export_close(struct export *e)
{
	if (!e)
		return;
	stitch_free(e->stitch);
	store_close(e->store);
	tpm_close(e->tpm);
	replay_free(e->replay);
	free(e->agg);
	free(e->signing);
	free(e);
}

const struct chunk *export_chunk(const struct export *e)
{
	return &e->chunk;
}

/* --- writing --- */

/* Small writes are gathered: a record is some hundred bytes. */
struct gather {
	int fd;
	size_t len;
	uint8_t bytes[64U << 10];
};

static int gather_flush(struct gather *g, struct error *err)
{
	int rc = file_write(g->fd, g->bytes, g->len, err);

	g->len = 0;
	return rc;
}

static int gather_add(struct gather *g, const void *bytes, size_t len,
		      struct error *err)
{
	int rc = len > sizeof(g->bytes) - g->len ? gather_flush(g, err) : E_OK;

	if (rc)
		return rc;
	if (len > sizeof(g->bytes))
		return file_write(g->fd, bytes, len, err);
	memcpy(g->bytes + g->len, bytes, len);
	g->len += len;
	return E_OK;
}

static int write_records(struct export *e, struct gather *g,
			 struct hash_stream *sha256, struct error *err)
{
	struct progress *p = e->opt->snapshot->progress;
	const struct chunk *c = &e->chunk;
	uint8_t digest[SHA256_SIZE];
	struct record rec;
	int rc = stitch_seek(e->stitch, c->first, err);

	progress_begin(p, c->last + 1 - c->first);
	for (uint64_t n = c->first; n <= c->last && !rc; n++) {
		rc = stitch_next(e->stitch, &rec, err);
		if (!rc && hash_stream_add(sha256, rec.raw, rec.raw_len))
			rc = error_set(err, E_CRYPTO,
				       "libcrypto failed to hash");
		if (!rc)
			rc = gather_add(g, rec.raw, rec.raw_len, err);
		progress_add(p, 1);
	}
	if (rc == LIST_END ||
	    (!rc && (hash_stream_end(sha256, digest) ||
		     memcmp(digest, c->sha256, SHA256_SIZE))))
		rc = error_set(err, E_CHANGED,
			       "records changed while they were exported");
	return rc ? rc : gather_flush(g, err);
}

int export_write(struct export *e, int fd, struct error *err)
{
	struct gather *g = malloc(sizeof(*g));
	struct hash_stream *sha256 = NULL;
	char *line = NULL;
	size_t len;
	int rc = E_OK;

	if (!g || hash_stream_new(&sha256, HASH_SHA256)) {
		free(g);
		return error_set(err, E_NOMEM, "out of memory");
	}
	g->fd = fd;
	g->len = 0;
	rc = chunk_write(&e->chunk, &line, &len, err);
	if (!rc)
		rc = gather_add(g, line, len, err);
	if (!rc)
		rc = write_records(e, g, sha256, err);
	hash_stream_free(sha256);
	free(line);
	free(g);
	return rc;
}
