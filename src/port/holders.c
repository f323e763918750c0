// SPDX-License-Identifier: GPL-2.0-or-later
/* holders.c - which processes hold the kernel's lists open, from /proc */
#include "port/holders.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

/* A list file's name: "{ascii,binary}_runtime_measurements...". */
static bool is_list(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && (!strncmp(slash, "/ascii_runtime_measurements", 27) ||
			 !strncmp(slash, "/binary_runtime_measurements", 28));
}

/* The device of the lists: securityfs has one of its own. */
static bool holds(const char *pid, dev_t dev)
{
	char path[64], link[512];
	struct dirent *entry;
	bool found = false;
	DIR *fds;

	snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
	fds = opendir(path);
	if (!fds)
		return false;
	while (!found && (entry = readdir(fds))) {
		struct stat st;
		ssize_t n = readlinkat(dirfd(fds), entry->d_name, link,
				       sizeof(link) - 1);

		if (n <= 0)
			continue;
		link[n] = '\0';
		found = is_list(link) &&
			!fstatat(dirfd(fds), entry->d_name, &st, 0) &&
			st.st_dev == dev;
	}
	closedir(fds);
	return found;
}

static void command_name(const char *pid, char *ret, size_t size)
{
	char path[64], name[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, name, sizeof(name));
	if (fd >= 0)
		close(fd);
	while (n > 0 && name[n - 1] == '\n')
		n--;
	if (n <= 0)
		snprintf(ret, size, "process");
	else
		text_escape(ret, size, name, (size_t)n);
}

size_t holders_each(const char *ima_dir,
		    void (*found)(void *ctx, pid_t pid, const char *name),
		    void *ctx)
{
	struct dirent *entry;
	struct stat st;
	size_t n = 0;
	DIR *proc;

	if (stat(ima_dir, &st) < 0)
		return 0;
	proc = opendir("/proc");
	while (proc && (entry = readdir(proc))) {
		uint64_t pid;
		char name[128];

		if (number_parse(entry->d_name, &pid) ||
		    (pid_t)pid == getpid() || !holds(entry->d_name, st.st_dev))
			continue;
		command_name(entry->d_name, name, sizeof(name));
		found(ctx, (pid_t)pid, name);
		n++;
	}
	if (proc)
		closedir(proc);
	return n;
}

struct text {
	char *buf;
	size_t size, used;
};

static void append(void *ctx, pid_t pid, const char *name)
{
	struct text *t = ctx;

	if (t->used < t->size)
		t->used += (size_t)snprintf(t->buf + t->used,
					    t->size - t->used, "%s%s (%ld)",
					    t->used ? ", " : "", name,
					    (long)pid);
}

void holders_text(const char *ima_dir, char *buf, size_t size)
{
	struct text t = { buf, size, 0 };

	if (!holders_each(ima_dir, append, &t))
		snprintf(buf, size, "a process that /proc does not show");
}
