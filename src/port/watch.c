// SPDX-License-Identifier: GPL-2.0-or-later
/* watch.c - to be told when a store has a new shard: inotify */
#include "port/watch.h"

#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

struct watch {
	int fd;
	bool watching;		/* the directory is there */
	char *dir;
};

/* How often a directory that is not there is looked for. */
#define LOOK_MS 200

static bool begin(struct watch *w)
{
	if (!w->watching)
		w->watching = inotify_add_watch(w->fd, w->dir, IN_MOVED_TO |
				IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF |
				IN_ONLYDIR) >= 0;
	return w->watching;
}

int watch_new(struct watch **ret, const char *dir, struct error *err)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (!w)
		return error_set(err, E_NOMEM, "out of memory");
	w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	w->dir = strdup(dir);
	if (w->fd < 0 || !w->dir) {
		error_errno(err, E_IO, "inotify");
		watch_free(w);
		return E_IO;
	}
	begin(w);
	*ret = w;
	return E_OK;
}

void watch_free(struct watch *w)
{
	if (!w)
		return;
	if (w->fd >= 0)
		close(w->fd);
	free(w->dir);
	free(w);
}

/* The directory itself is gone: look for another one of that name. */
static void drain(struct watch *w)
{
	_Alignas(struct inotify_event) char buf[4096];
	ssize_t n;

	while ((n = read(w->fd, buf, sizeof(buf))) > 0) {
		for (char *p = buf; p < buf + n; ) {
			struct inotify_event e;

			memcpy(&e, p, sizeof(e));
			if (e.mask & (IN_IGNORED | IN_DELETE_SELF |
				      IN_MOVE_SELF))
				w->watching = false;
			p += sizeof(e) + e.len;
		}
	}
}

int watch_fd(const struct watch *w)
{
	return w->fd;
}

void watch_wait(struct watch *w, int ms)
{
	struct pollfd p = { .fd = w->fd, .events = POLLIN };
	bool was = w->watching;

	if (!begin(w) && (ms < 0 || ms > LOOK_MS))
		ms = LOOK_MS;
	/* It has come: what is in it may have come before the watch. */
	if (!was && w->watching)
		return;
	if (poll(&p, 1, ms) > 0)
		drain(w);
}
