// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * evmctl.c - the front that a user types
 *
 * Our verbs run here. Every other verb and option goes, untouched, to the
 * evmctl of ima-evm-utils by execv(): its output and its exit code are the
 * user's, as if this program were not there. That evmctl is
 *
 *   1. the one that configure was told of (--with-evmctl), and no other; or
 *   2. "evmctl.ima-evm-utils" in the directory of this program, where a
 *      package has put the distribution's evmctl aside; or
 *   3. the first "evmctl" on PATH that is not this very file.
 *
 * An environment variable lists, by device and inode, the files that a call
 * has come past. None of them is chosen again, so that two tools which pass
 * on to each other come to an end.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/text.h"
#include "evmctl-snapshot.h"

#define PASSED_ENV "EVMCTL_PASSED"
#define ASIDE_NAME "evmctl.ima-evm-utils"
#define VERSION_LINE_MAX 80

struct verb {
	const char *name;
	int (*run)(int argc, char *argv[], int verbosity);
	const char *summary;
};

static const struct verb verbs[] = {
	{ "snapshot", evmctl_snapshot,
	  "move the measurement list into shards, and look after them" },
	{ "ima_measurement", evmctl_ima_measurement,
	  "verify a measurement list, with its shards if there are any" },
};

#define VERB_COUNT (sizeof(verbs) / sizeof(verbs[0]))

/* Where an option of ima-evm-utils' evmctl has its value. */
enum value {
	VALUE_NEXT,	/* behind '=', or the next word */
	VALUE_JOINED,	/* only behind '=', or behind the letter */
	VALUE_BANK,	/* the same, or a next word that names a hash */
};

/* Those of its options (1.4 to 1.6) that have one, and may precede a verb. */
static const struct value_option {
	const char *name;
	char letter;
	enum value value;
} value_options[] = {
	{ "hashalgo", 'a', VALUE_NEXT },
	{ "key", 'k', VALUE_NEXT },
	{ "type", 't', VALUE_NEXT },
	{ "pass", 'p', VALUE_JOINED },
	{ "uuid", 'u', VALUE_JOINED },
	{ "caps", 0, VALUE_JOINED },
	{ "verify-bank", 0, VALUE_BANK },
	{ "pcrs", 0, VALUE_NEXT },
	{ "inode", 0, VALUE_NEXT },
	{ "uid", 0, VALUE_NEXT },
	{ "gid", 0, VALUE_NEXT },
	{ "mode", 0, VALUE_NEXT },
	{ "generation", 0, VALUE_NEXT },
	{ "ima", 0, VALUE_NEXT },
	{ "selinux", 0, VALUE_NEXT },
	{ "engine", 0, VALUE_NEXT },
	{ "provider", 0, VALUE_NEXT },
	{ "keyid", 0, VALUE_NEXT },
	{ "keyid-from-cert", 0, VALUE_NEXT },
	{ "hmackey", 0, VALUE_NEXT },
};

#define VALUE_OPTION_COUNT (sizeof(value_options) / sizeof(value_options[0]))

/* A command line, taken apart as far as the verb. */
struct line {
	int argc;		/* as typed */
	char **argv;
	int verb;		/* index of the verb, argc if there is none */
	bool help;		/* --help stands in front of it */
	bool version;		/* --version does */
	int verbosity;		/* -v, -vv ... in front of it, added up */
	int own_argc;		/* as a verb of ours receives it: the verb, */
	char **own_argv;	/* the other options before it, the rest */
};

/* The row of a long option; an unambiguous beginning will do, as in getopt. */
static const struct value_option *row_by_name(const char *name)
{
	const struct value_option *found = NULL;
	size_t len = strlen(name);

	for (size_t i = 0; i < VALUE_OPTION_COUNT; i++) {
		if (strncmp(value_options[i].name, name, len))
			continue;
		if (!value_options[i].name[len])
			return &value_options[i];
		if (found)
			return NULL;
		found = &value_options[i];
	}
	return found;
}

static const struct value_option *row_by_letter(char letter)
{
	for (size_t i = 0; i < VALUE_OPTION_COUNT; i++)
		if (value_options[i].letter == letter)
			return &value_options[i];
	return NULL;
}

/* The row of the option in @word whose value is not in @word itself. */
static const struct value_option *row_open(const char *word)
{
	const struct value_option *row;

	if (word[1] == '-')
		return row_by_name(word + 2);	/* NULL with a '=' */
	for (const char *p = word + 1; *p; p++) {
		row = row_by_letter(*p);
		if (row)
			return p[1] ? NULL : row;
	}
	return NULL;
}

/* How many words the option at @word takes, itself included. */
static int option_words(char *const *word)
{
	const struct value_option *row = row_open(word[0]);

	if (!row || row->value == VALUE_JOINED || !word[1])
		return 1;
	if (row->value == VALUE_BANK && hash_by_name(word[1]) < 0)
		return 1;
	return 2;
}

