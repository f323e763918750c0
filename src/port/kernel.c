// SPDX-License-Identifier: GPL-2.0-or-later
/* kernel.c - the kernel's measurement lists, and the commands they take */
#include "port/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "port/file.h"
#include "port/holders.h"
#include "port/host.h"

#define CURRENT "binary_runtime_measurements"
#define CURRENT_SHA1 "binary_runtime_measurements_sha1"
#define STAGED "binary_runtime_measurements_staged"
#define COUNT "runtime_measurements_count"

/* Pauses while another process holds a list: 5 ms, doubling up to 200 ms. */
#define PAUSE_FIRST (5 * 1000 * 1000L)
#define PAUSE_LAST (200 * 1000 * 1000L)

static const char *const names[] = {
	[KERNEL_AUTO] = "auto",
	[KERNEL_COPY] = "copy",
	[KERNEL_TRIM] = "trim",
	[KERNEL_STAGE] = "stage",
};

int kernel_kind_parse(const char *name)
{
	for (int i = 0; i <= KERNEL_STAGE; i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

const char *kernel_kind_name(enum kernel_kind kind)
{
	return names[kind];
}

static int stat_in(const char *dir, const char *name, struct stat *st)
{
	int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC), rc;

	if (fd < 0)
		return -1;
	rc = fstatat(fd, name, st, 0);
	close(fd);
	return rc;
}

int kernel_detect(const char *ima_dir, const char **why, struct error *err)
{
	static const char *const texts[] = {
		[KERNEL_AUTO] = "not on securityfs: a copy of lists, never written to",
		[KERNEL_COPY] = "the list files cannot be written to (before Linux 7.2)",
		[KERNEL_TRIM] = "the list file can be written to, there is no staged one",
		[KERNEL_STAGE] = "there is a staged list",
	};
	enum kernel_kind kind = KERNEL_COPY;
	struct stat st;
	const char *text;

	if (stat_in(ima_dir, CURRENT, &st) < 0) {
		int rc = error_errno(err, errno == ENOENT ? E_ABSENT : E_IO,
				     "%s", CURRENT);

		error_subject(err, "%s", ima_dir);
		return rc;
	}
	if (!host_is_securityfs(ima_dir)) {
		text = texts[KERNEL_AUTO];
	} else {
		if (stat_in(ima_dir, STAGED, &st) == 0)
			kind = KERNEL_STAGE;
		else if (stat_in(ima_dir, CURRENT_SHA1, &st) == 0 &&
			 st.st_mode & S_IWUSR)
			kind = KERNEL_TRIM;
		text = texts[kind];
		if (kind == KERNEL_TRIM && host_flushes_htable()) {
			kind = KERNEL_COPY;
			text = "booted with ima_flush_htable: the list cannot be trimmed";
		}
	}
	if (why)
		*why = text;
	return (int)kind;
}

bool kernel_stages(const char *ima_dir)
{
	struct stat st;

	return stat_in(ima_dir, STAGED, &st) == 0;
}

struct kernel {
	char *dir;
	enum kernel_kind kind;
	unsigned int wait, flags;
};

int kernel_new(struct kernel **ret, const char *ima_dir,
	       enum kernel_kind kind, unsigned int wait, unsigned int flags,
	       struct error *err)
{
	struct kernel *k = calloc(1, sizeof(*k));

	if (k)
		k->dir = strdup(ima_dir);
	if (!k || !k->dir) {
		free(k);
		return error_set(err, E_NOMEM, "out of memory");
	}
	k->kind = kind;
	k->wait = wait;
	k->flags = flags | (kind == KERNEL_COPY ? 0 : LIST_WRITE);
	*ret = k;
	return E_OK;
}

void kernel_free(struct kernel *k)
{
	if (!k)
		return;
	free(k->dir);
	free(k);
}

/* Seconds and nanoseconds from now. */
static bool is_past(const struct timespec *end)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > end->tv_sec ||
	       (now.tv_sec == end->tv_sec && now.tv_nsec >= end->tv_nsec);
}

int kernel_open(struct kernel *k, bool staged, struct list **ret,
		struct error *err)
{
	struct timespec end, pause = { .tv_nsec = PAUSE_FIRST };
	char *path;
	int rc;

	if (asprintf(&path, "%s/%s", k->dir, staged ? STAGED : CURRENT) < 0)
		return error_set(err, E_NOMEM, "out of memory");
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += (time_t)k->wait;
	while ((rc = list_open(ret, AT_FDCWD, path, path, k->flags, err)) ==
	       E_BUSY && !is_past(&end)) {
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < PAUSE_LAST)
			pause.tv_nsec *= 2;
	}
	if (rc == E_BUSY) {
		char who[HOLDERS_TEXT];

		holders_text(k->dir, who, sizeof(who));
		error_set(err, E_BUSY, "held open by %s", who);
		error_subject(err, "%s", path);
	}
	free(path);
	return rc;
}

static int answer(int error)
{
	switch (error) {
	case ENOENT:
		return KERNEL_NOTHING;
	case EEXIST:
		return KERNEL_STAGED;
	case EACCES:
	case ESTALE:
		return KERNEL_SUSPENDED;
	case EINVAL:
		return KERNEL_REFUSED;
	}
	return E_IO;
}

/* One command is one write(); the offset does not matter. */
static int command(struct list *list, const char *text, struct error *err)
{
	size_t len = strlen(text);
	ssize_t n;
	int rc;

	do {
		n = write(list_fd(list), text, len);
	} while (n < 0 && errno == EINTR);
	if (n == (ssize_t)len)
		return KERNEL_DONE;
	if (n >= 0)
		errno = EIO;
	rc = answer(errno);
	error_errno(err, E_IO, "command '%.*s'", (int)len - 1, text);
	error_subject(err, "%s", list_name(list));
	return rc;
}

int kernel_stage(struct list *list, struct error *err)
{
	return command(list, "A\n", err);
}

int kernel_delete_staged(struct list *list, struct error *err)
{
	return command(list, "D\n", err);
}

int kernel_trim(struct list *list, uint64_t n, struct error *err)
{
	char text[24];
	int rc;

	snprintf(text, sizeof(text), "%llu\n", (unsigned long long)n);
	rc = command(list, text, err);
	if (rc == KERNEL_DONE)
		rc = list_restart(list, err);
	return rc;
}

int kernel_count(const char *ima_dir, uint64_t *ret, struct error *err)
{
	uint8_t *bytes;
	char *path;
	size_t len;
	int rc;

	if (asprintf(&path, "%s/%s", ima_dir, COUNT) < 0)
		return error_set(err, E_NOMEM, "out of memory");
	rc = file_read(AT_FDCWD, path, 64, &bytes, &len, err);
	if (!rc) {
		while (len && bytes[len - 1] == '\n')
			bytes[--len] = '\0';
		if (number_parse((char *)bytes, ret))
			rc = error_set(err, E_FORMAT, "is not a number");
		free(bytes);
	}
	if (rc)
		error_subject(err, "%s", path);
	free(path);
	return rc;
}
