/* SPDX-License-Identifier: ISC */
/* The same figures in three forms. What could not be told is null in JSON, empty in CSV, and "-" in the table. */
#include "app/stats_groups_report.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "report/country_population.h"
#include "report/csv_write.h"
#include "report/json_write.h"
#include "report/rate.h"
#include "report/table.h"

enum { TABLE_TEXT_MAX = 256 << 20, LINE_TEXT_MAX = 1 << 20, NUMBER_TEXT_SIZE = 16 };

/* ---- figures ---- */

static void format_per_thousand(const struct stats_group *group, char text[RATE_TEXT_SIZE])
{
	rate_format(group->counts[STATS_WITHOUT_TLS + STATS_ANY], 1000, group->counts[STATS_OFFERING + STATS_ANY], 1, text);
}

static void format_per_million(const struct stats_group *group, uint64_t inhabitants, char text[RATE_TEXT_SIZE])
{
	rate_format(group->counts[STATS_WITHOUT_TLS + STATS_ANY], 1000000, inhabitants, 2, text);
}

static bool has_key(const struct stats_groups_report *report, const char *name)
{
	return (report->groups->keys >> stats_key_find(span_from_text(name)) & 1) != 0;
}

/* Of the group's country; 0: unknown. */
static uint64_t inhabitants_of(const struct stats_groups_report *report, const struct stats_group *group)
{
	size_t place = 0, country = stats_key_find(span_from_text("country"));
	struct span value;
	char code[3] = "";

	for (size_t i = 0; i < country; i++)
		place += report->groups->keys >> i & 1;
	value = stats_group_value(group, place);
	if (value.size != 2)
		return 0;
	memcpy(code, value.data, value.size);
	return country_population(code);
}

static const char *network_name(const struct stats_groups_report *report, struct span value)
{
	uint64_t number;

	if (report->attributor == NULL || !text_parse_unsigned(value, UINT32_MAX, &number))
		return "";
	return attributor_network_name(report->attributor, (uint32_t)number);
}

static uint64_t answered(const struct stats_groups_report *report)
{
	return report->total->counts[STATS_HOSTS] - report->total->counts[STATS_HOST_VERDICTS + HOST_CLOSED];
}

/* Only a sweep sees refusals apart from silence. */
static bool has_sweep(const struct stats_groups_report *report)
{
	return report->reader->progress.syns > 0;
}

static void flush(struct buffer *buffer, FILE *out)
{
	(void)fwrite(buffer->data, 1, buffer->size, out);
	buffer_clear(buffer);
}

