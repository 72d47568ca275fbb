/* SPDX-License-Identifier: ISC */
/* Finds values in JSON text without taking it apart (RFC 8259); bounded in depth, linear in time. It is as strict as it needs to be to know where a value ends. */
#ifndef REPORTED_JSON_FIND_H
#define REPORTED_JSON_FIND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/span.h"

enum { JSON_DEPTH_MAX = 64 };

/* Takes one value off the front, white space before it aside. False: it is malformed, or nested too deeply; rest is then as it was. */
bool json_take_value(struct span *rest, struct span *value_out) MUST_CHECK;
/* The value of a member of an object. Empty: it is no object, or has no such member. The first one counts. */
struct span json_member(struct span object, const char *name);
/* The next element of an array, which rest begins as; it then holds what is left. False: no more. */
bool json_next_element(struct span *rest, struct span *element_out) MUST_CHECK;
/* Of a string without escapes the text between the quotes; of a number its digits; else nothing. */
struct span json_plain(struct span value);

#endif
