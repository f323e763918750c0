// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * confine.c - an allow-list of system calls, with libseccomp
 *
 * Calls go by name, those of 32-bit architectures too: what an architecture
 * does not have, libseccomp leaves out. A call that is not on the list kills
 * the process; but what a C library newer than this list only tries, and does
 * without, is answered as an old kernel would answer.
 */
#include "port/confine.h"

#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define ALWAYS 0U

static const struct {
	unsigned int with;	/* ALWAYS, or what it belongs to */
	const char *name;
} allowed[] = {
	/* files that are there */
	{ ALWAYS, "read" }, { ALWAYS, "readv" }, { ALWAYS, "pread64" },
	{ ALWAYS, "write" }, { ALWAYS, "writev" }, { ALWAYS, "close" },
	{ ALWAYS, "lseek" }, { ALWAYS, "_llseek" }, { ALWAYS, "fcntl" },
	{ ALWAYS, "fcntl64" }, { ALWAYS, "dup" }, { ALWAYS, "stat" },
	{ ALWAYS, "stat64" }, { ALWAYS, "lstat" }, { ALWAYS, "lstat64" },
	{ ALWAYS, "fstat" }, { ALWAYS, "fstat64" }, { ALWAYS, "fstatat64" },
	{ ALWAYS, "newfstatat" }, { ALWAYS, "statx" }, { ALWAYS, "statfs" },
	{ ALWAYS, "statfs64" }, { ALWAYS, "fstatfs" },
	{ ALWAYS, "fstatfs64" }, { ALWAYS, "access" },
	{ ALWAYS, "faccessat" }, { ALWAYS, "faccessat2" },
	{ ALWAYS, "readlink" }, { ALWAYS, "readlinkat" },
	{ ALWAYS, "getcwd" }, { ALWAYS, "getdents" },
	{ ALWAYS, "getdents64" }, { ALWAYS, "fadvise64" },
	{ ALWAYS, "fadvise64_64" },
	/* memory, time, chance */
	{ ALWAYS, "brk" }, { ALWAYS, "munmap" }, { ALWAYS, "mremap" },
	{ ALWAYS, "madvise" }, { ALWAYS, "getrandom" },
	{ ALWAYS, "clock_gettime" }, { ALWAYS, "clock_gettime64" },
	{ ALWAYS, "clock_getres" }, { ALWAYS, "clock_nanosleep" },
	{ ALWAYS, "clock_nanosleep_time64" }, { ALWAYS, "nanosleep" },
	{ ALWAYS, "gettimeofday" }, { ALWAYS, "time" }, { ALWAYS, "poll" },
	{ ALWAYS, "ppoll" }, { ALWAYS, "ppoll_time64" },
	/* threads, signals, an end */
	{ ALWAYS, "futex" }, { ALWAYS, "futex_time64" },
	{ ALWAYS, "set_robust_list" }, { ALWAYS, "get_robust_list" },
	{ ALWAYS, "rseq" }, { ALWAYS, "membarrier" },
	{ ALWAYS, "set_thread_area" }, { ALWAYS, "sched_getaffinity" },
	{ ALWAYS, "sched_yield" }, { ALWAYS, "getcpu" },
	{ ALWAYS, "gettid" }, { ALWAYS, "getpid" }, { ALWAYS, "getppid" },
	{ ALWAYS, "getuid" }, { ALWAYS, "geteuid" }, { ALWAYS, "getgid" },
	{ ALWAYS, "getegid" }, { ALWAYS, "getuid32" },
	{ ALWAYS, "geteuid32" }, { ALWAYS, "getgid32" },
	{ ALWAYS, "getegid32" }, { ALWAYS, "uname" }, { ALWAYS, "sysinfo" },
	{ ALWAYS, "rt_sigaction" }, { ALWAYS, "rt_sigprocmask" },
	{ ALWAYS, "rt_sigreturn" }, { ALWAYS, "sigreturn" },
	{ ALWAYS, "sigaltstack" }, { ALWAYS, "restart_syscall" },
	{ ALWAYS, "exit" }, { ALWAYS, "exit_group" },

	{ CONFINE_FILES, "rename" }, { CONFINE_FILES, "renameat" },
	{ CONFINE_FILES, "renameat2" }, { CONFINE_FILES, "unlink" },
	{ CONFINE_FILES, "unlinkat" }, { CONFINE_FILES, "ftruncate" },
	{ CONFINE_FILES, "ftruncate64" }, { CONFINE_FILES, "fsync" },
	{ CONFINE_FILES, "fdatasync" }, { CONFINE_FILES, "flock" },
	{ CONFINE_FILES, "fchmod" }, { CONFINE_FILES, "pwrite64" },

	{ CONFINE_STORE, "mkdir" }, { CONFINE_STORE, "mkdirat" },
	{ CONFINE_STORE, "umask" }, { CONFINE_STORE, "fchown" },
	{ CONFINE_STORE, "fchown32" },
	/* for hooks, which another process runs */
	{ CONFINE_STORE, "wait4" }, { CONFINE_STORE, "waitpid" },

	{ CONFINE_WATCH, "inotify_init1" },
	{ CONFINE_WATCH, "inotify_add_watch" },
	{ CONFINE_WATCH, "inotify_rm_watch" },

	/* what libfuse3 calls, once there is a mount */
	{ CONFINE_VIEW, "splice" }, { CONFINE_VIEW, "vmsplice" },
	{ CONFINE_VIEW, "tee" }, { CONFINE_VIEW, "pipe" },
	{ CONFINE_VIEW, "pipe2" },

	{ CONFINE_KEYS, "keyctl" }, { CONFINE_KEYS, "request_key" },
	{ CONFINE_KEYS, "add_key" },

	/* what libtss2's ways to a TPM use, GLib's for D-Bus among them */
	{ CONFINE_TPM, "ioctl" }, { CONFINE_TPM, "socket" },
	{ CONFINE_TPM, "connect" }, { CONFINE_TPM, "sendto" },
	{ CONFINE_TPM, "recvfrom" }, { CONFINE_TPM, "sendmsg" },
	{ CONFINE_TPM, "recvmsg" }, { CONFINE_TPM, "send" },
	{ CONFINE_TPM, "recv" }, { CONFINE_TPM, "socketcall" },
	{ CONFINE_TPM, "shutdown" }, { CONFINE_TPM, "getsockopt" },
	{ CONFINE_TPM, "setsockopt" }, { CONFINE_TPM, "getsockname" },
	{ CONFINE_TPM, "getpeername" }, { CONFINE_TPM, "bind" },
	{ CONFINE_TPM, "sendmmsg" }, { CONFINE_TPM, "recvmmsg" },
	{ CONFINE_TPM, "eventfd2" }, { CONFINE_TPM, "pipe2" },
	{ CONFINE_TPM, "select" }, { CONFINE_TPM, "_newselect" },
	{ CONFINE_TPM, "pselect6" }, { CONFINE_TPM, "prctl" },
	{ CONFINE_TPM, "mprotect" }, { CONFINE_TPM, "mmap" },
	{ CONFINE_TPM, "mmap2" },
};

