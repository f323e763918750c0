// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fault.c - run a program, and let one of its system calls go wrong
 *
 *	fault [-o FILE] [-f WORD] WHAT PROGRAM [ARGUMENT]...
 *
 *	none		nothing goes wrong
 *	kill:N		SIGKILL in the place of call N
 *	cut:N		the same, where only calls count that change what others
 *			see, or end the process: a kill before any other call
 *			leaves what a kill before the next of these leaves
 *	fail:N:ERRNO	call N is not made, and gives ERRNO; but a close() is made:
 *			the kernel lets the descriptor go, whatever it answers
 *	lie:N:ERRNO	call N is made, and gives ERRNO all the same
 *	short:N		call N, a read or write, is asked for half as much
 *
 * If call N is none that is known to give ERRNO, or that can be cut short, it
 * is the next one that is.
 *
 * Calls are counted from 1, from the first one on whose line contains WORD
 * (without -f from the first one behind exec); one newfstatat() behind another
 * does not count: a store is looked at file by file. FILE receives the line of the
 * call that went wrong, and stays empty if the program ended before; with
 * "none" it receives the lines of all calls:
 *
 *	NUMBER ERRNOS NAME DETAIL
 *
 * ERRNOS are those that such a call is known to give, with commas between, and
 * "short" where it can be cut short; "-" for none. DETAIL is the path, or that
 * of the descriptor, and what is written if that is one short line.
 *
 * The exit status is the program's, 128 and the signal if one killed it; 126
 * after a message if something else went wrong; 77 where this is not known how
 * to do. A program that takes more than a minute is killed. Only the first
 * thread of the program itself is looked at.
 */
#include <ctype.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h>

#define PATIENCE 60	/* seconds */
#define STATUS_FAILED 126
#define STATUS_SKIP 77
#define NOT_AN_ERRNO 0

/* --- what is known of a call --- */

/* Which arguments are worth a word in its line; one letter for each. */
#define PATH 'p'	/* a path */
#define AT 'a'		/* a path below the descriptor before it */
#define FD 'f'		/* a descriptor */
#define BYTES 'b'	/* bytes, their number is the next one */

