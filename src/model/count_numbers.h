/* SPDX-License-Identifier: ISC */
/* Named numbers as a flat JSON object, {"hosts":3,"services":5}: how statistics are kept, for SQL and for us. */
#ifndef MODEL_COUNT_NUMBERS_H
#define MODEL_COUNT_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/span.h"

void count_numbers_begin(struct buffer *out);
/* A name is made of letters, digits, '_', '-' and '.'; 0 is left out. */
void count_numbers_add(struct buffer *out, const char *name, uint64_t number);
void count_numbers_end(struct buffer *out);

/* Takes one number off the front; at the end false, and rest is empty. False with something in rest: it is none of ours. Begins with the whole object. */
bool count_numbers_take(struct span *rest, struct span *name_out, uint64_t *number_out) MUST_CHECK;

#endif
