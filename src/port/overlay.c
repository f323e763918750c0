// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * overlay.c - files bound over the kernel's own, and the way past them
 *
 * A bind mount hides a file from all who come by its path, us included. But
 * a mount belongs to the mount that it lies on, not to the file system: a
 * copy of securityfs' mount has nothing on it (open_tree(2)).
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "port/host.h"

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif
#ifndef OPEN_TREE_CLOEXEC
#define OPEN_TREE_CLOEXEC O_CLOEXEC
#endif

static bool path_of(char **ret, const char *dir, const char *name)
{
	if (asprintf(ret, "%s/%s", dir, name) < 0)
		*ret = NULL;
	return *ret;
}

/* A file of another file system than its directory's; or a dead one. */
static bool is_covered(const char *ima_dir, const char *name)
{
	struct stat dir, file;
	bool covered;
	char *path;

	if (!path_of(&path, ima_dir, name))
		return false;
	covered = stat(ima_dir, &dir) == 0 &&
		  (stat(path, &file) < 0 ? errno == ENOTCONN :
		   S_ISREG(file.st_mode) && file.st_dev != dir.st_dev);
	free(path);
	return covered;
}

const char *host_own_dir(const char *ima_dir, bool always,
			 char buf[HOST_PATH_MAX])
{
	long fd;

	if (!always && !is_covered(ima_dir, "binary_runtime_measurements") &&
	    !is_covered(ima_dir, "ascii_runtime_measurements"))
		return ima_dir;
	fd = syscall(SYS_open_tree, AT_FDCWD, ima_dir,
		     OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (fd < 0)
		return ima_dir;
	snprintf(buf, HOST_PATH_MAX, "/proc/self/fd/%ld", fd);
	return buf;
}

int host_bind(const char *dir, const char *ima_dir, const char *name,
	      struct error *err)
{
	char *from = NULL, *to = NULL;
	int rc = E_OK;

	/* What a dead one has left would lie below ours. */
	host_unbind(ima_dir, name);
	if (!path_of(&from, dir, name) || !path_of(&to, ima_dir, name))
		rc = error_set(err, E_NOMEM, "out of memory");
	else if (mount(from, to, NULL, MS_BIND, NULL) < 0) {
		rc = error_errno(err, E_IO, "binding over it");
		error_subject(err, "%s", to);
	}
	free(from);
	free(to);
	return rc;
}

void host_unbind(const char *ima_dir, const char *name)
{
	char *path;

	if (!path_of(&path, ima_dir, name))
		return;
	/* Only ever what lies on it: securityfs itself is not ours. */
	while (is_covered(ima_dir, name) && umount2(path, MNT_DETACH) == 0)
		;
	free(path);
}

uint64_t host_mount_id(const char *dir)
{
	struct statx stx;

	if (statx(AT_FDCWD, dir, AT_STATX_DONT_SYNC, STATX_MNT_ID, &stx) < 0 ||
	    !(stx.stx_mask & STATX_MNT_ID))
		return 0;
	return stx.stx_mnt_id;
}

/*
 * A line of mountinfo: ID ... - TYPE ..., see proc_pid_mountinfo(5). With
 * @type NULL any will do.
 */
static bool is_line_of(const char *line, uint64_t id, const char *type)
{
	const char *at = strstr(line, " - ");

	if (strtoull(line, NULL, 10) != id)
		return false;
	return !type || (at && !strncmp(at + 3, type, strlen(type)) &&
			 at[3 + strlen(type)] == ' ');
}

/* Opened anew each time: what stdio has buffered it does not read again. */
static bool is_mounted(uint64_t id, const char *type)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	size_t room = 0;
	bool found = false;

	while (mounts && !found && getline(&line, &room, mounts) > 0)
		found = is_line_of(line, id, type);
	free(line);
	if (mounts)
		fclose(mounts);
	return found;
}

bool host_is_on(const char *dir, const char *type)
{
	uint64_t id = host_mount_id(dir);

	return id && is_mounted(id, type);
}

void host_wait_unmounted(uint64_t id)
{
	struct pollfd p = { .events = POLLPRI };

	p.fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	/* It tells of each change since the last time it was asked. */
	while (p.fd >= 0 && is_mounted(id, NULL) && poll(&p, 1, 1000) >= 0)
		;
	if (p.fd >= 0)
		close(p.fd);
}