static const struct call {
	long nr;
	const char *name, *args, *errnos;
} calls[] = {
#ifdef SYS_open
	{ SYS_open, "open", "p", "EIO,EMFILE,EINTR,ENOSPC,EDQUOT" },
	{ SYS_mkdir, "mkdir", "p", "EIO,ENOSPC,EDQUOT" },
	{ SYS_access, "access", "p", "EIO" },
	{ SYS_unlink, "unlink", "p", "EIO" },
	{ SYS_rename, "rename", "pp", "EIO,ENOSPC,EDQUOT" },
	{ SYS_readlink, "readlink", "p", "EIO" },
#endif
#ifdef SYS_stat
	{ SYS_stat, "stat", "p", "EIO" },
#endif
#ifdef SYS_newfstatat
	{ SYS_newfstatat, "newfstatat", "fa", "EIO,ENOMEM" },
#endif
#ifdef SYS_renameat
	{ SYS_renameat, "renameat", "fafa", "EIO,ENOSPC,EDQUOT" },
#endif
	{ SYS_openat, "openat", "fa", "EIO,EMFILE,EINTR,ENOSPC,EDQUOT" },
	{ SYS_mkdirat, "mkdirat", "fa", "EIO,ENOSPC,EDQUOT" },
	{ SYS_faccessat, "faccessat", "fa", "EIO" },
	{ SYS_readlinkat, "readlinkat", "fa", "EIO" },
	{ SYS_renameat2, "renameat2", "fafa", "EIO,ENOSPC,EDQUOT,EINVAL" },
	{ SYS_unlinkat, "unlinkat", "fa", "EIO" },
	{ SYS_statfs, "statfs", "p", "EIO,EINTR" },
	{ SYS_fstatfs, "fstatfs", "f", "EIO,EINTR" },
	{ SYS_statx, "statx", "fa", "EIO,ENOMEM" },
	{ SYS_fstat, "fstat", "f", "EIO,ENOMEM" },
	{ SYS_read, "read", "f", "EIO,EINTR,short" },
	{ SYS_pread64, "pread64", "f", "EIO,EINTR,short" },
	{ SYS_write, "write", "fb", "EIO,ENOSPC,EINTR,EDQUOT,short" },
	{ SYS_fsync, "fsync", "f", "EIO,ENOSPC,EINTR,EDQUOT" },
	{ SYS_fdatasync, "fdatasync", "f", "EIO,ENOSPC,EINTR,EDQUOT" },
	{ SYS_close, "close", "f", "EIO,ENOSPC,EINTR,EDQUOT" },
	{ SYS_lseek, "lseek", "f", "EIO" },
	{ SYS_flock, "flock", "f", "EIO,EINTR,ENOLCK" },
	{ SYS_fcntl, "fcntl", "f", "EIO" },
	{ SYS_getdents64, "getdents64", "f", "EIO" },
	{ SYS_socket, "socket", "", "EMFILE,ENOMEM" },
	{ SYS_connect, "connect", "f", "ECONNREFUSED,EINTR" },
	{ SYS_brk, "brk", "", "-" },	/* its answer is no errno */
	{ SYS_mmap, "mmap", "", "ENOMEM" },
	{ SYS_mprotect, "mprotect", "", "ENOMEM" },
	{ SYS_munmap, "munmap", "", "-" },
	{ SYS_nanosleep, "nanosleep", "", "EINTR" },
	{ SYS_clock_nanosleep, "clock_nanosleep", "", "EINTR" },
	{ SYS_getrandom, "getrandom", "", "EINTR" },
	{ SYS_exit_group, "exit_group", "", "-" },
	{ SYS_prctl, "prctl", "", "EPERM" },
	{ SYS_capset, "capset", "", "EPERM" },
};

static const struct {
	const char *name;
	int value;
} errnos[] = {
	{ "EIO", EIO }, { "ENOSPC", ENOSPC }, { "EINTR", EINTR },
	{ "EDQUOT", EDQUOT }, { "EMFILE", EMFILE }, { "ENOMEM", ENOMEM },
	{ "ENOLCK", ENOLCK }, { "EINVAL", EINVAL },
	{ "ECONNREFUSED", ECONNREFUSED }, { "EROFS", EROFS },
	{ "EPERM", EPERM },
};

static const struct call *call_find(uint64_t nr)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if ((uint64_t)calls[i].nr == nr)
			return &calls[i];
	return NULL;
}

/* --- what shall go wrong --- */

enum what { NONE, KILL, CUT, FAIL, LIE, SHORT };

static struct {
	enum what what;
	unsigned long at;
	int error;
	const char *word;	/* of errnos in the table of calls */
	const char *from;
	FILE *out;
} plan;

static int parse_error(const char *name)
{
	for (size_t i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++)
		if (!strcmp(errnos[i].name, name))
			return errnos[i].value;
	return NOT_AN_ERRNO;
}

static bool parse_plan(const char *text)
{
	static const struct {
		const char *name;
		enum what what;
		bool error;
	} words[] = {
		{ "kill:", KILL, false }, { "cut:", CUT, false },
		{ "fail:", FAIL, true },
		{ "lie:", LIE, true }, { "short:", SHORT, false },
	};
	char *end;

	if (!strcmp(text, "none"))
		return true;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t len = strlen(words[i].name);

		if (strncmp(text, words[i].name, len))
			continue;
		plan.what = words[i].what;
		plan.at = strtoul(text + len, &end, 10);
		plan.word = "short";
		if (words[i].error && *end == ':') {
			plan.word = end + 1;
			plan.error = parse_error(plan.word);
		}
		return plan.at && (words[i].error ? plan.error : !*end);
	}
	return false;
}

/* --- the traced program --- */

