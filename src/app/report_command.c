/* SPDX-License-Identifier: ISC */
/* mailcensus report: a census as others read it. Files appear whole or not at all. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/attribution_options.h"
#include "app/census_reader.h"
#include "app/command.h"
#include "app/contact_options.h"
#include "base/memory.h"
#include "report/report.h"

enum { SOURCES_MAX = 64 };

enum cells { CELLS_RAW, CELLS_SAFE };

struct report_options {
	struct reader_options reader;
	struct attribution_options attribution;
	struct contact_options contacts;
	const char *format, *output;
	unsigned by, cells;
	bool is_zipped;
	const char *organization, *contact, *domain;
};

static const char *const OWNERS[] = {"all", "asn", "country", "contact", NULL};
static const char *const CELLS[] = {"raw", "safe", NULL};

static const struct option_row ROWS[] = {
	{"format", "FORMAT", OPTION_TEXT, offsetof(struct report_options, format), 0, 0, NULL, false, "One of those below."},
	{"output", "PATH", OPTION_TEXT, offsetof(struct report_options, output), 0, 0, NULL, false,
         "Write to this file instead of stdout; shadowserver: into this directory."},
	{"by", "OWNER", OPTION_CHOICE, offsetof(struct report_options, by), 0, 0, OWNERS, false,
         "shadowserver: files for all together, for each asn, for each country, or for each contact (all)."},
	{"zip", NULL, OPTION_FLAG, offsetof(struct report_options, is_zipped), 0, 0, NULL, false,
         "shadowserver: each file as a zip that holds it alone, as it is mailed."},
	{"cells", "MODE", OPTION_CHOICE, offsetof(struct report_options, cells), 0, 0, CELLS, false,
         "CSV: raw, as programs want it, or safe, so that no cell is a formula to a spreadsheet (raw)."},
	{"organization", "NAME", OPTION_TEXT, offsetof(struct report_options, organization), 0, 0, NULL, false, "Who reports."},
	{"contact", "ADDRESS", OPTION_TEXT, offsetof(struct report_options, contact), 0, 0, NULL, false, "Mail address of who reports."},
	{"domain", "DOMAIN", OPTION_TEXT, offsetof(struct report_options, domain), 0, 0, NULL, false, "Domain of who reports."},
	READER_OPTION_ROWS(struct report_options),
	ATTRIBUTION_OPTION_ROWS(offsetof(struct report_options, attribution)),
	CONTACT_OPTION_ROWS(offsetof(struct report_options, contacts)),
	{.name = NULL},
};

struct reporting {
	struct census_reader reader;
	struct attributor *attributor;
	struct contact_table *contacts; /* NULL: nobody is to be told */
	struct timestamp now;           /* by which contacts expire */
	struct contact_chain chain;
	const struct report_format *format;
	struct report report;
	struct report_census census;
	const struct attribution_origin *sources[SOURCES_MAX];
	struct error *error;
	bool has_failed;
};

static bool report_one(void *context, const struct census_service *service)
{
	struct reporting *reporting = context;
	bool is_named = service->hostname != NULL && service->hostname->outcome == HOSTNAME_FOUND;
	struct attribution attribution;
	struct report_service out = {
		.line = census_service_line(&reporting->reader, service),
		.hostname = is_named ? service->hostname->name : "",
		.hostname_source = is_named ? hostname_source_name(service->hostname->source) : "",
		.host = {.offers_pop3 = service->host->offers_pop3,
	                 .offers_imap = service->host->offers_imap,
	                 .no_tls_pop3 = service->host->no_tls_pop3,
	                 .no_tls_imap = service->host->no_tls_imap},
		.is_first_of_host = service->is_first_of_host,
		.is_without_tls = service->is_without_tls,
	};

	attributor_look_up(reporting->attributor, service->service->endpoint.address, &attribution);
	out.line.attribution = &attribution;
	if (reporting->contacts != NULL) {
		contact_table_look_up(reporting->contacts,
		                      &(struct contact_question){.address = service->service->endpoint.address,
		                                                 .asn = attribution.asn,
		                                                 .country = attribution.country,
		                                                 .domain = census_service_confirmed_name(service),
		                                                 .now = reporting->now},
		                      &reporting->chain);
		out.line.contact = &reporting->chain;
	}
	if (service->certificate != NULL)
		out.certificate = census_reader_facts(&reporting->reader, service->certificate);
	reporting->has_failed = !report_add(&reporting->report, reporting->format, &out, reporting->error);
	return !reporting->has_failed;
}

static void fill_census(struct reporting *reporting, const struct report_options *options)
{
	const struct census_record *record = &reporting->reader.record;
	size_t count = attributor_source_count(reporting->attributor);

	reporting->census = (struct report_census){
		.record = *record,
		.progress = reporting->reader.progress,
		.generated_at = record->ended_at.unix_ms != 0 ? record->ended_at : record->started_at,
		.organization = options->organization,
		.contact = options->contact,
		.domain = options->domain,
		.sources = reporting->sources,
		.source_count = count < SOURCES_MAX ? count : SOURCES_MAX,
	};
	for (size_t i = 0; i < reporting->census.source_count; i++)
		reporting->sources[i] = attributor_source_at(reporting->attributor, i).origin;
}