/* Tried, and done without. clone3()'s flags no filter sees; clone()'s it does. */
static const char *const unknown[] = {
	"clone3", "openat2", "prctl", "prlimit64", "ugetrlimit", "getrlimit",
	"mseal", "map_shadow_stack", "io_uring_setup", "set_mempolicy",
};

static int allow(scmp_filter_ctx f, const char *name,
		 const struct scmp_arg_cmp *arg)
{
	int nr = seccomp_syscall_resolve_name(name), rc;

	if (nr == __NR_SCMP_ERROR)
		return 0;
	rc = seccomp_rule_add_array(f, SCMP_ACT_ALLOW, nr, arg ? 1 : 0, arg);
	/* Not on this architecture, or not with this argument. */
	return rc == -EDOM || rc == -EINVAL || rc == -EEXIST ? 0 : rc;
}

/* Opened to be read, and not made. */
static int allow_opening(scmp_filter_ctx f, unsigned int also)
{
	const scmp_datum_t mask = O_ACCMODE | O_CREAT | O_TRUNC |
				  (O_TMPFILE & ~O_DIRECTORY);
	const struct scmp_arg_cmp second =
		SCMP_A1(SCMP_CMP_MASKED_EQ, mask, O_RDONLY);
	const struct scmp_arg_cmp third =
		SCMP_A2(SCMP_CMP_MASKED_EQ, mask, O_RDONLY);
	bool any = also & (CONFINE_FILES | CONFINE_STORE | CONFINE_TPM);
	int rc = allow(f, "open", any ? NULL : &second);

	return rc ? rc : allow(f, "openat", any ? NULL : &third);
}

