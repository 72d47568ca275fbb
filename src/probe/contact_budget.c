/* SPDX-License-Identifier: ISC */
/* Keeps the last contacts, as many as are allowed in a window: the next may come a window after the oldest of them. */
#include "probe/contact_budget.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* No host has more connections in one census: 16 ports, 6 conversations each, each connect tried twice. */
enum { CONTACTS_MAX = 192 };

void contact_budget_done(struct contact_budget *budget)
{
	if (budget == NULL)
		return;
	free(budget->contacts);
	*budget = (struct contact_budget){0};
}

static uint16_t kept_of(unsigned per_window)
{
	return (uint16_t)(per_window < CONTACTS_MAX ? per_window : CONTACTS_MAX);
}

void contact_budget_add(struct contact_budget *budget, struct instant at, unsigned per_window)
{
	uint16_t kept = kept_of(per_window), place;

	if (budget->count == kept) {
		if (at.ns <= budget->contacts[0].ns)
			return;
		memmove(budget->contacts, budget->contacts + 1, (size_t)(kept - 1) * sizeof(*budget->contacts));
		budget->count--;
	}
	if (budget->count == budget->capacity) {
		unsigned wanted = budget->capacity == 0 ? 2U : 2U * budget->capacity;

		budget->capacity = (uint16_t)(wanted < kept ? wanted : kept);
		budget->contacts = memory_resize(budget->contacts, budget->capacity, sizeof(*budget->contacts));
	}
	for (place = budget->count; place > 0 && at.ns < budget->contacts[place - 1].ns; place--)
		budget->contacts[place] = budget->contacts[place - 1];
	budget->contacts[place] = at;
	budget->count++;
}

struct instant contact_budget_next(const struct contact_budget *budget, unsigned per_window, unsigned window_ms)
{
	if (budget->count < kept_of(per_window))
		return (struct instant){.ns = INT64_MIN};
	return instant_after_ms(budget->contacts[0], window_ms);
}
