// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * list: the measurement list, what was staged, and the commands on them
 *
 * Removing from the front only moves the head, so that a reader finds a
 * record by its index at once.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "fake-kernel.h"

struct state state;
pthread_mutex_t extend_lock = PTHREAD_MUTEX_INITIALIZER;
pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;

struct record *list_get(const struct list *l, size_t index)
{
	return index < l->len ? l->at[l->head + index] : NULL;
}

static void list_append(struct list *l, struct record *r)
{
	if (l->head + l->len == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 256;
		l->at = realloc(l->at, l->cap * sizeof(*l->at));
		if (!l->at)
			abort();
	}
	l->at[l->head + l->len++] = r;
}

static void list_clear(struct list *l)
{
	free(l->at);
	memset(l, 0, sizeof(*l));
}

static int extend(const struct record *r)
{
	int ret = tpm_extend(r);

	if (ret)
		return ret;
	pthread_mutex_lock(&list_lock);
	state.extends++;
	pthread_mutex_unlock(&list_lock);
	return 0;
}

static void set_late(struct record *r)
{
	pthread_mutex_lock(&list_lock);
	state.late = r;
	pthread_mutex_unlock(&list_lock);
}

int list_catch_up(void)
{
	struct record *r = state.late;

	if (r)
		set_late(NULL);
	return r ? extend(r) : 0;
}

/* Visible first, extended afterwards: so does the kernel. */
int list_add(struct record *r, enum how how)
{
	int ret = state.suspended ? -ENODEV : list_catch_up();

	if (ret) {
		record_free(r);
		return ret;
	}
	pthread_mutex_lock(&list_lock);
	list_append(&state.untouched, r);
	list_append(&state.current, r);
	if (r->violation)
		state.violations++;
	pthread_mutex_unlock(&list_lock);

	if (how == NO_EXTEND)
		return 0;
	if (state.late_extend) {
		set_late(r);
		return 0;
	}
	return extend(r);
}

/* Slow for a long list, and asked for by single records only. */
int list_add_once(struct record *r)
{
	for (size_t i = state.hashed_from; i < state.untouched.len; i++) {
		if (!record_same(list_get(&state.untouched, i), r))
			continue;
		state.duplicates++;
		record_free(r);
		return 0;
	}
	return list_add(r, EXTEND);
}

static void forget_duplicates(void)
{
	state.hashed_from = state.untouched.len;
}

int list_stage(void)
{
	int ret = list_catch_up();

	if (ret)
		return ret;
	if (state.suspended)
		return -EACCES;
	if (state.staged.len)
		return -EEXIST;
	if (!state.current.len)
		return -ENOENT;
	pthread_mutex_lock(&list_lock);
	list_clear(&state.staged);
	state.staged = state.current;
	memset(&state.current, 0, sizeof(state.current));
	pthread_mutex_unlock(&list_lock);
	return 0;
}

int list_delete_staged(void)
{
	int ret = list_catch_up();

	if (ret)
		return ret;
	if (state.suspended)
		return -ESTALE;
	if (!state.staged.len)
		return -ENOENT;
	pthread_mutex_lock(&list_lock);
	list_clear(&state.staged);
	pthread_mutex_unlock(&list_lock);
	if (options.flush_htable)
		forget_duplicates();
	return 0;
}

int list_trim(unsigned long n)
{
	int ret = list_catch_up();

	if (ret)
		return ret;
	if (state.suspended)
		return -ESTALE;
	if (n > state.current.len)
		return -ENOENT;
	pthread_mutex_lock(&list_lock);
	state.current.head += n;
	state.current.len -= n;
	pthread_mutex_unlock(&list_lock);
	return 0;
}

static void new_boot_id(void)
{
	unsigned char u[16];

	if (getrandom(u, sizeof(u), 0) != (ssize_t)sizeof(u))
		abort();
	u[6] = (u[6] & 0x0f) | 0x40;
	u[8] = (u[8] & 0x3f) | 0x80;
	snprintf(state.boot_id, sizeof(state.boot_id),
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
		 "%02x%02x%02x%02x%02x%02x", u[0], u[1], u[2], u[3], u[4], u[5],
		 u[6], u[7], u[8], u[9], u[10], u[11], u[12], u[13], u[14],
		 u[15]);
}

/* What any new kernel begins with, whatever the old one left. */
static int start_kernel(void)
{
	forget_duplicates();
	state.violations = 0;
	state.suspended = false;
	set_late(NULL);
	new_boot_id();
	return list_add(record_boot_aggregate(), EXTEND);
}

int list_boot(void)
{
	pthread_mutex_lock(&list_lock);
	for (size_t i = 0; i < state.untouched.len; i++)
		record_free(list_get(&state.untouched, i));
	list_clear(&state.current);
	list_clear(&state.staged);
	list_clear(&state.untouched);
	state.extends = 0;
	state.duplicates = 0;
	state.refused = 0;
	pthread_mutex_unlock(&list_lock);
	return start_kernel();
}

int list_kexec(enum carry carry, size_t drop)
{
	struct list carried = { 0 };
	int ret = list_catch_up();

	if (ret)
		return ret;
	pthread_mutex_lock(&list_lock);
	if (carry != CARRY_LOST) {
		for (size_t i = 0; i < state.staged.len; i++)
			list_append(&carried, list_get(&state.staged, i));
		for (size_t i = 0; i < state.current.len; i++)
			list_append(&carried, list_get(&state.current, i));
	}
	if (carry == CARRY_DROP)
		carried.len -= drop < carried.len ? drop : carried.len;
	list_clear(&state.staged);
	list_clear(&state.current);
	state.current = carried;
	pthread_mutex_unlock(&list_lock);
	return start_kernel();
}
