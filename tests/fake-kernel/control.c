// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * control: what a test may ask for, one command per write to ".control"
 *
 * Every command first does the extend that "late-extend" has held back.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fake-kernel.h"

#define BURST_TICKS	100	/* batches a second, at most */
#define BIG_MAX		(256ul << 20)

static char last_error[128];
static unsigned long counter;	/* of generated names, over all boots */

/* The burst thread waits for a rate other than 0, on extend_lock. */
static pthread_cond_t burst_wanted = PTHREAD_COND_INITIALIZER;
static unsigned long burst_rate;
static bool burst_running;

static int number(const char *text, unsigned long max, unsigned long *value)
{
	char *end;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	*value = strtoul(text, &end, 10);
	if (errno || *value > max)
		return -ERANGE;
	return *end ? -EINVAL : 0;
}

static int add_generated(unsigned long n, uint32_t pcr, enum how how)
{
	char name[64];
	int ret = 0;

	while (!ret && n--) {
		snprintf(name, sizeof(name), "/fake/file-%08lu", ++counter);
		ret = list_add(record_ng(pcr, name), how);
	}
	return ret;
}

/* N [pcr P] */
static int do_add(char *args)
{
	unsigned long n, pcr = IMA_PCR;
	char *option = strchr(args, ' ');
	int ret;

	if (option) {
		*option++ = '\0';
		if (strncmp(option, "pcr ", 4))
			return -EINVAL;
		ret = number(option + 4, 23, &pcr);
		if (ret)
			return ret;
	}
	ret = number(args, ULONG_MAX, &n);
	return ret ? ret : add_generated(n, (uint32_t)pcr, EXTEND);
}

static int do_noextend(char *args)
{
	unsigned long n;
	int ret = number(args, ULONG_MAX, &n);

	return ret ? ret : add_generated(n, IMA_PCR, NO_EXTEND);
}

static int do_addname(char *name)
{
	return *name ? list_add_once(record_ng(IMA_PCR, name)) : -EINVAL;
}

static int do_addsig(char *name)
{
	return *name ? list_add_once(record_sig(name)) : -EINVAL;
}

static int do_violation(char *name)
{
	return *name ? list_add(record_violation(name), EXTEND) : -EINVAL;
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *p = c ? strchr(digits, c | 0x20) : NULL;

	return p ? (int)(p - digits) : -1;
}

static int unhex(const char *hex, struct buf *out)
{
	for (; *hex; hex += 2) {
		int high = hex_digit(hex[0]), low = hex_digit(hex[1]);
		unsigned char byte = (unsigned char)(high << 4 | low);

		if (high < 0 || low < 0)
			return -EINVAL;
		buf_add(out, &byte, 1);
	}
	return 0;
}

/* NAME HEX: a name may contain spaces, so the last one separates */
static int do_addbuf(char *args)
{
	char *hex = strrchr(args, ' ');
	struct buf data = { 0 };
	int ret = -EINVAL;

	if (hex && hex != args) {
		*hex++ = '\0';
		ret = unhex(hex, &data);
	}
	if (!ret)
		ret = list_add_once(record_buf(args, data.data, data.len));
	buf_free(&data);
	return ret;
}

static int do_big(char *args)
{
	unsigned char *data;
	unsigned long n;
	char name[64];
	int ret = number(args, BIG_MAX, &n);

	if (ret)
		return ret;
	data = must_alloc(n, 1);
	snprintf(name, sizeof(name), "big-%08lu", ++counter);
	for (unsigned long i = 0; i < n; i++)
		data[i] = (unsigned char)(i * 7 + counter);
	ret = list_add(record_buf(name, data, n), EXTEND);
	free(data);
	return ret;
}

static int do_repeat(char *args)
{
	size_t n = state.untouched.len;

	(void)args;
	if (!n)
		return -ENOENT;
	return list_add(record_copy(list_get(&state.untouched, n - 1)), EXTEND);
}

static int do_foreign(char *args)
{
	(void)args;
	return tpm_extend_foreign();
}

static void set_suspended(bool suspended)
{
	pthread_mutex_lock(&list_lock);
	state.suspended = suspended;
	pthread_mutex_unlock(&list_lock);
}

static int do_suspend(char *args)
{
	(void)args;
	set_suspended(true);
	return 0;
}

static int do_resume(char *args)
{
	(void)args;
	set_suspended(false);
	return 0;
}

static int do_reboot(char *args)
{
	(void)args;
	return list_boot();
}

/* carry | lost | drop K */
static int do_kexec(char *args)
{
	unsigned long n;
	int ret;

	if (!strcmp(args, "carry"))
		return list_kexec(CARRY, 0);
	if (!strcmp(args, "lost"))
		return list_kexec(CARRY_LOST, 0);
	if (strncmp(args, "drop ", 5))
		return -EINVAL;
	ret = number(args + 5, ULONG_MAX, &n);
	return ret ? ret : list_kexec(CARRY_DROP, n);
}

static int do_late_extend(char *args)
{
	bool on = !strcmp(args, "on");

	if (!on && strcmp(args, "off"))
		return -EINVAL;
	pthread_mutex_lock(&list_lock);
	state.late_extend = on;
	pthread_mutex_unlock(&list_lock);
	return 0;
}

