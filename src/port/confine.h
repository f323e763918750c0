/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * confine.h - give up what hostile bytes could be made to use
 */
#ifndef PORT_CONFINE_H
#define PORT_CONFINE_H

#include <stdbool.h>

/* What is kept, beside reading files, memory, threads and standard output. */
#define CONFINE_FILES 1U	/* files are written, renamed, removed */
#define CONFINE_KEYS 2U		/* the kernel's keys are asked */
#define CONFINE_TPM 4U		/* a TPM is opened: devices, sockets, plug-ins */
#define CONFINE_STORE 8U	/* directories are made, files given to a group */
#define CONFINE_WATCH 16U	/* it is told when a directory changes */
#define CONFINE_VIEW 32U	/* a FUSE file system is served */

/* Built with libseccomp: else confine() does nothing. */
bool confine_available(void);

/*
 * From here on, in all threads: a system call that neither this process needs
 * nor @also names kills it with SIGSYS (seccomp(2)), and nothing that it
 * executes gains privileges. Memory that can be executed is not to be had
 * either, but with CONFINE_TPM.
 *
 * true if that is so. false where this was not built with libseccomp, or the
 * kernel, or what we run in, does not let us; nothing has changed then.
 */
bool confine(unsigned int also);

#endif