/* "-v", "-vv" and so on: how many, or 0. */
static int verbosity_of(const char *word)
{
	size_t n = strspn(word + 1, "v");

	return word[1 + n] ? 0 : (int)n;
}

/* One option in front of the verb: noted, counted, or handed on. */
static void line_option(struct line *l, int at, int words)
{
	const char *word = l->argv[at];

	if (!strcmp(word, "--version"))
		l->version = true;
	if (!strcmp(word, "--help") || !strcmp(word, "-h"))
		l->help = true;
	if (verbosity_of(word)) {
		l->verbosity += verbosity_of(word);
		return;
	}
	for (int i = 0; i < words; i++)
		l->own_argv[l->own_argc++] = l->argv[at + i];
}

/* Take a command line apart. Only memory can fail; free own_argv. */
static bool line_split(struct line *l, int argc, char *argv[])
{
	int at = 1;

	*l = (struct line){ .argc = argc, .argv = argv, .own_argc = 1 };
	l->own_argv = calloc((size_t)argc + 2, sizeof(*l->own_argv));
	if (!l->own_argv)
		return false;
	while (at < argc && argv[at][0] == '-' && argv[at][1]) {
		bool last = !strcmp(argv[at], "--");
		int words = last ? 1 : option_words(&argv[at]);

		line_option(l, at, words);
		at += words;
		if (last)
			break;
	}
	l->verb = at;
	l->own_argv[0] = at < argc ? argv[at] : NULL;
	while (++at < argc)
		l->own_argv[l->own_argc++] = argv[at];
	return true;
}

static const struct verb *verb_find(const char *name)
{
	for (size_t i = 0; name && i < VERB_COUNT; i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

/* The evmctl of ima-evm-utils. */
struct upstream {
	char path[PATH_MAX];	/* "" if there is none */
	bool circle;		/* there was one, but it has led here */
};

/* A file as PASSED_ENV lists it: ",DEVICE:INODE,". */
static void mark_of(char mark[64], const struct stat *st)
{
	snprintf(mark, 64, ",%llu:%llu,", (unsigned long long)st->st_dev,
		 (unsigned long long)st->st_ino);
}

static bool has_passed(const struct stat *st)
{
	const char *passed = getenv(PASSED_ENV);
	char mark[64];

	mark_of(mark, st);
	return passed && strstr(passed, mark);
}

/* Put the file on the list, which whatever runs from here on inherits. */
static void pass(const struct stat *st)
{
	const char *passed = getenv(PASSED_ENV);
	char mark[64], *list;

	if (has_passed(st))
		return;
	mark_of(mark, st);
	if (asprintf(&list, "%s%s", passed ? passed : "", mark) < 0)
		return;
	setenv(PASSED_ENV, list, 1);
	free(list);
}

static bool is_this_program(const struct stat *st)
{
	struct stat self;

	return !stat("/proc/self/exe", &self) && self.st_dev == st->st_dev &&
	       self.st_ino == st->st_ino;
}

/* Take the file @name in the directory @dir if it will do. */
static bool upstream_try(struct upstream *up, const char *dir, size_t dir_len,
			 const char *name)
{
	char path[PATH_MAX];
	struct stat st;
	int n = snprintf(path, sizeof(path), "%.*s%s", (int)dir_len, dir, name);

	if (n < 0 || (size_t)n >= sizeof(path))
		return false;
	if (stat(path, &st) || !S_ISREG(st.st_mode) || access(path, X_OK) ||
	    is_this_program(&st))
		return false;
	if (has_passed(&st)) {
		up->circle = true;
		return false;
	}
	pass(&st);
	memcpy(up->path, path, (size_t)n + 1);
	return true;
}

static bool upstream_beside(struct upstream *up)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self));
	const char *slash = n > 0 ? memrchr(self, '/', (size_t)n) : NULL;

	return slash && upstream_try(up, self, (size_t)(slash - self),
				     "/" ASIDE_NAME);
}

/* An empty element of PATH, the current directory, is left out on purpose. */
static bool upstream_on_path(struct upstream *up)
{
	const char *dir = getenv("PATH"), *end;

	for (; dir && *dir; dir = *end ? end + 1 : end) {
		end = strchrnul(dir, ':');
		if (end > dir && upstream_try(up, dir, (size_t)(end - dir),
					      "/evmctl"))
			return true;
	}
	return false;
}

static bool upstream_find(struct upstream *up)
{
	struct stat self;

	memset(up, 0, sizeof(*up));
	if (!stat("/proc/self/exe", &self))
		pass(&self);
	if (UPSTREAM_EVMCTL[0])
		return upstream_try(up, "", 0, UPSTREAM_EVMCTL);
	return upstream_beside(up) || upstream_on_path(up);
}

