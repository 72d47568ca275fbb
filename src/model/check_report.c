/* SPDX-License-Identifier: ISC */
/* Questions that several renderers ask of a report. */
#include "model/check_report.h"

static const int64_t DAY_MS = 86400000;

static void worsen(const struct check_finding *findings, size_t count, bool *has_any, enum severity *worst)
{
	for (size_t i = 0; i < count; i++) {
		if (!*has_any || findings[i].severity > *worst)
			*worst = findings[i].severity;
		*has_any = true;
	}
}

bool check_host_worst(const struct check_host *host, enum severity *severity_out)
{
	bool has_any = false;

	*severity_out = SEVERITY_INFO;
	worsen(host->findings, host->finding_count, &has_any, severity_out);
	for (size_t i = 0; i < host->service_count; i++)
		worsen(host->services[i].findings, host->services[i].finding_count, &has_any, severity_out);
	return has_any;
}

bool check_host_is_measured(const struct check_host *host)
{
	return host->has_address && host->grade != GRADE_UNKNOWN;
}

static int64_t days_between(struct timestamp from, struct timestamp to)
{
	int64_t ms = to.unix_ms - from.unix_ms;

	return ms >= 0 ? ms / DAY_MS : -((-ms + DAY_MS - 1) / DAY_MS);
}

bool check_host_days_left(const struct check_host *host, struct timestamp now, int64_t *days_out, int64_t *lifetime_days_out)
{
	bool has_any = false;

	*days_out = *lifetime_days_out = 0;
	for (size_t i = 0; i < host->service_count; i++) {
		for (size_t j = 0; j < host->services[i].chain_count; j++) {
			const struct chain_facts *chain = &host->services[i].chains[j];
			struct timestamp end = chain->not_after.unix_ms != 0 ? chain->not_after : chain->leaf.not_after;
			int64_t days = days_between(now, end);

			if (!chain->leaf.is_readable || (has_any && days >= *days_out))
				continue;
			*days_out = days;
			*lifetime_days_out = days_between(chain->leaf.not_before, chain->leaf.not_after);
			has_any = true;
		}
	}
	return has_any;
}
