/* SPDX-License-Identifier: ISC */
/* The tables of a published finding as Markdown (GitHub's tables). */
#include <string.h>

#include "report/clean_text.h"
#include "report/totals_report.h"

enum { CELL_MAX = 256 };

/* A backslash before what could be markup; '<' and '&' as entities, as HTML is a part of Markdown. */
static void append_text(struct buffer *out, const char *text)
{
	struct buffer clean;

	buffer_init(&clean, CELL_MAX);
	clean_text(span_from_text(text), CELL_MAX, LINE_ENDS_DROPPED, &clean);
	for (size_t i = 0; i < clean.size; i++) {
		unsigned char byte = clean.data[i];

		if (byte == '<')
			buffer_append_text(out, "&lt;");
		else if (byte == '&')
			buffer_append_text(out, "&amp;");
		else {
			if (strchr("\\`*_{}[]#|~!>@:", byte) != NULL)
				buffer_append_byte(out, '\\');
			buffer_append_byte(out, byte);
		}
	}
	buffer_done(&clean);
}

static void append_titles(struct buffer *out, const struct totals_view *view)
{
	buffer_append_format(out, "\n## %s\n\n%s\n\n|", view->title, view->note);
	for (size_t i = 0; view->columns[i] != NULL; i++)
		buffer_append_format(out, " %s |", view->columns[i]);
	buffer_append_text(out, "\n|");
	for (size_t i = 0; view->columns[i] != NULL; i++)
		buffer_append_text(out, i < view->text_columns ? "---|" : "---:|");
	buffer_append_byte(out, '\n');
}

static void append_table(struct buffer *out, const struct totals *totals, const struct totals_view *view)
{
	char cells[TOTALS_CELLS_MAX][TOTALS_CELL_SIZE];

	append_titles(out, view);
	for (size_t row = 0; view->cells(totals, row, cells); row++) {
		buffer_append_byte(out, '|');
		for (size_t i = 0; view->columns[i] != NULL; i++) {
			buffer_append_byte(out, ' ');
			append_text(out, cells[i]);
			buffer_append_text(out, " |");
		}
		buffer_append_byte(out, '\n');
	}
}

static void append_sources(struct buffer *out, const struct report_census *census)
{
	buffer_append_text(out, "\nCountries and networks by:\n\n");
	for (size_t i = 0; i < census->source_count; i++) {
		char day[REPORT_TIME_SIZE];

		report_time(census->sources[i]->date, day);
		buffer_append_text(out, "- ");
		append_text(out, census->sources[i]->source);
		buffer_append_format(out, ", %.10s", day);
		if (census->sources[i]->notice[0] != '\0') {
			buffer_append_text(out, ", ");
			append_text(out, census->sources[i]->notice);
		}
		buffer_append_byte(out, '\n');
	}
}

static void write(struct report *report, const struct totals *totals)
{
	struct buffer *out = &report->out;

	buffer_append_text(out, "# Mail servers without TLS\n\n");
	totals_headline(totals, report->census, out);
	buffer_append_byte(out, '\n');
	for (size_t i = 0; i < TOTALS_VIEW_COUNT; i++)
		append_table(out, totals, &TOTALS_VIEWS[i]);
	buffer_append_text(out, "\n## Method\n\n");
	totals_method(report->census, out);
	append_sources(out, report->census);
}

static bool end(struct report *report, bool is_done, struct error *error)
{
	(void)error;
	return totals_report_end(report, is_done, write);
}

const struct report_format MARKDOWN_FORMAT = {
	.name = "markdown",
	.is_counted = true,
	.begin = totals_report_begin,
	.service = totals_report_add,
	.end = end,
};
