/* SPDX-License-Identifier: GPL-2.0-or-later */
/* advice.h - what to do next, where an error is one that many people meet */
#ifndef CMD_ADVICE_H
#define CMD_ADVICE_H

#include "base/error.h"

/* A static text for @err of @verb; NULL: nothing would help every time. */
const char *advice(const char *verb, const struct error *err);

#endif
