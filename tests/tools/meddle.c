// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * meddle.c - to be preloaded: something happens just before a file is opened
 *
 *	LD_PRELOAD=meddle.so MEDDLE=ACTION:NAME[:OTHER] PROGRAM...
 *
 * Before the first open of a path that ends in NAME the process does, once,
 *
 *	swap		puts OTHER in the place of that file, by rename
 *	or a system call that whoever took it over would want:
 *	execve, fork, ptrace, socket, kill, write (opens OTHER to write to),
 *	chmod, unlink, mount, module, exec-memory; or getpid, which is none, and
 *	isatty, as the C library asks it since glibc 2.42
 *
 * and then says on stderr "meddle: ACTION: done" or why not.
 *
 * With MEDDLE=lstat:NAME each lstat() of such a path gives EIO instead.
 *
 * A swap is somebody else's doing, so that the program's own filter of system
 * calls is left out for it: it would end the process that does it here.
 */
#define _GNU_SOURCE
#include <asm/termbits.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WORD 4096

static char action[WORD], name[WORD], other[WORD];
static int done;

/* What is left of *@from up to the next colon. */
static void word(const char **from, char ret[WORD])
{
	size_t n = strcspn(*from, ":");

	if (n >= WORD)
		abort();
	memcpy(ret, *from, n);
	ret[n] = '\0';
	*from += n + ((*from)[n] == ':');
}

static int run(const char *what, int dirfd, const char *path)
{
	static char self[] = "/bin/true";
	char *argv[] = { self, NULL }, *envp[] = { NULL };

	if (!strcmp(what, "swap"))
		return renameat(AT_FDCWD, other, dirfd, path);
	if (!strcmp(what, "execve"))
		return execve(self, argv, envp);
	if (!strcmp(what, "fork")) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		return pid < 0 ? -1 : 0;
	}
	if (!strcmp(what, "ptrace"))
		return (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	if (!strcmp(what, "socket"))
		return socket(AF_UNIX, SOCK_DGRAM, 0);
	if (!strcmp(what, "kill"))
		return kill(getppid(), 0);
	if (!strcmp(what, "write"))
		return (int)syscall(SYS_openat, AT_FDCWD, other,
				    O_WRONLY | O_CREAT, 0600);
	if (!strcmp(what, "chmod"))
		return chmod(other, 0777);
	if (!strcmp(what, "unlink"))
		return unlink(other);
	if (!strcmp(what, "mount"))
		return mount("none", other, "tmpfs", 0, NULL);
	if (!strcmp(what, "module"))
		return (int)syscall(SYS_init_module, NULL, 0, "");
	if (!strcmp(what, "exec-memory"))
		return mmap(NULL, 4096, PROT_READ | PROT_EXEC,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
		       MAP_FAILED ? -1 : 0;
	if (!strcmp(what, "getpid"))
		return getpid() > 0 ? 0 : -1;
#ifdef TCGETS2
	if (!strcmp(what, "isatty")) {
		struct termios2 unused;

		(void)ioctl(STDIN_FILENO, TCGETS2, &unused);
		return 0;
	}
#endif
	errno = ENOSYS;
	return -1;
}

static void look(int dirfd, const char *path)
{
	const char *what = getenv("MEDDLE");
	size_t n, have = strlen(path);

	if (!what || done)
		return;
	word(&what, action);
	word(&what, name);
	word(&what, other);
	n = strlen(name);
	if (n > have || strcmp(path + have - n, name))
		return;
	done = 1;
	dprintf(2, "meddle: %s: %s\n", action,
		run(action, dirfd, path) < 0 ? strerror(errno) : "done");
}

typedef int (*opener)(int dirfd, const char *path, int flags, ...);

static int pass(const char *symbol, int dirfd, const char *path, int flags,
		mode_t mode)
{
	opener next;

	/* A function's address out of an object's: as POSIX has it. */
	*(void **)&next = dlsym(RTLD_NEXT, symbol);
	look(dirfd, path);
	return next(dirfd, path, flags, mode);
}

static mode_t mode_of(int flags, va_list ap)
{
	return flags & (O_CREAT | __O_TMPFILE) ? va_arg(ap, mode_t) : 0;
}

int openat(int dirfd, const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = mode_of(flags, ap);
	va_end(ap);
	return pass("openat", dirfd, path, flags, mode);
}

int openat64(int dirfd, const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = mode_of(flags, ap);
	va_end(ap);
	return pass("openat64", dirfd, path, flags, mode);
}

int __openat_2(int dirfd, const char *path, int flags);
int __openat_2(int dirfd, const char *path, int flags)
{
	return pass("__openat_2", dirfd, path, flags, 0);
}

int __openat64_2(int dirfd, const char *path, int flags);
int __openat64_2(int dirfd, const char *path, int flags)
{
	return pass("__openat64_2", dirfd, path, flags, 0);
}

static int lstat_as(const char *symbol, const char *path, void *st)
{
	static const char fails[] = "lstat:";
	const char *what = getenv("MEDDLE");
	int (*next)(const char *path, void *st);
	size_t n, have = strlen(path);

	if (what && !strncmp(what, fails, sizeof(fails) - 1)) {
		what += sizeof(fails) - 1;
		n = strlen(what);
		if (n <= have && !strcmp(path + have - n, what)) {
			errno = EIO;
			return -1;
		}
	}
	*(void **)&next = dlsym(RTLD_NEXT, symbol);
	return next(path, st);
}

int lstat(const char *path, struct stat *st)
{
	return lstat_as("lstat", path, st);
}

int lstat64(const char *path, struct stat64 *st)
{
	return lstat_as("lstat64", path, st);
}

int seccomp_load(void *filter);
int seccomp_load(void *filter)
{
	int (*next)(void *filter);
	const char *what = getenv("MEDDLE");

	if (what && !strncmp(what, "swap:", 5))
		return 0;
	*(void **)&next = dlsym(RTLD_NEXT, "seccomp_load");
	return next(filter);
}
