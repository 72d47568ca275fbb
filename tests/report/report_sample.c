/* SPDX-License-Identifier: ISC */
/* Writes a report of a made-up census, so that others can look at it.
   usage: report_sample FORMAT OUTPUT all|asn|country|contact raw|safe plain|zip [FILE | many:N]
   FILE: hostile strings, one a line in hexadecimal; each becomes every text of two services.
   many:N: N services, of hosts, networks and words of their own; the most memory is told on stderr. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "model/tls_group.h"
#include "report/report.h"

static const struct attribution_origin ORIGIN = {
	.source = "sample-attribution", .notice = "Sample data, CC0", .date = {.unix_ms = 1763769600000}};
static const struct attribution_origin *const ORIGINS[] = {&ORIGIN};

enum { DECIDED_AT_S = 1795466160 };

static struct error error;

static void fail(const char *what)
{
	fprintf(stderr, "report_sample: %s: %s\n", what, error.text);
	exit(1);
}

/* All that one service is made of; texts point into it. */
struct sample {
	struct service_record record;
	struct certificate_record kept;
	struct certificate_facts facts;
	struct chain_record chain;
	struct attribution attribution;
	struct finding_record findings[2];
	struct contact_step steps[2];
	struct contact_chain contact;
	struct hostname_record hostname;
	struct report_service service;
};

static void fill_names(struct certificate_facts *facts, const char *host)
{
	(void)snprintf(facts->subject, sizeof(facts->subject), "CN=%s,O=Example Ltd,L=Berlin,C=DE", host);
	(void)snprintf(facts->issuer, sizeof(facts->issuer), "CN=Example CA,O=Example Trust,C=US");
	(void)snprintf(facts->common_name, sizeof(facts->common_name), "%s", host);
	(void)snprintf(facts->names, sizeof(facts->names), "%s imap.example.org", host);
	(void)snprintf(facts->subject_parts.common_name, sizeof(facts->subject_parts.common_name), "%s", host);
	(void)snprintf(facts->subject_parts.organization_name, sizeof(facts->subject_parts.organization_name), "Example Ltd");
	(void)snprintf(facts->subject_parts.locality_name, sizeof(facts->subject_parts.locality_name), "Berlin");
	(void)snprintf(facts->subject_parts.country, sizeof(facts->subject_parts.country), "DE");
	(void)snprintf(facts->issuer_parts.common_name, sizeof(facts->issuer_parts.common_name), "Example CA");
	(void)snprintf(facts->issuer_parts.organization_name, sizeof(facts->issuer_parts.organization_name), "Example Trust");
	(void)snprintf(facts->issuer_parts.country, sizeof(facts->issuer_parts.country), "US");
}