static int allow_memory(scmp_filter_ctx f)
{
	const struct scmp_arg_cmp data =
		SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	int rc = allow(f, "mmap", &data);

	if (!rc)
		rc = allow(f, "mmap2", &data);
	return rc ? rc : allow(f, "mprotect", &data);
}

/* Threads, but no processes; signals (abort's), but to ourselves alone. */
static int allow_threads(scmp_filter_ctx f)
{
#ifdef __s390__	/* the stack comes first there */
	const struct scmp_arg_cmp thread =
		SCMP_A1(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD);
#else
	const struct scmp_arg_cmp thread =
		SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD);
#endif
	const struct scmp_arg_cmp self =
		SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0);
	int rc = allow(f, "clone", &thread);

	return rc ? rc : allow(f, "tgkill", &self);
}

/*
 * Only whether it is a terminal, and how wide: others could type for the user.
 * isatty() has asked by TCGETS2 since glibc 2.42.
 */
static const unsigned long asked[] = {
	TCGETS, TIOCGWINSZ,
#ifdef TCGETS2
	TCGETS2,
#endif
};

static int allow_isatty(scmp_filter_ctx f)
{
	int rc = 0;

	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]) && !rc; i++) {
		const struct scmp_arg_cmp what =
			SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffff, asked[i]);

		rc = allow(f, "ioctl", &what);
	}
	return rc;
}

static bool is_allowed(const char *name, unsigned int also);

static int answer_unknown(scmp_filter_ctx f, unsigned int also)
{
	int rc = 0;

	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]) && !rc;
	     i++) {
		int nr = seccomp_syscall_resolve_name(unknown[i]);

		if (nr == __NR_SCMP_ERROR || is_allowed(unknown[i], also))
			continue;
		rc = seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), nr, 0);
		if (rc == -EDOM || rc == -EEXIST)
			rc = 0;
	}
	return rc;
}

#define ALLOWED (sizeof(allowed) / sizeof(allowed[0]))

static bool is_kept(size_t i, unsigned int also)
{
	return allowed[i].with == ALWAYS || allowed[i].with & also;
}

static bool is_allowed(const char *name, unsigned int also)
{
	for (size_t i = 0; i < ALLOWED; i++)
		if (is_kept(i, also) && !strcmp(allowed[i].name, name))
			return true;
	return false;
}

static int fill(scmp_filter_ctx f, unsigned int also)
{
	int rc = 0;

	for (size_t i = 0; i < ALLOWED && !rc; i++)
		if (is_kept(i, also))
			rc = allow(f, allowed[i].name, NULL);
	if (!rc)
		rc = allow_opening(f, also);
	if (!rc && !(also & CONFINE_TPM))
		rc = allow_memory(f);
	if (!rc && !(also & CONFINE_TPM))
		rc = allow_isatty(f);
	if (!rc)
		rc = allow_threads(f);
	return rc ? rc : answer_unknown(f, also);
}

bool confine_available(void)
{
	return true;
}

bool confine(unsigned int also)
{
	scmp_filter_ctx f;
	int rc;

	/* Its configuration may name plug-ins, which are executable memory. */
	OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL);
	f = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (!f)
		return false;
	/* A debugger that skips a call makes it call -1. */
	rc = seccomp_attr_set(f, SCMP_FLTATR_API_TSKIP, 1);
	if (!rc)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, -1, 0);
	if (!rc)
		rc = seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1);
	if (!rc)
		rc = fill(f, also);
	if (!rc)
		rc = seccomp_load(f);
	seccomp_release(f);
	return !rc;
}
