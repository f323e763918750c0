/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * progress.h - how many records have passed, for somebody who looks on
 *
 * Whoever works through records counts them here, at the price of an addition
 * and a comparison each; every few thousand of them the one who looks on is
 * called. A NULL in place of a struct progress is nobody, everywhere. Threads
 * beside the caller's do not count.
 */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <stdint.h>

/* Some milliseconds of work: the clock is not looked at more often. */
#define PROGRESS_EVERY 2048

struct progress {
	/* Called with @ctx, where look was reached. Neither fails. */
	void (*tell)(void *ctx, const struct progress *p);
	void *ctx;
	uint64_t listed;	/* in the kernel's lists, as it counts; or 0 */
	unsigned int pass;	/* goes up when records are begun with anew */
	uint64_t done;		/* records of this pass, */
	uint64_t total;		/* of so many; 0: not known */
	uint64_t look;
};

/* A pass over @total records begins; 0: not known. */
static inline void progress_begin(struct progress *p, uint64_t total)
{
	if (!p)
		return;
	p->pass++;
	p->done = 0;
	p->total = total;
	p->look = PROGRESS_EVERY;
}

/* @n more have passed. */
static inline void progress_add(struct progress *p, uint64_t n)
{
	if (!p)
		return;
	p->done += n;
	if (p->done < p->look)
		return;
	p->look = p->done + PROGRESS_EVERY;
	p->tell(p->ctx, p);
}

#endif
