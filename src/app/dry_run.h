/* SPDX-License-Identifier: ISC */
/* What a scan would contact, without contacting it. */
#ifndef APP_DRY_RUN_H
#define APP_DRY_RUN_H

#include <stdbool.h>

#include "app/scan_options.h"
#include "app/scan_scope.h"

/* Prints to stdout, as text or JSON. */
bool dry_run_print(const struct scan_options *options, const struct scan_scope *scope) MUST_CHECK;

#endif
