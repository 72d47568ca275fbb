/* SPDX-License-Identifier: ISC */
/* One page for people: headline, world map, tables, method. It loads nothing, runs nothing (its own policy says so to the browser), and can be printed. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/clean_text.h"
#include "report/totals_report.h"
#include "report/world_map.h"

enum { TEXT_MAX = 512, SHADES = 6 };

static const char HEAD[] =
	"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
	"form-action 'none'\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
	"<title>Mail servers without TLS</title>\n<style>\n"
	":root{color-scheme:light "
	"dark;--text:#1b1f24;--quiet:#57606a;--line:#d0d7de;--back:#fff;--s0:#e4e7eb;--s1:#fde3cf;--s2:#fbbf94;--s3:#f08c53;"
	"--s4:#cf5a25;--s5:#8f2d0b}\n"
	"@media screen and "
	"(prefers-color-scheme:dark){:root{--text:#e6edf3;--quiet:#a3adb8;--line:#3d444d;--back:#0f1318;--s0:#2b313a;--s1:#5a3420;"
	"--s2:#8a4a22;--s3:#bf6527;--s4:#ec8d45;--s5:#ffd0a1}}\n"
	"body{font:16px/1.5 system-ui,sans-serif;color:var(--text);background:var(--back);max-width:70rem;margin:0 auto;padding:1rem}\n"
	"h1,h2{line-height:1.2}h2{margin:2rem 0 .5rem}p.lead{font-size:1.2rem}p,li,caption{overflow-wrap:anywhere}\n"
	"table{border-collapse:collapse;font-size:.9rem;min-width:min(100%,34rem)}caption{text-align:left;color:var(--quiet);padding-"
	"bottom:.3rem}\n"
	"th,td{padding:.25rem .6rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}\n"
	"td.t{min-width:5.5rem;max-width:30rem;overflow-wrap:anywhere}\n"
	"th{border-bottom:2px solid "
	"var(--quiet);vertical-align:bottom}.n{text-align:right}td.n{font-variant-numeric:tabular-nums;white-space:nowrap}\n"
	".wide{overflow-x:auto}figure{margin:0}figure svg{width:100%;height:auto}figcaption{color:var(--quiet);font-size:.9rem}\n"
	"path{stroke:var(--back);stroke-width:.4}rect{stroke:var(--quiet);stroke-width:.1}\n"
	".s0{fill:var(--s0)}.s1{fill:var(--s1)}.s2{fill:var(--s2)}.s3{fill:var(--s3)}.s4{fill:var(--s4)}.s5{fill:var(--s5)}\n"
	"ul.key{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1rem;padding:0;margin:.5rem 0;font-size:.9rem}\n"
	"ul.key svg{width:1em;height:1em;vertical-align:-.1em}\n"
	"caption span{display:inline-block;max-width:calc(100vw - 2rem)}\n"
	"@media screen and (max-width:40rem){th,td{padding:.25rem .35rem}td.t{min-width:4.5rem}}\n"
	"@media "
	"print{body{max-width:none;padding:0;font-size:10pt}.wide{overflow:visible}caption "
	"span{max-width:none}table{page-break-inside:auto}tr{page-break-inside:avoid}"
	"thead{display:table-header-group}h2{page-break-after:avoid}path,rect{print-color-adjust:exact;-webkit-print-color-adjust:exact}}\n"
	"</style>\n</head>\n<body>\n<h1>Mail servers without TLS</h1>\n<p class=\"lead\">";

static void append_text(struct buffer *out, const char *text)
{
	struct buffer clean;

	buffer_init(&clean, TEXT_MAX);
	clean_text(span_from_text(text), TEXT_MAX, LINE_ENDS_DROPPED, &clean);
	for (size_t i = 0; i < clean.size; i++) {
		unsigned char byte = clean.data[i];

		if (byte == '&')
			buffer_append_text(out, "&amp;");
		else if (byte == '<')
			buffer_append_text(out, "&lt;");
		else if (byte == '>')
			buffer_append_text(out, "&gt;");
		else if (byte == '"')
			buffer_append_text(out, "&quot;");
		else if (byte == '\'')
			buffer_append_text(out, "&#39;");
		else
			buffer_append_byte(out, byte);
	}
	buffer_done(&clean);
}

static const struct totals_row *find_country(const struct totals *totals, const char *code)
{
	for (size_t i = 0; i < totals->countries.count; i++) {
		if (strcmp(totals->countries.rows[i].key, code) == 0)
			return &totals->countries.rows[i];
	}
	return NULL;
}

/* 0: none; then up to 10, 100, ... */
static unsigned shade_of(uint64_t hosts)
{
	unsigned shade = hosts > 0 ? 1 : 0;

	for (uint64_t limit = 10; shade > 0 && shade < SHADES - 1 && hosts > limit; limit *= 10)
		shade++;
	return shade;
}

static void append_country(struct buffer *out, const struct totals *totals, const struct world_country *country)
{
	const struct totals_row *row = find_country(totals, country->code);
	char texts[2][TOTALS_NUMBER_SIZE];

	if (country->path[0] == NULL)
		return;
	buffer_append_format(out, "<path class=\"s%u\" d=\"", row != NULL ? shade_of(row->without_tls[TOTALS_ANY]) : 0);
	for (size_t i = 0; country->path[i] != NULL; i++)
		buffer_append_text(out, country->path[i]);
	buffer_append_text(out, "\"><title>");
	append_text(out, country->name);
	buffer_append_format(out, ": %s of %s hosts</title></path>\n",
	                     totals_number(row != NULL ? row->without_tls[TOTALS_ANY] : 0, texts[0]),
	                     totals_number(row != NULL ? row->offering[TOTALS_ANY] : 0, texts[1]));
}

