/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuse.h - a read-only directory of files, made by the caller's functions
 *
 * fuse.c with libfuse3, fuse-none.c without it.
 */
#ifndef PORT_FUSE_H
#define PORT_FUSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/error.h"

/*
 * Files are known by their index. All functions may be called by several
 * threads; those that return an int return 0 or a negative errno.
 */
struct fuse_files {
	void *ctx;
	size_t count;
	const char *(*name)(void *ctx, size_t i);
	/* Mode, owner, group, times. The size that is shown is 0. */
	void (*stat)(void *ctx, size_t i, struct stat *ret);
	int (*open)(void *ctx, size_t i, void **handle);
	int (*read)(void *ctx, void *handle, char *buf, size_t size,
		    uint64_t offset, size_t *got);
	void (*close)(void *ctx, void *handle);
	/*
	 * Those below run in the process that mounts, those above in the one
	 * that serves. Called once, as soon as the files can be used; E_OK to
	 * go on.
	 */
	int (*ready)(void *ctx, struct error *err);
	/* Called after that; to return when it is unmounted. Or NULL. */
	void (*watch)(void *ctx);
};

/* Whether this build can. */
bool fuse_available(void);

/*
 * Mount on the directory @dir and serve until it is unmounted or SIGTERM,
 * SIGINT or SIGHUP comes; then it is unmounted. Without @foreground the
 * caller goes to the background once it is mounted. What a process that died
 * has left there is unmounted first. The process that serves has given up
 * what reading files does not take (port/caps.h, port/confine.h). Returns 0, E_IO, E_NOMEM, E_UNSUPPORTED,
 * and what ready() returned.
 */
int fuse_serve(const struct fuse_files *files, const char *dir,
	       bool foreground, struct error *err);

/* From within open() and read(): whoever asked has gone, or we are to end. */
bool fuse_gave_up(void);

/* Unmount @path, whatever it has mounted on it and whoever uses it. E_IO. */
int fuse_unmount_dead(const char *path, struct error *err);

#endif
