/* SPDX-License-Identifier: ISC */
/* The fields of an observation that a scenario may expect, by name. */
#ifndef PROTOCOL_SCENARIO_ROWS_H
#define PROTOCOL_SCENARIO_ROWS_H

#include "base/buffer.h"
#include "base/span.h"
#include "model/observation.h"

struct scenario_row {
	const char *key;
	void (*put)(const struct observation *observation, struct buffer *out);
};

/* NULL: no such field. */
const struct scenario_row *scenario_row_find(struct span key);

#endif
