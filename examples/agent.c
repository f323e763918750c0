// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * agent.c - an agent that follows the measurement list through its shards
 *
 *	cc agent.c $(pkg-config --cflags --libs libimashards) -o agent
 *	agent [-f] [-i IMA-DIR] [SHARD-DIR [RECORD]]
 *
 * Prints a line for every record after RECORD (0), and replays the SHA-256
 * bank from the nearest aggregate, or from boot. Where it comes past an
 * aggregate it compares. At the end it says what PCR 10 should be: compare it
 * with a quote of the TPM, nothing else is a proof. With -f it goes on with
 * each new shard.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <imashards.h>

#define BANK "sha256"

struct agent {
	struct imashards *store;
	struct imashards_replay *replay;
	uint64_t after;			/* records up to here are known */
};

static int complain(const struct agent *a)
{
	fprintf(stderr, "agent: %s\n", imashards_message(a->store));
	return 1;
}

static void print_hex(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		printf("%02x", bytes[i]);
}

/* From the aggregate at or before what is known already; else from boot. */
static int begin(struct agent *a)
{
	struct imashards_aggregate *from = NULL;
	int rc = 0;

	if (a->after)
		rc = imashards_aggregate(a->store, a->after, &from);
	if (rc == IMASHARDS_ABSENT)
		rc = 0;
	if (!rc)
		rc = imashards_replay_new(a->store, BANK, from, &a->replay);
	if (!rc)
		rc = imashards_seek(a->store, from ?
				    imashards_aggregate_last(from) + 1 : 1);
	if (!rc && from)
		printf("from the aggregate after %llu, on trust\n",
		       (unsigned long long)imashards_aggregate_last(from));
	imashards_aggregate_free(from);
	return rc;
}

static void show(const struct imashards_record *r)
{
	size_t size;
	const uint8_t *digest = imashards_record_digest(r, &size);

	printf("%llu %u ", (unsigned long long)imashards_record_number(r),
	       imashards_record_pcr(r));
	print_hex(digest, size);
	printf(" %s%s\n", imashards_record_template(r),
	       imashards_record_violation(r) ? " violation" : "");
}

/* Is there an aggregate of the record that the replay has come to? */
static int compare(struct agent *a)
{
	uint64_t here = imashards_replay_number(a->replay);
	struct imashards_aggregate *agg;
	int rc = imashards_aggregate(a->store, here, &agg);

	if (rc)
		return rc == IMASHARDS_ABSENT ? 0 : rc;
	if (imashards_aggregate_last(agg) == here)
		rc = imashards_replay_meet_aggregate(a->store, a->replay, agg);
	imashards_aggregate_free(agg);
	return rc;
}

static int follow(struct agent *a)
{
	const struct imashards_record *r;
	int rc;

	while (!(rc = imashards_next(a->store, &r))) {
		if (imashards_record_number(r) > a->after)
			show(r);
		rc = imashards_replay_record(a->store, a->replay, r);
		/* Shards end seldom: look when the stored ones have been read. */
		if (!rc && imashards_replay_number(a->replay) ==
			   imashards_stored(a->store))
			rc = compare(a);
		if (rc)
			return rc;
	}
	return rc == IMASHARDS_END ? 0 : rc;
}

static void result(const struct agent *a)
{
	size_t size;
	const uint8_t *pcr = imashards_replay_pcr(a->replay, 10, &size);

	printf("PCR 10 after record %llu: ",
	       (unsigned long long)imashards_replay_number(a->replay));
	if (pcr)
		print_hex(pcr, size);
	else
		printf("not known yet");
	printf("\n");
	fflush(stdout);
}

#define AGAIN_MS 100

static int go_on(struct agent *a, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int rc = 0, wait = -1;

	while (!rc && poll(&p, 1, wait) >= 0) {
		uint64_t last = imashards_last(a->store);

		rc = imashards_refresh(a->store);
		wait = -1;
		/* What the descriptor told of is still to be looked for. */
		if (rc == IMASHARDS_BUSY || rc == IMASHARDS_UNDECIDED) {
			rc = 0;
			wait = AGAIN_MS;
		}
		if (rc || imashards_last(a->store) == last)
			continue;
		rc = follow(a);
		if (!rc)
			result(a);
	}
	return rc;
}

int main(int argc, char *argv[])
{
	struct agent a = { .store = imashards_new() };
	const char *ima_dir = NULL;
	int on = 0, fd = -1, opt, rc;

	while ((opt = getopt(argc, argv, "fi:")) != -1) {
		if (opt == '?')
			return 2;
		if (opt == 'f')
			on = 1;
		else
			ima_dir = optarg;
	}
	if (!a.store)
		return 1;
	argv += optind;
	if (argv[0] && argv[1])
		a.after = strtoull(argv[1], NULL, 10);
	rc = imashards_open(a.store, argv[0], ima_dir);
	/* Before the records are read, so that no shard comes in between. */
	if (!rc && on)
		rc = imashards_subscribe(a.store, &fd);
	if (!rc && on)
		rc = imashards_refresh(a.store);
	if (!rc)
		rc = begin(&a);
	if (!rc)
		rc = follow(&a);
	if (!rc)
		result(&a);
	if (!rc && on)
		rc = go_on(&a, fd);
	if (rc)
		rc = complain(&a);
	imashards_replay_free(a.replay);
	imashards_free(a.store);
	return rc;
}
