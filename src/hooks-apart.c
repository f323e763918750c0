// SPDX-License-Identifier: GPL-2.0-or-later
/* hooks-apart.c - hooks, run by a process that has given nothing up */
#include "hooks-apart.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "port/hook.h"
#include "port/process.h"

struct answer {
	int rc;
	struct hooks_result result;
	struct error err;
};

/* Less than PIPE_BUF: it comes whole, or not at all. */
_Static_assert(sizeof(struct answer) <= 4096, "an answer is one write");

/* What that process knows. Of a pipe, [0] is where to read. */
struct serving {
	const struct hooks_options *opt;
	hooks_tell tell;
	void *ctx;
	int word[2], answer[2];
};

static ssize_t read_all(int fd, void *buf, size_t size)
{
	ssize_t n;

	do {
		n = read(fd, buf, size);
	} while (n < 0 && errno == EINTR);
	return n;
}

/* In that process: no word means that the other one has ended. */
static int serve(void *ctx)
{
	const struct serving *s = ctx;
	struct answer a;
	char c;

	close(s->word[1]);
	close(s->answer[0]);
	/* Padding goes through the pipe, too. */
	memset(&a, 0, sizeof(a));
	if (read_all(s->word[0], &c, 1) != 1)
		return 0;
	a.rc = hooks_run(s->opt, s->tell, s->ctx, &a.result, &a.err);
	while (write(s->answer[1], &a, sizeof(a)) < 0 && errno == EINTR)
		;
	return 0;
}

static bool is_any(const struct hooks_options *opt)
{
	struct error err = { 0 };
	struct hook *hooks;
	size_t count;
	int rc;

	if (!opt->timeout)
		return false;
	/* Whatever is wrong with the directory is said when they are run. */
	rc = hooks_list(opt->dir, &hooks, &count, &err);
	hooks_free(hooks, count);
	return rc || count;
}

static void close_both(const int ends[2])
{
	for (int i = 0; i < 2; i++)
		if (ends[i] >= 0)
			close(ends[i]);
}

void hooks_apart_start(struct hooks_apart *a, const struct hooks_options *opt,
		       hooks_tell tell, void *ctx)
{
	struct serving s = { opt, tell, ctx, { -1, -1 }, { -1, -1 } };

	memset(a, 0, sizeof(*a));
	if (!is_any(opt))
		return;
	if (pipe2(s.word, O_CLOEXEC) < 0 || pipe2(s.answer, O_CLOEXEC) < 0 ||
	    (a->pid = process_start(serve, &s)) < 0) {
		a->pid = 0;
		error_errno(&a->why, E_IO, "starting a process");
		close_both(s.word);
		close_both(s.answer);
		return;
	}
	close(s.word[0]);
	close(s.answer[1]);
	a->word = s.word[1];
	a->answer = s.answer[0];
}

int hooks_apart_run(struct hooks_apart *a, struct hooks_result *ret,
		    struct error *err)
{
	struct sigaction was, ignored = { .sa_handler = SIG_IGN };
	struct answer got;
	bool asked;

	memset(ret, 0, sizeof(*ret));
	if (!a->pid) {
		if (a->why.code)
			*err = a->why;
		return a->why.code;
	}
	/* It may be gone, and we are not to go with it. */
	sigaction(SIGPIPE, &ignored, &was);
	asked = write(a->word, "h", 1) == 1;
	sigaction(SIGPIPE, &was, NULL);
	if (!asked || read_all(a->answer, &got, sizeof(got)) != sizeof(got))
		return error_set(err, E_IO, "the process that runs them is gone");
	*ret = got.result;
	if (got.rc)
		*err = got.err;
	return got.rc;
}

void hooks_apart_end(struct hooks_apart *a)
{
	if (!a->pid)
		return;
	close(a->word);
	close(a->answer);
	while (waitpid(a->pid, NULL, 0) < 0 && errno == EINTR)
		;
	a->pid = 0;
}
