// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuse.c - a read-only directory of files, with libfuse3
 *
 * Files are opened with direct_io and have the size 0, as those of securityfs
 * have: nothing of them is kept in the page cache, and what a file was long
 * ago is never taken for what it is. And whoever hashes a file of that size,
 * as IMA does where its policy measures this file system, hashes nothing.
 */
#include <config.h>

#ifdef HAVE_FUSE_LOOP_CFG_SET_MAX_THREADS
#define FUSE_USE_VERSION 312
#else
#define FUSE_USE_VERSION 35
#endif
#include "port/fuse.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <fuse_lowlevel.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "port/caps.h"
#include "port/confine.h"
#include "port/host.h"
#include "port/process.h"

/* One is served at a time: libfuse's callbacks have no other way to know. */
static struct serving {
	const struct fuse_files *files;
	struct fuse *fuse;
} serving;

bool fuse_available(void)
{
	return true;
}

bool fuse_gave_up(void)
{
	return fuse_interrupted() ||
	       fuse_session_exited(fuse_get_session(serving.fuse));
}

/* --- what libfuse calls --- */

static int find(const char *path, size_t *ret)
{
	const struct fuse_files *f = serving.files;

	for (size_t i = 0; i < f->count; i++) {
		if (path[0] == '/' && !strcmp(path + 1, f->name(f->ctx, i))) {
			*ret = i;
			return 0;
		}
	}
	return -ENOENT;
}

static int do_getattr(const char *path, struct stat *st,
		      struct fuse_file_info *fi)
{
	const struct fuse_files *f = serving.files;
	size_t i;

	(void)fi;
	memset(st, 0, sizeof(*st));
	if (!strcmp(path, "/")) {
		st->st_mode = S_IFDIR | 0755;
		st->st_nlink = 2;
		return 0;
	}
	if (find(path, &i))
		return -ENOENT;
	st->st_nlink = 1;
	f->stat(f->ctx, i, st);
	return 0;
}

static int do_readdir(const char *path, void *buf, fuse_fill_dir_t fill,
		      off_t offset, struct fuse_file_info *fi,
		      enum fuse_readdir_flags flags)
{
	const struct fuse_files *f = serving.files;

	(void)offset;
	(void)fi;
	(void)flags;
	if (strcmp(path, "/"))
		return -ENOENT;
	fill(buf, ".", NULL, 0, 0);
	fill(buf, "..", NULL, 0, 0);
	for (size_t i = 0; i < f->count; i++)
		fill(buf, f->name(f->ctx, i), NULL, 0, 0);
	return 0;
}

static void *handle_of(const struct fuse_file_info *fi)
{
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): libfuse has an integer */
	return (void *)(uintptr_t)fi->fh;
}

static int do_open(const char *path, struct fuse_file_info *fi)
{
	const struct fuse_files *f = serving.files;
	void *handle;
	size_t i;
	int rc = find(path, &i);

	if (!rc)
		rc = f->open(f->ctx, i, &handle);
	if (rc)
		return rc;
	fi->fh = (uintptr_t)handle;
	fi->direct_io = 1;
	return 0;
}

static int do_read(const char *path, char *buf, size_t size, off_t offset,
		   struct fuse_file_info *fi)
{
	const struct fuse_files *f = serving.files;
	size_t got = 0;
	int rc = f->read(f->ctx, handle_of(fi), buf, size, (uint64_t)offset,
			 &got);

	(void)path;
	return rc ? rc : (int)got;
}

static int do_release(const char *path, struct fuse_file_info *fi)
{
	const struct fuse_files *f = serving.files;

	(void)path;
	f->close(f->ctx, handle_of(fi));
	return 0;
}

static const struct fuse_operations operations = {
	.getattr = do_getattr,
	.readdir = do_readdir,
	.open = do_open,
	.read = do_read,
	.release = do_release,
};

/* --- mounting --- */

