/* SPDX-License-Identifier: ISC */
/* The progress line of a scan. */
#include "app/progress.h"

#include <stdio.h>
#include <unistd.h>

enum { LINE_EVERY_MS = 500, PLAIN_EVERY_MS = 10000 };

void progress_begin(struct progress *progress, enum scan_progress how, struct instant now, uint64_t hosts_total, uint64_t hosts_before)
{
	if (how == SCAN_PROGRESS_AUTO)
		how = isatty(STDERR_FILENO) ? SCAN_PROGRESS_LINE : SCAN_PROGRESS_PLAIN;
	*progress =
		(struct progress){.how = how, .started = now, .last_shown = now, .hosts_total = hosts_total, .hosts_before = hosts_before};
}

static void format_duration(int64_t seconds, char text[32])
{
	if (seconds >= 86400)
		(void)snprintf(text, 32, "%lldd%02lldh", (long long)(seconds / 86400), (long long)(seconds / 3600 % 24));
	else if (seconds >= 3600)
		(void)snprintf(text, 32, "%lldh%02lldm", (long long)(seconds / 3600), (long long)(seconds / 60 % 60));
	else
		(void)snprintf(text, 32, "%lldm%02llds", (long long)(seconds / 60), (long long)(seconds % 60));
}

/* Waiting for a later look at the last services is said as such: a time made of the rate would be wrong. */
static void format_left(const struct progress *progress, int64_t elapsed_ms, uint64_t done, const struct probe_status *status,
                        char text[64])
{
	uint64_t here = done - progress->hosts_before, left = progress->hosts_total > done ? progress->hosts_total - done : 0;
	char duration[32];

	text[0] = '\0';
	if (left > 0 && left == status->hosts_waiting && status->open_now == 0 && status->next_wait_ms >= 0) {
		format_duration(status->next_wait_ms / 1000 + 1, duration);
		(void)snprintf(text, 64, "next look in %s", duration);
	} else if (here > 0 && elapsed_ms > 0) {
		format_duration((int64_t)((double)left * (double)elapsed_ms / (double)here / 1000.0), duration);
		(void)snprintf(text, 64, "%s left", duration);
	}
}

void progress_show(struct progress *progress, struct instant now, const struct probe_status *status, const struct progress_numbers *numbers)
{
	int64_t since_last_ms = instant_ms_between(progress->last_shown, now), elapsed_ms = instant_ms_between(progress->started, now);
	uint64_t done = progress->hosts_before + status->hosts_done;
	double share, rate;
	char left[64];

	if (progress->how == SCAN_PROGRESS_NONE || since_last_ms < (progress->how == SCAN_PROGRESS_LINE ? LINE_EVERY_MS : PLAIN_EVERY_MS))
		return;
	share = progress->hosts_total > 0 ? 100.0 * (double)done / (double)progress->hosts_total : 100.0;
	rate = (double)(status->connections - progress->last_connections) * 1000.0 / (double)since_last_ms;
	format_left(progress, elapsed_ms, done, status, left);
	fprintf(stderr, "%s%5.1f%% %llu of %llu hosts, %.0f connections/s, %u open, %llu services, %llu without TLS, %u waiting%s%s%s",
	        progress->how == SCAN_PROGRESS_LINE ? "\r\033[K" : "", share, (unsigned long long)done,
	        (unsigned long long)progress->hosts_total, rate, status->open_now, (unsigned long long)numbers->services,
	        (unsigned long long)numbers->no_tls, status->hosts_waiting, left[0] != '\0' ? ", " : "", left,
	        progress->how == SCAN_PROGRESS_LINE ? "" : "\n");
	(void)fflush(stderr);
	progress->is_line_open = progress->how == SCAN_PROGRESS_LINE;
	progress->last_shown = now;
	progress->last_connections = status->connections;
}

void progress_end(struct progress *progress)
{
	if (progress->is_line_open)
		fprintf(stderr, "\n");
	progress->is_line_open = false;
}
