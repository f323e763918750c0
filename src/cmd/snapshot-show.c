// SPDX-License-Identifier: GPL-2.0-or-later
/* snapshot-show.c - what the actions of evmctl snapshot show alike */
#include <stdio.h>
#include <stdlib.h>

#include "cmd/say.h"
#include "cmd/snapshot-verb.h"
#include "evmctl-snapshot.h"

const char *matched_text(enum aggregate_matched m)
{
	static const char *const texts[] = {
		[MATCHED_UNKNOWN] = "not checked",
		[MATCHED_NO] = "does not match",
		[MATCHED_YES] = "matched",
	};

	return texts[m];
}

void put_matched(json_object *obj, enum aggregate_matched m, bool *ok)
{
	if (m == MATCHED_UNKNOWN)
		put_null(obj, "matched", ok);
	else
		put_bool(obj, "matched", m == MATCHED_YES, ok);
}

int print_json(json_object *obj, bool ok)
{
	size_t len;
	char *line;

	if (json_line(obj, ok, &line, &len, NULL)) {
		say(SNAPSHOT_VERB, "out of memory");
		return EVMCTL_FAILED;
	}
	fputs(line, stdout);
	free(line);
	return EVMCTL_OK;
}

json_object *shard_json(const struct aggregate *a, bool *ok)
{
	json_object *obj = put_object(ok);

	put_number(obj, "first", a->first, ok);
	put_number(obj, "last", a->last, ok);
	put_number(obj, "records", a->last - a->first + 1, ok);
	put_number(obj, "bytes", a->bytes, ok);
	put_text(obj, "taken", a->taken, ok);
	put_text(obj, "how", a->how, ok);
	put_bool(obj, "tpm", a->tpm.present, ok);
	put_matched(obj, a->tpm.matched, ok);
	if (a->gap.present)
		put_text(obj, "gap", a->gap.reason, ok);
	return obj;
}
