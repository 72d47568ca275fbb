/* SPDX-License-Identifier: ISC */
/* One writer per database: an advisory lock on a file of its own, which the kernel drops when the process dies. */
#ifndef STORE_SQLITE_FILE_LOCK_H
#define STORE_SQLITE_FILE_LOCK_H

#include <stdbool.h>

#include "base/attributes.h"
#include "base/error.h"

struct file_lock {
	char *path; /* owned; NULL when nothing is held */
	int descriptor;
};

/* Takes the lock, waiting for nobody. The file is made when it does not exist and says whose process holds it.
   False when somebody has it (is_held_out true; the error names the process when it is known) or when it cannot be made. */
bool file_lock_take(struct file_lock *lock, const char *path, bool *is_held_out, struct error *error) MUST_CHECK;
/* Removes the file and drops the lock. Fine when nothing is held. */
void file_lock_drop(struct file_lock *lock);

#endif
