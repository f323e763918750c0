// SPDX-License-Identifier: GPL-2.0-or-later
/* fuse-none.c - built without libfuse3 */
#include "port/fuse.h"

bool fuse_available(void)
{
	return false;
}

int fuse_serve(const struct fuse_files *files, const char *dir,
	       bool foreground, struct error *err)
{
	(void)files;
	(void)foreground;
	error_set(err, E_UNSUPPORTED, "built without libfuse3");
	error_subject(err, "%s", dir);
	return E_UNSUPPORTED;
}

bool fuse_gave_up(void)
{
	return true;
}

int fuse_unmount_dead(const char *path, struct error *err)
{
	(void)path;
	return error_set(err, E_UNSUPPORTED, "built without libfuse3");
}
