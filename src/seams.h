/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * seams.h - shards replayed side by side, where they meet at their seams
 */
#ifndef SEAMS_H
#define SEAMS_H

#include "course.h"

/*
 * Go on from segment *@i, at whose start @run is, through shards before
 * segment @end, and move *@i behind those that were taken. Stops, with @run
 * as it is at that segment's start, before one that does not go as a replay
 * in order would have it, or of which something is wrong: that is for the
 * caller to find in the same way as ever. Nothing is done with one job.
 */
void seams_go(struct run *run, size_t *i, size_t end);

#endif