static pid_t child;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "fault: %s: %s\n", what, strerror(errno));
	if (child > 0)
		kill(child, SIGKILL);
	exit(STATUS_FAILED);
}

static void trace(int request, void *addr, long data)
{
	if (ptrace((enum __ptrace_request)request, child, addr,
		   (void *)data) < 0)
		die("ptrace");
}

#if defined(__x86_64__) || defined(__aarch64__)

static void registers(int request, struct user_regs_struct *regs)
{
	struct iovec iov = { regs, sizeof(*regs) };

	trace(request, (void *)NT_PRSTATUS, (long)&iov);
}

/* At its entry: let the kernel find no such call. */
static void drop_call(void)
{
#if defined(__x86_64__)
	struct user_regs_struct regs;

	registers(PTRACE_GETREGSET, &regs);
	regs.orig_rax = (unsigned long long)-1;
	registers(PTRACE_SETREGSET, &regs);
#else
	int nr = -1;
	struct iovec iov = { &nr, sizeof(nr) };

	trace(PTRACE_SETREGSET, (void *)NT_ARM_SYSTEM_CALL, (long)&iov);
#endif
}

static void set_result(long value)
{
	struct user_regs_struct regs;

	registers(PTRACE_GETREGSET, &regs);
#if defined(__x86_64__)
	regs.rax = (unsigned long long)value;
#else
	regs.regs[0] = (unsigned long long)value;
#endif
	registers(PTRACE_SETREGSET, &regs);
}

/* The third argument, a number of bytes. */
static void halve_size(void)
{
	struct user_regs_struct regs;

	registers(PTRACE_GETREGSET, &regs);
#if defined(__x86_64__)
	regs.rdx = regs.rdx / 2 + regs.rdx % 2;
#else
	regs.regs[2] = regs.regs[2] / 2 + regs.regs[2] % 2;
#endif
	registers(PTRACE_SETREGSET, &regs);
}

static const bool known_machine = true;

#else

static void drop_call(void) { }
static void set_result(long value) { (void)value; }
static void halve_size(void) { }
static const bool known_machine = false;

#endif

/* --- its line --- */

struct text {
	char buf[1024];
	size_t used;
};

static void add(struct text *t, const char *word)
{
	int n = snprintf(t->buf + t->used, sizeof(t->buf) - t->used, "%s", word);

	t->used += (size_t)n;
	if (t->used >= sizeof(t->buf))
		t->used = sizeof(t->buf) - 1;
}

static void add_fd(struct text *t, int fd)
{
	char path[64], link[512];
	ssize_t n;

	if (fd < 0)
		return;
	snprintf(path, sizeof(path), "/proc/%ld/fd/%d", (long)child, fd);
	n = readlink(path, link, sizeof(link) - 1);
	if (n < 0)
		return;
	link[n] = '\0';
	add(t, link);
}

/* Bytes of its memory, as far as they can be read; a string up to its end. */
static size_t peek(uint64_t at, char *buf, size_t len, bool string)
{
	size_t got = 0;

	while (got < len) {
		size_t skip = (at + got) % sizeof(long), n = sizeof(long) - skip;
		long word;

		errno = 0;
		word = ptrace(PTRACE_PEEKDATA, child, at + got - skip, NULL);
		if (errno)
			break;
		if (n > len - got)
			n = len - got;
		memcpy(buf + got, (char *)&word + skip, n);
		got += n;
		if (string && memchr(buf + got - n, '\0', n))
			break;
	}
	return got;
}

static void add_path(struct text *t, uint64_t at)
{
	char buf[512] = "";

	buf[peek(at, buf, sizeof(buf) - 1, true)] = '\0';
	add(t, buf);
}

static void add_bytes(struct text *t, uint64_t at, uint64_t len)
{
	char buf[64];
	size_t n = len < sizeof(buf) ? peek(at, buf, (size_t)len, false) :
		   0;

	if (n != len || !n || buf[n - 1] != '\n')
		return;
	buf[n - 1] = '\0';
	for (size_t i = 0; i < n - 1; i++)
		if (!isprint((unsigned char)buf[i]))
			return;
	add(t, " ");
	add(t, buf);
}

