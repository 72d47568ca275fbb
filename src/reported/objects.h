/* SPDX-License-Identifier: ISC */
/* The objects of a text one after another: JSON lines, or an array of objects, however its commas and brackets stand. */
#ifndef REPORTED_OBJECTS_H
#define REPORTED_OBJECTS_H

#include <stdbool.h>

#include "base/attributes.h"
#include "base/span.h"
#include "reported/reported_file.h"

/* The next object; empty when there is one that cannot be read, whose line is then passed over. False at the end. */
bool objects_take(struct span *rest, struct span *object_out) MUST_CHECK;
/* Each object with its number, from 1, until the sink is stopped; one that cannot be read is refused. */
void objects_read(struct span text, void (*read_object)(struct span object, size_t number, struct claim_sink *sink),
                  struct claim_sink *sink);

#endif
