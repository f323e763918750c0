// SPDX-License-Identifier: GPL-2.0-or-later
/* Threads that work ahead, and the order of what they did. */
#include "base/pool.h"

#include <string.h>

#include "unit.h"

#define WINDOW 7
#define ITEMS 5000

/* What an item is made of and what becomes of it, by slot. */
struct desk {
	unsigned int in[WINDOW], out[WINDOW], times[WINDOW];
};

static void square(void *ctx, size_t slot)
{
	struct desk *d = ctx;

	d->out[slot] = d->in[slot] * d->in[slot];
	d->times[slot]++;
}

static void take_all(unsigned int threads, size_t window, unsigned int items)
{
	struct desk d = { 0 };
	struct pool *p;
	unsigned int added = 0, taken = 0;

	unit_case("%u threads, window %zu, %u items", threads, window, items);
	if (!CHECK_INT(pool_new(&p, threads, window, square, &d, NULL), E_OK))
		return;
	while (added < items || pool_busy(p)) {
		size_t slot;

		while (added < items && pool_room(p)) {
			slot = pool_slot(p);
			d.in[slot] = added++;
			d.times[slot] = 0;
			pool_add(p);
		}
		slot = pool_take(p);
		if (!CHECK_INT(d.out[slot], taken * taken) ||
		    !CHECK_INT(d.times[slot], 1))
			break;
		taken++;
	}
	CHECK_INT(taken, items);
	pool_free(p);
}

static void every_item_is_done_once_and_taken_in_order(void)
{
	static const unsigned int threads[] = { 0, 1, 2, 9 };

	for (size_t i = 0; i < sizeof(threads) / sizeof(threads[0]); i++) {
		take_all(threads[i], WINDOW, ITEMS);
		take_all(threads[i], 1, 100);
		take_all(threads[i], WINDOW, 1);
		take_all(threads[i], WINDOW, 0);
	}
}

static void what_was_not_taken_is_dropped(void)
{
	for (unsigned int threads = 0; threads < 4; threads++) {
		struct desk d = { 0 };
		struct pool *p;

		unit_case("%u threads", threads);
		if (!CHECK_INT(pool_new(&p, threads, WINDOW, square, &d, NULL),
			       E_OK))
			return;
		for (unsigned int i = 0; i < WINDOW; i++)
			pool_add(p);
		CHECK(!pool_room(p));
		CHECK_INT(pool_take(p), 0);
		CHECK(pool_room(p) && pool_busy(p));
		pool_free(p);
		for (unsigned int i = 0; i < WINDOW; i++)
			CHECK(d.times[i] <= 1);
	}
	pool_free(NULL);
}

const struct unit_test unit_tests[] = {
	{ "every_item_is_done_once_and_taken_in_order",
	  every_item_is_done_once_and_taken_in_order },
	{ "what_was_not_taken_is_dropped", what_was_not_taken_is_dropped },
	{ NULL, NULL }
};
