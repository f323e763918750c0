/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * caps.h - capabilities(7) that are kept, and all others given up
 */
#ifndef PORT_CAPS_H
#define PORT_CAPS_H

#define CAPS_LISTS 1U	/* the kernel's lists, to write: CAP_SYS_ADMIN */
#define CAPS_FILES 2U	/* what is not root's: a TPM's device, directories */
#define CAPS_READ 32U	/* the same, but to be read only */
#define CAPS_OTHERS 4U	/* replace another's file in a sticky directory */
#define CAPS_GROUP 8U	/* give files to a group that we are not in */
#define CAPS_HOLDERS 16U	/* see in /proc who holds the lists */

/*
 * Give up for good, in all its sets, what @keep does not name; nor does this
 * process, or what it executes, get any again (no_new_privs). What it does not
 * have it does not get. A build without libcap has no_new_privs only.
 *
 * It is this thread that has less then, and what it starts: call it before
 * there are others.
 */
void caps_keep(unsigned int keep);

#endif
