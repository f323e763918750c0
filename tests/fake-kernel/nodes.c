// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nodes: the files of the mount
 *
 * The kernel has no ".control", ".untouched" and "boot_id" here; the last one
 * stands for /proc/sys/kernel/random/boot_id.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "fake-kernel.h"

#define NODES_MAX	32

static struct node nodes[NODES_MAX];
static size_t node_count;

static struct node *node_add(enum node_type type, mode_t mode, const char *name)
{
	struct node *node = &nodes[node_count++];

	node->type = type;
	node->mode = mode;
	snprintf(node->name, sizeof(node->name), "%s", name);
	return node;
}

/* SHA-1 has a file always, whether the TPM has that bank or not. */
static void add_banks(bool ascii, bool staged)
{
	const char *form = ascii ? "ascii" : "binary";
	const char *tail = staged ? "_staged" : "";
	struct node *node;
	char name[64];

	for (int i = 0; i < ALGO_MAX; i++) {
		if (i && !options.banks[i])
			continue;
		snprintf(name, sizeof(name), "%s_runtime_measurements_%s%s",
			 form, algos[i].name, tail);
		node = node_add(NODE_LIST, S_IFREG | 0660, name);
		node->algo = i;
		node->ascii = ascii;
		node->staged = staged;
	}
	snprintf(name, sizeof(name), "%s_runtime_measurements%s", form, tail);
	node = node_add(NODE_LINK, S_IFLNK | 0777, name);
	snprintf(node->target, sizeof(node->target),
		 "%s_runtime_measurements_%s%s", form, algos[0].name, tail);
}

void nodes_init(void)
{
	mode_t old = S_IFREG | 0440;

	if (options.kind == KIND_COPY) {
		node_add(NODE_LIST, old, "binary_runtime_measurements");
		node_add(NODE_LIST, old, "ascii_runtime_measurements")->ascii =
			true;
	} else {
		add_banks(false, false);
		add_banks(true, false);
	}
	if (options.kind == KIND_STAGE) {
		add_banks(false, true);
		add_banks(true, true);
	}
	node_add(NODE_COUNT, old, "runtime_measurements_count");
	node_add(NODE_VIOLATIONS, old, "violations");
	node_add(NODE_BOOT_ID, S_IFREG | 0444, "boot_id");
	node_add(NODE_CONTROL, S_IFREG | 0600, ".control");
	node_add(NODE_UNTOUCHED, old, ".untouched");
}

const struct node *node_at(size_t index)
{
	return index < node_count ? &nodes[index] : NULL;
}

const struct node *node_find(const char *name)
{
	for (size_t i = 0; i < node_count; i++)
		if (!strcmp(nodes[i].name, name))
			return &nodes[i];
	return NULL;
}

const struct list *node_list(const struct node *node)
{
	return node->staged ? &state.staged : &state.current;
}

static void show_untouched(struct buf *out)
{
	for (size_t i = 0; i < state.untouched.len; i++)
		record_binary(list_get(&state.untouched, i), 0, out);
}

static void show_number(unsigned long n, struct buf *out)
{
	char text[32];

	snprintf(text, sizeof(text), "%lu\n", n);
	buf_str(out, text);
}

/* All but the lists are printed whole. Called with list_lock held. */
void node_show(const struct node *node, struct buf *out)
{
	switch (node->type) {
	case NODE_COUNT:
		show_number(state.current.len, out);
		break;
	case NODE_VIOLATIONS:
		show_number(state.violations, out);
		break;
	case NODE_BOOT_ID:
		buf_str(out, state.boot_id);
		buf_str(out, "\n");
		break;
	case NODE_CONTROL:
		control_show(out);
		break;
	case NODE_UNTOUCHED:
		show_untouched(out);
		break;
	case NODE_LIST:
	case NODE_LINK:
		break;
	}
}