/* By the program that may, where we may not ourselves. */
static bool ask_fusermount(const char *path)
{
	static char program[] = "fusermount3", quiet[] = "-uzq", end[] = "--";
	char *copy = strdup(path);
	char *argv[] = { program, quiet, end, copy, NULL };
	int status = -1;
	pid_t pid;

	if (copy && !posix_spawnp(&pid, program, NULL, NULL, argv, environ))
		waitpid(pid, &status, 0);
	free(copy);
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

int fuse_unmount_dead(const char *path, struct error *err)
{
	if (umount2(path, MNT_DETACH) == 0 || ask_fusermount(path))
		return E_OK;
	error_errno(err, E_IO, "unmounting what is left of a dead process");
	error_subject(err, "%s", path);
	return E_IO;
}

/* As the kernel shows its type: fuse.SUBTYPE. */
#define SUBTYPE "ima-shards"

static int check_dir(const char *dir, struct error *err)
{
	struct statfs fs;
	struct stat st;
	int rc = E_OK;

	/* stat() may know the answer without asking who has died. */
	while (!rc && statfs(dir, &fs) < 0 && errno == ENOTCONN)
		rc = fuse_unmount_dead(dir, err);
	if (!rc && stat(dir, &st) < 0)
		rc = error_errno(err, E_IO, "%s", "");
	else if (!rc && !S_ISDIR(st.st_mode))
		rc = error_set(err, E_IO, "is not a directory");
	else if (!rc && host_is_on(dir, "fuse." SUBTYPE))
		rc = error_set(err, E_IO, "has a view mounted on it already");
	error_subject(err, "%s", dir);
	return rc;
}

/* Other users than the one who mounts are let in by root alone. */
static struct fuse *make_fuse(void)
{
	static char name[] = "evmctl", option[] = "-o";
	static char common[] =
		"ro,default_permissions,fsname=" SUBTYPE ",subtype=" SUBTYPE;
	static char others[] = "allow_other,nosuid,nodev,noexec";
	char *argv[] = { name, option, common, option, others, NULL };
	struct fuse_args args = FUSE_ARGS_INIT(geteuid() ? 3 : 5, argv);
	struct fuse *fuse = fuse_new(&args, &operations, sizeof(operations),
				     NULL);

	fuse_opt_free_args(&args);
	return fuse;
}

/* --- to the background --- */

/*
 * In the child @report is where to say, once, how it began; the parent hears
 * it in @err. Nothing is open or running yet. Returns > 0 to the parent.
 */
static int go_to_background(int *report, struct error *err)
{
	int ends[2], null;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		return error_errno(err, E_IO, "going to the background");
	if (pid) {
		close(ends[1]);
		if (read(ends[0], err, sizeof(*err)) != sizeof(*err))
			error_set(err, E_IO, "ended before it began");
		close(ends[0]);
		return 1;
	}
	close(ends[0]);
	*report = ends[1];
	setsid();
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; fd <= 2 && null >= 0; fd++)
		dup2(null, fd);
	return chdir("/") < 0 ? error_errno(err, E_IO, "/") : E_OK;
}

static void say_how(int *report, const struct error *err)
{
	if (*report < 0)
		return;
	while (write(*report, err, sizeof(*err)) < 0 && errno == EINTR)
		;
	close(*report);
	*report = -1;
}

/* --- serving --- */

/*
 * Two processes. One mounts, and unmounts in the end, for which it keeps what
 * it may; it reads nothing. The other serves: it reads hostile bytes for
 * whoever asks, and has given up what that does not take. It ends with the
 * first one; and the first one when it has ended.
 */

/*
 * libfuse cancels its threads in the end, and for that the C library loads
 * libgcc_s, which it would not find any more. Where there is none, it ends the
 * process then, and not before it has served.
 */
static void load_what_threads_need(void)
{
	dlopen("libgcc_s.so.1", RTLD_NOW | RTLD_GLOBAL);
}

static void give_up(void)
{
	load_what_threads_need();
	caps_keep(CAPS_READ);
	confine(CONFINE_VIEW);
}

/*
 * A thread for each reader that waits; a few are kept. libfuse 3.12 and later
 * would have 10 in all: with as many readers at the end of a list that is
 * busy nobody else is answered, and a reader that is killed does not end.
 */
#define IDLE_THREADS 4
#define THREADS_MAX 100000

#ifdef HAVE_FUSE_LOOP_CFG_SET_MAX_THREADS
static int loop_threads(struct fuse *fuse)
{
	struct fuse_loop_config *config = fuse_loop_cfg_create();
	int rc;

	if (!config)
		return -1;
	fuse_loop_cfg_set_idle_threads(config, IDLE_THREADS);
	fuse_loop_cfg_set_max_threads(config, THREADS_MAX);
	rc = fuse_loop_mt(fuse, config);
	fuse_loop_cfg_destroy(config);
	return rc;
}
#else
static int loop_threads(struct fuse *fuse)
{
	struct fuse_loop_config config = { .clone_fd = 0,
					   .max_idle_threads = IDLE_THREADS };

	return fuse_loop_mt(fuse, &config);
}
#endif

static int loop(struct fuse *fuse)
{
	struct fuse_session *session = fuse_get_session(fuse);
	int rc;

	if (fuse_set_signal_handlers(session) < 0)
		return -1;
	rc = loop_threads(fuse);
	fuse_remove_signal_handlers(session);
	return rc < 0 ? -1 : 0;
}

