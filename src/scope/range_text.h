/* SPDX-License-Identifier: ISC */
/* Ranges as people write them, and sentences for what they write wrongly. */
#ifndef SCOPE_RANGE_TEXT_H
#define SCOPE_RANGE_TEXT_H

#include <stdbool.h>

#include "base/error.h"
#include "base/span.h"
#include "model/ip_address.h"

enum { RANGE_TEXT_SHOWN_SIZE = 84 };

/* As ip_range_parse(). On false error quotes the text and says what is wrong with it and, where that can be told, what was probably meant. */
bool range_text_parse(struct span text, struct ip_range *range_out, struct error *error) MUST_CHECK;
/* The text escaped and cut, fit for an error. Returns shown. */
const char *range_text_show(struct span text, char shown[RANGE_TEXT_SHOWN_SIZE]);

#endif
