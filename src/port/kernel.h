/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel.h - the kernel's measurement lists, and the commands they take
 *
 * Linux 7.3, security/integrity/ima/ima_fs.c. All list files share one lock:
 * many readers, or one writer; whoever loses gets EBUSY from open(). While a
 * list is open for writing this process must not open another one, start a
 * thread or fork: the kernel counts opens by task.
 */
#ifndef PORT_KERNEL_H
#define PORT_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "port/list.h"

enum kernel_kind {
	KERNEL_AUTO,
	KERNEL_COPY,		/* before 7.2: read only */
	KERNEL_TRIM,		/* the first N records can be deleted */
	KERNEL_STAGE,		/* the list can be staged, too */
};

/* "auto", "copy", "trim", "stage"; or -1. */
int kernel_kind_parse(const char *name);
const char *kernel_kind_name(enum kernel_kind kind);

/*
 * What kind of kernel stands behind @ima_dir, and in @why (may be NULL) a
 * static text that says how it was told. Nothing is opened: root may open a
 * 0440 file for writing. Copies of lists, elsewhere than on securityfs, are
 * only ever read. Returns the kind, or E_ABSENT without a list there.
 */
int kernel_detect(const char *ima_dir, const char **why, struct error *err);

/* Has the kernel a staged list, whatever kind it is to be taken for? */
bool kernel_stages(const char *ima_dir);

struct kernel;

/*
 * Wait up to @wait seconds, with growing pauses, where another process holds
 * a list; then E_BUSY, and the holders that can be seen are in the reason.
 */
int kernel_new(struct kernel **ret, const char *ima_dir,
	       enum kernel_kind kind, unsigned int wait, unsigned int flags,
	       struct error *err);
void kernel_free(struct kernel *k);

/*
 * Open the current or the staged list: for reading and writing, except on a
 * copy kernel. Only one may be open. E_BUSY, E_ABSENT, E_IO.
 */
int kernel_open(struct kernel *k, bool staged, struct list **ret,
		struct error *err);

/* Commands, on the list that kernel_open() has given. */
enum kernel_answer {
	KERNEL_DONE = 0,
	KERNEL_NOTHING,		/* ENOENT: there is nothing to stage or delete */
	KERNEL_STAGED,		/* EEXIST: a batch is staged already */
	KERNEL_SUSPENDED,	/* EACCES, ESTALE: reboot or kexec under way */
	KERNEL_REFUSED,		/* EINVAL: ima_flush_htable, or another kind */
};

/* Move the current list aside. Returns an answer, or E_IO. */
int kernel_stage(struct list *list, struct error *err);

/* Delete what is staged. */
int kernel_delete_staged(struct list *list, struct error *err);

/* Delete the first @n records, and read from the new head on. */
int kernel_trim(struct list *list, uint64_t n, struct error *err);

/* The number in runtime_measurements_count: the current list's records. */
int kernel_count(const char *ima_dir, uint64_t *ret, struct error *err);

#endif
