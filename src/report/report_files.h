/* SPDX-License-Identifier: ISC */
/* The files of a report: written beside where they are wanted, renamed when all are whole. Any number of them, of which few are open at a time. */
#ifndef REPORT_REPORT_FILES_H
#define REPORT_REPORT_FILES_H

#include <stdbool.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/span.h"

struct report_files;

/* One file: "" or NULL is stdout. */
struct report_files *report_files_open_one(const char *path, struct error *error) MUST_CHECK;
/* Several in a directory, which is made when it does not exist; zipped: each as NAME.zip that holds exactly NAME. */
struct report_files *report_files_open_directory(const char *path, bool is_zipped, struct error *error) MUST_CHECK;

/* Is there such a file already? name NULL: the one. */
bool report_files_has(const struct report_files *files, const char *name);
/* Appends to a file, which is made when it does not exist. */
bool report_files_write(struct report_files *files, const char *name, struct span bytes, struct error *error) MUST_CHECK;
/* All files to their places, when is_done; else nothing stays. Frees files in any case. */
bool report_files_close(struct report_files *files, bool is_done, struct error *error) MUST_CHECK;

#endif
