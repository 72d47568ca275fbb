/* SPDX-License-Identifier: ISC */
/* Groups of hosts and services as a table, CSV and JSON. Every number stands beside what it is a part of; what servers said is escaped. */
#ifndef APP_STATS_GROUPS_REPORT_H
#define APP_STATS_GROUPS_REPORT_H

#include <stdio.h>

#include "app/stats_groups.h"
#include "enrich/attributor.h"

/* How hosts and services are counted: raised whenever the same records would give other numbers. */
enum { STATS_METHOD = 1 };

struct stats_groups_report {
	const struct census_reader *reader;
	const struct attributor *attributor; /* NULL: no key needed it */
	const struct stats_group *total;     /* of the whole census */
	const struct stats_groups *groups;   /* sorted */
};

void stats_groups_print_table(const struct stats_groups_report *report, FILE *out);
void stats_groups_print_csv(const struct stats_groups_report *report, FILE *out);
void stats_groups_print_json(const struct stats_groups_report *report, FILE *out);

#endif
