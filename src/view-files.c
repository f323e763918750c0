// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * view-files.c - the directory of files as the kernel has it, of a view
 *
 *	{ascii,binary}_runtime_measurements[_<bank>]	the one list
 *	runtime_measurements_count			its records since boot
 *	violations					the kernel's own
 */
#include "view-files.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "port/file.h"
#include "port/host.h"
#include "port/notify.h"

enum kind { KIND_LIST, KIND_COUNT, KIND_VIOLATIONS };

struct file {
	char name[64];
	enum kind kind;
	struct form form;
	struct stat stat;
};

#define FILES_MAX (2 * (HASH_COUNT + 1) + 2)

struct view_files {
	const struct view_files_options *opt;
	struct view *view;
	struct file file[FILES_MAX];
	size_t count;
	pthread_mutex_t lock;
	char told[ERROR_REASON_MAX];	/* the last error: not twice */
};

struct handle {
	enum kind kind;
	struct view_file *list;
	char text[64];
	size_t len;
};

/* --- the files --- */

/* As the kernel has it; but nobody writes here. */
static void set_stat(const struct view_files *v, struct file *f)
{
	struct stat st;
	char *path;

	f->stat.st_mode = S_IFREG | 0440;
	f->stat.st_gid = v->opt->group;
	if (f->stat.st_gid == GROUP_AS_IS)
		f->stat.st_gid = getegid();
	f->stat.st_uid = geteuid();
	if (asprintf(&path, "%s/%s", v->opt->ima_dir, f->name) < 0)
		return;
	if (stat(path, &st) == 0) {
		f->stat.st_mode = S_IFREG | (st.st_mode & 0444);
		f->stat.st_uid = st.st_uid;
		if (v->opt->group == GROUP_AS_IS)
			f->stat.st_gid = st.st_gid;
	}
	free(path);
}

static void add_file(struct view_files *v, const char *name, enum kind kind,
		     bool ascii, enum hash_id bank)
{
	struct file *f = &v->file[v->count++];

	snprintf(f->name, sizeof(f->name), "%s", name);
	f->kind = kind;
	f->form = (struct form){ .ascii = ascii, .bank = bank };
	set_stat(v, f);
}

static void add_lists(struct view_files *v, const char *suffix,
		      enum hash_id bank)
{
	char name[64];

	for (int ascii = 0; ascii <= 1; ascii++) {
		snprintf(name, sizeof(name), "%s_runtime_measurements%s",
			 ascii ? "ascii" : "binary", suffix);
		add_file(v, name, KIND_LIST, ascii, bank);
	}
}

/* The banks of which this kernel shows lists; 0 before it had such. */
static unsigned int kernels_banks(const char *ima_dir)
{
	unsigned int banks = 0;

	for (unsigned int i = 0; i < HASH_COUNT; i++) {
		struct stat st;
		char *path;

		if (asprintf(&path, "%s/binary_runtime_measurements_%s",
			     ima_dir, hash_row(i)->name) < 0)
			continue;
		if (stat(path, &st) == 0)
			banks |= HASH_BIT(i);
		free(path);
	}
	return banks;
}

static void make_files(struct view_files *v)
{
	unsigned int banks = kernels_banks(v->opt->ima_dir);

	if (!banks)
		banks = HASH_BIT(HASH_SHA1) | HASH_BIT(HASH_SHA256) |
			HASH_BIT(HASH_SHA384) | HASH_BIT(HASH_SHA512);
	add_lists(v, "", HASH_SHA1);
	for (unsigned int i = 0; i < HASH_COUNT; i++) {
		char suffix[24];

		snprintf(suffix, sizeof(suffix), "_%s", hash_row(i)->name);
		if (banks & HASH_BIT(i))
			add_lists(v, suffix, (enum hash_id)i);
	}
	add_file(v, "runtime_measurements_count", KIND_COUNT, false,
		 HASH_SHA1);
	add_file(v, "violations", KIND_VIOLATIONS, false, HASH_SHA1);
}

/* --- what readers ask --- */

static bool gave_up(void *ctx)
{
	(void)ctx;
	return fuse_gave_up();
}

static int to_errno(struct view_files *v, const struct error *err)
{
	if (err->code == E_BUSY)
		return -EINTR;
	pthread_mutex_lock(&v->lock);
	if (strcmp(v->told, err->reason)) {
		memcpy(v->told, err->reason, sizeof(v->told));
		v->opt->tell(v->opt->ctx, err);
	}
	pthread_mutex_unlock(&v->lock);
	switch (err->code) {
	case E_CHANGED:
		return -ESTALE;
	case E_NOMEM:
		return -ENOMEM;
	case E_UNSUPPORTED:
		return -EOPNOTSUPP;
	}
	return -EIO;
}