/* In that process, with the signals that one may have. */
static int run_server(void *ctx)
{
	int rc;

	sigprocmask(SIG_SETMASK, ctx, NULL);
	give_up();
	rc = loop(serving.fuse);
	fuse_destroy(serving.fuse);
	return rc ? 1 : 0;
}

struct start {
	const struct fuse_files *files;
	int rc, *report;
	struct error *err;
	pid_t server;
};

/*
 * What is to be done with the files needs somebody who serves them, and may
 * wait for him.
 */
static void *start_thread(void *ctx)
{
	struct start *s = ctx;
	const struct fuse_files *f = s->files;

	s->rc = f->ready(f->ctx, s->err);
	say_how(s->report, s->err);
	if (s->rc)
		kill(s->server, SIGTERM);
	else if (f->watch)
		f->watch(f->ctx);
	return NULL;
}

/* Until the server has ended, which it is told to do if we are. */
static int wait_for(pid_t server, const sigset_t *signals, struct error *err)
{
	bool told = false;
	int status, sig;

	do {
		sig = sigwaitinfo(signals, NULL);
		if (sig > 0 && sig != SIGCHLD) {
			kill(server, SIGTERM);
			told = true;
		}
	} while (waitpid(server, &status, WNOHANG) != server);
	if (WIFSIGNALED(status) && !(told && WTERMSIG(status) == SIGTERM))
		return error_set(err, E_IO, "serving was ended by signal %d",
				 WTERMSIG(status));
	return WIFEXITED(status) && WEXITSTATUS(status) ?
	       error_set(err, E_IO, "serving ended early") : E_OK;
}

/*
 * If nobody serves it. Somebody may have unmounted it and mounted what is
 * there now, so it is asked, and taken away, through one descriptor.
 */
static void unmount(const char *dir)
{
	int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct error ignored;
	struct statfs fs;
	char path[32];

	if (fd < 0)
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fstatfs(fd, &fs) < 0 &&
	    (errno == ENOTCONN || errno == ECONNABORTED) &&
	    umount2(path, MNT_DETACH) < 0)
		fuse_unmount_dead(dir, &ignored);
	close(fd);
}

static int keep(struct start *s, const char *dir, const sigset_t *signals)
{
	struct error why = { 0 };
	struct stat st;
	pthread_t thread;
	bool started;
	int rc;

	/* It answers, or is dead by now. */
	started = stat(dir, &st) == 0 &&
		  !pthread_create(&thread, NULL, start_thread, s);
	if (!started)
		kill(s->server, SIGTERM);
	rc = wait_for(s->server, signals, &why);
	unmount(dir);
	if (started)
		pthread_join(thread, NULL);
	else if (!rc)
		rc = error_set(&why, E_IO, "cannot go on as a service");
	if (s->rc)
		return s->rc;
	if (rc)
		*s->err = why;
	return rc;
}

static void signals_of(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGCHLD);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
}

static int serve(const struct fuse_files *files, const char *dir, int *report,
		 struct error *err)
{
	struct start start = { files, E_OK, report, err, -1 };
	struct sigaction was, plain = { .sa_handler = SIG_DFL };
	struct fuse *fuse;
	sigset_t signals, mask;
	int rc;

	fuse = serving.fuse = make_fuse();
	if (!fuse || fuse_mount(fuse, dir) < 0) {
		error_set(err, E_IO, "cannot mount");
		error_subject(err, "%s", dir);
		if (fuse)
			fuse_destroy(fuse);
		return E_IO;
	}
	signals_of(&signals);
	sigprocmask(SIG_BLOCK, &signals, &mask);
	/* Where it is ignored, there is nothing to wait for. */
	sigaction(SIGCHLD, &plain, &was);
	start.server = process_start(run_server, &mask);
	if (start.server < 0) {
		rc = error_errno(err, E_IO, "cannot go on as a service");
		fuse_unmount(fuse);
		fuse_destroy(fuse);
	} else {
		/* Its descriptor is the server's alone. */
		fuse_destroy(fuse);
		serving.fuse = NULL;
		rc = keep(&start, dir, &signals);
	}
	sigaction(SIGCHLD, &was, NULL);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return rc;
}

int fuse_serve(const struct fuse_files *files, const char *dir,
	       bool foreground, struct error *err)
{
	int report = -1, rc = E_OK;

	serving.files = files;
	if (!foreground)
		rc = go_to_background(&report, err);
	if (rc > 0)
		return err->code;
	if (!rc)
		rc = check_dir(dir, err);
	if (!rc)
		rc = serve(files, dir, &report, err);
	say_how(&report, err);
	return rc;
}
