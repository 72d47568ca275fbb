/* SPDX-License-Identifier: ISC */
/* Findings by name: does it exist, and if not, which ones are nearly spelled so? Is it there, absent, or could it not be told? */
#ifndef APP_FINDING_NAMES_H
#define APP_FINDING_NAMES_H

#include <stdbool.h>

#include "app/assessment.h"
#include "base/error.h"

/* False: there is no such finding; the error lists the names that come near. */
bool finding_name_check(const char *id, struct error *error) MUST_CHECK;

enum watch_state {
	WATCH_ABSENT,
	WATCH_UNTOLD, /* not there as far as was seen, but what it is made of was not measured everywhere */
	WATCH_PRESENT,
};

enum watch_state finding_watch(const struct assessed_host *host, const char *id);
/* Would the service have this finding if it held: was measured what it is made of? Judgement, TLS facts, software and chains are looked at. */
bool finding_is_told(const char *id, const struct assessed_service *service);

#endif
