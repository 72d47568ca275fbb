/* SPDX-License-Identifier: ISC */
/* Equal times leave in the order in which they came. */
#include "waiting.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static bool is_before(const struct waiting_item *a, const struct waiting_item *b)
{
	return a->due_us < b->due_us || (a->due_us == b->due_us && a->order < b->order);
}

static void swap(struct waiting *waiting, size_t a, size_t b)
{
	struct waiting_item item = waiting->items[a];

	waiting->items[a] = waiting->items[b];
	waiting->items[b] = item;
}

void waiting_add(struct waiting *waiting, const struct waiting_item *item)
{
	size_t at = waiting->count;

	if (waiting->count == waiting->capacity) {
		waiting->capacity = waiting->capacity == 0 ? 1024 : waiting->capacity * 2;
		waiting->items = memory_resize(waiting->items, waiting->capacity, sizeof(*waiting->items));
	}
	waiting->items[at] = *item;
	waiting->items[at].order = waiting->order++;
	waiting->items[at].frame = memory_allocate(1, item->size);
	memcpy(waiting->items[at].frame, item->frame, item->size);
	waiting->count++;
	for (; at > 0 && is_before(&waiting->items[at], &waiting->items[(at - 1) / 2]); at = (at - 1) / 2)
		swap(waiting, at, (at - 1) / 2);
}

bool waiting_take(struct waiting *waiting, uint64_t now_us, struct waiting_item *item_out)
{
	size_t at = 0;

	if (waiting->count == 0 || waiting->items[0].due_us > now_us)
		return false;
	*item_out = waiting->items[0];
	waiting->items[0] = waiting->items[--waiting->count];
	for (;;) {
		size_t least = at, child = 2 * at + 1;

		if (child < waiting->count && is_before(&waiting->items[child], &waiting->items[least]))
			least = child;
		if (child + 1 < waiting->count && is_before(&waiting->items[child + 1], &waiting->items[least]))
			least = child + 1;
		if (least == at)
			return true;
		swap(waiting, at, least);
		at = least;
	}
}

uint64_t waiting_next(const struct waiting *waiting)
{
	return waiting->count > 0 ? waiting->items[0].due_us : UINT64_MAX;
}

void waiting_done(struct waiting *waiting)
{
	for (size_t i = 0; i < waiting->count; i++)
		free(waiting->items[i].frame);
	free(waiting->items);
	*waiting = (struct waiting){0};
}
