/* SPDX-License-Identifier: GPL-2.0-or-later */
/* host.h - the kernel's lists, and which boot this is */
#ifndef PORT_HOST_H
#define PORT_HOST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "format/aggregate.h"
#include "port/list.h"

#define IMA_DEFAULT_DIR "/sys/kernel/security/integrity/ima"

/* Whether @ima_dir is on securityfs: the kernel's own, not a copy of it. */
bool host_is_securityfs(const char *ima_dir);

/*
 * Whether what is there is no kernel's: neither securityfs, nor the file
 * system of a program that acts as one. To write to a saved list is to change
 * evidence.
 */
bool host_has_saved_lists(const char *ima_dir);

/*
 * The running boot's id; of a copied directory the file boot_id beside the
 * lists, where there is one. Returns 0, E_IO, E_FORMAT.
 */
int host_boot_id(const char *ima_dir, char ret[BOOT_ID_MAX],
		 struct error *err);

/*
 * Whether the running kernel was booted with ima_flush_htable: it forgets
 * what it has measured when staged records are deleted, so records may
 * repeat, and it refuses to trim.
 */
bool host_flushes_htable(void);

/*
 * Whether records that are no violations can be in the running kernel's list
 * twice: with ima_flush_htable, or where it was built with
 * CONFIG_IMA_DISABLE_HTABLE, as far as /boot or /lib/modules tells.
 */
bool host_repeats_records(void);

/* The processors that this process may run on; 1 where that is not known. */
unsigned int host_processors(void);

/* Open the current list below @ima_dir for reading. As list_open(). */
int host_open_current(const char *ima_dir, unsigned int flags,
		      struct list **ret, struct error *err);

/* The staged one; E_ABSENT where this kernel has none. */
int host_open_staged(const char *ima_dir, unsigned int flags,
		     struct list **ret, struct error *err);

/*
 * The same as a bare descriptor for pread(); the caller closes it. The
 * subject of an error is the file.
 */
int host_open_list_fd(const char *ima_dir, bool staged, int *ret,
		      struct error *err);

/* --- files over the kernel's own --- */

/*
 * @ima_dir, or where other files are bound over its lists a path by which the
 * kernel's own are reached, valid in this process: its mount once more, with
 * nothing on it. @always: whether or not there are such yet. Without the
 * privilege to do so @ima_dir is what there is.
 */
#define HOST_PATH_MAX 40
const char *host_own_dir(const char *ima_dir, bool always,
			 char buf[HOST_PATH_MAX]);

/* Bind @dir/@name over the file that @ima_dir/@name leads to. E_IO. */
int host_bind(const char *dir, const char *ima_dir, const char *name,
	      struct error *err);

/* Undo that, also what a process that died has left. */
void host_unbind(const char *ima_dir, const char *name);

/*
 * The id of what is mounted on @dir, 0 if that cannot be known; and return
 * when there is no such mount any more (/proc/self/mountinfo).
 */
uint64_t host_mount_id(const char *dir);
void host_wait_unmounted(uint64_t id);

/* Is what is mounted there a file system of that type, such as "fuse.x"? */
bool host_is_on(const char *dir, const char *type);

#endif
