#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# screenshots.sh [DIR] - make the pictures of a terminal in docs/ anew
#
# The machine is that of the examples: a real list, a software TPM. Wants
# python3, Chromium, and what the examples want.
#
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/examples.sh
. "$(dirname "$0")/examples.sh"

to=$(readlink -f "${1:-$TOP_SRCDIR/docs}")
if ! need_commands chromium || ! need_examples || ! make_examples; then
	skip "pictures" "$WHY"
	summary
fi
# shellcheck disable=SC1091 # made at run time
cd "$M" && . "$M/prelude" || exit
echo "snapshot_records = 1000" >>"$M/conf/shards.conf"
shards 1000 1800
measure 2561
expect_rc 0 "status" python3 "$TESTS_DIR/terminal.py" --columns 84 \
	--say "$M/shards=/var/lib/ima/shards" --say "$M/conf=/etc/ima" \
	"$to/status.png" 'evmctl snapshot status'
expect_rc 0 "a picture" test -s "$to/status.png"
summary
