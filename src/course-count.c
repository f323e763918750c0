// SPDX-License-Identifier: GPL-2.0-or-later
/* course-count.c - how far a course has come, for somebody who looks on */
#include "course.h"

/*
 * Records in the lists, from where they go on: as they were counted, by us or
 * by the kernel; or as many as a file has room for, of the size of those that
 * were read, be it in a shard. 0: nobody knows.
 */
static uint64_t expected_of_lists(const struct run *run)
{
	const struct lists *l = &run->ev->lists;
	uint64_t all = run->progress->listed, size = 0;
	struct list_place read = { 0 };

	if (run->counted)
		return run->count;
	for (size_t i = 0; i < l->count && !all; i++) {
		struct list_place at = list_tell(l->list[i]);

		read.records += at.records;
		read.offset += at.offset;
		size += list_size(l->list[i]);
	}
	if (!read.offset && run->ahead > run->begun) {
		read.records = run->agg.last + 1 - run->agg.first;
		read.offset = run->agg.bytes;
	}
	if (!all && read.offset)
		all = (uint64_t)((double)size / (double)read.offset *
				 (double)read.records);
	return all > run->lists.skipped ? all - run->lists.skipped : 0;
}

static uint64_t expected(const struct run *run)
{
	uint64_t shards = run->ahead - run->begun, lists;

	if (!run->to_lists)
		return shards;
	lists = expected_of_lists(run);
	return lists ? shards + lists : 0;
}

void course_counting(struct run *run, size_t end)
{
	const struct store *st = run->ev->store;
	size_t shards = st ? store_count(st) : 0;
	size_t last = end < shards ? end : shards;

	run->begun = run->ahead = run->number;
	run->to_lists = end > shards;
	if (last && store_shard(st, last - 1)->last > run->begun)
		run->ahead = store_shard(st, last - 1)->last;
	progress_begin(run->progress, 0);
}

void course_counted(struct run *run, uint64_t records)
{
	struct progress *p = run->progress;

	if (p->done + records >= p->look)
		p->total = expected(run);
	progress_add(p, records);
}
