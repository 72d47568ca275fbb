/* SPDX-License-Identifier: ISC */
/* What formats made of totals share: they count, and write all at the end. */
#ifndef REPORT_TOTALS_REPORT_H
#define REPORT_TOTALS_REPORT_H

#include "report/totals.h"

void totals_report_begin(struct report *report);
bool totals_report_add(struct report *report, const struct report_service *service, struct error *error);
/* Sorts, calls write when all went well, and frees. */
bool totals_report_end(struct report *report, bool is_done, void (*write)(struct report *report, const struct totals *totals));

#endif
