/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * process.h - a part of the program in a process of its own
 */
#ifndef PORT_PROCESS_H
#define PORT_PROCESS_H

#include <sys/types.h>

/*
 * fork(); the child calls @run, and ends with what that returns. It is killed
 * when the thread that has started it ends, however that comes about. What
 * stdio has buffered is the parent's. Returns its number, or -1 with errno.
 */
pid_t process_start(int (*run)(void *ctx), void *ctx);

#endif
