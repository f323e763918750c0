/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * standard.h - the descriptors 0, 1 and 2, which a caller may have closed
 */
#ifndef PORT_STANDARD_H
#define PORT_STANDARD_H

#include <stdbool.h>

/*
 * See to it that no file becomes standard input, output or error by being
 * opened: what is said would be written into it. A descriptor of these that is
 * closed is taken by a place that nothing can be read from or written to, so
 * that both give EBADF, as before. To be called before anything is opened.
 * False, with errno: that could not be done.
 */
bool standard_hold(void);

#endif
