// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * boot.c - whether the shards are of this boot, and clearing them if not
 *
 * A boot id other than the newest aggregate's means a reboot or a kexec. A
 * kexec keeps the PCRs, and the shards are then the only history they have.
 * So shards go only on proof: the kernel's own list, from zero, replays to
 * the TPM's PCRs, and does not begin with what the shards hold.
 */
#include <stdlib.h>
#include <string.h>

#include "align.h"
#include "port/host.h"
#include "take.h"

/* Does the list replay, from zero, to the PCRs that were read before it? */
static int replays_alone(struct take *t, struct list *list, bool wide,
			 bool *ret, struct error *err)
{
	struct record rec;
	uint64_t n = 0;
	int rc = list_seek(list, (struct list_place){ 0 }, err);

	if (!rc)
		rc = replay_start(t->replay, NULL, NULL, wide, err);
	match_start(&t->match, &t->target);
	t->match.exempt = t->foreign & ~(1U << IMA_PCR);
	while (!rc && !t->match.met) {
		rc = list_next(list, &rec, err);
		if (!rc)
			rc = replay_record(t->replay, &rec, list_layout(list),
					   err);
		if (!rc)
			rc = match_try(&t->match, t->replay, ++n, err);
	}
	*ret = t->match.met;
	/* A list that cannot be replayed proves nothing, and stops nothing. */
	return rc == E_IO || rc == E_NOMEM || rc == E_CRYPTO ? rc : E_OK;
}

/* Does the list begin with all that the store has? */
static int begins_with_store(struct take *t, struct list *list, bool *ret,
			     struct error *err)
{
	struct lists lists = { .list = &list, .count = 1 };
	struct alignment *ways = malloc(sizeof(*ways));
	int rc;

	if (!ways)
		return error_set(err, E_NOMEM, "out of memory");
	rc = align_lists(t->store, &lists, ways, err);
	*ret = false;
	/* A store that cannot be read, after a clear that died, is no proof. */
	if (rc && rc != E_IO && rc != E_NOMEM && rc != E_CRYPTO) {
		free(ways);
		return E_OK;
	}
	for (size_t i = 0; i < ways->count && !rc; i++)
		*ret = *ret || ways->at[i].skipped == store_last(t->store);
	free(ways);
	return rc;
}

static int is_over(struct take *t, struct list *list, bool *ret,
		   struct error *err)
{
	bool carried = false, alone = false;
	int rc = begins_with_store(t, list, &carried, err);

	for (int wide = 0; wide <= 1 && !rc && !carried && !alone; wide++) {
		rc = replays_alone(t, list, wide, &alone, err);
		/* Records extend PCRs that were not read: then once more. */
		if (rc || alone || !(t->match.uncovered & ~t->pcrs))
			continue;
		t->pcrs |= t->match.uncovered;
		rc = take_read_tpm(t, err);
		if (!rc)
			rc = replays_alone(t, list, wide, &alone, err);
	}
	*ret = !carried && alone;
	return rc;
}

/*
 * The current list is only read here; a staged one, of another agent since
 * boot, would be missing from it, and then nothing is proven: the shards stay.
 */
static int look(struct take *t, bool *over, struct error *err)
{
	struct kernel *reader = NULL;
	struct list *list = NULL;
	int rc = take_read_tpm(t, err);

	/* As of a kernel that only reads: nothing is to be written here. */
	if (!rc)
		rc = kernel_new(&reader, t->opt->ima_dir, KERNEL_COPY,
				t->opt->wait,
				t->opt->canonical ? LIST_CANONICAL : 0, err);
	if (!rc)
		rc = kernel_open(reader, false, &list, err);
	if (!rc)
		rc = is_over(t, list, over, err);
	list_close(list);
	kernel_free(reader);
	return rc;
}

int boot_check(struct take *t, struct error *err)
{
	bool over = true;
	int rc = E_OK;

	if (!t->last || !strcmp(t->last->boot_id, t->boot_id))
		return E_OK;
	t->new_boot = true;
	/* Without a TPM there is nothing that a kexec could have kept. */
	if (t->last->tpm.present || t->tpm)
		rc = look(t, &over, err);
	if (rc || !over)
		return rc;
	rc = store_clear(t->store, t->opt->archive, err);
	if (rc)
		return rc;
	t->tell(t->tell_ctx, NOTE_NEW_BOOT, "", NULL);
	t->new_boot = false;
	return take_load_last(t, err);
}
