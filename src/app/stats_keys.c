/* SPDX-License-Identifier: ISC */
/* Each row says what it takes; "could not tell" and "does not apply" are told apart everywhere. */
#include "app/stats_keys.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "certificate/name_part.h"
#include "report/clean_text.h"

const char STATS_VALUE_NONE[] = "(none)", STATS_VALUE_OTHERS[] = "(others)";
static const char UNTOLD[] = "", SELF_SIGNED[] = "(self-signed)";

enum { NAME_MAX_SIZE = 512 };

bool stats_is_untold(enum verdict verdict)
{
	return verdict == VERDICT_UNKNOWN || verdict == VERDICT_SLOW || verdict == VERDICT_RATE_LIMITED;
}

/* ---- values ---- */

/* A word of ours. */
static void put(struct stats_values *values, const char *word)
{
	if (values->count < STATS_VALUES_MAX)
		(void)snprintf(values->texts[values->count++], STATS_VALUE_SIZE, "%s", word);
}

static bool is_plain(const char *text)
{
	size_t size = 0;

	for (; text[size] != '\0'; size++) {
		if (text[size] < 0x20 || text[size] > 0x7e || size + 1 == STATS_VALUE_SIZE)
			return false;
	}
	return size > 0 && text[0] != '(';
}

/* What a server had a say in. */
static void put_hostile(struct stats_values *values, const char *text)
{
	struct buffer clean;

	if (is_plain(text)) {
		put(values, text);
		return;
	}
	buffer_init(&clean, STATS_VALUE_SIZE);
	clean_text(span_from_text(text), STATS_VALUE_SIZE - 4, LINE_ENDS_DROPPED, &clean);
	if (clean.size > 0 && clean.data[0] == '(' && values->count < STATS_VALUES_MAX)
		(void)snprintf(values->texts[values->count++], STATS_VALUE_SIZE, "\"%s\"", buffer_text(&clean));
	else
		put(values, buffer_text(&clean));
	buffer_done(&clean);
}

static void put_none_or_untold(const struct stats_subject *subject, struct stats_values *values)
{
	put(values, stats_is_untold(subject->service->service->verdict) ? UNTOLD : STATS_VALUE_NONE);
}

/* ---- keys of hosts ---- */

static void take_country(const struct stats_subject *subject, struct stats_values *values)
{
	const struct attribution *attribution = subject->attribution;

	put(values, (attribution->flags & ATTRIBUTION_ANYCAST) != 0 ? "anycast" : attribution->country);
}

static void take_asn(const struct stats_subject *subject, struct stats_values *values)
{
	char text[16] = "";

	if (subject->attribution->asn != 0)
		(void)snprintf(text, sizeof(text), "%" PRIu32, subject->attribution->asn);
	put(values, text);
}

static void take_family(const struct stats_subject *subject, struct stats_values *values)
{
	put(values, subject->service->service->endpoint.address.family == IP_FAMILY_4 ? "IPv4" : "IPv6");
}

static void take_offer(const struct stats_subject *subject, struct stats_values *values)
{
	const struct host_judgement *host = subject->service->host;

	if (host->offers_pop3 || host->offers_imap)
		put(values, !host->offers_imap ? "pop3" : !host->offers_pop3 ? "imap" : "both");
	else
		put(values, host->verdict == HOST_UNKNOWN ? UNTOLD : STATS_VALUE_NONE);
}

static void take_host_verdict(const struct stats_subject *subject, struct stats_values *values)
{
	put(values, host_verdict_name(subject->service->host->verdict));
}

static void put_findings(const struct finding_record *findings, size_t count, struct stats_values *values)
{
	for (size_t i = 0; i < count; i++)
		put_hostile(values, findings[i].id);
}

static void take_host_finding(const struct stats_subject *subject, struct stats_values *values)
{
	put_findings(subject->service->host_findings, subject->service->host_finding_count, values);
	if (values->count == 0)
		put(values, subject->service->host->verdict == HOST_UNKNOWN ? UNTOLD : STATS_VALUE_NONE);
}

