/* SPDX-License-Identifier: GPL-2.0-or-later */
/* holders.h - which processes hold the kernel's lists open */
#ifndef PORT_HOLDERS_H
#define PORT_HOLDERS_H

#include <stddef.h>
#include <sys/types.h>

#define HOLDERS_TEXT 256

/*
 * Call @found for each process, other than this one, that has a list below
 * @ima_dir open, as far as /proc shows; @name is its command, escaped.
 * Returns how many there were.
 */
size_t holders_each(const char *ima_dir,
		    void (*found)(void *ctx, pid_t pid, const char *name),
		    void *ctx);

/* "keylime_agent (412), cat (99)", or words for nobody that can be seen. */
void holders_text(const char *ima_dir, char *buf, size_t size);

#endif
