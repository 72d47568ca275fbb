/* SPDX-License-Identifier: ISC */
/* flock(2) on a file beside the database. The database itself is not used: SQLite has its own POSIX locks there, which any close() would drop. */
#include "store/sqlite/file_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"

/* Is what we locked still what the path names? The holder before us removes the file at its end. */
static bool is_still_there(int descriptor, const char *path)
{
	struct stat held, named;

	return fstat(descriptor, &held) == 0 && stat(path, &named) == 0 && held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

static void tell_holder(int descriptor, const char *path, struct error *error)
{
	char text[24];
	ssize_t size = pread(descriptor, text, sizeof(text), 0);
	struct span word = span_make(text, size > 0 ? (size_t)size : 0);
	uint64_t process;

	word = span_part(word, 0, span_find_byte(word, '\n'));
	if (text_parse_unsigned(word, INT32_MAX, &process))
		error_set(error, "process %u holds the lock %s", (unsigned)process, path);
	else
		error_set(error, "another process holds the lock %s", path);
}

static void write_holder(int descriptor)
{
	char text[24];
	int size = snprintf(text, sizeof(text), "%d\n", (int)getpid());

	/* Only for people: without it the lock holds all the same. */
	if (ftruncate(descriptor, 0) != 0 || pwrite(descriptor, text, (size_t)size, 0) != size)
		return;
}

bool file_lock_take(struct file_lock *lock, const char *path, bool *is_held_out, struct error *error)
{
	*is_held_out = false;
	*lock = (struct file_lock){.descriptor = -1};
	for (;;) {
		int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);

		if (descriptor < 0)
			return error_set(error, "cannot make the lock file %s: %s", path, strerror(errno));
		if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
			*is_held_out = errno == EWOULDBLOCK;
			if (*is_held_out)
				tell_holder(descriptor, path, error);
			else
				error_set(error, "cannot lock %s: %s", path, strerror(errno));
			(void)close(descriptor);
			return false;
		}
		if (is_still_there(descriptor, path)) {
			write_holder(descriptor);
			*lock = (struct file_lock){.path = memory_copy_text(path), .descriptor = descriptor};
			return true;
		}
		(void)close(descriptor);
	}
}

void file_lock_drop(struct file_lock *lock)
{
	if (lock->path == NULL)
		return;
	(void)unlink(lock->path);
	(void)close(lock->descriptor);
	free(lock->path);
	*lock = (struct file_lock){.descriptor = -1};
}
