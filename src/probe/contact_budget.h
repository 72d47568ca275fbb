/* SPDX-License-Identifier: ISC */
/* How many connections one address gets in how much time (rule K-7). Pure: time is an argument. */
#ifndef PROBE_CONTACT_BUDGET_H
#define PROBE_CONTACT_BUDGET_H

#include <stdint.h>

#include "base/instant.h"

/* Zeroed it is the budget of an address that was never contacted. */
struct contact_budget {
	struct instant *contacts; /* the latest ones in order of time, never more than matter */
	uint16_t count, capacity;
};

/* NULL is fine. */
void contact_budget_done(struct contact_budget *budget);
/* A connection is made, or was made by an earlier run; per_window >= 1 is how many are allowed. Contacts may be told in any order. */
void contact_budget_add(struct contact_budget *budget, struct instant at, unsigned per_window);
/* When the next connection may be made; a time that is over when it may be made at once. */
struct instant contact_budget_next(const struct contact_budget *budget, unsigned per_window, unsigned window_ms);

#endif
