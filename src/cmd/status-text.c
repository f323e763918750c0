// SPDX-License-Identifier: GPL-2.0-or-later
/* status-text.c - evmctl snapshot status in words, at a glance */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cmd/paint.h"
#include "cmd/status.h"
#include "port/kernel.h"

#define BAR 24

/* How near the next snapshot is, where it waits for a number of records. */
static void due_text(const struct status *s)
{
	uint64_t limit = s->args->settings
			 .value[SETTING_SNAPSHOT_RECORDS].number;
	uint64_t n = s->waiting.records;
	unsigned int full;

	if (s->counted || !limit)
		return;
	full = n >= limit ? BAR : (unsigned int)(n * BAR / limit);
	printf("          %s[", paint(stdout, n >= limit ? PAINT_WARNING :
				     PAINT_GOOD));
	for (unsigned int i = 0; i < BAR; i++)
		putchar(i < full ? '#' : '-');
	printf("]%s %llu of %llu, %s\n", paint(stdout, PAINT_NONE),
	       (unsigned long long)n, (unsigned long long)limit,
	       n >= limit ? "a snapshot is due" : "then a snapshot is due");
}

static void state_text(const struct status *s)
{
	if (!s->warnings)
		printf("state:    %sok%s\n", paint(stdout, PAINT_GOOD),
		       paint(stdout, PAINT_NONE));
	for (size_t i = 0; i < s->warnings; i++)
		printf("%s%s%s%s\n", i ? "          " : "state:    ",
		       paint(stdout, status_is_full(s) && !i ? PAINT_BAD :
			     PAINT_WARNING), s->warning[i],
		       paint(stdout, PAINT_NONE));
}

static void kernel_text(const struct status *s)
{
	if (s->kind < 0)
		printf("kernel:   no measurement list: %s\n",
		       s->no_kernel.reason);
	else
		printf("kernel:   %s: %s\n",
		       kernel_kind_name((enum kernel_kind)s->kind), s->why);
	if (s->counted)
		printf("waiting:  unknown: %s\n", s->uncounted.reason);
	else
		printf("waiting:  %llu records, %llu of them staged\n",
		       (unsigned long long)s->waiting.records,
		       (unsigned long long)s->waiting.staged);
	due_text(s);
}

/* What an aggregate says is bytes that others may have written. */
static void print_escaped(const char *text)
{
	char shown[4 * BOOT_ID_MAX + 1];

	text_escape(shown, sizeof(shown), text, strlen(text));
	fputs(shown, stdout);
}

static void last_text(const struct status *s)
{
	if (!s->last) {
		printf("last:     never\n");
		return;
	}
	printf("last:     records %llu..%llu, ",
	       (unsigned long long)s->last->first,
	       (unsigned long long)s->last->last);
	print_escaped(s->last->taken);
	printf(", ");
	print_escaped(s->last->how);
	printf("; TPM: %s\n", s->last->tpm.present ?
	       matched_text(s->last->tpm.matched) : "none");
}

static void shards_text(const struct status *s)
{
	printf("shards:   ");
	if (s->last)
		printf("%zu in %s, records %llu..%llu\n",
		       store_count(s->store), s->args->snapshot.shard_dir,
		       (unsigned long long)status_first_record(s),
		       (unsigned long long)s->last->last);
	else
		printf("none in %s\n", s->args->snapshot.shard_dir);
	if (s->store && store_discarded(s->store))
		printf("          records 1..%llu were discarded\n",
		       (unsigned long long)store_discarded(s->store));
	if (s->confirmed)
		printf("          hooks have confirmed up to record %llu\n",
		       (unsigned long long)s->confirmed);
	if (s->store && store_orphans(s->store))
		printf("          %zu unfinished, for the next snapshot\n",
		       store_orphans(s->store));
	if (s->problem.code)
		printf("          problem: %s\n", s->problem.reason);
	last_text(s);
}

static void boot_text(const struct status *s)
{
	printf("boot:     ");
	print_escaped(s->boot_id);
	if (status_same_boot(s)) {
		printf(", the shards' too");
	} else if (s->last) {
		printf(", the shards' is ");
		print_escaped(s->last->boot_id);
	}
	printf("\n");
}

static void free_text(const struct status *s)
{
	if (!s->has_free)
		return;
	printf("free:     %llu bytes%s\n", (unsigned long long)s->free,
	       status_is_full(s) ? ", under min_free: no snapshot is taken" : "");
}

static void holders_text_line(const struct status *s)
{
	printf("held by:  ");
	if (!s->holders)
		printf("nobody");
	for (size_t i = 0; i < s->holders; i++)
		printf("%s%s (%ld)", i ? ", " : "", s->holder[i].name,
		       (long)s->holder[i].pid);
	printf("\n");
}

static void settings_text(const struct status *s)
{
	printf("settings:\n");
	for (int i = 0; i < SETTINGS; i++) {
		enum setting n = (enum setting)i;
		const char *text = setting_text(&s->args->settings, n);

		printf("  %-23s %s (%s)\n", setting_name(n),
		       text ? text : "-",
		       setting_from(&s->args->settings, n));
	}
}

void status_text(const struct status *s)
{
	state_text(s);
	kernel_text(s);
	shards_text(s);
	boot_text(s);
	free_text(s);
	holders_text_line(s);
	settings_text(s);
}