static void fill_certificate(struct sample *sample, const char *host)
{
	struct certificate_facts *facts = &sample->facts;

	*facts = (struct certificate_facts){.is_readable = true,
	                                    .version = 2,
	                                    .sha256 = {0xab, 0xcd},
	                                    .spki_sha256 = {5},
	                                    .has_dns_names = true,
	                                    .not_before = {.unix_ms = (DECIDED_AT_S - 86400) * 1000LL},
	                                    .not_after = {.unix_ms = (DECIDED_AT_S + 30 * 86400) * 1000LL},
	                                    .serial = "1f3a0",
	                                    .key_type = "RSA",
	                                    .key_bits = 2048,
	                                    .signature_algorithm = "RSA-SHA256",
	                                    .signature_hash = "SHA256",
	                                    .is_known_weak_key = ANSWER_NO,
	                                    .validation_level = "DV",
	                                    .md5 = "d41d8cd98f00b204e9800998ecf8427e",
	                                    .sha1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709"};
	memset(facts->sha512, 'c', sizeof(facts->sha512) - 1);
	fill_names(facts, host);
	sample->kept = (struct certificate_record){
		.der = span_from_text("no DER"),
		.not_before = facts->not_before,
		.not_after = facts->not_after,
		.subject = facts->subject,
		.issuer = facts->issuer,
		.common_name = facts->common_name,
		.names = facts->names,
		.serial = facts->serial,
		.key_type = facts->key_type,
		.signature_algorithm = facts->signature_algorithm,
		.key_bits = facts->key_bits,
		.is_readable = true,
		.curve = "",
		.signature_hash = facts->signature_hash,
		.validation_level = facts->validation_level,
		.has_dns_names = true,
		.is_known_weak_key = ANSWER_NO,
		.spki_sha256 = {5},
	};
	memcpy(sample->kept.sha256, facts->sha256, sizeof(facts->sha256));
	sample->chain = (struct chain_record){
		.sha256 = {7},
		.count = 1,
		.fingerprints = {{0xab, 0xcd}},
		.is_ordered = ANSWER_YES,
		.has_root = ANSWER_NO,
		.system = TRUST_GOOD,
		.mozilla = TRUST_GOOD,
		.missing_issuer = "",
		.weakest_signature_hash = "SHA256",
		.smallest_rsa_bits = 2048,
		.not_after = facts->not_after,
		.judged_at = {.unix_ms = DECIDED_AT_S * 1000LL},
	};
	memcpy(sample->record.tls.leaf_sha256, facts->sha256, sizeof(facts->sha256));
	sample->record.tls.certificate_count = 1;
	sample->record.tls.chain_sha256[0] = 7;
	sample->service.certificate = facts;
	sample->service.line.certificate = &sample->kept;
	sample->service.line.chain = &sample->chain;
}

/* Links the parts once they are where they stay. */
static void link_parts(struct sample *sample)
{
	sample->service.line.census = 7;
	sample->service.line.service = &sample->record;
	sample->service.line.attribution = &sample->attribution;
	sample->service.line.findings = sample->findings;
	if (sample->service.hostname == NULL)
		sample->service.hostname = sample->service.hostname_source = "";
}

static void fill(struct sample *sample, const char *address, uint16_t port, enum verdict verdict, const char *greeting)
{
	*sample = (struct sample){.record = {.endpoint = {.port = port},
	                                     .decided_at = {.unix_ms = DECIDED_AT_S * 1000LL + 123},
	                                     .protocol = port == 110 || port == 995 ? WIRE_POP3 : WIRE_IMAP,
	                                     .verdict = verdict,
	                                     .confidence = CONFIDENCE_HIGH,
	                                     .cleartext_login = CLEARTEXT_LOGIN_ADVERTISED,
	                                     .ending = ENDING_COMPLETE,
	                                     .attempts = 2,
	                                     .reason = span_from_text("why, in a sentence (D-14)"),
	                                     .greeting = span_from_text(greeting),
	                                     .capabilities_before = span_from_text(port == 110 ? "USER / TOP" : "IMAP4rev1 IDLE"),
	                                     .upgrade_reply = span_from_text("-ERR no")},
	                          .attribution = {.as_name = "", .sector = "", .naics = "", .prefix_length = -1}};
	if (!ip_address_parse(span_from_text(address), &sample->record.endpoint.address))
		fail(address);
	link_parts(sample);
}

static void attribute(struct sample *sample, const char *country, uint32_t asn, const char *name, int16_t length)
{
	(void)snprintf(sample->attribution.country, sizeof(sample->attribution.country), "%s", country);
	sample->attribution.asn = asn;
	sample->attribution.as_name = name;
	sample->attribution.prefix_length = length;
	sample->attribution.country_origin = sample->attribution.asn_origin = sample->attribution.name_origin = &ORIGIN;
	sample->attribution.prefix_origin = &ORIGIN;
}

/* NULL: nobody is known, "-": nobody may be told. */
static void tell(struct sample *sample, const char *to, const char *copy, const char *source)
{
	sample->steps[0] = (struct contact_step){.match = "192.0.2.0/24", .contact = to, .source = source};
	sample->steps[1] = (struct contact_step){.match = "CC:DE", .contact = copy, .source = source, .scope = CONTACT_CERT};
	sample->contact.is_never = to != NULL && strcmp(to, "-") == 0;
	sample->contact.to = to == NULL || sample->contact.is_never ? NULL : &sample->steps[0];
	sample->contact.copy = copy == NULL ? NULL : &sample->steps[1];
	sample->service.line.contact = &sample->contact;
}

static void protect(struct sample *sample, uint16_t version, uint16_t suite)
{
	struct tls_facts *facts = &sample->record.tls_facts;

	sample->record.tls_proven = true;
	sample->record.upgrade = UPGRADE_AGREED;
	sample->record.starttls_advertised = PRESENCE_PRESENT;
	sample->record.tls.outcome = TLS_PROVEN;
	sample->record.tls.hello = TLS_HELLO_H1;
	sample->record.tls.version = version;
	sample->record.tls.cipher_suite = suite;
	sample->record.tls.group = 0x001d;
	facts->is_seen = true;
	facts->depth = PROBE_DEPTH_STANDARD;
	facts->versions[TLS_INDEX_SSL_3] = ANSWER_NO;
	facts->versions[TLS_INDEX_TLS_1_2] = ANSWER_YES;
	facts->versions[TLS_INDEX_TLS_1_3] = version == 0x0304 ? ANSWER_YES : ANSWER_NO;
	facts->post_quantum = ANSWER_NO;
	facts->connections = 3;
	fill_certificate(sample, "mail.example.org");
}

static void judge(struct sample *sample, bool is_first, enum host_verdict verdict, unsigned offers, unsigned without)
{
	sample->service.is_first_of_host = is_first;
	sample->service.line.host_verdict = verdict;
	sample->service.line.host_is_strict = without != 0;
	sample->service.host = (struct report_host){.offers_pop3 = (offers & 1) != 0,
	                                            .offers_imap = (offers & 2) != 0,
	                                            .no_tls_pop3 = (without & 1) != 0,
	                                            .no_tls_imap = (without & 2) != 0};
	sample->service.is_without_tls = sample->record.verdict == VERDICT_NO_TLS;
	if (!sample->service.is_without_tls)
		return;
	sample->findings[0] = (struct finding_record){.endpoint = sample->record.endpoint,
	                                              .id = "no-tls",
	                                              .severity = SEVERITY_MEDIUM,
	                                              .confidence = CONFIDENCE_HIGH,
	                                              .evidence = span_from_text("STLS refused, USER offered")};
	sample->service.line.finding_count = 1;
}

static void name(struct sample *sample, const char *hostname)
{
	sample->service.hostname = hostname;
	sample->service.hostname_source = "ptr";
	sample->hostname = (struct hostname_record){.address = sample->record.endpoint.address,
	                                            .outcome = HOSTNAME_FOUND,
	                                            .name = hostname,
	                                            .is_confirmed = ANSWER_YES,
	                                            .names = 2,
	                                            .unusable = 1,
	                                            .looked_up_at = {.unix_ms = DECIDED_AT_S * 1000LL + 86400000}};
	sample->service.line.hostname = &sample->hostname;
}

static void add(struct report *report, const struct report_format *format, struct sample *sample)
{
	if (!report_add(report, format, &sample->service, &error))
		fail("report_add");
}

static void add_usual(struct report *report, const struct report_format *format)
{
	struct sample sample;

	fill(&sample, "192.0.2.1", 110, VERDICT_NO_TLS, "+OK Solid POP3 server ready");
	attribute(&sample, "DE", 64500, "Example Networks", 24);
	name(&sample, "mail.example.net");
	sample.attribution.sector = "Information Technology";
	sample.attribution.naics = "517111";
	judge(&sample, true, HOST_NO_TLS, 3, 3);
	tell(&sample, "abuse@isp.lab,Second@isp.lab", "cert@de.lab", "ripe");
	add(report, format, &sample);

	fill(&sample, "192.0.2.1", 143, VERDICT_NO_TLS, "* OK IMAP4rev1 \"ready\"");
	attribute(&sample, "DE", 64500, "Example Networks", 24);
	judge(&sample, false, HOST_NO_TLS, 3, 3);
	tell(&sample, "second@isp.lab,Abuse@isp.lab", "cert@de.lab", "ripe"); /* the same people in another order */
	add(report, format, &sample);

	fill(&sample, "198.51.100.3", 143, VERDICT_LOGIN_BEFORE_TLS, "* OK Dovecot ready.");
	attribute(&sample, "PL", 64501,
	          "Przyk\xc5\x82"
	          "ad",
	          24);
	protect(&sample, 0x0303, 0xc02f);
	sample.record.software =
		(struct software){.product = "Dovecot", .version = "2.2.36", .support = SUPPORT_ENDED, .support_ends = "2025-01-24"};
	judge(&sample, true, HOST_LOGIN_BEFORE_TLS, 2, 0);
	tell(&sample, "-", NULL, "");
	add(report, format, &sample);

	fill(&sample, "198.51.100.4", 995, VERDICT_IMPLICIT_TLS, "+OK ready");
	attribute(&sample, "PL", 64501,
	          "Przyk\xc5\x82"
	          "ad",
	          24);
	protect(&sample, 0x0304, 0x1302);
	judge(&sample, true, HOST_PROTECTED, 1, 0);
	tell(&sample, "https://abuse.isp.lab/Report", NULL, "");
	add(report, format, &sample);

	fill(&sample, "203.0.113.9", 110, VERDICT_NOT_MAIL, "SSH-2.0-OpenSSH_9.2");
	sample.record.protocol = WIRE_SSH;
	judge(&sample, true, HOST_NOT_MAIL, 0, 0);
	add(report, format, &sample);

	fill(&sample, "2001:db8::25", 110, VERDICT_NO_TLS, "+OK");
	judge(&sample, true, HOST_NO_TLS, 1, 1);
	add(report, format, &sample);
}

/* Every text member of facts: they are arrays, and take what fits. */
static void fill_hostile_facts(struct certificate_facts *facts, const char *text)
{
	struct name_parts *parts[] = {&facts->subject_parts, &facts->issuer_parts};

#define SET(member) (void)snprintf(member, sizeof(member), "%s", text)
	for (size_t i = 0; i < ARRAY_LENGTH(parts); i++) {
		SET(parts[i]->common_name);
		SET(parts[i]->country);
		SET(parts[i]->organization_name);
		SET(parts[i]->organization_unit_name);
		SET(parts[i]->locality_name);
		SET(parts[i]->state_or_province_name);
		SET(parts[i]->street_address);
		SET(parts[i]->postal_code);
		SET(parts[i]->email_address);
		SET(parts[i]->given_name);
		SET(parts[i]->surname);
		SET(parts[i]->serial_number);
		SET(parts[i]->business_category);
	}
	SET(facts->subject);
	SET(facts->issuer);
	SET(facts->common_name);
	SET(facts->names);
	SET(facts->key_type);
	SET(facts->signature_algorithm);
}

static void add_hostile(struct report *report, const struct report_format *format, struct span bytes, const char *text, uint16_t port)
{
	struct sample sample;
	struct software *software = &sample.record.software;

	fill(&sample, port == 110 ? "192.0.2.66" : "192.0.2.67", port, VERDICT_NO_TLS, "");
	attribute(&sample, "DE", 64500, text, 24);
	protect(&sample, 0x0303, 0xc02f);
	judge(&sample, true, HOST_NO_TLS, port == 110 ? 1 : 2, port == 110 ? 1 : 2);
	sample.record.greeting = sample.record.reason = sample.record.upgrade_reply = bytes;
	sample.record.capabilities_before = sample.record.capabilities_after = bytes;
	sample.findings[0].evidence = bytes;
	sample.attribution.sector = text;
	name(&sample, text);
	fill_hostile_facts(&sample.facts, text);
	tell(&sample, text, text, text);
	*software = (struct software){.support = SUPPORT_UNKNOWN};
	SET(software->product);
	SET(software->version);
	SET(software->vendor);
	add(report, format, &sample);
#undef SET
}

static void add_hostile_lines(struct report *report, const struct report_format *format, const char *path)
{
	FILE *file = fopen(path, "rbe");
	enum { LINE_SIZE = 262144 };
	char *line = memory_allocate(LINE_SIZE, 1);

	if (file == NULL)
		fail(path);
	while (fgets(line, LINE_SIZE, file) != NULL) {
		size_t size = strcspn(line, "\n") / 2;
		unsigned char *bytes = memory_allocate(size + 1, 1);

		if (!text_parse_hex_bytes(span_make(line, 2 * size), bytes, size))
			fail("hexadecimal");
		add_hostile(report, format, span_make(bytes, size), (const char *)bytes, 110);
		add_hostile(report, format, span_make(bytes, size), (const char *)bytes, 143);
		free(bytes);
	}
	(void)fclose(file);
	free(line);
}

/* As varied as a census is: no two have the same texts, and there are 4,096 networks in an order of their own. */
static void add_one_of_many(struct report *report, const struct report_format *format, unsigned number)
{
	static const char *const COUNTRIES[] = {"DE", "PL", "US", "JP", "BR", "IN", "FR", "NL"};
	unsigned host = number / 2, network = host * 2654435761u >> 20;
	char address[48], greeting[96], hostname[64], name[32];
	struct sample sample;

	if (host % 8 == 7)
		(void)snprintf(address, sizeof(address), "2001:db8::%x:%x", host >> 16, host & 0xffff);
	else
		(void)snprintf(address, sizeof(address), "10.%u.%u.%u", host >> 16 & 0xff, host >> 8 & 0xff, host & 0xff);
	(void)snprintf(greeting, sizeof(greeting), "+OK mx%u.example ready <%u.%u@mx%u.example>", host, number, network, host);
	(void)snprintf(hostname, sizeof(hostname), "mx%u.net%u.example", host, network);
	(void)snprintf(name, sizeof(name), "Network %u", network);
	fill(&sample, address, number % 2 == 0 ? 110 : 143, host % 3 == 0 ? VERDICT_LOGIN_BEFORE_TLS : VERDICT_NO_TLS, greeting);
	attribute(&sample, COUNTRIES[network % ARRAY_LENGTH(COUNTRIES)], 64512 + network, name, 24);
	if (host % 3 == 0)
		protect(&sample, 0x0303, 0xc02f);
	(void)snprintf(sample.record.software.product, sizeof(sample.record.software.product), "Server %u", network % 500);
	sample.service.hostname = hostname;
	sample.service.hostname_source = "ptr";
	judge(&sample, number % 2 == 0, host % 3 == 0 ? HOST_LOGIN_BEFORE_TLS : HOST_NO_TLS, 3, host % 3 == 0 ? 0 : 3);
	add(report, format, &sample);
}

static void add_many(struct report *report, const struct report_format *format, const char *count)
{
	uint64_t services = 0;

	if (!text_parse_unsigned(span_from_text(count), UINT32_MAX, &services))
		fail("no number");
	for (unsigned i = 0; i < services; i++)
		add_one_of_many(report, format, i);
}

/* "VmHWM: 12345 kB": the most memory that this program had since it was executed, without what its parent had. */
static void say_peak(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[256];

	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		if (strncmp(line, "VmHWM:", 6) == 0)
			fputs(line, stderr);
	}
	if (file != NULL)
		(void)fclose(file);
}

