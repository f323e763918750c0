// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cache.c - what the next snapshot need not read from the store
 *
 * One file for a store, <device>-<inode>.json: the identity of what it was
 * written for as one string, then the newest aggregate as it stands in its
 * file, and the rest in hexadecimal.
 */
#include "cache.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/text.h"
#include "format/json.h"
#include "port/file.h"
#include "store.h"

#define CACHE_MAX (4U << 20)
#define LAST_RAW_MAX (1U << 20)

/* Whatever is written to or renamed in the store changes this. */
bool cache_identity(const struct store *st, char ret[CACHE_IDENTITY_MAX])
{
	char name[SHARD_NAME_MAX];
	const struct shard *s;
	struct stat dir, newest;

	if (!st->count)
		return false;
	s = &st->shard[st->count - 1];
	shard_name(name, s->first, s->last, "json");
	if (fstat(st->fd, &dir) < 0 ||
	    fstatat(st->fd, name, &newest, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	snprintf(ret, CACHE_IDENTITY_MAX,
		 "%llu:%llu:%lld.%09ld %s %lld:%llu:%lld.%09ld",
		 (unsigned long long)dir.st_dev, (unsigned long long)dir.st_ino,
		 (long long)dir.st_ctim.tv_sec, dir.st_ctim.tv_nsec, name,
		 (long long)newest.st_size, (unsigned long long)newest.st_ino,
		 (long long)newest.st_mtim.tv_sec, newest.st_mtim.tv_nsec);
	return true;
}

bool cache_name(const struct store *st, char ret[CACHE_NAME_MAX])
{
	struct stat dir;

	if (fstat(st->fd, &dir) < 0)
		return false;
	snprintf(ret, CACHE_NAME_MAX, "%llu-%llu.json",
		 (unsigned long long)dir.st_dev,
		 (unsigned long long)dir.st_ino);
	return true;
}

int cache_open_dir(const char *dir, bool make)
{
	struct statfs fs;
	struct stat st;
	int fd;

	if (!dir || (make && mkdir(dir, 0700) < 0 && errno != EEXIST))
		return -1;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -1;
	if (fstatfs(fd, &fs) < 0 || fs.f_type != TMPFS_MAGIC ||
	    fstat(fd, &st) < 0 || st.st_uid != geteuid() ||
	    st.st_mode & (S_IWGRP | S_IWOTH)) {
		close(fd);
		return -1;
	}
	return fd;
}

static const char *text_of(json_object *obj, const char *key)
{
	json_object *v = member_get(obj, key, json_type_string);

	return v ? json_object_get_string(v) : NULL;
}

static bool raw_of(json_object *obj, struct cache *ret)
{
	const char *text = text_of(obj, "last_record");

	if (!text || !*text)
		return false;
	ret->last_len = strlen(text) / 2;
	ret->last_raw = malloc(ret->last_len);
	return ret->last_raw &&
	       !hex_decode(ret->last_raw, ret->last_len, text, strlen(text));
}

/* Is the aggregate in it the newest shard's? */
static bool aggregate_of(json_object *obj, const struct store *st,
			 struct aggregate *ret)
{
	const struct shard *newest = &st->shard[st->count - 1];
	const char *text = text_of(obj, "aggregate");

	return text && !aggregate_parse((const uint8_t *)text, strlen(text),
					ret, NULL) &&
	       ret->first == newest->first && ret->last == newest->last;
}

static bool from_json(json_object *obj, const struct store *st,
		      struct cache *ret)
{
	const char *is = text_of(obj, "identity");
	char should[CACHE_IDENTITY_MAX];

	if (!is || !cache_identity(st, should) || strcmp(is, should) ||
	    !aggregate_of(obj, st, &ret->last) ||
	    json_hex(member_get(obj, "digest", json_type_string), ret->digest,
		     SHA256_SIZE) ||
	    !raw_of(obj, ret) ||
	    member_bool(obj, "complete", &ret->complete, NULL))
		return false;
	ret->has_list = !json_hex(member_get(obj, "list_sha256",
					     json_type_string),
				  ret->list_sha256, SHA256_SIZE) &&
			!member_number(obj, "list_bytes", INT64_MAX,
				       &ret->list_bytes, NULL);
	return true;
}

bool cache_load(const char *dir, const struct store *st, struct cache *ret)
{
	char name[CACHE_NAME_MAX];
	json_object *obj = NULL;
	uint8_t *bytes = NULL;
	bool ok = false;
	size_t len;
	int fd = cache_open_dir(dir, false);

	memset(ret, 0, sizeof(*ret));
	if (fd >= 0 && st->count && cache_name(st, name) &&
	    !file_read_as(fd, name, FILE_INSIDE | FILE_OURS, CACHE_MAX,
			  &bytes, &len, NULL) &&
	    !json_read(bytes, len, &obj, NULL))
		ok = from_json(obj, st, ret);
	if (!ok) {
		free(ret->last_raw);
		memset(ret, 0, sizeof(*ret));
	}
	json_object_put(obj);
	free(bytes);
	if (fd >= 0)
		close(fd);
	return ok;
}

/* A string of any length in hexadecimal; put_hex() is for digests. */
static void put_bytes(json_object *obj, const char *key, const uint8_t *bytes,
		      size_t len, bool *ok)
{
	char *hex = malloc(2 * len + 1);

	if (hex)
		hex_encode(hex, bytes, len);
	put(obj, key, hex ? json_object_new_string(hex) : NULL, ok);
	free(hex);
}

/* All of it or nothing: @ok. */
static void to_json(json_object *obj, const char *is, const char *aggregate,
		    const struct cache *c, bool *ok)
{
	put(obj, "identity", json_object_new_string(is), ok);
	put(obj, "aggregate", json_object_new_string(aggregate), ok);
	put_hex(obj, "digest", c->digest, SHA256_SIZE, ok);
	put_bytes(obj, "last_record", c->last_raw, c->last_len, ok);
	put(obj, "complete", json_object_new_boolean(c->complete), ok);
	if (!c->has_list)
		return;
	put_hex(obj, "list_sha256", c->list_sha256, SHA256_SIZE, ok);
	put_number(obj, "list_bytes", c->list_bytes, ok);
}

static int to_text(const struct store *st, const struct cache *c, char **ret,
		   size_t *len)
{
	char is[CACHE_IDENTITY_MAX], *agg = NULL;
	json_object *obj;
	bool ok = true;

	if (!cache_identity(st, is))
		return E_IO;
	if (aggregate_write(&c->last, &agg, len, NULL))
		return E_NOMEM;
	obj = put_object(&ok);
	if (ok)
		to_json(obj, is, agg, c, &ok);
	free(agg);
	return json_line(obj, ok, ret, len, NULL);
}

/* Written aside and renamed, so that no half of it is ever read. */
static void write_in(int fd, const char *name, const char *text, size_t len)
{
	static const char tmp[] = ".tmp.json";
	int out, rc;

	unlinkat(fd, tmp, 0);
	out = openat(fd, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
		     O_NOFOLLOW, 0600);
	if (out < 0)
		return;
	rc = file_write(out, text, len, NULL);
	if (close(out) < 0 || rc || renameat(fd, tmp, fd, name) < 0)
		unlinkat(fd, tmp, 0);
}

void cache_save(const char *dir, const struct store *st,
		const struct cache *cache)
{
	char name[CACHE_NAME_MAX], *text = NULL;
	size_t len;
	int fd;

	if (cache->last_len > LAST_RAW_MAX || !cache->last_len)
		return;
	fd = cache_open_dir(dir, true);
	if (fd < 0)
		return;
	if (!to_text(st, cache, &text, &len) && cache_name(st, name))
		write_in(fd, name, text, len);
	free(text);
	close(fd);
}

void cache_drop(const char *dir, const struct store *st)
{
	char name[CACHE_NAME_MAX];
	int fd = cache_open_dir(dir, false);

	if (fd < 0)
		return;
	if (cache_name(st, name))
		unlinkat(fd, name, 0);
	close(fd);
}
