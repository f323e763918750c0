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
#include <json-c/json.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/text.h"
#include "port/file.h"
#include "store.h"

#define CACHE_MAX (4U << 20)
#define LAST_RAW_MAX (1U << 20)
#define IDENTITY_MAX 256
#define NAME_MAX_HERE 64

/* Whatever is written to or renamed in the store changes this. */
static bool identity(const struct store *st, char ret[IDENTITY_MAX])
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
	snprintf(ret, IDENTITY_MAX,
		 "%llu:%llu:%lld.%09ld %s %lld:%llu:%lld.%09ld",
		 (unsigned long long)dir.st_dev, (unsigned long long)dir.st_ino,
		 (long long)dir.st_ctim.tv_sec, dir.st_ctim.tv_nsec, name,
		 (long long)newest.st_size, (unsigned long long)newest.st_ino,
		 (long long)newest.st_mtim.tv_sec, newest.st_mtim.tv_nsec);
	return true;
}

static bool file_name(const struct store *st, char ret[NAME_MAX_HERE])
{
	struct stat dir;

	if (fstat(st->fd, &dir) < 0)
		return false;
	snprintf(ret, NAME_MAX_HERE, "%llu-%llu.json",
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
	json_object *v;

	if (!json_object_object_get_ex(obj, key, &v) ||
	    !json_object_is_type(v, json_type_string))
		return NULL;
	return json_object_get_string(v);
}

static bool hex_of(json_object *obj, const char *key, uint8_t *ret, size_t n)
{
	const char *text = text_of(obj, key);

	return text && !hex_decode(ret, n, text, strlen(text));
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

static bool from_json(json_object *obj, const struct store *st,
		      struct cache *ret)
{
	const struct shard *newest = &st->shard[st->count - 1];
	const char *is = text_of(obj, "identity");
	const char *agg = text_of(obj, "aggregate");
	char should[IDENTITY_MAX];
	json_object *v;

	if (!is || !agg || !identity(st, should) || strcmp(is, should) ||
	    aggregate_parse((const uint8_t *)agg, strlen(agg), &ret->last,
			    NULL) ||
	    ret->last.first != newest->first ||
	    ret->last.last != newest->last ||
	    !hex_of(obj, "digest", ret->digest, SHA256_SIZE) ||
	    !raw_of(obj, ret))
		return false;
	ret->complete = json_object_object_get_ex(obj, "complete", &v) &&
			json_object_get_boolean(v);
	ret->has_list = hex_of(obj, "list_sha256", ret->list_sha256,
			       SHA256_SIZE) &&
			json_object_object_get_ex(obj, "list_bytes", &v);
	if (ret->has_list)
		ret->list_bytes = (uint64_t)json_object_get_int64(v);
	return true;
}

bool cache_load(const char *dir, const struct store *st, struct cache *ret)
{
	char name[NAME_MAX_HERE];
	json_object *obj = NULL;
	uint8_t *bytes = NULL;
	bool ok = false;
	size_t len;
	int fd = cache_open_dir(dir, false);

	memset(ret, 0, sizeof(*ret));
	if (fd >= 0 && st->count && file_name(st, name) &&
	    !file_read_as(fd, name, FILE_INSIDE | FILE_OURS, CACHE_MAX,
			  &bytes, &len, NULL))
		obj = json_tokener_parse((const char *)bytes);
	if (obj)
		ok = json_object_is_type(obj, json_type_object) &&
		     from_json(obj, st, ret);
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

static void add_text(json_object *obj, const char *key, const char *text)
{
	json_object_object_add(obj, key, json_object_new_string(text));
}

static void add_hex(json_object *obj, const char *key, const uint8_t *bytes,
		    size_t len)
{
	char *hex = malloc(2 * len + 1);

	if (!hex)
		return;
	hex_encode(hex, bytes, len);
	add_text(obj, key, hex);
	free(hex);
}

static json_object *to_json(const struct store *st, const struct cache *c)
{
	char is[IDENTITY_MAX], *agg = NULL;
	json_object *obj = json_object_new_object();
	size_t len;

	if (!obj || !identity(st, is) ||
	    aggregate_write(&c->last, &agg, &len, NULL)) {
		json_object_put(obj);
		return NULL;
	}
	add_text(obj, "identity", is);
	add_text(obj, "aggregate", agg);
	free(agg);
	add_hex(obj, "digest", c->digest, SHA256_SIZE);
	add_hex(obj, "last_record", c->last_raw, c->last_len);
	json_object_object_add(obj, "complete",
			       json_object_new_boolean(c->complete));
	if (c->has_list) {
		add_hex(obj, "list_sha256", c->list_sha256, SHA256_SIZE);
		json_object_object_add(obj, "list_bytes",
				       json_object_new_int64(
					       (int64_t)c->list_bytes));
	}
	return obj;
}

/* Written aside and renamed, so that no half of it is ever read. */
static void write_in(int fd, const char *name, const char *text)
{
	static const char tmp[] = ".tmp.json";
	int out;

	unlinkat(fd, tmp, 0);
	out = openat(fd, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
		     O_NOFOLLOW, 0600);
	if (out < 0)
		return;
	if (file_write(out, text, strlen(text), NULL) || close(out) < 0 ||
	    renameat(fd, tmp, fd, name) < 0)
		unlinkat(fd, tmp, 0);
}

void cache_save(const char *dir, const struct store *st,
		const struct cache *cache)
{
	char name[NAME_MAX_HERE];
	json_object *obj;
	int fd;

	if (cache->last_len > LAST_RAW_MAX || !cache->last_len)
		return;
	fd = cache_open_dir(dir, true);
	if (fd < 0)
		return;
	obj = to_json(st, cache);
	if (obj && file_name(st, name))
		write_in(fd, name, json_object_to_json_string_ext(
				 obj, JSON_C_TO_STRING_PLAIN));
	json_object_put(obj);
	close(fd);
}

void cache_drop(const char *dir, const struct store *st)
{
	char name[NAME_MAX_HERE];
	int fd = cache_open_dir(dir, false);

	if (fd < 0)
		return;
	if (file_name(st, name))
		unlinkat(fd, name, 0);
	close(fd);
}