static bool write_report(struct reporting *reporting, const struct report_options *options, struct error *error)
{
	struct report *report = &reporting->report;
	unsigned wants = reporting->format->is_counted ? CENSUS_WANTS_FINDINGS : CENSUS_WANTS_ALL;
	bool is_done;

	fill_census(reporting, options);
	*report = (struct report){
		.census = &reporting->census, .owner = (enum report_owner)options->by, .is_safe = options->cells == CELLS_SAFE};
	report->files = reporting->format->has_many_files ? report_files_open_directory(options->output, options->is_zipped, error)
	                                                  : report_files_open_one(options->output, error);
	if (report->files == NULL)
		return false;
	is_done = report_begin(report, reporting->format, error) &&
	          census_reader_visit(&reporting->reader, NULL, wants, report_one, reporting, error) && !reporting->has_failed;
	is_done = report_end(report, reporting->format, is_done, error);
	is_done = report_files_close(report->files, is_done, error);
	if (is_done && report->left_out > 0)
		fprintf(stderr, "mailcensus report: %" PRIu64 " services are in no file, as nobody may be told of them\n",
		        report->left_out);
	return is_done;
}

static const struct report_format *find_format(const char *name)
{
	for (size_t i = 0; REPORT_FORMATS[i] != NULL; i++) {
		if (name != NULL && strcmp(REPORT_FORMATS[i]->name, name) == 0)
			return REPORT_FORMATS[i];
	}
	return NULL;
}

/* Who asks for none gets the same report whatever was imported. */
static bool wants_contacts(const struct report_options *options)
{
	return options->by == REPORT_OWNER_CONTACT || options->contacts.files.count > 0;
}

static bool check_usage(const struct report_options *options, const struct report_format *format, struct error *error)
{
	if (options->format == NULL)
		return error_set(error, "say which --format; \"mailcensus help report\" lists them");
	if (format == NULL)
		return error_set(error, "there is no format '%s'; \"mailcensus help report\" lists them", options->format);
	if (format->has_many_files && options->output == NULL)
		return error_set(error, "%s is several files: say into which directory by --output", format->name);
	if (!format->has_many_files && (options->is_zipped || options->by != REPORT_OWNER_ALL))
		return error_set(error, "--zip and --by are for formats of several files; %s is one", format->name);
	if (options->contacts.at != NULL && !wants_contacts(options))
		return error_set(error, "--contacts-at is for reports with --contacts or --by contact");
	if (format->needs_reporter && (options->organization[0] == '\0' || options->contact[0] == '\0' || options->domain[0] == '\0'))
		return error_set(error, "%s says who reports: give --organization, --contact and --domain", format->name);
	return true;
}

static bool open_contacts(struct reporting *reporting, const struct report_options *options, struct error *error)
{
	if (!wants_contacts(options))
		return true;
	reporting->contacts = contact_options_open(&options->contacts, NULL, NULL, error);
	if (reporting->contacts == NULL)
		return false;
	if (contact_table_count(reporting->contacts) > 0)
		return true;
	return error_set(error, "no contact is known: name a file by --contacts, or take some in with \"mailcensus contacts import\"");
}

static int run_parsed(const struct report_options *options, struct error *error)
{
	struct reporting *reporting = memory_allocate(1, sizeof(*reporting));
	bool is_done = false;

	reporting->format = find_format(options->format);
	reporting->error = error;
	if (!check_usage(options, reporting->format, error) || !contact_options_time(&options->contacts, &reporting->now, error)) {
		free(reporting);
		return EXIT_USAGE;
	}
	reporting->attributor = attribution_open(&options->attribution, error);
	if (reporting->attributor != NULL && open_contacts(reporting, options, error) &&
	    census_reader_open(&options->reader, &reporting->reader, error)) {
		is_done = write_report(reporting, options, error);
		census_reader_close(&reporting->reader);
	}
	contact_table_free(reporting->contacts);
	attributor_close(reporting->attributor);
	free(reporting);
	return is_done ? EXIT_DONE : EXIT_FAILED;
}

static int run_report(int argc, char **argv)
{
	struct report_options options = {.reader = {.database = "mailcensus.db"},
	                                 .attribution = ATTRIBUTION_OPTIONS_DEFAULT,
	                                 .contacts = CONTACT_OPTIONS_DEFAULT,
	                                 .organization = "",
	                                 .contact = "",
	                                 .domain = ""};
	struct option_result parsed;
	struct error error = {{0}};
	int code;

	if (!options_parse(ROWS, argc, argv, &options, &parsed, &error))
		return command_fail(&REPORT_COMMAND, EXIT_USAGE, &error);
	if (parsed.wants_help || parsed.arguments.count > 0) {
		text_list_done(&parsed.arguments);
		attribution_options_done(&options.attribution);
		contact_options_done(&options.contacts);
		command_help(&REPORT_COMMAND);
		return parsed.wants_help ? EXIT_DONE : EXIT_USAGE;
	}
	code = run_parsed(&options, &error);
	attribution_options_done(&options.attribution);
	contact_options_done(&options.contacts);
	return code == EXIT_DONE ? code : command_fail(&REPORT_COMMAND, code, &error);
}

const struct command REPORT_COMMAND = {
	"report",
	NULL,
	"Write a census as a report that others read: CERTs, dashboards, people.",
	"Formats:\n"
	"  shadowserver   CSV as Shadowserver's: scan_pop3, scan_imap, and both _vulnerable; into a directory\n"
	"  intelmq        events of IntelMQ, JSON lines\n"
	"  jsonl          our own JSON lines with everything, as export writes them\n"
	"  html           one page for people, with map, tables and method; to be printed, too\n"
	"  markdown       the tables of a published finding\n"
	"  tables         the same tables as CSV\n"
	"  zgrab2         JSON lines as zgrab2's\n"
	"  stix           a bundle of STIX 2.1\n"
	"  cef            events in the Common Event Format\n"
	"  xarf           reports of XARF 4, JSON lines, for services without TLS\n"
	"  openmetrics    totals for dashboards\n"
	"What each format has, and how it is to be read, is told in docs/reports.md.\n",
	ROWS,
	run_report,
};
