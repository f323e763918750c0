/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * evidence.h - a set of evidence in files in memory, and what the verb says
 *
 * The files are those of a directory on a file system in memory. The verb runs
 * in this process; what it prints is kept.
 */
#ifndef EVIDENCE_H
#define EVIDENCE_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "evmctl-snapshot.h"
#include "unit.h"

#define PIECES_MAX 24
#define WORDS_MAX 24

/* One file: its bytes as they were. */
struct piece {
	char name[64];		/* below the directory */
	uint8_t *bytes;
	size_t len;
};

struct set {
	char dir[64];
	struct piece piece[PIECES_MAX];
	size_t pieces;
	uint64_t proven;	/* the record that the state has proven */
};

static inline void set_path(const struct set *s, const char *name, char *path,
			    size_t size)
{
	snprintf(path, size, "%s/%s", s->dir, name);
}

/* A file with other bytes, under the name that it has. */
static inline void set_write(const struct set *s, const char *name,
			     const uint8_t *bytes, size_t len)
{
	char path[160];
	int fd;

	set_path(s, name, path, sizeof(path));
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (!CHECK(fd >= 0))
		return;
	CHECK_INT(write(fd, bytes, len), len);
	close(fd);
}

static inline const struct piece *set_find(const struct set *s,
					   const char *name)
{
	for (size_t i = 0; i < s->pieces; i++)
		if (!strcmp(s->piece[i].name, name))
			return &s->piece[i];
	return NULL;
}

/* @bytes become the set's. */
static inline void set_add(struct set *s, const char *name, uint8_t *bytes,
			   size_t len)
{
	struct piece *p = &s->piece[s->pieces];

	if (!CHECK(bytes && s->pieces < PIECES_MAX))
		return;
	snprintf(p->name, sizeof(p->name), "%s", name);
	p->bytes = bytes;
	p->len = len;
	s->pieces++;
	set_write(s, name, bytes, len);
}

static inline bool set_new(struct set *s)
{
	char shards[80];
	const char *tmp = access("/dev/shm", W_OK) ? getenv("TMPDIR") :
						     "/dev/shm";

	memset(s, 0, sizeof(*s));
	snprintf(s->dir, sizeof(s->dir), "%s/evidence-test.XXXXXX",
		 tmp && *tmp ? tmp : "/tmp");
	if (!CHECK(mkdtemp(s->dir)))
		return false;
	set_path(s, "shards", shards, sizeof(shards));
	return CHECK(!mkdir(shards, 0700));
}

/* What is in the directory and is no piece; with @remove it is gone then. */
static inline size_t set_strange(const struct set *s, const char *below,
				 bool remove)
{
	char path[160], name[64];
	struct dirent *e;
	size_t n = 0;
	DIR *d;

	set_path(s, below, path, sizeof(path));
	d = opendir(path);
	while (d && (e = readdir(d))) {
		snprintf(name, sizeof(name), "%s%s%.40s", below,
			 *below ? "/" : "", e->d_name);
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") ||
		    !strcmp(name, "shards") || set_find(s, name))
			continue;
		n++;
		if (remove)
			unlinkat(dirfd(d), e->d_name, 0);
	}
	if (d)
		closedir(d);
	return n;
}

static inline void set_free(struct set *s)
{
	char path[160];

	for (size_t i = 0; i < s->pieces; i++) {
		set_path(s, s->piece[i].name, path, sizeof(path));
		unlink(path);
		free(s->piece[i].bytes);
	}
	set_strange(s, "shards", true);
	set_strange(s, "", true);
	set_path(s, "shards", path, sizeof(path));
	rmdir(path);
	rmdir(s->dir);
}

/* --- the verb --- */

static inline const char *said(char **ret)
{
	static char text[4096];

	snprintf(text, sizeof(text), "%s", *ret ? *ret : "");
	free(*ret);
	return text;
}

/*
 * Run ima_measurement with these words; '@' in one is the directory. Returns
 * its exit code, and what it printed on both outputs, until the next call.
 */
static inline int set_verify(const struct set *s, const char *const *words,
			     const char **ret)
{
	static char text[WORDS_MAX][192];
	FILE *out = stdout, *err = stderr;
	char *argv[WORDS_MAX + 1], *printed = NULL;
	size_t len = 0;
	int argc = 0, code;

	snprintf(text[0], sizeof(text[0]), "ima_measurement");
	argv[argc++] = text[0];
	for (; words[argc - 1]; argc++) {
		const char *w = words[argc - 1], *at = strchr(w, '@');

		snprintf(text[argc], sizeof(text[argc]), "%.*s%s%s%s",
			 at ? (int)(at - w) : (int)strlen(w), w,
			 at ? s->dir : "", at && at[1] ? "/" : "",
			 at ? at + 1 : "");
		argv[argc] = text[argc];
	}
	argv[argc] = NULL;
	fflush(out);
	stdout = stderr = open_memstream(&printed, &len);
	code = evmctl_ima_measurement(argc, argv, 0);
	fclose(stdout);
	stdout = out;
	stderr = err;
	*ret = said(&printed);
	return code;
}

#endif
