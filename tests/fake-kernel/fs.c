// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fs: FUSE glue, and what open() and write() mean on a list file
 *
 * The loop has one thread, and that is needed: closing a file reaches us as a
 * request that nobody waits for, but it is queued before close() returns. In
 * order means that a file closed is a lock released.
 */
#define FUSE_USE_VERSION 31
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake-kernel.h"

#define COMMAND_MIN	2
#define COMMAND_MAX	21

struct open_file {
	const struct node *node;
	bool write;
	struct seq seq;		/* of a list */
	struct buf text;	/* of any other file, printed at offset 0 */
};

/* Readers if positive, descriptors of the one writing task if negative. */
static long users;
static pid_t writer;

static struct open_file *handle(const struct fuse_file_info *fi)
{
	return (struct open_file *)(uintptr_t)fi->fh;
}

static int lock_lists(bool write, pid_t task)
{
	/* A reader is refused even if the writer is this task. */
	if (write ? users > 0 || (users < 0 && writer != task) : users < 0) {
		state.refused++;
		return -EBUSY;
	}
	users += write ? -1 : 1;
	writer = task;
	return 0;
}

static void unlock_lists(bool write)
{
	users += write ? 1 : -1;
}

/* Whoever runs this plays root. */
static bool may_write(const struct fuse_context *ctx)
{
	return ctx->uid == 0 || ctx->uid == geteuid();
}

static int open_list(bool write)
{
	const struct fuse_context *ctx = fuse_get_context();

	if (options.kind == KIND_COPY)
		return 0;	/* an old kernel: no lock, no capability */
	if (write && !may_write(ctx))
		return -EPERM;
	return lock_lists(write, ctx->pid);
}

/* As kstrtoul() takes it. */
static int parse_number(const char *text, size_t len, unsigned long *n)
{
	char digits[COMMAND_MAX + 1];
	char *end;

	if (*text == '+') {
		text++;
		len--;
	}
	memcpy(digits, text, len);
	digits[len] = '\0';
	if (strspn(digits, "0123456789") != len || !len)
		return -EINVAL;
	errno = 0;
	*n = strtoul(digits, &end, 10);
	return -errno;
}

static int command_trim(const char *text, size_t len)
{
	unsigned long n;
	int ret;

	if (options.flush_htable)
		return -EINVAL;
	ret = parse_number(text, len, &n);
	if (ret)
		return ret;
	return n ? list_trim(n) : -EINVAL;
}

static int command(const struct node *node, const char *text, size_t len)
{
	if (options.kind == KIND_COPY)
		return -EINVAL;
	if (len < COMMAND_MIN || len > COMMAND_MAX || text[len - 1] != '\n')
		return -EINVAL;
	if (!node->staged)
		return command_trim(text, len - 1);
	if (len == 2 && text[0] == 'A')
		return list_stage();
	if (len == 2 && text[0] == 'D')
		return list_delete_staged();
	return -EINVAL;
}

static int write_list(struct open_file *file, const char *data, size_t len,
		      off_t offset)
{
	int ret;

	pthread_mutex_lock(&extend_lock);
	ret = command(file->node, data, len);
	tpm_done();
	pthread_mutex_unlock(&extend_lock);
	if (!ret)
		seq_wrote(&file->seq, offset, len);
	return ret;
}

static int read_text(struct open_file *file, char *out, size_t size,
		     off_t offset)
{
	size_t pos = (size_t)offset;

	if (!offset) {
		file->text.len = 0;
		node_show(file->node, &file->text);
	}
	if (pos >= file->text.len)
		return 0;
	if (size > file->text.len - pos)
		size = file->text.len - pos;
	memcpy(out, file->text.data + pos, size);
	return (int)size;
}

static const struct node *lookup(const char *path)
{
	return node_find(path + 1);
}

static int fs_getattr(const char *path, struct stat *st,
		      struct fuse_file_info *fi)
{
	const struct node *node = lookup(path);