static void append_map(struct buffer *out, const struct totals *totals)
{
	static const char *const SHADE_NAMES[SHADES] = {"none", "1 to 10", "up to 100", "up to 1,000", "up to 10,000", "more"};

	buffer_append_format(
		out,
		"<h2>Map</h2>\n<figure>\n<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"World map: hosts without TLS by country; "
		"the table below has the same numbers\">\n",
		WORLD_MAP_WIDTH, WORLD_MAP_HEIGHT);
	for (size_t i = 0; i < WORLD_COUNTRY_COUNT; i++)
		append_country(out, totals, &WORLD_COUNTRIES[i]);
	buffer_append_text(out,
	                   "</svg>\n<figcaption>Hosts without TLS. Outlines: Natural Earth.</figcaption>\n</figure>\n<ul class=\"key\">\n");
	for (unsigned i = 0; i < SHADES; i++)
		buffer_append_format(out, "<li><svg viewBox=\"0 0 1 1\"><rect class=\"s%u\" width=\"1\" height=\"1\"/></svg> %s</li>\n", i,
		                     SHADE_NAMES[i]);
	buffer_append_text(out, "</ul>\n");
}

static void append_cell(struct buffer *out, const struct totals_view *view, size_t column, const char *text)
{
	const char *point = strchr(text, '.');
	char grouped[TOTALS_NUMBER_SIZE];
	uint64_t number = 0;

	if (column < view->text_columns) {
		buffer_append_text(out, "<td class=\"t\">");
		append_text(out, text);
	} else {
		for (const char *at = text; *at >= '0' && *at <= '9'; at++)
			number = number * 10 + (uint64_t)(*at - '0');
		buffer_append_format(out, "<td class=\"n\">%s%s", totals_number(number, grouped), point != NULL ? point : "");
	}
	buffer_append_text(out, "</td>");
}

static void append_table(struct buffer *out, const struct totals *totals, const struct totals_view *view)
{
	char cells[TOTALS_CELLS_MAX][TOTALS_CELL_SIZE];

	buffer_append_format(out,
	                     "<h2 id=\"%s\">%s</h2>\n<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-labelledby=\"%s\">\n<table "
	                     "aria-labelledby=\"%s\">\n<caption><span>%s</span></caption>\n<thead><tr>",
	                     view->id, view->title, view->id, view->id, view->note);
	for (size_t i = 0; view->columns[i] != NULL; i++)
		buffer_append_format(out, "<th scope=\"col\"%s>%s</th>", i < view->text_columns ? "" : " class=\"n\"", view->columns[i]);
	buffer_append_text(out, "</tr></thead>\n<tbody>\n");
	for (size_t row = 0; view->cells(totals, row, cells); row++) {
		buffer_append_text(out, "<tr>");
		for (size_t i = 0; view->columns[i] != NULL; i++)
			append_cell(out, view, i, cells[i]);
		buffer_append_text(out, "</tr>\n");
	}
	buffer_append_text(out, "</tbody>\n</table>\n</div>\n");
}

static void append_method(struct buffer *out, const struct report_census *census)
{
	struct buffer method;

	buffer_init(&method, 64 * 1024);
	totals_method(census, &method);
	buffer_append_text(out, "<h2>Method</h2>\n<p>");
	/* Line by line: what is cleaned has none. */
	for (struct span rest = buffer_view(&method); rest.size > 0;) {
		struct buffer line;

		buffer_init(&line, 4096);
		buffer_append(&line, span_take_line(&rest));
		append_text(out, buffer_text(&line));
		buffer_append_text(out, "<br>\n");
		buffer_done(&line);
	}
	buffer_append_text(out, "</p>\n<p>Countries and networks by:</p>\n<ul>\n");
	for (size_t i = 0; i < census->source_count; i++) {
		char day[REPORT_TIME_SIZE];

		report_time(census->sources[i]->date, day);
		buffer_append_text(out, "<li>");
		append_text(out, census->sources[i]->source);
		buffer_append_format(out, ", %.10s%s", day, census->sources[i]->notice[0] != '\0' ? ", " : "");
		append_text(out, census->sources[i]->notice);
		buffer_append_text(out, "</li>\n");
	}
	buffer_append_text(out, "</ul>\n");
	buffer_done(&method);
}

static void write(struct report *report, const struct totals *totals)
{
	struct buffer *out = &report->out;

	buffer_append_text(out, HEAD);
	totals_headline(totals, report->census, out);
	buffer_append_text(out, "</p>\n");
	if (report->census->organization[0] != '\0') {
		buffer_append_text(out, "<p>Reported by ");
		append_text(out, report->census->organization);
		buffer_append_text(out, report->census->contact[0] != '\0' ? ", " : "");
		append_text(out, report->census->contact);
		buffer_append_text(out, "</p>\n");
	}
	append_map(out, totals);
	for (size_t i = 0; i < TOTALS_VIEW_COUNT; i++)
		append_table(out, totals, &TOTALS_VIEWS[i]);
	append_method(out, report->census);
	buffer_append_text(out, "</body>\n</html>\n");
}

static bool end(struct report *report, bool is_done, struct error *error)
{
	(void)error;
	return totals_report_end(report, is_done, write);
}

const struct report_format HTML_FORMAT = {
	.name = "html",
	.is_counted = true,
	.begin = totals_report_begin,
	.service = totals_report_add,
	.end = end,
};