static void note_error(const char *what, int err)
{
	pthread_mutex_lock(&list_lock);
	snprintf(last_error, sizeof(last_error), "%s: %s", what, strerror(err));
	pthread_mutex_unlock(&list_lock);
}

/*
 * Until @next. A TPM that takes less than is asked for is behind for ever:
 * then the others who want the lock get a moment all the same.
 */
static void burst_sleep(struct timespec *next)
{
	const struct timespec moment = { .tv_nsec = 1000000 };
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec > next->tv_sec || (now.tv_sec == next->tv_sec &&
					  now.tv_nsec >= next->tv_nsec)) {
		*next = now;
		clock_nanosleep(CLOCK_MONOTONIC, 0, &moment, NULL);
	} else {
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, next, NULL);
	}
}

static void *burst(void *unused)
{
	struct timespec next;
	sigset_t all;

	/* signals are for the thread that waits for requests */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	pthread_mutex_lock(&extend_lock);
	for (;;) {
		unsigned long ticks, owed = 0;
		int ret = 0;

		while (!burst_rate)
			pthread_cond_wait(&burst_wanted, &extend_lock);
		clock_gettime(CLOCK_MONOTONIC, &next);
		while (burst_rate && !ret) {
			ticks = burst_rate < BURST_TICKS ? burst_rate
							 : BURST_TICKS;
			owed += burst_rate;
			ret = add_generated(owed / ticks, IMA_PCR, EXTEND);
			owed %= ticks;
			tpm_done();
			next.tv_nsec += 1000000000l / (long)ticks;
			next.tv_sec += next.tv_nsec / 1000000000l;
			next.tv_nsec %= 1000000000l;
			pthread_mutex_unlock(&extend_lock);
			burst_sleep(&next);
			pthread_mutex_lock(&extend_lock);
		}
		if (ret) {
			note_error("burst", -ret);
			burst_rate = 0;
		}
	}
	return unused;
}

static int do_burst(char *args)
{
	pthread_t thread;
	unsigned long rate;
	int ret = number(args, 1000000, &rate);

	if (ret)
		return ret;
	if (rate && !burst_running) {
		ret = -pthread_create(&thread, NULL, burst, NULL);
		if (ret)
			return ret;
		pthread_detach(thread);
		burst_running = true;
	}
	burst_rate = rate;
	pthread_cond_signal(&burst_wanted);
	return 0;
}

static const struct command {
	const char *name;
	bool args;
	int (*run)(char *args);
} commands[] = {
	{ "add", true, do_add },
	{ "addname", true, do_addname },
	{ "addsig", true, do_addsig },
	{ "addbuf", true, do_addbuf },
	{ "violation", true, do_violation },
	{ "big", true, do_big },
	{ "repeat", false, do_repeat },
	{ "noextend", true, do_noextend },
	{ "foreign", false, do_foreign },
	{ "suspend", false, do_suspend },
	{ "resume", false, do_resume },
	{ "reboot", false, do_reboot },
	{ "kexec", true, do_kexec },
	{ "late-extend", true, do_late_extend },
	{ "burst", true, do_burst },
};

static const struct command *command_find(char *line, char **args)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		const struct command *c = &commands[i];
		size_t len = strlen(c->name);

		if (strncmp(line, c->name, len))
			continue;
		*args = line + len + c->args;
		if (line[len] == (c->args ? ' ' : '\0'))
			return c;
	}
	return NULL;
}

static int run(char *line)
{
	char *args;
	const struct command *c = command_find(line, &args);
	int ret;

	if (!c) {
		note_error("no such command", EINVAL);
		return -EINVAL;
	}
	pthread_mutex_lock(&extend_lock);
	ret = list_catch_up();
	if (!ret)
		ret = c->run(args);
	tpm_done();
	pthread_mutex_unlock(&extend_lock);
	if (ret)
		note_error(c->name, -ret);
	else
		last_error[0] = '\0';
	return ret;
}

int control_write(const char *data, size_t len)
{
	char *line = must_alloc(len + 1, 1);
	int ret;

	memcpy(line, data, len);
	if (len && line[len - 1] == '\n')
		line[len - 1] = '\0';
	ret = run(line);
	free(line);
	return ret;
}

/* Called with list_lock held. */
void control_show(struct buf *out)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "{\"pid\":%ld,\"records\":%zu,\"current\":%zu,\"staged\":%zu,"
		 "\"suspended\":%s,\"extends\":%lu,\"late\":%s,"
		 "\"duplicates\":%lu,\"refused\":%lu,\"error\":",
		 (long)getpid(), state.untouched.len, state.current.len,
		 state.staged.len, state.suspended ? "true" : "false",
		 state.extends, state.late ? "true" : "false",
		 state.duplicates, state.refused);
	buf_str(out, text);
	if (last_error[0]) {
		buf_str(out, "\"");
		buf_str(out, last_error);
		buf_str(out, "\"}\n");
	} else {
		buf_str(out, "null}\n");
	}
}