	(void)fi;
	memset(st, 0, sizeof(*st));
	st->st_uid = geteuid();
	st->st_gid = getegid();
	if (!strcmp(path, "/")) {
		st->st_mode = S_IFDIR | 0755;
		st->st_nlink = 2;
		return 0;
	}
	if (!node)
		return -ENOENT;
	st->st_mode = node->mode;
	st->st_nlink = 1;
	st->st_size = (off_t)strlen(node->target);
	return 0;
}

static int fs_readlink(const char *path, char *out, size_t size)
{
	const struct node *node = lookup(path);

	if (!node)
		return -ENOENT;
	snprintf(out, size, "%s", node->target);
	return 0;
}

static int fs_readdir(const char *path, void *out, fuse_fill_dir_t fill,
		      off_t offset, struct fuse_file_info *fi,
		      enum fuse_readdir_flags flags)
{
	const struct node *node;

	(void)path;
	(void)offset;
	(void)fi;
	(void)flags;
	fill(out, ".", NULL, 0, 0);
	fill(out, "..", NULL, 0, 0);
	for (size_t i = 0; (node = node_at(i)); i++)
		fill(out, node->name, NULL, 0, 0);
	return 0;
}

static int fs_open(const char *path, struct fuse_file_info *fi)
{
	const struct node *node = lookup(path);
	bool write = (fi->flags & O_ACCMODE) != O_RDONLY;
	struct open_file *file;
	int ret;

	if (!node)
		return -ENOENT;
	ret = node->type == NODE_LIST ? open_list(write) : 0;
	if (ret)
		return ret;
	file = must_alloc(1, sizeof(*file));
	file->node = node;
	file->write = write;
	file->seq.wrote_end = -1;
	fi->fh = (uintptr_t)file;
	fi->direct_io = 1;
	return 0;
}

static int fs_read(const char *path, char *out, size_t size, off_t offset,
		   struct fuse_file_info *fi)
{
	struct open_file *file = handle(fi);
	int n;

	(void)path;
	pthread_mutex_lock(&list_lock);
	if (file->node->type == NODE_LIST)
		n = (int)seq_read(&file->seq, file->node, out, size, offset);
	else
		n = read_text(file, out, size, offset);
	pthread_mutex_unlock(&list_lock);
	return n;
}

static int fs_write(const char *path, const char *data, size_t size,
		    off_t offset, struct fuse_file_info *fi)
{
	struct open_file *file = handle(fi);
	int ret = -EINVAL;

	(void)path;
	if (file->node->type == NODE_LIST)
		ret = write_list(file, data, size, offset);
	else if (file->node->type == NODE_CONTROL)
		ret = control_write(data, size);
	return ret ? ret : (int)size;
}

/* O_TRUNC means nothing here, but a shell's ">" must not fail. */
static int fs_truncate(const char *path, off_t size, struct fuse_file_info *fi)
{
	(void)size;
	(void)fi;
	return lookup(path) ? 0 : -ENOENT;
}

static int fs_release(const char *path, struct fuse_file_info *fi)
{
	struct open_file *file = handle(fi);

	(void)path;
	if (file->node->type == NODE_LIST && options.kind != KIND_COPY)
		unlock_lists(file->write);
	seq_free(&file->seq);
	buf_free(&file->text);
	free(file);
	return 0;
}

static const struct fuse_operations operations = {
	.getattr = fs_getattr,
	.readlink = fs_readlink,
	.readdir = fs_readdir,
	.open = fs_open,
	.read = fs_read,
	.write = fs_write,
	.truncate = fs_truncate,
	.release = fs_release,
};

int fs_main(const char *mountpoint, bool foreground)
{
	char name[] = "fake-kernel", single[] = "-s", o[] = "-o", fg[] = "-f";
	char root[] = "fsname=fake-kernel,default_permissions,allow_other";
	char user[] = "fsname=fake-kernel,default_permissions";
	char *where = strdup(mountpoint);
	char *argv[] = {
		name, single, o, geteuid() ? user : root, where,
		foreground ? fg : NULL, NULL
	};
	int ret;

	if (!where)
		abort();
	ret = fuse_main(foreground ? 6 : 5, argv, &operations, NULL);
	free(where);
	return ret;
}
