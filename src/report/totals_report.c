/* SPDX-License-Identifier: ISC */
/* Counts, then writes. */
#include "report/totals_report.h"

void totals_report_begin(struct report *report)
{
	report->state = totals_new();
}

bool totals_report_add(struct report *report, const struct report_service *service, struct error *error)
{
	(void)error;
	totals_add(report->state, service);
	return true;
}

bool totals_report_end(struct report *report, bool is_done, void (*write)(struct report *report, const struct totals *totals))
{
	if (is_done) {
		totals_sort(report->state);
		write(report, report->state);
	}
	totals_free(report->state);
	report->state = NULL;
	return true;
}