static void append_number(struct buffer *out, uint64_t number)
{
	unsigned char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (unsigned char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	buffer_append(out, span_make(digits + at, sizeof(digits) - at));
}

/* ---- table ---- */

static void print_head(const struct stats_groups_report *report, FILE *out)
{
	const struct census_progress *progress = &report->reader->progress;
	const uint64_t *counts = report->total->counts;
	char started[TIMESTAMP_TEXT_SIZE];
	struct buffer version;

	timestamp_format(report->reader->record.started_at, started);
	buffer_init(&version, LINE_TEXT_MAX);
	text_escape(span_from_text(report->reader->record.tool_version), &version);
	fprintf(out,
	        "census %" PRId64 ", begun %s, %s; scanned by mailcensus %s, counted by method %d\n%" PRIu64
	        " addresses to be asked: %" PRIu64 " done, %" PRIu64 " of them silent, %" PRIu64 " answered; of %" PRIu64
	        " that answered nothing could be told\n",
	        report->reader->census, started, report->reader->record.ended_at.unix_ms != 0 ? "ended" : "not finished",
	        buffer_text(&version), STATS_METHOD, report->reader->record.host_count, progress->hosts_done, progress->hosts_silent,
	        answered(report), counts[STATS_HOST_VERDICTS + HOST_UNKNOWN]);
	buffer_done(&version);
	if (has_sweep(report))
		fprintf(out,
		        "addresses and ports: %" PRIu64 " refused, %" PRIu64 " answered by \"unreachable\"; %" PRIu64
		        " left out as excluded\n",
		        progress->refused, progress->unreachable, progress->excluded);
	fprintf(out,
	        "%" PRIu64 " hosts offer POP3 or IMAP, %" PRIu64 " of them both; %" PRIu64 " let people log in without TLS, %" PRIu64
	        " of them by both\n\n",
	        counts[STATS_OFFERING + STATS_ANY], counts[STATS_OFFERING + STATS_BOTH], counts[STATS_WITHOUT_TLS + STATS_ANY],
	        counts[STATS_WITHOUT_TLS + STATS_BOTH]);
}

static size_t write_columns(const struct stats_groups_report *report, struct table_column columns[TABLE_COLUMNS_MAX])
{
	static const struct table_column hosts[] = {{"HOSTS", true},  {"UNTOLD", true}, {"OFFER MAIL", true},
	                                            {"NO TLS", true}, {"POP3", true},   {"IMAP", true},
	                                            {"BOTH", true},   {"STRICT", true}, {"PER 1000", true}};
	static const struct table_column people[] = {{"INHABITANTS", true}, {"PER MILLION", true}};
	static const struct table_column services[] = {{"SERVICES", true}, {"SERVICES UNTOLD", true}};
	size_t count = 0;

	for (size_t i = 0; i < STATS_KEY_COUNT; i++) {
		if ((report->groups->keys >> i & 1) == 0)
			continue;
		columns[count++] = (struct table_column){STATS_KEYS[i].title, false};
		if (strcmp(STATS_KEYS[i].name, "asn") == 0)
			columns[count++] = (struct table_column){"NETWORK", false};
	}
	memcpy(columns + count, hosts, sizeof(hosts));
	count += ARRAY_LENGTH(hosts);
	if (has_key(report, "country")) {
		memcpy(columns + count, people, sizeof(people));
		count += ARRAY_LENGTH(people);
	}
	memcpy(columns + count, services, sizeof(services));
	return count + ARRAY_LENGTH(services);
}
_Static_assert(STATS_KEYS_MAX + 1 + 9 + 2 + 2 <= TABLE_COLUMNS_MAX, "all keys together have room in a table");

static void add_value(struct table *table, const struct stats_groups_report *report, const struct stats_key *key, struct span value)
{
	char number[NUMBER_TEXT_SIZE];

	if (strcmp(key->name, "asn") != 0) {
		table_add(table, value.size > 0 ? value : span_from_text("-"));
		return;
	}
	(void)snprintf(number, sizeof(number), "%s%.*s", value.size > 0 && value.data[0] != '(' ? "AS" : "", (int)value.size,
	               (const char *)value.data);
	table_add_text(table, value.size > 0 ? number : "-");
	table_add_text(table, network_name(report, value));
}

static void add_rate(struct table *table, const char *rate)
{
	table_add_text(table, rate[0] != '\0' ? rate : "-");
}

static void add_row(struct table *table, const struct stats_groups_report *report, const struct stats_group *group)
{
	static const size_t HOSTS[] = {STATS_HOSTS,
	                               STATS_HOST_VERDICTS + HOST_UNKNOWN,
	                               STATS_OFFERING + STATS_ANY,
	                               STATS_WITHOUT_TLS + STATS_ANY,
	                               STATS_WITHOUT_TLS + STATS_POP3,
	                               STATS_WITHOUT_TLS + STATS_IMAP,
	                               STATS_WITHOUT_TLS + STATS_BOTH,
	                               STATS_STRICT};
	uint64_t inhabitants;
	char rate[RATE_TEXT_SIZE];
	size_t place = 0;

	for (size_t i = 0; i < STATS_KEY_COUNT; i++) {
		if ((report->groups->keys >> i & 1) != 0)
			add_value(table, report, &STATS_KEYS[i], stats_group_value(group, place++));
	}
	for (size_t i = 0; i < ARRAY_LENGTH(HOSTS); i++)
		table_add_number(table, group->counts[HOSTS[i]]);
	format_per_thousand(group, rate);
	add_rate(table, rate);
	if (has_key(report, "country")) {
		inhabitants = inhabitants_of(report, group);
		if (inhabitants > 0)
			table_add_number(table, inhabitants);
		else
			table_add_text(table, "-");
		format_per_million(group, inhabitants, rate);
		add_rate(table, rate);
	}
	table_add_number(table, group->counts[STATS_SERVICES]);
	table_add_number(table, stats_group_untold_services(group));
}

static void print_notes(const struct stats_groups_report *report, FILE *out)
{
	struct buffer text;

	buffer_init(&text, LINE_TEXT_MAX);
	fprintf(out, "\nHOSTS answered; of UNTOLD nothing could be told; NO TLS let people log in without it, by POP3, IMAP or BOTH;\n"
	             "STRICT have no TLS for some protocol on any port; PER 1000 hosts that OFFER MAIL.\n");
	if (!report->groups->is_of_hosts)
		fprintf(out,
		        "A host is in each group that one of its services is in, and POP3, IMAP and NO TLS are of its services there.\n");
	if (has_key(report, "country"))
		fprintf(out, "PER MILLION of INHABITANTS, of %s (%u).\n", COUNTRY_POPULATION_SOURCE, COUNTRY_POPULATION_YEAR);
	for (size_t i = 0; report->attributor != NULL && i < attributor_source_count(report->attributor); i++) {
		const struct attribution_origin *origin = attributor_source_at(report->attributor, i).origin;
		char date[TIMESTAMP_TEXT_SIZE];

		timestamp_format(origin->date, date);
		text_escape(span_from_text(origin->source), &text);
		fprintf(out, "Attributed by %s of %.10s%s%s\n", buffer_text(&text), date, origin->notice[0] != '\0' ? ": " : "",
		        origin->notice);
		buffer_clear(&text);
	}
	buffer_done(&text);
}

void stats_groups_print_table(const struct stats_groups_report *report, FILE *out)
{
	struct table_column columns[TABLE_COLUMNS_MAX];
	struct table *table = table_new(columns, write_columns(report, columns));
	struct buffer text;

	print_head(report, out);
	for (size_t i = 0; i < report->groups->count; i++)
		add_row(table, report, &report->groups->items[i]);
	buffer_init(&text, TABLE_TEXT_MAX);
	table_render(table, TABLE_WIDTH_ANY, &text);
	flush(&text, out);
	buffer_done(&text);
	table_free(table);
	print_notes(report, out);
}

/* ---- CSV ---- */

static const char CENSUS_COLUMNS[] =
	",census,tool_version,method,addresses,addresses_done,addresses_silent,addresses_answered,addresses_untold,refused";

static void write_titles(const struct stats_groups_report *report, struct buffer *line)
{
	char name[STATS_COUNTER_NAME_SIZE];
	bool is_first = true;

	for (size_t i = 0; i < STATS_KEY_COUNT; i++) {
		if ((report->groups->keys >> i & 1) == 0)
			continue;
		buffer_append_format(line, "%s%s%s", is_first ? "" : ",", STATS_KEYS[i].name,
		                     strcmp(STATS_KEYS[i].name, "asn") == 0 ? ",as_name" : "");
		is_first = false;
	}
	for (size_t i = 0; i < STATS_COUNTER_COUNT; i++) {
		stats_counter_name(i, name);
		buffer_append_format(line, ",%s", name);
	}
	buffer_append_format(line, ",services_untold,per_1000_mail_hosts%s%s\n",
	                     has_key(report, "country") ? ",inhabitants,per_million_inhabitants" : "", CENSUS_COLUMNS);
}

static void write_keys(const struct stats_groups_report *report, const struct stats_group *group, struct buffer *line)
{
	size_t place = 0;

	for (size_t i = 0; i < STATS_KEY_COUNT; i++) {
		struct span value;

		if ((report->groups->keys >> i & 1) == 0)
			continue;
		value = stats_group_value(group, place);
		if (place++ > 0)
			buffer_append_byte(line, ',');
		if (STATS_KEYS[i].is_number)
			buffer_append(line, value);
		else
			csv_text(line, value, STATS_VALUE_SIZE, true);
		if (strcmp(STATS_KEYS[i].name, "asn") == 0) {
			buffer_append_byte(line, ',');
			csv_text(line, span_from_text(network_name(report, value)), ATTRIBUTION_NAME_MAX, true);
		}
	}
}

static void write_census(const struct stats_groups_report *report, struct buffer *line)
{
	const struct census_progress *progress = &report->reader->progress;

	buffer_append_format(line, ",%" PRId64 ",", report->reader->census);
	csv_text(line, span_from_text(report->reader->record.tool_version), LINE_TEXT_MAX / 4, true);
	buffer_append_format(line, ",%d,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",", STATS_METHOD,
	                     report->reader->record.host_count, progress->hosts_done, progress->hosts_silent, answered(report),
	                     report->total->counts[STATS_HOST_VERDICTS + HOST_UNKNOWN]);
	if (has_sweep(report))
		buffer_append_format(line, "%" PRIu64, progress->refused);
	buffer_append_byte(line, '\n');
}

static void write_line(const struct stats_groups_report *report, const struct stats_group *group, struct buffer *line)
{
	uint64_t inhabitants;
	char rate[RATE_TEXT_SIZE];

	write_keys(report, group, line);
	for (size_t i = 0; i < STATS_COUNTER_COUNT; i++) {
		buffer_append_byte(line, ',');
		append_number(line, group->counts[i]);
	}
	format_per_thousand(group, rate);
	buffer_append_format(line, ",%" PRIu64 ",%s", stats_group_untold_services(group), rate);
	if (has_key(report, "country")) {
		inhabitants = inhabitants_of(report, group);
		format_per_million(group, inhabitants, rate);
		buffer_append_byte(line, ',');
		if (inhabitants > 0)
			buffer_append_format(line, "%" PRIu64, inhabitants);
		buffer_append_format(line, ",%s", rate);
	}
	write_census(report, line);
}

void stats_groups_print_csv(const struct stats_groups_report *report, FILE *out)
{
	struct buffer line;

	buffer_init(&line, LINE_TEXT_MAX);
	write_titles(report, &line);
	flush(&line, out);
	for (size_t i = 0; i < report->groups->count; i++) {
		write_line(report, &report->groups->items[i], &line);
		flush(&line, out);
	}
	buffer_done(&line);
}

/* ---- JSON ---- */

/* Of each of perhaps 100,000 groups: names are made once, and need no escapes. */
static void write_counts(const struct stats_counter_names *names, const struct stats_group *group, struct buffer *out)
{
	for (size_t i = 0; i < STATS_COUNTER_COUNT; i++) {
		buffer_append_text(out, out->data[out->size - 1] == '{' ? "\"" : ",\"");
		buffer_append(out, span_make(names->names[i], names->sizes[i]));
		buffer_append_text(out, "\":");
		append_number(out, group->counts[i]);
	}
	json_number(out, "services_untold", stats_group_untold_services(group));
}

static void write_rate(struct buffer *out, const char *key, const char *rate)
{
	json_key(out, key);
	buffer_append_text(out, rate[0] != '\0' ? rate : "null");
}

static void write_value(const struct stats_groups_report *report, const struct stats_key *key, struct span value, struct buffer *out)
{
	uint64_t number;

	if (value.size == 0)
		json_null(out, key->name);
	else if (key->is_number && text_parse_unsigned(value, UINT32_MAX, &number))
		json_number(out, key->name, number);
	else
		json_span(out, key->name, value);
	if (strcmp(key->name, "asn") == 0)
		json_word_or_null(out, "as_name", network_name(report, value));
}

static void write_group(const struct stats_groups_report *report, const struct stats_counter_names *names, const struct stats_group *group,
                        struct buffer *out)
{
	uint64_t inhabitants;
	char rate[RATE_TEXT_SIZE];
	size_t place = 0;

	buffer_append_byte(out, '{');
	for (size_t i = 0; i < STATS_KEY_COUNT; i++) {
		if ((report->groups->keys >> i & 1) != 0)
			write_value(report, &STATS_KEYS[i], stats_group_value(group, place++), out);
	}
	write_counts(names, group, out);
	format_per_thousand(group, rate);
	write_rate(out, "per_1000_mail_hosts", rate);
	if (has_key(report, "country")) {
		inhabitants = inhabitants_of(report, group);
		json_number_or_null(out, "inhabitants", inhabitants);
		format_per_million(group, inhabitants, rate);
		write_rate(out, "per_million_inhabitants", rate);
	}
	buffer_append_byte(out, '}');
}

static void write_sources(const struct stats_groups_report *report, struct buffer *out)
{
	json_key(out, "sources");
	buffer_append_byte(out, '[');
	for (size_t i = 0; report->attributor != NULL && i < attributor_source_count(report->attributor); i++) {
		const struct attribution_origin *origin = attributor_source_at(report->attributor, i).origin;

		json_open_item(out);
		json_word(out, "source", origin->source);
		json_time(out, "date", origin->date);
		json_word_or_null(out, "notice", origin->notice);
		buffer_append_byte(out, '}');
	}
	buffer_append_byte(out, ']');
	if (!has_key(report, "country"))
		return;
	json_key(out, "population");
	buffer_append_byte(out, '{');
	json_word(out, "source", COUNTRY_POPULATION_SOURCE);
	json_number(out, "year", COUNTRY_POPULATION_YEAR);
	buffer_append_byte(out, '}');
}

static void write_head(const struct stats_groups_report *report, const struct stats_counter_names *names, struct buffer *out)
{
	const struct census_reader *reader = report->reader;
	char keys[STATS_KEYS_TEXT_SIZE];

	stats_keys_format(report->groups->keys, keys);
	buffer_append_byte(out, '{');
	json_word(out, "schema", "mailcensus.stats-by/1");
	json_signed(out, "census", reader->census);
	json_word(out, "tool_version", reader->record.tool_version);
	json_number(out, "method", STATS_METHOD);
	json_bool(out, "finished", reader->record.ended_at.unix_ms != 0);
	json_list(out, "by", span_from_text(keys), ",");
	json_number(out, "addresses", reader->record.host_count);
	json_number(out, "addresses_done", reader->progress.hosts_done);
	json_number(out, "addresses_silent", reader->progress.hosts_silent);
	json_number(out, "addresses_answered", answered(report));
	json_number(out, "addresses_untold", report->total->counts[STATS_HOST_VERDICTS + HOST_UNKNOWN]);
	if (has_sweep(report)) {
		json_number(out, "refused", reader->progress.refused);
		json_number(out, "unreachable", reader->progress.unreachable);
		json_number(out, "excluded", reader->progress.excluded);
	} else {
		json_null(out, "refused");
		json_null(out, "unreachable");
		json_null(out, "excluded");
	}
	json_key(out, "total");
	buffer_append_byte(out, '{');
	write_counts(names, report->total, out);
	buffer_append_byte(out, '}');
	write_sources(report, out);
}

void stats_groups_print_json(const struct stats_groups_report *report, FILE *out)
{
	struct stats_counter_names names;
	struct buffer text;

	stats_counter_names_make(&names);
	buffer_init(&text, 4 * LINE_TEXT_MAX);
	write_head(report, &names, &text);
	buffer_append_text(&text, ",\"groups\":[");
	for (size_t i = 0; i < report->groups->count; i++) {
		buffer_append_text(&text, i > 0 ? ",\n" : "\n");
		flush(&text, out);
		write_group(report, &names, &report->groups->items[i], &text);
	}
	buffer_append_text(&text, "]}\n");
	flush(&text, out);
	buffer_done(&text);
}