/* Never returns where there is an upstream that can be executed. */
static int pass_on(const struct line *l, const char *subject)
{
	struct upstream up;

	if (upstream_find(&up)) {
		execv(up.path, l->argv);
		fprintf(stderr, "evmctl: '%s': %s\n", up.path, strerror(errno));
		return EVMCTL_FAILED;
	}
	fprintf(stderr, "evmctl: '%s' is %s of ima-evm-utils, %s: install the "
		"package ima-evm-utils\n", subject,
		subject[0] == '-' ? "an option" : "a verb",
		up.circle ? "and every other evmctl here leads back to this one"
			  : "which is not installed");
	return EVMCTL_FAILED;
}

/* Run upstream with one argument, its standard output going to @out. */
static pid_t upstream_start(struct upstream *up, const char *arg, int out)
{
	char name[] = "evmctl", word[16];
	char *argv[] = { name, word, NULL };
	pid_t pid;

	snprintf(word, sizeof(word), "%s", arg);
	fflush(stdout);
	pid = fork();
	if (pid)
		return pid;
	if (dup2(out, STDOUT_FILENO) >= 0)
		execv(up->path, argv);
	_exit(EVMCTL_FAILED);
}

static void upstream_wait(pid_t pid)
{
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* The first line of upstream's --version, without control bytes, or "". */
static void upstream_version(struct upstream *up, char *ret, size_t size)
{
	char line[VERSION_LINE_MAX] = "", rest[256];
	FILE *from = NULL;
	int ends[2];
	pid_t pid;

	*ret = '\0';
	if (pipe2(ends, O_CLOEXEC))
		return;
	pid = upstream_start(up, "--version", ends[1]);
	close(ends[1]);
	from = fdopen(ends[0], "r");
	if (!from) {
		close(ends[0]);
	} else {
		if (!fgets(line, sizeof(line), from))
			line[0] = '\0';
		while (fread(rest, 1, sizeof(rest), from))
			;
		fclose(from);
	}
	upstream_wait(pid);
	line[strcspn(line, "\n")] = '\0';
	text_escape(ret, size, line, strlen(line));
}

/*
 * One line. Scripts take the second word for the version of ima-evm-utils
 * ("evmctl --version | cut -d' ' -f2"), so where there is one it stays that.
 */
static int show_version(void)
{
	char version[4 * VERSION_LINE_MAX + 1] = "";
	struct upstream up;

	if (upstream_find(&up))
		upstream_version(&up, version, sizeof(version));
	printf("%s%sevmctl-snapshot %s\n", version, version[0] ? " with " : "",
	       EVMCTL_SNAPSHOT_VERSION);
	return EVMCTL_OK;
}

static int show_help(void)
{
	struct upstream up;

	printf("Usage: evmctl [-v] VERB [OPTIONS]\n\n"
	       "Verbs of evmctl-snapshot %s:\n", EVMCTL_SNAPSHOT_VERSION);
	for (size_t i = 0; i < VERB_COUNT; i++)
		printf("  %-16s %s\n", verbs[i].name, verbs[i].summary);
	printf("  %-16s %s\n\n", "help [VERB]", "say what there is, or all "
	       "about one verb");
	if (!upstream_find(&up)) {
		printf("Verbs of ima-evm-utils: none, the package "
		       "ima-evm-utils is not installed\n");
		return EVMCTL_OK;
	}
	printf("Verbs of ima-evm-utils, passed on to %s:\n", up.path);
	upstream_wait(upstream_start(&up, "--help", STDOUT_FILENO));
	return EVMCTL_OK;
}

/* "help [VERB]": about our verbs we speak ourselves. */
static int run_help(const struct line *l)
{
	const char *topic = l->verb < l->argc ? l->argv[l->verb + 1] : NULL;
	const struct verb *verb = verb_find(topic);
	char flag[] = "--help";

	if (verb)
		return verb->run(2, (char *[]){ l->argv[l->verb + 1], flag,
						NULL }, 0);
	if (!topic || topic[0] == '-' || !strcmp(topic, "help"))
		return show_help();
	return pass_on(l, topic);
}

static int run(const struct line *l)
{
	const char *name = l->verb < l->argc ? l->argv[l->verb] : NULL;
	const struct verb *verb = verb_find(name);

	if (l->version)
		return show_version();
	if (verb)
		return verb->run(l->own_argc, l->own_argv, l->verbosity);
	if (name && !strcmp(name, "help"))
		return run_help(l);
	if (l->help || l->argc < 2)
		return show_help();
	return pass_on(l, name ? name : l->argv[1]);
}

/* A success whose words were lost is none. */
static int finish(int rc)
{
	int flushed = fflush(stdout);

	if (!flushed && !ferror(stdout))
		return rc;
	fprintf(stderr, "evmctl: cannot write to standard output%s%s\n",
		flushed ? ": " : "", flushed ? strerror(errno) : "");
	return rc == EVMCTL_OK ? EVMCTL_FAILED : rc;
}

int main(int argc, char *argv[])
{
	struct line line;
	int rc;

	if (!line_split(&line, argc, argv)) {
		fprintf(stderr, "evmctl: out of memory\n");
		return EVMCTL_FAILED;
	}
	rc = finish(run(&line));
	free(line.own_argv);
	return rc;
}
