/* SPDX-License-Identifier: ISC */
/* The tables of a published finding as CSV, each in a file of its own: "2026-01-15-countries.csv". */
#include <stdio.h>

#include "report/csv_write.h"
#include "report/totals_report.h"

static void append_table(struct report *report, const struct totals_view *view)
{
	char cells[TOTALS_CELLS_MAX][TOTALS_CELL_SIZE];
	struct buffer *out = &report->out;

	for (size_t i = 0; view->columns[i] != NULL; i++)
		buffer_append_format(out, "%s\"%s\"", i > 0 ? "," : "", view->columns[i]);
	buffer_append_byte(out, '\n');
	for (size_t row = 0; view->cells(report->state, row, cells); row++) {
		for (size_t i = 0; view->columns[i] != NULL; i++) {
			if (i > 0)
				buffer_append_byte(out, ',');
			if (i < view->text_columns)
				csv_text(out, span_from_text(cells[i]), TOTALS_CELL_SIZE, report->is_safe);
			else
				buffer_append_text(out, cells[i]);
		}
		buffer_append_byte(out, '\n');
	}
}

static bool write_tables(struct report *report, struct error *error)
{
	char day[REPORT_TIME_SIZE], name[64];
	bool is_done = true;

	report_time(report->census->generated_at, day);
	totals_sort(report->state);
	for (size_t i = 0; i < TOTALS_VIEW_COUNT && is_done; i++) {
		(void)snprintf(name, sizeof(name), "%.10s-%s.csv", day, TOTALS_VIEWS[i].id);
		append_table(report, &TOTALS_VIEWS[i]);
		is_done = report_files_write(report->files, name, buffer_view(&report->out), error);
		buffer_clear(&report->out);
	}
	return is_done;
}

static bool end(struct report *report, bool is_done, struct error *error)
{
	is_done = is_done && write_tables(report, error);
	totals_free(report->state);
	report->state = NULL;
	return is_done;
}

const struct report_format TABLES_FORMAT = {
	.name = "tables",
	.has_many_files = true,
	.is_counted = true,
	.begin = totals_report_begin,
	.service = totals_report_add,
	.end = end,
};
