/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * view-files.h - the directory of files as the kernel has it, of a view
 */
#ifndef VIEW_FILES_H
#define VIEW_FILES_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "port/fuse.h"
#include "view.h"

struct view_files;

/* An error that a reader got as a mere errno. */
typedef void (*view_tell)(void *ctx, const struct error *err);

struct view_files_options {
	const char *dir;	/* absolute: where it is mounted */
	const char *ima_dir;	/* absolute: the kernel's */
	gid_t group;		/* of the files; GROUP_AS_IS: the kernel's */
	const char *bind_dir;	/* NULL, or over two files of this, too */
	view_tell tell;
	void *ctx;
};

/*
 * Serve @stitch's lists as files on a directory until told to end. As
 * fuse_serve(), and E_NOMEM, E_CRYPTO, E_ABSENT (no kernel's lists).
 */
int view_serve(const struct stitch_options *stitch,
	       const struct view_files_options *options, bool foreground,
	       struct error *err);

#endif