static const char *do_name(void *ctx, size_t i)
{
	const struct view_files *v = ctx;

	return v->file[i].name;
}

static void do_stat(void *ctx, size_t i, struct stat *ret)
{
	const struct view_files *v = ctx;

	ret->st_mode = v->file[i].stat.st_mode;
	ret->st_uid = v->file[i].stat.st_uid;
	ret->st_gid = v->file[i].stat.st_gid;
}

static int open_count(struct view_files *v, struct handle *h,
		      struct error *err)
{
	uint64_t n;
	int rc = view_count(v->view, gave_up, NULL, &n, err);

	if (rc)
		return rc;
	h->len = (size_t)snprintf(h->text, sizeof(h->text), "%llu\n",
				  (unsigned long long)n);
	return E_OK;
}

static int open_violations(struct view_files *v, struct handle *h,
			   struct error *err)
{
	uint8_t *bytes;
	char *path;
	int rc;

	if (asprintf(&path, "%s/violations", v->opt->ima_dir) < 0)
		return error_set(err, E_NOMEM, "out of memory");
	rc = file_read(AT_FDCWD, path, sizeof(h->text), &bytes, &h->len, err);
	if (rc) {
		error_subject(err, "%s", path);
	} else {
		memcpy(h->text, bytes, h->len);
		free(bytes);
	}
	free(path);
	return rc;
}

static int do_open(void *ctx, size_t i, void **handle)
{
	struct view_files *v = ctx;
	const struct file *f = &v->file[i];
	struct handle *h = calloc(1, sizeof(*h));
	struct error err = { 0 };
	int rc;

	if (!h)
		return -ENOMEM;
	h->kind = f->kind;
	if (f->kind == KIND_COUNT)
		rc = open_count(v, h, &err);
	else if (f->kind == KIND_VIOLATIONS)
		rc = open_violations(v, h, &err);
	else
		rc = view_open(v->view, &f->form, gave_up, NULL, &h->list,
			       &err);
	if (rc) {
		free(h);
		return to_errno(v, &err);
	}
	*handle = h;
	return 0;
}

static int do_read(void *ctx, void *handle, char *buf, size_t size,
		   uint64_t offset, size_t *got)
{
	struct view_files *v = ctx;
	struct handle *h = handle;
	struct error err = { 0 };

	if (h->kind == KIND_LIST)
		return view_read(h->list, offset, buf, size, gave_up, NULL,
				 got, &err) ? to_errno(v, &err) : 0;
	*got = 0;
	if (offset >= h->len)
		return 0;
	*got = h->len - (size_t)offset < size ? h->len - (size_t)offset : size;
	memcpy(buf, h->text + offset, *got);
	return 0;
}

static void do_close(void *ctx, void *handle)
{
	struct handle *h = handle;

	(void)ctx;
	view_close(h->list);
	free(h);
}

/* --- over the kernel's own --- */

static const char *const bound[] = {
	"ascii_runtime_measurements", "binary_runtime_measurements",
};

static int bind_all(const struct view_files *v, const char *ima_dir,
		    struct error *err)
{
	int rc = E_OK;

	for (size_t i = 0; i < 2 && !rc; i++)
		rc = host_bind(v->opt->dir, ima_dir, bound[i], err);
	return rc;
}

static void unbind_all(const char *ima_dir)
{
	for (size_t i = 0; i < 2; i++)
		host_unbind(ima_dir, bound[i]);
}

static int do_ready(void *ctx, struct error *err)
{
	struct view_files *v = ctx;
	int rc = E_OK;

	if (v->opt->bind_dir)
		rc = bind_all(v, v->opt->bind_dir, err);
	if (rc)
		unbind_all(v->opt->bind_dir);
	else
		notify_service("READY=1");
	return rc;
}

/*
 * Who unmounts the directory means the files that are bound as well; as long
 * as they are, nothing ends.
 */
static void do_watch(void *ctx)
{
	struct view_files *v = ctx;

	if (!v->opt->bind_dir)
		return;
	host_wait_unmounted(host_mount_id(v->opt->dir));
	unbind_all(v->opt->bind_dir);
}

int view_serve(const struct stitch_options *stitch,
	       const struct view_files_options *options, bool foreground,
	       struct error *err)
{
	struct view_files v = { .opt = options,
				.lock = PTHREAD_MUTEX_INITIALIZER };
	struct fuse_files files = {
		.ctx = &v, .name = do_name, .stat = do_stat, .open = do_open,
		.read = do_read, .close = do_close, .ready = do_ready,
		.watch = do_watch,
	};
	int rc = view_new(&v.view, stitch, err);

	if (rc)
		return rc;
	make_files(&v);
	files.count = v.count;
	rc = fuse_serve(&files, options->dir, foreground, err);
	view_free(v.view);
	return rc;
}
