/* SPDX-License-Identifier: ISC */
/* Our own JSON lines as a report: every service, with all that is known of it. */
#include "report/report.h"

static bool add_service(struct report *report, const struct report_service *service, struct error *error)
{
	(void)error;
	jsonl_append_service(&service->line, &report->out);
	return true;
}

const struct report_format JSONL_FORMAT = {
	.name = "jsonl",
	.service = add_service,
};
