// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fake-kernel: options, the first boot, then serving
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake-kernel.h"

#define EXIT_USAGE	2

struct options options = { .kind = KIND_STAGE };

static int usage(FILE *to)
{
	fprintf(to,
"Usage: fake-kernel [--kind stage|trim|copy] [--algos sha1,sha256,...]\n"
"                   [--flush-htable] [--swtpm SOCKET] [-f] MOUNTPOINT\n"
"\n"
"  --kind KIND     stage: A, D and N; trim: N only; copy: read only\n"
"                  (default: stage)\n"
"  --algos LIST    banks of the TPM, of sha1, sha256, sha384, sha512\n"
"                  (default: sha1,sha256)\n"
"  --flush-htable  as if booted with ima_flush_htable\n"
"  --swtpm SOCKET  extend PCRs of the swtpm that serves this UNIX socket\n"
"  -f              stay in the foreground\n");
	return to == stdout ? EXIT_SUCCESS : EXIT_USAGE;
}

static int set_kind(const char *name)
{
	static const char *const kinds[] = { "stage", "trim", "copy" };

	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i], name))
			continue;
		options.kind = (enum kind)i;
		return 0;
	}
	return -EINVAL;
}

static int set_algos(const char *names)
{
	memset(options.banks, 0, sizeof(options.banks));
	while (*names) {
		size_t len = strcspn(names, ",");
		int algo = algo_find(names, len);

		if (algo < 0)
			return -EINVAL;
		options.banks[algo] = true;
		names += len;
		names += *names == ',';
	}
	return 0;
}

/* In the background the working directory will be the root. */
static int set_swtpm(const char *path)
{
	static char absolute[PATH_MAX];

	if (!realpath(path, absolute))
		return -errno;
	options.swtpm = absolute;
	return 0;
}

static int first_boot(void)
{
	int ret;

	pthread_mutex_lock(&extend_lock);
	ret = list_boot();
	tpm_done();
	pthread_mutex_unlock(&extend_lock);
	if (ret)
		fprintf(stderr, "fake-kernel: cannot extend a PCR at '%s': %s\n",
			options.swtpm, strerror(-ret));
	return ret;
}

static int set_option(int option, const char *value)
{
	switch (option) {
	case 'k':
		return set_kind(value);
	case 'a':
		return set_algos(value);
	case 'h':
		options.flush_htable = true;
		return 0;
	case 's':
		return set_swtpm(value);
	default:
		return -EINVAL;
	}
}

int main(int argc, char *argv[])
{
	static const struct option longs[] = {
		{ "kind", required_argument, NULL, 'k' },
		{ "algos", required_argument, NULL, 'a' },
		{ "flush-htable", no_argument, NULL, 'h' },
		{ "swtpm", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, '?' },
		{ NULL, 0, NULL, 0 },
	};
	bool foreground = false;
	int option, ret;

	if (argc == 2 && !strcmp(argv[1], "--help"))
		return usage(stdout);
	set_algos("sha1,sha256");
	while ((option = getopt_long(argc, argv, "f", longs, NULL)) != -1) {
		if (option == 'f') {
			foreground = true;
			continue;
		}
		if (option == '?')
			return usage(stderr);
		ret = set_option(option, optarg);
		if (ret) {
			fprintf(stderr, "fake-kernel: '%s': %s\n", optarg,
				strerror(-ret));
			return EXIT_USAGE;
		}
	}
	if (optind + 1 != argc)
		return usage(stderr);
	if (first_boot())
		return EXIT_FAILURE;
	nodes_init();
	return fs_main(argv[optind], foreground);
}
