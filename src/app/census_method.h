/* SPDX-License-Identifier: ISC */
/* In what two censuses differ that makes their numbers not comparable: who asked, how, and whom. */
#ifndef APP_CENSUS_METHOD_H
#define APP_CENSUS_METHOD_H

#include "base/buffer.h"
#include "model/records.h"

/* Appends one sentence a line for each difference: version of the program, options that decide what is asked and how patiently, targets, shares. Nothing when there is none. */
void census_method_differences(const struct census_record *old, const struct census_record *new, struct buffer *out);

#endif
