/* SPDX-License-Identifier: GPL-2.0-or-later */
/* paint.h - colours, where there is a terminal that wants them */
#ifndef CMD_PAINT_H
#define CMD_PAINT_H

#include <stdbool.h>
#include <stdio.h>

enum paint { PAINT_NONE, PAINT_GOOD, PAINT_WARNING, PAINT_BAD, PAINT_FAINT };

/*
 * What to print before words of a kind, and (PAINT_NONE) behind them: an
 * escape sequence where @to is a terminal, else "". NO_COLOR, where it is set
 * and not empty, and TERM=dumb turn colours off (https://no-color.org).
 */
const char *paint(FILE *to, enum paint what);

#endif