/* ---- keys of services ---- */

static void take_port(const struct stats_subject *subject, struct stats_values *values)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%u", subject->service->service->endpoint.port);
	put(values, text);
}

static void take_verdict(const struct stats_subject *subject, struct stats_values *values)
{
	put(values, verdict_name(subject->service->service->verdict));
}

/* Where facts were never summed up nothing is known of findings. */
static void take_finding(const struct stats_subject *subject, struct stats_values *values)
{
	put_findings(subject->service->findings, subject->service->finding_count, values);
	if (values->count == 0 && subject->service->service->tls_facts.connections == 0)
		put(values, subject->service->service->verdict == VERDICT_CLOSED ? STATS_VALUE_NONE : UNTOLD);
	else if (values->count == 0)
		put_none_or_untold(subject, values);
}

static bool is_mail(const struct census_service *service)
{
	return service->counts_for == WIRE_POP3 || service->counts_for == WIRE_IMAP;
}

static void take_product(const struct stats_subject *subject, struct stats_values *values)
{
	const struct software *software = &subject->service->service->software;

	if (software->product[0] != '\0')
		put_hostile(values, software->product);
	else if (is_mail(subject->service))
		put(values, UNTOLD);
	else
		put_none_or_untold(subject, values);
}

static void take_version(const struct stats_subject *subject, struct stats_values *values)
{
	const struct software *software = &subject->service->service->software;
	char text[sizeof(software->product) + sizeof(software->version) + 1];

	if (software->product[0] == '\0' || software->version[0] == '\0') {
		take_product(subject, values);
		return;
	}
	(void)snprintf(text, sizeof(text), "%s %s", software->product, software->version);
	put_hostile(values, text);
}

static void take_issuer(const struct stats_subject *subject, struct stats_values *values)
{
	const struct certificate_record *certificate = subject->service->certificate;
	char name[NAME_MAX_SIZE];

	if (certificate == NULL && !subject->service->service->tls_facts.is_seen && subject->service->service->tls.certificate_count == 0)
		put_none_or_untold(subject, values);
	else if (certificate == NULL || !certificate->is_readable)
		put(values, UNTOLD);
	else if (certificate->is_self_signed)
		put(values, SELF_SIGNED);
	else if (name_part_find(span_from_text(certificate->issuer), "O", name, sizeof(name)) ||
	         name_part_find(span_from_text(certificate->issuer), "CN", name, sizeof(name)))
		put_hostile(values, name);
	else
		put_hostile(values, certificate->issuer);
}

static void take_tls(const struct stats_subject *subject, struct stats_values *values)
{
	const struct service_record *service = subject->service->service;

	for (size_t i = TLS_INDEX_COUNT; i-- > 0;) {
		if (service->tls_facts.versions[i] == ANSWER_YES) {
			put(values, tls_version_name(tls_index_version((enum tls_version_index)i)));
			return;
		}
	}
	if (service->tls_facts.is_seen || service->tls_proven)
		put(values, tls_version_name(service->tls.version));
	else
		put_none_or_untold(subject, values);
}

static void take_post_quantum(const struct stats_subject *subject, struct stats_values *values)
{
	const struct service_record *service = subject->service->service;

	if (service->tls_facts.post_quantum != ANSWER_UNKNOWN)
		put(values, service->tls_facts.post_quantum == ANSWER_YES ? "yes" : "no");
	else if (service->tls_facts.is_seen || service->tls_proven)
		put(values, UNTOLD);
	else
		put_none_or_untold(subject, values);
}

