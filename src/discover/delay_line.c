/* SPDX-License-Identifier: ISC */
/* Marks of (position, time) in a ring; what passes within 1/128 of the delay shares one. */
#include "discover/delay_line.h"

#include <stddef.h>

static const int64_t NS_PER_MS = 1000000;

void delay_line_init(struct delay_line *line, uint64_t position, unsigned delay_ms)
{
	line->delay_ns = delay_ms * NS_PER_MS;
	line->released = position;
	line->first = line->count = 0;
}

static struct delay_mark *mark_at(struct delay_line *line, unsigned i)
{
	return &line->marks[(line->first + i) % DELAY_LINE_MARKS];
}

void delay_line_pass(struct delay_line *line, uint64_t position, struct instant now)
{
	struct delay_mark *last = line->count > 0 ? mark_at(line, line->count - 1) : NULL;

	if (position <= (last != NULL ? last->position : line->released))
		return;
	if (line->delay_ns == 0) {
		line->released = position;
		return;
	}
	/* A full ring is one that nobody advanced: the last mark then waits longer than it must. */
	if (last != NULL && (now.ns - last->opened_ns < line->delay_ns / DELAY_LINE_STEPS || line->count == DELAY_LINE_MARKS)) {
		last->position = position;
		last->passed_ns = now.ns;
		return;
	}
	*mark_at(line, line->count) = (struct delay_mark){position, now.ns, now.ns};
	line->count++;
}

void delay_line_advance(struct delay_line *line, struct instant now)
{
	while (line->count > 0 && now.ns - mark_at(line, 0)->passed_ns >= line->delay_ns) {
		line->released = mark_at(line, 0)->position;
		line->first = (line->first + 1) % DELAY_LINE_MARKS;
		line->count--;
	}
}

int64_t delay_line_due_ns(const struct delay_line *line)
{
	return line->count > 0 ? line->marks[line->first].passed_ns + line->delay_ns : INT64_MAX;
}
