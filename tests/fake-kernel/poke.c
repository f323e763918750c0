// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * poke: single system calls from the command line, for the self-test
 *
 *	o:r|w|rw:PATH	open; the newest descriptor is the current one
 *	r:SIZE		one read(), the bytes go to standard output
 *	R		read() to the end, the bytes go to standard output
 *	n:SIZE		one read(), only its result is said
 *	w:TEXT		one write() of TEXT, in which "\n" is a newline
 *	p:TEXT		the same with pwrite() at offset 0
 *	s:OFFSET	lseek() to OFFSET
 *	c		close the current descriptor, go back to the one before
 *
 * They run in the order given, in one process, up to the first that fails;
 * its errno is said by name on standard error and makes the exit status 1.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FDS	8

static int fds[FDS];
static int depth;

static int current(void)
{
	return depth ? fds[depth - 1] : -1;
}

static int do_open(const char *arg)
{
	const char *path = strchr(arg, ':');
	int flags = *arg == 'w' ? O_WRONLY : O_RDONLY;

	if (!path || depth == FDS)
		return -1;
	if (!strncmp(arg, "rw", 2))
		flags = O_RDWR;
	fds[depth] = open(path + 1, flags | O_CLOEXEC);
	return fds[depth] < 0 ? -1 : depth++;
}

static ssize_t do_read(size_t size, int show)
{
	static char data[1 << 20];
	ssize_t n = read(current(), data, size < sizeof(data) ? size
							      : sizeof(data));

	if (n > 0 && show)
		fwrite(data, 1, (size_t)n, stdout);
	return n;
}

static ssize_t do_read_all(void)
{
	ssize_t n;

	do {
		n = do_read(1 << 20, 1);
	} while (n > 0);
	return n;
}

static ssize_t do_write(const char *arg, int positioned)
{
	char text[256];
	size_t len = 0;

	for (; *arg && len < sizeof(text); arg++) {
		if (arg[0] == '\\' && arg[1] == 'n') {
			text[len++] = '\n';
			arg++;
		} else {
			text[len++] = *arg;
		}
	}
	if (positioned)
		return pwrite(current(), text, len, 0);
	return write(current(), text, len);
}

static int do_close(void)
{
	int fd = current();

	depth -= depth > 0;
	return close(fd);
}

static long run(const char *step)
{
	const char *arg = step[0] && step[1] ? step + 2 : "";
	long n;

	switch (step[0]) {
	case 'o':
		return do_open(arg);
	case 'r':
		return do_read(strtoul(arg, NULL, 10), 1);
	case 'R':
		return do_read_all();
	case 'n':
		n = do_read(strtoul(arg, NULL, 10), 0);
		if (n >= 0)
			printf("%ld\n", n);
		return n;
	case 'w':
		return do_write(arg, 0);
	case 'p':
		return do_write(arg, 1);
	case 's':
		return lseek(current(), strtol(arg, NULL, 10), SEEK_SET);
	case 'c':
		return do_close();
	default:
		errno = EINVAL;
		return -1;
	}
}

int main(int argc, char *argv[])
{
	for (int i = 1; i < argc; i++) {
		if (run(argv[i]) >= 0)
			continue;
		fflush(stdout);
		fprintf(stderr, "%s\n", strerrorname_np(errno));
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
