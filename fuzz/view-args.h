/* SPDX-License-Identifier: GPL-2.0-or-later */
/* view-args.h - the files of fuzz-view's inputs, and how they are read */
#ifndef VIEW_ARGS_H
#define VIEW_ARGS_H

#include "fault.h"
#include "view.h"
#include "words.h"

/* One part of the input for each, in this order; an empty one is no file. */
static inline void view_files(const uint8_t *bytes, size_t len)
{
	static const char *const names[] = {
		"ima/binary_runtime_measurements",
		"ima/binary_runtime_measurements_staged",
		"ima/boot_id",
		"shards/000000000001-000000000002.ima",
		"shards/000000000001-000000000002.json",
		"shards/000000000003-000000000004.ima",
		"shards/000000000003-000000000004.json",
		"shards/000000000000-000000000002.json",
		"run/view-sizes",
		"shards/ak",
	};

	fault_tpm(NULL, 0);	/* whoever asks gets zeros */
	for (size_t i = 0; i < ROWS(names); i++) {
		struct part p = part_take(&bytes, &len);

		if (p.len)
			memory_file(names[i], &p);
		free(p.bytes);
	}
}

static inline bool give_up(void *ctx)
{
	(void)ctx;
	return true;
}

/* From its beginning to its end, and once more from @offset on. */
static inline void view_walk(struct view *v, const struct form *form,
			     uint64_t offset)
{
	struct view_file *f = NULL;
	struct error err = { 0 };
	uint64_t at = 0, count;
	char page[1000];
	size_t got = 1;

	if (view_count(v, give_up, NULL, &count, &err) ||
	    view_open(v, form, give_up, NULL, &f, &err)) {
		fuzz_error(&err);
		return;
	}
	for (; got && at < 1U << 20; at += got)
		if (view_read(f, at, page, sizeof(page), give_up, NULL, &got,
			      &err))
			got = 0;
	if (view_read(f, offset, page, 7, give_up, NULL, &got, &err))
		fuzz_error(&err);
	view_close(f);
}

#endif
