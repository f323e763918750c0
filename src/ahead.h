/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ahead.h - records hashed by other threads, ahead of their extends
 *
 * Whether a record's digest is that of its data, and its digests, depend on
 * nothing but the record. Only the extends are one after another.
 */
#ifndef AHEAD_H
#define AHEAD_H

#include "course.h"

/*
 * Take the records of the lists from @at on, as course_record() does, and move
 * @at behind those that were taken. It stops, with 0 and nothing done, before
 * the lists' end, before a record that cannot be read or is not what it should
 * be, and before one that leads away from a target that was met: these are
 * for the caller, who takes records one by one. An error, with its place, is
 * of the record at @at, which was replayed.
 */
int ahead_lists(struct run *run, struct lists_place *at, struct error *err);

#endif
