/* SPDX-License-Identifier: ISC */
/* mailcensus show: what was decided, host by host, and why; for one address the evidence too. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/attribution_options.h"
#include "app/census_reader.h"
#include "app/command.h"
#include "app/show_facts.h"
#include "base/text.h"
#include "model/transcript.h"
#include "report/jsonl.h"
#include "scope/target_set.h"

struct show_options {
	struct reader_options reader;
	struct attribution_options attribution;
	bool json, transcript;
};

static const struct option_row ROWS[] = {
	READER_OPTION_ROWS(struct show_options),
	ATTRIBUTION_OPTION_ROWS(offsetof(struct show_options, attribution)),
	{"json", NULL, OPTION_FLAG, offsetof(struct show_options, json), 0, 0, NULL, false,
         "One JSON object per service; with --transcript one per conversation."},
	{"transcript", NULL, OPTION_FLAG, offsetof(struct show_options, transcript), 0, 0, NULL, false,
         "Every byte of every conversation, escaped (always shown for a single address)."},
	{.name = NULL},
};

enum { SHOWN_BYTES_MAX = JSONL_LINE_MAX, CELL_MAX = 34 };

struct showing {
	const struct show_options *options;
	struct census_reader *reader;
	struct attributor *attributor;
	bool has_address;
	struct ip_address address;
	uint16_t port; /* 0: all */
	bool has_printed;
	struct buffer line;
};

static const char *escaped(struct buffer *line, struct span bytes)
{
	buffer_clear(line);
	text_escape(bytes, line);
	return buffer_text(line);
}

/* One line per service; columns are fixed so that a census of any size streams. */
static void print_row(struct showing *showing, const struct census_service *service)
{
	const struct service_record *record = service->service;
	char endpoint[ENDPOINT_TEXT_SIZE];
	const char *greeting;

	endpoint_format(record->endpoint, endpoint);
	greeting = escaped(&showing->line, record->greeting);
	if (!showing->has_printed)
		printf("%-22s %-6s %-21s %-11s %s\n", "ENDPOINT", "SPEAKS", "VERDICT", "CLEAR LOGIN", "GREETING");
	printf("%-22s %-6s %-21s %-11s %.*s%s\n", endpoint, record->protocol == WIRE_UNKNOWN ? "-" : wire_protocol_name(record->protocol),
	       verdict_name(record->verdict),
	       record->cleartext_login == CLEARTEXT_LOGIN_UNKNOWN ? "-" : cleartext_login_name(record->cleartext_login), CELL_MAX, greeting,
	       strlen(greeting) > CELL_MAX ? "..." : "");
	showing->has_printed = true;
}

/* Each line by whoever says it. */
static void print_attribution(struct showing *showing, struct ip_address address)
{
	struct attribution attribution;
	char prefix[IP_RANGE_TEXT_SIZE], number[32];

	attributor_look_up(showing->attributor, address, &attribution);
	attribution_format_prefix(&attribution, address, prefix);
	show_text_field(&showing->line, "country", attribution.country);
	if (attribution.country_origin == NULL)
		show_text_field(&showing->line, "country code", attribution.country_reserved);
	if ((attribution.flags & ATTRIBUTION_ANYCAST) != 0)
		show_text_field(&showing->line, "anycast", "answered in many places, so the country says little");
	(void)snprintf(number, sizeof(number), "AS%" PRIu32, attribution.asn);
	show_text_field(&showing->line, "network", attribution.asn != 0 ? number : "");
	show_text_field(&showing->line, "of", attribution.as_name);
	show_text_field(&showing->line, "prefix", prefix);
	show_text_field(&showing->line, "sector", attribution.sector);
	show_text_field(&showing->line, "NAICS", attribution.naics);
	show_text_field(&showing->line, "country from", attribution.country_origin != NULL ? attribution.country_origin->source : "");
	show_text_field(&showing->line, "network from", attribution.asn_origin != NULL ? attribution.asn_origin->source : "");
}

static void print_hostname(struct showing *showing, const struct hostname_record *hostname)
{
	static const char *const CONFIRMED[] = {
		[ANSWER_UNKNOWN] = "by the reverse DNS; whether it leads back to the address could not be told",
		[ANSWER_NO] = "by the reverse DNS alone: the name does not lead back to the address",
		[ANSWER_YES] = "by the reverse DNS, and the name leads back to the address",
	};

	if (hostname == NULL || hostname->outcome != HOSTNAME_FOUND)
		return;
	show_text_field(&showing->line, "host name", hostname->name);
	show_text_field(&showing->line, "named", CONFIRMED[hostname->is_confirmed]);
}

