// SPDX-License-Identifier: GPL-2.0-or-later
/* pool.c - threads that work ahead of one who takes the results in order */
#include "base/pool.h"

#include <pthread.h>
#include <stdlib.h>

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t more;		/* something was added, or stop */
	pthread_cond_t done;		/* something was done */
	pool_work work;
	void *ctx;
	size_t window;
	/* Counted from the start: taken <= begun <= added. */
	size_t added, begun, taken;
	bool *ready;			/* by slot: done, and not taken */
	bool stop;
	unsigned int wanted, threads;
	pthread_t *thread;
};

/* Do the next item, if there is one. Called, and returns, with the lock. */
static bool do_one(struct pool *p)
{
	size_t slot;

	if (p->begun == p->added)
		return false;
	slot = p->begun++ % p->window;
	pthread_mutex_unlock(&p->lock);
	p->work(p->ctx, slot);
	pthread_mutex_lock(&p->lock);
	p->ready[slot] = true;
	pthread_cond_signal(&p->done);
	return true;
}

static void *worker(void *arg)
{
	struct pool *p = arg;

	pthread_mutex_lock(&p->lock);
	while (!p->stop)
		if (!do_one(p))
			pthread_cond_wait(&p->more, &p->lock);
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

int pool_new(struct pool **ret, unsigned int threads, size_t window,
	     pool_work work, void *ctx, struct error *err)
{
	struct pool *p = calloc(1, sizeof(*p));

	if (!p)
		return error_set(err, E_NOMEM, "out of memory");
	p->ready = calloc(window, sizeof(*p->ready));
	p->thread = calloc(threads + 1, sizeof(*p->thread));
	if (!p->ready || !p->thread) {
		free(p->ready);
		free(p->thread);
		free(p);
		return error_set(err, E_NOMEM, "out of memory");
	}
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->more, NULL);
	pthread_cond_init(&p->done, NULL);
	p->work = work;
	p->ctx = ctx;
	p->window = window;
	p->wanted = threads;
	*ret = p;
	return E_OK;
}

void pool_free(struct pool *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_broadcast(&p->more);
	pthread_mutex_unlock(&p->lock);
	for (unsigned int i = 0; i < p->threads; i++)
		pthread_join(p->thread[i], NULL);
	pthread_cond_destroy(&p->done);
	pthread_cond_destroy(&p->more);
	pthread_mutex_destroy(&p->lock);
	free(p->ready);
	free(p->thread);
	free(p);
}

static void start_threads(struct pool *p)
{
	while (p->threads < p->wanted &&
	       !pthread_create(&p->thread[p->threads], NULL, worker, p))
		p->threads++;
	p->wanted = p->threads;
}

/* added and taken are the caller's thread's to change. */
bool pool_room(const struct pool *p)
{
	return p->added - p->taken < p->window;
}

bool pool_busy(const struct pool *p)
{
	return p->added != p->taken;
}

size_t pool_slot(const struct pool *p)
{
	return p->added % p->window;
}

void pool_add(struct pool *p)
{
	pthread_mutex_lock(&p->lock);
	p->added++;
	pthread_cond_signal(&p->more);
	pthread_mutex_unlock(&p->lock);
	/* One item alone is the caller's. */
	if (p->added == 2)
		start_threads(p);
}

size_t pool_take(struct pool *p)
{
	size_t slot = p->taken % p->window;

	pthread_mutex_lock(&p->lock);
	while (!p->ready[slot])
		if (!do_one(p))
			pthread_cond_wait(&p->done, &p->lock);
	p->ready[slot] = false;
	p->taken++;
	pthread_mutex_unlock(&p->lock);
	return slot;
}
