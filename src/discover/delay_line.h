/* SPDX-License-Identifier: ISC */
/* How far a cursor had come some time ago, in constant memory: what passed it then may be gone on with now. Never too early, at most 1/128 of the delay too late. */
#ifndef DISCOVER_DELAY_LINE_H
#define DISCOVER_DELAY_LINE_H

#include <stdint.h>

#include "base/instant.h"

enum { DELAY_LINE_STEPS = 128, DELAY_LINE_MARKS = DELAY_LINE_STEPS + 4 };

struct delay_line {
	int64_t delay_ns;
	uint64_t released; /* positions below this one passed at least the delay ago */
	unsigned first, count;
	struct delay_mark {
		uint64_t position;
		int64_t opened_ns, passed_ns; /* the first and the last time that is in it */
	} marks[DELAY_LINE_MARKS];
};

void delay_line_init(struct delay_line *line, uint64_t position, unsigned delay_ms);
/* All positions below this one have passed by now. Positions and times never fall. */
void delay_line_pass(struct delay_line *line, uint64_t position, struct instant now);
/* Brings released up to date. */
void delay_line_advance(struct delay_line *line, struct instant now);
/* When released will change next; INT64_MAX: not before something passes. */
int64_t delay_line_due_ns(const struct delay_line *line);

#endif
