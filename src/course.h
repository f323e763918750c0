/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * course.h - one way through the evidence, from a start: what search.c
 * tries one after another, and walk.c goes once more
 *
 * The evidence is cut into segments: one for each shard, and one for the
 * lists behind them. A segment can be replayed from the aggregate before it.
 */
#ifndef COURSE_H
#define COURSE_H

#include "coverage.h"
#include "measurement.h"

/* snapshot_aggregate records replayed, by what they state. */
struct snapshots {
	uint64_t equal, unread;
};

struct run {
	const struct evidence *ev;
	const struct target *target;
	const struct measurement_options *opt;
	struct replay *replay;
	struct match match;
	struct aggregate agg;		/* of the shard at hand */
	struct lists_place lists;	/* where the lists start */
	uint64_t number;		/* of the last record replayed */
	uint64_t tail;			/* records of the lists seen */
	struct snapshots snapshots;	/* so far, */
	struct snapshots proven;	/* and where the target was met */
	bool counted;			/* the lists, to their end: */
	struct lists_place counted_from;
	uint64_t count;			/* records from there on */
	bool wide;
	bool moved_on;			/* met, and left behind for good */
	uint64_t trailing_bytes;
	struct error trailing;
	int weight;			/* of the reason not to have verified */
	const struct reading *readings;	/* in place of what aggregates say */
	const struct state_proven *resume;	/* NULL: not from a checkpoint */
	struct target resumed;		/* what of the target it leads to */
	bool placed;			/* the evidence goes on from there */
	struct coverage *coverage;	/* NULL: not wanted */
	struct progress *progress;	/* or NULL */
	uint64_t begun;			/* behind this record */
	uint64_t ahead;			/* up to that one, of the shards */
	bool to_lists;			/* and then the lists */
	measurement_show show;
	void *show_ctx;
};

struct start {
	struct pcr_values values;
	bool zero;
	enum start_from from;
	uint64_t record;
	struct reading readings[HASH_COUNT];
	uint32_t foreign;
	char gap[GAP_REASON_MAX]; /* the values are its anchor; "": no gap */
};

size_t course_shards(const struct evidence *ev);

/* Segments are the shards and, behind them, the lists as one. */
static inline size_t course_segments(const struct evidence *ev)
{
	return course_shards(ev) + 1;
}

/*
 * Go from the start of segment @first up to segment @end (excluded). All of
 * the shards on the way are checked, also behind the target; of the lists,
 * what lies behind it is only counted. @s receives where it began. Returns 0,
 * COURSE_SHOWN where run->show had enough, or an error.
 */
#define COURSE_SHOWN 2
int course_go(struct run *run, size_t first, size_t end, bool wide,
	      struct start *s, struct error *err);

/*
 * Its first step, course-start.c: find the values before segment @first, as
 * boot, a checkpoint, an aggregate or what was given has them, and have the
 * replay stand there. E_GAP, E_UNDECIDED where nothing says where to start.
 */
int course_start(struct run *run, size_t first, struct start *s,
		 struct error *err);

/* Read the aggregate of shard @i into run->agg and see that it follows. */
int course_load(struct run *run, size_t i, struct error *err);

/*
 * The parts of it that ahead.c and seams.c do in another order. A record is
 * taken with its digests, where somebody has made them (NULL: not). If it is
 * refused before anything was done, run->number is as before.
 */
int course_record(struct run *run, const struct record *rec,
		  const struct list_layout *layout,
		  const struct record_digests *digests, struct error *err);

/* Segment @i, from where @run is; @begins: nothing was replayed before it. */
int course_segment(struct run *run, size_t i, bool begins, struct error *err);

/*
 * For whoever looks on: a way up to segment @end begins behind record
 * run->number, and so many records more were taken.
 */
void course_counting(struct run *run, size_t end);
void course_counted(struct run *run, uint64_t records);

static inline void course_count(struct run *run, uint64_t records)
{
	if (run->progress)
		course_counted(run, records);
}

/* Failures of ours, as opposed to evidence that is bad. */
bool is_failure(int rc);

#endif
