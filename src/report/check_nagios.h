/* SPDX-License-Identifier: ISC */
/* One line for Nagios, Icinga and their like, with performance data, and the state that the exit code tells. */
#ifndef REPORT_CHECK_NAGIOS_H
#define REPORT_CHECK_NAGIOS_H

#include "base/buffer.h"
#include "model/check_report.h"

/* The numbers are the exit codes (Monitoring Plugins Development Guidelines, "Plugin Return Codes"). */
enum check_state {
	CHECK_STATE_OK = 0,
	CHECK_STATE_WARNING = 1,
	CHECK_STATE_CRITICAL = 2,
	CHECK_STATE_UNKNOWN = 3,
};

enum { CHECK_DAYS_WARNING = 14, CHECK_DAYS_CRITICAL = 7, CHECK_NAGIOS_MAX = 16 * 1024 };

/* A finding of that severity or worse. A certificate that ends within 14 days warns, within 7 it is critical; of one that is valid for less than 42 days, the last third and sixth. */
struct check_thresholds {
	enum severity warning, critical;
};

enum check_state check_nagios_render(const struct check_report *report, const struct check_thresholds *thresholds, struct buffer *out);

#endif