static void print_service(struct showing *showing, const struct census_service *service)
{
	const struct service_record *record = service->service;
	struct buffer *line = &showing->line;
	char endpoint[ENDPOINT_TEXT_SIZE], decided[TIMESTAMP_TEXT_SIZE];

	if (service->is_first_of_host || !showing->has_printed) {
		char address[IP_ADDRESS_TEXT_SIZE];

		ip_address_format(record->endpoint.address, address);
		printf("%s: %s: %s\n", address, host_verdict_name(service->host->verdict), host_verdict_sentence(service->host->verdict));
		print_hostname(showing, service->hostname);
		print_attribution(showing, record->endpoint.address);
		show_findings(line, service->host_findings, service->host_finding_count);
	}
	endpoint_format(record->endpoint, endpoint);
	timestamp_format(record->decided_at, decided);
	printf("\n  %s  %s (%s confidence)\n", endpoint, verdict_name(record->verdict), confidence_name(record->confidence));
	show_text_field(line, "meaning", verdict_sentence(record->verdict));
	show_field(line, "because", record->reason);
	show_text_field(line, "speaks", wire_protocol_name(record->protocol));
	if (record->plaintext_on_tls_port)
		show_text_field(line, "note", "clear text on a port meant for TLS");
	show_text_field(line, "clear login", cleartext_login_name(record->cleartext_login));
	show_field(line, "greeting", record->greeting);
	show_field(line, "capabilities", record->capabilities_before);
	show_field(line, "inside TLS", record->capabilities_after);
	show_text_field(line, "STARTTLS", presence_name(record->starttls_advertised));
	show_text_field(line, "upgrade", upgrade_name(record->upgrade));
	show_field(line, "upgrade reply", record->upgrade_reply);
	show_facts(line, service);
	show_flags("seen", record->observation_flags, observation_flag_name);
	printf("    %-14s %s, after %u conversation%s, the deciding one: %s\n", "decided", decided, record->attempts,
	       record->attempts == 1 ? "" : "s", ending_name(record->ending));
	show_findings(line, service->findings, service->finding_count);
	showing->has_printed = true;
}

static bool show_service(void *context, const struct census_service *service)
{
	struct showing *showing = context;

	if (showing->port != 0 && service->service->endpoint.port != showing->port)
		return true;
	if (showing->options->json) {
		struct jsonl_service line = census_service_line(showing->reader, service);
		struct attribution attribution;

		attributor_look_up(showing->attributor, service->service->endpoint.address, &attribution);
		line.attribution = &attribution;
		buffer_clear(&showing->line);
		jsonl_append_service(&line, &showing->line);
		(void)fwrite(showing->line.data, 1, showing->line.size, stdout);
		showing->has_printed = true;
	} else if (showing->has_address) {
		print_service(showing, service);
	} else {
		print_row(showing, service);
	}
	return !ferror(stdout);
}

static void print_conversation_json(struct showing *showing, const struct conversation_record *conversation, const char *endpoint,
                                    const char *started)
{
	struct span rest = conversation->transcript;
	struct transcript_record record;
	const char *comma = "";

	printf("{\"schema\":\"mailcensus.conversation/1\",\"census\":%" PRId64
	       ",\"endpoint\":\"%s\",\"attempt\":%u,\"started_at\":\"%s\",\"duration_ms\":%u,\"ending\":\"%s\",\"records\":[",
	       showing->reader->census, endpoint, conversation->attempt, started, conversation->duration_ms,
	       ending_name(conversation->ending));
	while (transcript_take(&rest, &record)) {
		buffer_clear(&showing->line);
		text_append_json(record.bytes, &showing->line);
		printf("%s{\"kind\":\"%s\",\"at_ms\":%u,\"bytes\":", comma, transcript_kind_name(record.kind), record.at_ms);
		(void)fwrite(showing->line.data, 1, showing->line.size, stdout);
		printf("}");
		comma = ",";
	}
	printf("]}\n");
}

