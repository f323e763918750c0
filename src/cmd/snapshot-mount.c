// SPDX-License-Identifier: GPL-2.0-or-later
/* snapshot-mount.c - evmctl snapshot mount: the one list as files */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/say.h"
#include "cmd/snapshot-verb.h"
#include "evmctl-snapshot.h"
#include "port/fuse.h"
#include "port/host.h"
#include "view-files.h"

static void tell(void *ctx, const struct error *err)
{
	(void)ctx;
	say_error(SNAPSHOT_VERB, err);
}

/* In the background the working directory is another one. */
static char *absolute(const char *path)
{
	char *here, *ret = NULL;

	if (!path || path[0] == '/')
		return path ? strdup(path) : NULL;
	here = getcwd(NULL, 0);
	if (here && asprintf(&ret, "%s/%s", here, path) < 0)
		ret = NULL;
	free(here);
	return ret;
}

struct paths {
	char *dir, *ima_dir, *shard_dir, *run_dir;
};

static int serve(const struct snapshot_args *args, const struct paths *p,
		 struct error *err)
{
	struct stitch_options stitch = stitch_options_of(args);
	char own[HOST_PATH_MAX];
	struct view_files_options o = {
		.dir = p->dir, .tell = tell, .group = args->snapshot.group,
		.bind_dir = args->bind ? p->ima_dir : NULL,
	};
	int kind;

	stitch.ima_dir = host_own_dir(p->ima_dir, args->bind, own);
	stitch.shard_dir = p->shard_dir;
	stitch.run_dir = p->run_dir;
	o.ima_dir = stitch.ima_dir;
	/* Say now what nobody would hear later. */
	kind = kernel_detect(stitch.ima_dir, NULL, err);
	if (kind < 0)
		return kind;
	if (args->bind && stitch.ima_dir == p->ima_dir)
		return error_set(err, E_IO, "--bind: not permitted: there would be no way to the kernel's own files");
	return view_serve(&stitch, &o, args->foreground, err);
}

int snapshot_verb_mount(const struct snapshot_args *args)
{
	struct paths p = {
		.dir = absolute(args->operand),
		.ima_dir = absolute(args->own_dir),
		.shard_dir = absolute(args->snapshot.shard_dir),
		.run_dir = absolute(args->snapshot.run_dir),
	};
	struct error err = { 0 };
	int rc;

	if (!fuse_available()) {
		say(SNAPSHOT_VERB, "mount: built without libfuse3; 'cat --follow --output' keeps a file instead");
		rc = EVMCTL_FAILED;
	} else if (!p.dir || !p.ima_dir || !p.shard_dir) {
		say(SNAPSHOT_VERB, "out of memory");
		rc = EVMCTL_FAILED;
	} else {
		rc = serve(args, &p, &err);
		if (rc)
			say_error(SNAPSHOT_VERB, &err);
		rc = rc ? EVMCTL_FAILED : EVMCTL_OK;
	}
	free(p.dir);
	free(p.ima_dir);
	free(p.shard_dir);
	free(p.run_dir);
	return rc;
}
