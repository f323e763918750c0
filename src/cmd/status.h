/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * status.h - what evmctl snapshot status has found out, and nobody else knows
 *
 *	snapshot-status.c	finding out, and JSON
 *	status-text.c		in words, at a glance
 */
#ifndef CMD_STATUS_H
#define CMD_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cmd/snapshot-verb.h"
#include "shards.h"
#include "waiting.h"

#define STATUS_WARNINGS 5
#define STATUS_WARNING_MAX (ERROR_LINE_MAX + 200)

struct holder {
	pid_t pid;
	char name[128];
};

struct status {
	const struct snapshot_args *args;
	int kind;			/* an enum kernel_kind, or an error */
	char why[ERROR_REASON_MAX];	/* it is of this kind */
	struct error no_kernel;
	int counted;			/* 0: @waiting is known */
	struct waiting waiting;
	struct error uncounted;
	struct store *store;		/* NULL: there is none */
	struct aggregate *last;		/* NULL: the same */
	struct error problem;		/* of the shards; code 0: none */
	char boot_id[BOOT_ID_MAX];
	bool has_free;
	uint64_t free;
	struct holder *holder;
	size_t holders;
	uint64_t confirmed;		/* by hooks: up to this record */
	const char *volatile_fs;	/* the store is on a "tmpfs"; or NULL */
	struct error marker;		/* of discarded records: its problem */
	char warning[STATUS_WARNINGS][STATUS_WARNING_MAX];
	size_t warnings;
};

/* No snapshot is taken: the disk is full. */
bool status_is_full(const struct status *s);
bool status_same_boot(const struct status *s);
uint64_t status_first_record(const struct status *s);

void status_text(const struct status *s);

#endif