static void describe(struct text *t, const struct call *call,
		     const uint64_t args[6])
{
	for (size_t i = 0; call && call->args[i]; i++) {
		switch (call->args[i]) {
		case FD:
			add(t, i ? " " : "");
			add_fd(t, (int)args[i]);
			break;
		case AT:
			add(t, (int)args[i - 1] < 0 ? "" : "/");
			add_path(t, args[i]);
			break;
		case PATH:
			add(t, i ? " " : "");
			add_path(t, args[i]);
			break;
		case BYTES:
			add_bytes(t, args[i], args[i + 1]);
			break;
		}
	}
}

static void line(struct text *t, uint64_t nr, const uint64_t args[6],
		 unsigned long number)
{
	const struct call *call = call_find(nr);
	char head[64];

	t->used = 0;
	snprintf(head, sizeof(head), "%lu %s ", number,
		 call ? call->errnos : "-");
	add(t, head);
	snprintf(head, sizeof(head), "%lu", (unsigned long)nr);
	add(t, call ? call->name : head);
	add(t, " ");
	describe(t, call, args);
	add(t, "\n");
}

/* --- stops --- */

static unsigned long number;	/* of the call it is in; 0: not counting yet */
static bool wrong;		/* the call it is in shall go wrong */
static bool done;		/* that is over */

static bool can_give(uint64_t nr, const char *word)
{
	const struct call *call = call_find(nr);
	const char *at = call ? strstr(call->errnos, word) : NULL;
	char behind = at ? at[strlen(word)] : ' ';

	return behind == ',' || !behind;
}

/* What nobody else sees; all that is not here might be seen. */
static const long unseen[] = {
#ifdef SYS_open
	SYS_access, SYS_readlink,
#endif
#ifdef SYS_stat
	SYS_stat, SYS_lstat,
#endif
#ifdef SYS_newfstatat
	SYS_newfstatat,
#endif
	SYS_faccessat, SYS_readlinkat, SYS_statfs, SYS_fstatfs, SYS_statx,
	SYS_fstat, SYS_read, SYS_pread64, SYS_close, SYS_lseek, SYS_flock,
	SYS_fcntl, SYS_getdents64, SYS_socket, SYS_connect, SYS_brk, SYS_mmap,
	SYS_mprotect, SYS_munmap, SYS_nanosleep, SYS_clock_nanosleep,
	SYS_getrandom, SYS_prctl, SYS_capset, SYS_capget, SYS_futex,
	SYS_getpid, SYS_gettid, SYS_getuid, SYS_geteuid, SYS_umask,
	SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_ioctl,
};

/* Nothing of a TPM is changed through it, unless by a quote's clock. */
static bool is_socket(uint64_t fd)
{
	char path[64], link[512];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%ld/fd/%d", (long)child, (int)fd);
	n = readlink(path, link, sizeof(link) - 1);
	return n > 7 && !memcmp(link, "socket:", 7);
}

static bool changes(const struct __ptrace_syscall_info *info)
{
	uint64_t nr = info->entry.nr, flags = O_CREAT | O_TRUNC;

	if (nr == SYS_write)
		return !is_socket(info->entry.args[0]);

	if (nr == SYS_openat)
		return info->entry.args[2] & flags;
#ifdef SYS_open
	if (nr == SYS_open)
		return info->entry.args[1] & flags;
#endif
	for (size_t i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++)
		if ((uint64_t)unseen[i] == nr)
			return false;
	return true;
}

static bool applies(const struct __ptrace_syscall_info *info)
{
	if (plan.what == KILL || plan.what == CUT)
		return true;
	return can_give(info->entry.nr, plan.word);
}

