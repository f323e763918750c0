/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * file.h - files below a directory descriptor
 */
#ifndef PORT_FILE_H
#define PORT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* How a file is opened, beside for reading. */
#define FILE_WRITE 1U	/* for writing too */
#define FILE_INSIDE 2U	/* @name itself is no symbolic link */
#define FILE_OURS 4U	/* nobody but root and we ourselves can change it */

/*
 * Open @name for reading, or as @flags say. Only a regular file will do: a
 * FIFO would block, a device may never end. @ret is the caller's to close.
 * Returns 0, E_ABSENT, E_BUSY (the kernel's list is being written), E_IO.
 */
int file_open_regular(int dirfd, const char *name, unsigned int flags,
		      int *ret, struct error *err);

/*
 * Whether what @st tells of, a file or a directory, is owned by root or by our
 * own effective user, and can be written to by nobody else; to a user who is
 * not root, his own group (which he often has to himself) is nobody else. 0 or
 * E_IO.
 */
struct stat;
int file_check_ours(const struct stat *st, struct error *err);

/* Whether it is a regular file: 0 or E_IO, with what it is. */
int file_check_kind(const struct stat *st, struct error *err);

/*
 * Whether @fd, opened for writing, is a regular file of ours that has no
 * other name: a hard link would have us write into another file. 0 or E_IO.
 */
int file_check_alone(int fd, struct error *err);

/*
 * All of a file of at most @max bytes, with a NUL behind them that *@len does
 * not count. @ret is the caller's to free(). Returns 0, E_LIMIT, and as above.
 */
int file_read(int dirfd, const char *name, size_t max, uint8_t **ret,
	      size_t *len, struct error *err);

/* The same, opened as @flags say. */
int file_read_as(int dirfd, const char *name, unsigned int flags, size_t max,
		 uint8_t **ret, size_t *len, struct error *err);

/* The same of an open descriptor, from where it stands. */
int file_read_fd(int fd, size_t max, uint8_t **ret, size_t *len,
		 struct error *err);

/* All @len bytes, through short writes and signals. E_IO. */
int file_write(int fd, const void *bytes, size_t len, struct error *err);

/*
 * Make a directory and those above it that are not there, each with @mode,
 * and sync the directories in which one was made. Returns 0 or E_IO.
 */
int dir_make(const char *path, mode_t mode, struct error *err);

/* Sync all directories above @path: one that died may just have made them. */
int dir_sync_above(const char *path, struct error *err);

#endif
