#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Make ./configure and what it needs; run-tests and quickstart do the same.
cd "$(dirname "$0")" || exit 1
exec autoreconf -fi
