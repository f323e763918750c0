// SPDX-License-Identifier: GPL-2.0-or-later
/* hook.c - executables of an administrator, in a directory: which, and run */
#include "port/hook.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "port/trusted.h"

/* --- which --- */

static bool is_hook_name(const char *name)
{
	return *name && !name[strspn(name,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")];
}

static int check_safe(const struct stat *st, struct error *err)
{
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return error_set(err, E_CHANGED,
				 "is not run: it belongs to user %lu",
				 (unsigned long)st->st_uid);
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return error_set(err, E_CHANGED,
				 "is not run: others may write to it (mode %04o)",
				 (unsigned int)st->st_mode & 07777);
	return E_OK;
}

static int add(struct hook **hooks, size_t *count, const char *dir,
	       const char *name, const struct stat *st)
{
	struct hook *more = realloc(*hooks, (*count + 1) * sizeof(*more));
	struct hook *h;

	if (!more)
		return E_NOMEM;
	*hooks = more;
	h = &more[*count];
	memset(h, 0, sizeof(*h));
	if (asprintf(&h->path, "%s/%s", dir, name) < 0)
		return E_NOMEM;
	check_safe(st, &h->unsafe);
	error_subject(&h->unsafe, "%s", h->path);
	++*count;
	return E_OK;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct hook *)a)->path,
		      ((const struct hook *)b)->path);
}

static int list_in(DIR *d, const char *dir, struct hook **hooks,
		   size_t *count, struct error *err)
{
	struct dirent *entry;
	struct stat st;

	while ((errno = 0, entry = readdir(d))) {
		if (!is_hook_name(entry->d_name) ||
		    fstatat(dirfd(d), entry->d_name, &st, 0) < 0 ||
		    !S_ISREG(st.st_mode) || !(st.st_mode & 0111))
			continue;
		if (add(hooks, count, dir, entry->d_name, &st))
			return error_set(err, E_NOMEM, "out of memory");
	}
	return errno ? error_errno(err, E_IO, "listing") : E_OK;
}

int hooks_list(const char *dir, struct hook **ret, size_t *count,
	       struct error *err)
{
	struct hook *hooks = NULL;
	size_t n = 0;
	DIR *d = NULL;
	int fd = -1, rc;

	*ret = NULL;
	*count = 0;
	rc = trusted_dir_open(dir, &fd, err);
	if (rc == E_ABSENT)
		return E_OK;
	if (!rc)
		d = fdopendir(fd);
	if (!rc && !d)
		rc = error_errno(err, E_IO, "listing");
	if (!rc)
		rc = list_in(d, dir, &hooks, &n, err);
	if (d)
		closedir(d);
	else if (fd >= 0)
		close(fd);
	if (rc) {
		error_subject(err, "%s", dir);
		hooks_free(hooks, n);
		return rc;
	}
	if (n)
		qsort(hooks, n, sizeof(*hooks), by_path);
	*ret = hooks;
	*count = n;
	return E_OK;
}

void hooks_free(struct hook *hooks, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(hooks[i].path);
	free(hooks);
}

/* --- run --- */

#define GRACE 5		/* seconds from SIGTERM to SIGKILL */

/* Wait for @pid, with SIGCHLD blocked; false: it runs on. */
static bool wait_for(pid_t pid, unsigned int seconds, int *status)
{
	struct timespec now, end, left;
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += (time_t)seconds;
	for (;;) {
		if (waitpid(pid, status, WNOHANG) != 0)
			return true;
		clock_gettime(CLOCK_MONOTONIC, &now);
		left.tv_sec = end.tv_sec - now.tv_sec;
		left.tv_nsec = end.tv_nsec - now.tv_nsec;
		if (left.tv_nsec < 0) {
			left.tv_sec--;
			left.tv_nsec += 1000000000;
		}
		if (left.tv_sec < 0)
			return false;
		sigtimedwait(&child, NULL, &left);
	}
}

static int end_of(pid_t pid, unsigned int timeout, struct error *err)
{
	int status = 0;

	if (!wait_for(pid, timeout, &status)) {
		kill(-pid, SIGTERM);
		if (!wait_for(pid, GRACE, &status)) {
			kill(-pid, SIGKILL);
			while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
				;
		}
		return error_set(err, E_IO,
				 "ran longer than %u seconds and was ended",
				 timeout);
	}
	if (WIFSIGNALED(status))
		return error_set(err, E_IO, "was ended by signal %d",
				 WTERMSIG(status));
	if (WEXITSTATUS(status))
		return error_set(err, E_IO, "failed with exit code %d",
				 WEXITSTATUS(status));
	return E_OK;
}

/* Ours first: of a name that is there twice, getenv() finds the first. */
static char **environment(char *const set[])
{
	size_t ours = 0, theirs = 0;
	char **ret;

	while (set[ours])
		ours++;
	while (environ && environ[theirs])
		theirs++;
	ret = calloc(ours + theirs + 1, sizeof(*ret));
	if (!ret)
		return NULL;
	memcpy(ret, set, ours * sizeof(*ret));
	if (theirs)
		memcpy(ret + ours, environ, theirs * sizeof(*ret));
	return ret;
}

static int spawn(pid_t *pid, char *const argv[], char *const env[],
		 const sigset_t *mask)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	sigset_t all;
	int rc;

	if (posix_spawn_file_actions_init(&files))
		return ENOMEM;
	if (posix_spawnattr_init(&how)) {
		posix_spawn_file_actions_destroy(&files);
		return ENOMEM;
	}
	sigfillset(&all);
	posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP |
				 POSIX_SPAWN_SETSIGMASK |
				 POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setpgroup(&how, 0);
	posix_spawnattr_setsigmask(&how, mask);
	posix_spawnattr_setsigdefault(&how, &all);
	rc = posix_spawn_file_actions_addchdir_np(&files, "/");
	if (!rc)
		rc = posix_spawn_file_actions_addopen(&files, 0, "/dev/null",
						      O_RDONLY, 0);
	if (!rc)
		rc = posix_spawn_file_actions_adddup2(&files, 2, 1);
	if (!rc)
		rc = posix_spawn(pid, argv[0], &files, &how, argv, env);
	posix_spawnattr_destroy(&how);
	posix_spawn_file_actions_destroy(&files);
	return rc;
}

int hook_run(char *const argv[], char *const set[], unsigned int timeout,
	     struct error *err)
{
	struct sigaction was, plain = { .sa_handler = SIG_DFL };
	char **env = environment(set);
	sigset_t child, mask;
	pid_t pid;
	int rc;

	if (!env)
		return error_set(err, E_NOMEM, "out of memory");
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	/* Where it is ignored, there is nothing to wait for. */
	sigaction(SIGCHLD, &plain, &was);
	sigprocmask(SIG_BLOCK, &child, &mask);
	rc = spawn(&pid, argv, env, &mask);
	if (rc) {
		errno = rc;
		rc = error_errno(err, E_IO, "cannot be run");
	} else {
		rc = end_of(pid, timeout, err);
	}
	sigprocmask(SIG_SETMASK, &mask, NULL);
	sigaction(SIGCHLD, &was, NULL);
	free(env);
	if (rc)
		error_subject(err, "%s", argv[0]);
	return rc;
}
