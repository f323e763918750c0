// SPDX-License-Identifier: GPL-2.0-or-later
/* host.c - the kernel's lists, and which boot this is */
#include "port/host.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "port/file.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define BOOT_ID_FILE "/proc/sys/kernel/random/boot_id"

bool host_is_securityfs(const char *ima_dir)
{
	struct statfs fs;

	return statfs(ima_dir, &fs) == 0 && fs.f_type == SECURITYFS_MAGIC;
}

static int read_boot_id(const char *path, char ret[BOOT_ID_MAX],
			struct error *err)
{
	uint8_t *bytes;
	size_t len;
	int rc = file_read(AT_FDCWD, path, 4096, &bytes, &len, err);

	if (rc) {
		error_subject(err, "%s", path);
		return rc;
	}
	while (len && bytes[len - 1] == '\n')
		bytes[--len] = '\0';
	if (!len || len >= BOOT_ID_MAX || strlen((char *)bytes) != len)
		rc = error_set(err, E_FORMAT, "is not a boot id");
	else
		memcpy(ret, bytes, len + 1);
	free(bytes);
	if (rc)
		error_subject(err, "%s", path);
	return rc;
}

int host_boot_id(const char *ima_dir, char ret[BOOT_ID_MAX],
		 struct error *err)
{
	char *path;
	int rc = E_ABSENT;

	if (!host_is_securityfs(ima_dir)) {
		if (asprintf(&path, "%s/boot_id", ima_dir) < 0)
			return error_set(err, E_NOMEM, "out of memory");
		rc = read_boot_id(path, ret, err);
		free(path);
	}
	if (rc == E_ABSENT)
		rc = read_boot_id(BOOT_ID_FILE, ret, err);
	return rc;
}

/* Is @wanted one of the words of @path, up to a space or the line's end? */
static bool file_has_word(const char *path, const char *wanted)
{
	char *line, *rest, *word;
	uint8_t *bytes;
	bool found = false;
	size_t len;

	if (file_read(AT_FDCWD, path, 4 << 20, &bytes, &len, NULL))
		return false;
	rest = line = (char *)bytes;
	while (!found && (word = strsep(&rest, " \n")))
		found = !strcmp(word, wanted);
	free(line);
	return found;
}

bool host_flushes_htable(void)
{
	return file_has_word("/proc/cmdline", "ima_flush_htable");
}

bool host_repeats_records(void)
{
	static const struct {
		const char *before, *behind;
	} configs[] = { { "/boot/config-", "" }, { "/lib/modules/", "/config" } };
	char release[128], path[160];
	bool repeats = host_flushes_htable();
	uint8_t *bytes;
	size_t len;

	if (repeats || file_read(AT_FDCWD, "/proc/sys/kernel/osrelease",
				 sizeof(release), &bytes, &len, NULL))
		return repeats;
	snprintf(release, sizeof(release), "%.*s",
		 (int)strcspn((char *)bytes, "\n"), (char *)bytes);
	free(bytes);
	for (size_t i = 0; i < COUNT(configs) && !repeats; i++) {
		snprintf(path, sizeof(path), "%s%s%s", configs[i].before,
			 release, configs[i].behind);
		repeats = file_has_word(path, "CONFIG_IMA_DISABLE_HTABLE=y");
	}
	return repeats;
}

bool host_has_saved_lists(const char *ima_dir)
{
	struct statfs fs;

	return statfs(ima_dir, &fs) == 0 && fs.f_type != SECURITYFS_MAGIC &&
	       fs.f_type != FUSE_SUPER_MAGIC;
}

static int open_list(const char *ima_dir, const char *name, unsigned int flags,
		     struct list **ret, struct error *err)
{
	char *path;
	int rc;

	if (asprintf(&path, "%s/%s", ima_dir, name) < 0)
		return error_set(err, E_NOMEM, "out of memory");
	rc = list_open(ret, AT_FDCWD, path, path, flags, err);
	free(path);
	return rc;
}

static const char current[] = "binary_runtime_measurements";
static const char staged_list[] = "binary_runtime_measurements_staged";

unsigned int host_processors(void)
{
	cpu_set_t set;

	/* A set that is too small for the machine is refused. */
	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 1;
	return (unsigned int)CPU_COUNT(&set);
}

int host_open_current(const char *ima_dir, unsigned int flags,
		      struct list **ret, struct error *err)
{
	return open_list(ima_dir, current, flags, ret, err);
}

int host_open_staged(const char *ima_dir, unsigned int flags,
		     struct list **ret, struct error *err)
{
	return open_list(ima_dir, staged_list, flags, ret, err);
}

int host_open_list_fd(const char *ima_dir, bool staged, int *ret,
		      struct error *err)
{
	char *path;
	int rc;

	if (asprintf(&path, "%s/%s", ima_dir, staged ? staged_list : current) <
	    0)
		return error_set(err, E_NOMEM, "out of memory");
	rc = file_open_regular(AT_FDCWD, path, 0, ret, err);
	if (rc)
		error_subject(err, "%s", path);
	free(path);
	return rc;
}
