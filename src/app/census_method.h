/* SPDX-License-Identifier: ISC */
/* In what two censuses differ that makes their numbers not comparable: who asked, how, and whom. */
#ifndef APP_CENSUS_METHOD_H
#define APP_CENSUS_METHOD_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/span.h"
#include "model/records.h"

/* Appends one sentence a line for each difference: version of the program, options that decide what is asked and how patiently, targets, shares. Nothing when there is none. */
void census_method_differences(const struct census_record *old, const struct census_record *new, struct buffer *out);
/* The value of an option (its name without dashes) as it is kept with a census, in options_text; "" where it takes none or was not given, which *is_given_out tells apart. */
struct span census_method_option(const char *options_text, const char *name, bool *is_given_out);

#endif