const struct stats_key STATS_KEYS[] = {
	{.name = "country", .title = "COUNTRY", .unit = STATS_OF_HOST, .is_attributed = true, .take = take_country},
	{.name = "asn", .title = "ASN", .unit = STATS_OF_HOST, .is_number = true, .is_attributed = true, .take = take_asn},
	{.name = "family", .title = "FAMILY", .unit = STATS_OF_HOST, .take = take_family},
	{.name = "protocol", .title = "PROTOCOL", .unit = STATS_OF_HOST, .take = take_offer},
	{.name = "host", .title = "HOST", .unit = STATS_OF_HOST, .take = take_host_verdict},
	{.name = "host-finding",
         .title = "HOST FINDING",
         .unit = STATS_OF_HOST,
         .is_many = true,
         .wants = CENSUS_WANTS_FINDINGS,
         .take = take_host_finding},
	{.name = "port", .title = "PORT", .unit = STATS_OF_SERVICE, .is_number = true, .take = take_port},
	{.name = "verdict", .title = "VERDICT", .unit = STATS_OF_SERVICE, .take = take_verdict},
	{.name = "finding",
         .title = "FINDING",
         .unit = STATS_OF_SERVICE,
         .is_many = true,
         .wants = CENSUS_WANTS_FINDINGS,
         .take = take_finding},
	{.name = "software", .title = "SOFTWARE", .unit = STATS_OF_SERVICE, .take = take_product},
	{.name = "version", .title = "VERSION", .unit = STATS_OF_SERVICE, .take = take_version},
	{.name = "issuer", .title = "ISSUER", .unit = STATS_OF_SERVICE, .wants = CENSUS_WANTS_ISSUERS, .take = take_issuer},
	{.name = "tls", .title = "TLS", .unit = STATS_OF_SERVICE, .take = take_tls},
	{.name = "pq", .title = "PQ", .unit = STATS_OF_SERVICE, .take = take_post_quantum},
};
const size_t STATS_KEY_COUNT = ARRAY_LENGTH(STATS_KEYS);
_Static_assert(ARRAY_LENGTH(STATS_KEYS) <= STATS_KEYS_MAX, "a set of keys has STATS_KEYS_MAX bits");

/* ---- sets of keys ---- */

size_t stats_key_find(struct span name)
{
	size_t place = 0;

	while (place < STATS_KEY_COUNT && !span_equals_text(name, STATS_KEYS[place].name))
		place++;
	return place;
}

bool stats_keys_parse(const char *text, unsigned *keys_out, struct error *error)
{
	struct span rest = span_from_text(text);
	char all[STATS_KEYS_TEXT_SIZE];
	unsigned keys = 0;
	bool has_more = true;

	while (has_more) {
		size_t end = span_find_byte(rest, ','), place = stats_key_find(span_trim(span_part(rest, 0, end)));

		if (place == STATS_KEY_COUNT) {
			stats_keys_format((1U << STATS_KEY_COUNT) - 1, all);
			return error_set(error, "--by %.80s: by one or more of %s", text, all);
		}
		keys |= 1U << place;
		has_more = end < rest.size;
		rest = span_part(rest, end + 1, rest.size);
	}
	*keys_out = keys;
	return true;
}

void stats_keys_format(unsigned keys, char text[STATS_KEYS_TEXT_SIZE])
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < STATS_KEY_COUNT; i++) {
		if ((keys >> i & 1) != 0)
			used += (size_t)snprintf(text + used, STATS_KEYS_TEXT_SIZE - used, "%s%s", used > 0 ? "," : "", STATS_KEYS[i].name);
	}
}

bool stats_keys_are_attributed(unsigned keys)
{
	bool is_any = false;

	for (size_t i = 0; i < STATS_KEY_COUNT; i++)
		is_any = is_any || ((keys >> i & 1) != 0 && STATS_KEYS[i].is_attributed);
	return is_any;
}

bool stats_keys_are_of_hosts(unsigned keys)
{
	bool are_all = true;

	for (size_t i = 0; i < STATS_KEY_COUNT; i++)
		are_all = are_all && ((keys >> i & 1) == 0 || STATS_KEYS[i].unit == STATS_OF_HOST);
	return are_all;
}

unsigned stats_keys_wants(unsigned keys)
{
	unsigned wants = 0;

	for (size_t i = 0; i < STATS_KEY_COUNT; i++)
		wants |= (keys >> i & 1) != 0 ? STATS_KEYS[i].wants : 0;
	return wants;
}