static bool counts(const struct __ptrace_syscall_info *info)
{
	bool again = false;
#ifdef SYS_newfstatat
	static uint64_t before;

	again = info->entry.nr == SYS_newfstatat && before == SYS_newfstatat;
	before = info->entry.nr;
#endif
	return !again && (plan.what != CUT || changes(info));
}

static void enter(const struct __ptrace_syscall_info *info)
{
	struct text t;

	wrong = false;
	if (number || !plan.from) {
		if (!counts(info))
			return;
		number++;
	} else {
		line(&t, info->entry.nr, info->entry.args, 1);
		number = strstr(t.buf, plan.from) != NULL;
	}
	wrong = number && plan.what != NONE && number >= plan.at && !done &&
		applies(info);
	if (plan.out && number && (wrong || plan.what == NONE)) {
		line(&t, info->entry.nr, info->entry.args, number);
		fputs(t.buf, plan.out);
	}
	if (!wrong)
		return;
	done = true;
	if (plan.what == KILL || plan.what == CUT)
		kill(child, SIGKILL);
	else if (plan.what == FAIL && info->entry.nr != SYS_close)
		drop_call();
	else if (plan.what == SHORT)
		halve_size();
}

static void leave(void)
{
	if (wrong && (plan.what == FAIL || plan.what == LIE))
		set_result(-plan.error);
	wrong = false;
}

static void at_call(void)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, child, (void *)sizeof(info),
		   &info) < 0)
		die("ptrace");
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		enter(&info);
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
		leave();
}

static int wait_for(void)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			die("waitpid");
	return status;
}

static int follow(void)
{
	int status, deliver = 0;

	for (;;) {
		/* Once it is over, without more stops. */
		if (ptrace(done && !wrong ? PTRACE_CONT : PTRACE_SYSCALL,
			   child, NULL, (void *)(long)deliver) < 0 &&
		    errno != ESRCH)
			die("ptrace");
		status = wait_for();
		deliver = 0;
		if (WIFEXITED(status))
			return WEXITSTATUS(status);
		if (WIFSIGNALED(status))
			return 128 + WTERMSIG(status);
		if (WSTOPSIG(status) == (SIGTRAP | 0x80))
			at_call();
		else if (WSTOPSIG(status) != SIGTRAP)
			deliver = WSTOPSIG(status);
	}
}

static _Noreturn void be_child(char *argv[])
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 || raise(SIGSTOP))
		_exit(STATUS_SKIP);
	execvp(argv[0], argv);
	fprintf(stderr, "fault: %s: %s\n", argv[0], strerror(errno));
	_exit(STATUS_FAILED);
}

/* From the stop to the stop behind a successful exec. */
static int start(char *argv[])
{
	int status;

	child = fork();
	if (child < 0)
		die("fork");
	if (!child)
		be_child(argv);
	status = wait_for();
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	trace(PTRACE_SETOPTIONS, NULL, PTRACE_O_TRACESYSGOOD |
	      PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL);
	trace(PTRACE_CONT, NULL, 0);
	status = wait_for();
	return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}

static _Noreturn void usage(void)
{
	fprintf(stderr, "usage: fault [-o FILE] [-f WORD] none|kill:N|cut:N|fail:N:ERRNO|lie:N:ERRNO|short:N PROGRAM...\n");
	exit(STATUS_FAILED);
}

int main(int argc, char *argv[])
{
	int opt, status;

	while ((opt = getopt(argc, argv, "+o:f:")) != -1) {
		if (opt == 'o')
			plan.out = fopen(optarg, "we");
		else if (opt == 'f')
			plan.from = optarg;
		else
			usage();
		if (opt == 'o' && !plan.out)
			die(optarg);
	}
	if (argc - optind < 2 || !parse_plan(argv[optind]))
		usage();
	if (!known_machine)
		return STATUS_SKIP;
	alarm(PATIENCE);	/* and then PTRACE_O_EXITKILL */
	status = start(argv + optind + 1);
	if (!status)
		status = follow();
	if (plan.out && fclose(plan.out))
		die("writing");
	return status;
}
