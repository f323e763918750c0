// SPDX-License-Identifier: GPL-2.0-or-later
/* caps.c - capabilities, with libcap */
#include "port/caps.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/capability.h>
#include <sys/prctl.h>

static const struct {
	unsigned int with;
	cap_value_t cap;
} kept[] = {
	{ CAPS_LISTS, CAP_SYS_ADMIN },
	{ CAPS_FILES, CAP_DAC_OVERRIDE },
	{ CAPS_READ, CAP_DAC_READ_SEARCH },	/* part of the former */
	{ CAPS_OTHERS, CAP_FOWNER },
	{ CAPS_GROUP, CAP_CHOWN },
	{ CAPS_HOLDERS, CAP_SYS_PTRACE },
};

static bool is_kept(cap_value_t cap, unsigned int keep)
{
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (kept[i].cap == cap && kept[i].with & keep)
			return true;
	return false;
}

/* To have less is always allowed; only the bounding set takes a capability. */
void caps_keep(unsigned int keep)
{
	cap_t caps = cap_get_proc();

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	for (cap_value_t cap = 0; CAP_IS_SUPPORTED(cap); cap++) {
		if (is_kept(cap, keep))
			continue;
		cap_drop_bound(cap);
		if (!caps)
			continue;
		cap_set_flag(caps, CAP_PERMITTED, 1, &cap, CAP_CLEAR);
		cap_set_flag(caps, CAP_EFFECTIVE, 1, &cap, CAP_CLEAR);
		cap_set_flag(caps, CAP_INHERITABLE, 1, &cap, CAP_CLEAR);
	}
	if (caps)
		cap_set_proc(caps);
	cap_free(caps);
}