static bool show_conversation(void *context, const struct conversation_record *conversation)
{
	struct showing *showing = context;
	char endpoint[ENDPOINT_TEXT_SIZE], started[TIMESTAMP_TEXT_SIZE];

	if (showing->port != 0 && conversation->endpoint.port != showing->port)
		return true;
	endpoint_format(conversation->endpoint, endpoint);
	timestamp_format(conversation->started_at, started);
	if (showing->options->json) {
		print_conversation_json(showing, conversation, endpoint, started);
	} else {
		buffer_clear(&showing->line);
		transcript_render(conversation->transcript, &showing->line);
		printf("\n  %s#%u  %s  %s after %u ms\n", endpoint, conversation->attempt, started, ending_name(conversation->ending),
		       conversation->duration_ms);
		for (struct span rest = buffer_view(&showing->line); rest.size > 0;) {
			struct span line = span_take_line(&rest);

			printf("    %.*s\n", (int)line.size, (const char *)line.data);
		}
	}
	showing->has_printed = true;
	return !ferror(stdout);
}

static bool parse_address(const char *word, struct showing *showing, struct error *error)
{
	struct ip_range range;
	struct port_list ports;
	struct span name;
	enum target_kind kind = target_parse(span_from_text(word), &range, &ports, &name, error);

	if (kind != TARGET_RANGE || ip_address_compare(range.first, range.last) != 0 || ports.count > 1)
		return error_set(error, "'%s' is not an address of the census; give one as 192.0.2.1 or 192.0.2.1:143", word);
	showing->has_address = true;
	showing->address = range.first;
	showing->port = ports.count == 1 ? ports.ports[0] : 0;
	return true;
}

static bool show_all(struct showing *showing, struct error *error)
{
	const struct ip_address *only = showing->has_address ? &showing->address : NULL;
	struct store_visitor visitor = {.context = showing, .on_conversation = show_conversation};
	bool wants_services = !(showing->options->json && showing->options->transcript);

	if (wants_services &&
	    !census_reader_visit(showing->reader, only, showing->has_address || showing->options->json ? CENSUS_WANTS_ALL : 0, show_service,
	                         showing, error))
		return false;
	if (showing->options->transcript || (showing->has_address && !showing->options->json))
		return store_visit_conversations(showing->reader->store, showing->reader->census, only, &visitor, error);
	return true;
}

static int run_parsed(struct showing *showing, struct error *error)
{
	struct census_reader *reader = showing->reader;
	bool is_done;

	showing->attributor = attribution_open(&showing->options->attribution, error);
	if (showing->attributor == NULL)
		return EXIT_FAILED;
	is_done = census_reader_open(&showing->options->reader, reader, error);
	if (is_done) {
		buffer_init(&showing->line, SHOWN_BYTES_MAX);
		is_done = show_all(showing, error);
		if (is_done && !showing->has_printed)
			fprintf(stderr, "census %" PRId64 " holds nothing %s\n", reader->census,
			        showing->has_address ? "about this address" : "yet");
		buffer_done(&showing->line);
		census_reader_close(reader);
	}
	attributor_close(showing->attributor);
	return is_done ? EXIT_DONE : EXIT_FAILED;
}

static int run_show(int argc, char **argv)
{
	struct show_options options = {.reader = {.database = "mailcensus.db"}, .attribution = ATTRIBUTION_OPTIONS_DEFAULT};
	struct census_reader reader;
	struct showing showing = {.options = &options, .reader = &reader};
	struct option_result parsed;
	struct error error = {{0}};
	int code = EXIT_DONE;

	if (!options_parse(ROWS, argc, argv, &options, &parsed, &error))
		return command_fail(&SHOW_COMMAND, EXIT_USAGE, &error);
	if (parsed.arguments.count > 0 && !parse_address(parsed.arguments.items[0], &showing, &error)) {
		code = command_fail(&SHOW_COMMAND, EXIT_USAGE, &error);
	} else if (parsed.wants_help || parsed.arguments.count > 1) {
		code = parsed.wants_help ? EXIT_DONE : EXIT_USAGE;
		command_help(&SHOW_COMMAND);
	} else {
		code = run_parsed(&showing, &error);
		if (code != EXIT_DONE)
			(void)command_fail(&SHOW_COMMAND, code, &error);
	}
	text_list_done(&parsed.arguments);
	attribution_options_done(&options.attribution);
	return code;
}

const struct command SHOW_COMMAND = {
	"show",
	"[ADDRESS[:PORT]]",
	"Show the verdicts; for one address also why, the evidence and every byte that was said.",
	"What servers sent is shown escaped (\\r, \\n, \\xHH), so nothing of it can steer the terminal.\n",
	ROWS,
	run_show,
};
