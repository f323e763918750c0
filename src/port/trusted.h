/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trusted.h - a directory that nobody else can change, or put another in the
 * place of
 */
#ifndef PORT_TRUSTED_H
#define PORT_TRUSTED_H

#include "base/error.h"

/*
 * Open the directory @path for reading. It, each directory on the way from /
 * to it, and each symbolic link on that way are owned by root or by our own
 * effective user, and the directories can be written to by nobody else
 * (file_check_ours()); but one on the way may be sticky, as /tmp is: what is
 * below it, others cannot move.
 *
 * @ret is the caller's to close. Returns 0; E_ABSENT where something is not
 * there (what is there of the way has been looked at); E_IO, with the
 * directory in the reason; E_NOMEM.
 */
int trusted_dir_open(const char *path, int *ret, struct error *err);

#endif