static const struct report_format *find_format(const char *name)
{
	for (size_t i = 0; REPORT_FORMATS[i] != NULL; i++) {
		if (strcmp(REPORT_FORMATS[i]->name, name) == 0)
			return REPORT_FORMATS[i];
	}
	fail("no such format");
	return NULL;
}

int main(int argc, char **argv)
{
	struct report_census census = {
		.record = {.id = 7,
	                   .started_at = {1795460000000},
	                   .ended_at = {1795469999000},
	                   .tool_version = "1.2.3",
	                   .scope_text = "192.0.2.0/24 198.51.100.0/24",
	                   .options_text = "",
	                   .host_count = 1024},
		.progress = {.hosts_done = 1024, .hosts_silent = 1019, .connections = 40},
		.generated_at = {1795469999000},
		.organization = "Example CERT",
		.contact = "census@example.org",
		.domain = "example.org",
		.sources = ORIGINS,
		.source_count = 1,
	};
	const struct report_format *format;
	struct report report = {.census = &census};

	if (argc < 6) {
		fprintf(stderr, "usage: report_sample FORMAT OUTPUT all|asn|country|contact raw|safe plain|zip [FILE | many:N]\n");
		return 2;
	}
	format = find_format(argv[1]);
	report.owner = strcmp(argv[3], "asn") == 0       ? REPORT_OWNER_ASN
	               : strcmp(argv[3], "country") == 0 ? REPORT_OWNER_COUNTRY
	               : strcmp(argv[3], "contact") == 0 ? REPORT_OWNER_CONTACT
	                                                 : REPORT_OWNER_ALL;
	report.is_safe = strcmp(argv[4], "safe") == 0;
	report.files = format->has_many_files ? report_files_open_directory(argv[2], strcmp(argv[5], "zip") == 0, &error)
	                                      : report_files_open_one(argv[2], &error);
	if (report.files == NULL || !report_begin(&report, format, &error))
		fail(argv[2]);
	if (argc == 7 && strncmp(argv[6], "many:", 5) == 0)
		add_many(&report, format, argv[6] + 5);
	else if (argc == 7)
		add_hostile_lines(&report, format, argv[6]);
	else
		add_usual(&report, format);
	if (!report_end(&report, format, true, &error) || !report_files_close(report.files, true, &error))
		fail("end");
	if (argc == 7 && strncmp(argv[6], "many:", 5) == 0)
		say_peak();
	return 0;
}
