/* SPDX-License-Identifier: ISC */
/* What went wrong in our own world (file, database, option), told to the person who has to act. The peer's faults are data, never an error. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "base/attributes.h"

struct error {
	char text[1024]; /* one sentence or more, what to do included; empty when nothing went wrong */
};

/* Replaces the text. NULL is fine: nobody wants to know. Returns false, so that `return error_set(...)` reads well. */
_Bool error_set(struct error *error, const char *format, ...) PRINTF_FORMAT(2, 3);
/* Puts "prefix: " before the text on the way up. Returns false. */
_Bool error_prefix(struct error *error, const char *format, ...) PRINTF_FORMAT(2, 3);

#endif
