/* SPDX-License-Identifier: ISC */
/* Reports made by hand. */
#include "check_sample.h"

#include <string.h>

#include "base/attributes.h"
#include "model/suite_trait.h"

enum { NOW_S = 1795466160 };

static const struct check_advice DOVECOT_ADVICES[] = {
	{"dovecot-2.3-require-tls", "Require TLS before a login.", "/etc/dovecot/conf.d/99-tls.conf",
         "ssl = required\nssl_cert = </etc/ssl/mail/fullchain.pem\nssl_key = </etc/ssl/mail/privkey.pem\n",
         "Make sure that Dovecot can read both files; it reads them as root, before it gives up its rights.\n$ systemctl reload dovecot",
         "openssl s_client -connect mail.example.org:143 -starttls imap -servername mail.example.org </dev/null",
         "Dovecot 2.3.19 (Debian 12)"},
};
static const struct check_advice DOVECOT_ADVICES_POP3[] = {
	{"dovecot-2.3-require-tls", "Require TLS before a login.", "/etc/dovecot/conf.d/99-tls.conf",
         "ssl = required\nssl_cert = </etc/ssl/mail/fullchain.pem\nssl_key = </etc/ssl/mail/privkey.pem\n",
         "Make sure that Dovecot can read both files; it reads them as root, before it gives up its rights.\n$ systemctl reload dovecot",
         "openssl s_client -connect mail.example.org:110 -starttls pop3 -servername mail.example.org </dev/null",
         "Dovecot 2.3.19 (Debian 12)"},
};

#define NO_TLS(evidence_text, advice_rows)                                                                                                 \
	{                                                                                                                                  \
		.id = "no-tls", .severity = SEVERITY_MEDIUM, .confidence = CONFIDENCE_HIGH, .title = "No TLS",                             \
		.explanation = "This port lets people log in, but has no TLS. Whatever they send, user name and password first, travels "  \
			       "as readable text, "                                                                                        \
			       "and so does their mail.",                                                                                  \
		.exploit = "Anyone who can read the traffic on its way: in the same wireless network, at a provider, in a data centre.",   \
		.user_sentence = "Your password travels readable for others.", .reference = "RFC 8314 4.1", .rules = "D-11, D-14, X-2",    \
		.evidence = (evidence_text), .advices = (advice_rows), .advice_count = 1                                                   \
	}

static const struct check_finding BAD_143[] = {NO_TLS("STARTTLS was answered: m4 BAD unknown command", DOVECOT_ADVICES),
                                               {.id = "version-disclosed",
                                                .severity = SEVERITY_INFO,
                                                .confidence = CONFIDENCE_HIGH,
                                                .title = "Version disclosed",
                                                .explanation = "The greeting names the version.",
                                                .exploit = "",
                                                .user_sentence = "",
                                                .reference = "",
                                                .rules = "V-6",
                                                .evidence = "Dovecot 2.3.19 in the greeting"}};
static const struct check_finding BAD_110[] = {NO_TLS("STLS was answered: -ERR unknown command", DOVECOT_ADVICES_POP3)};
static const struct check_finding BAD_993[] = {
	{.id = "tls-obsolete-enabled",
         .severity = SEVERITY_LOW,
         .confidence = CONFIDENCE_HIGH,
         .title = "Obsolete TLS versions",
         .explanation = "TLS 1.0 and 1.1 are accepted beside newer versions; both were given up in 2021.",
         .exploit = "Somebody who can change the traffic can lead old mail programs into them.",
         .user_sentence = "The server still accepts outdated encryption.",
         .reference = "RFC 8996",
         .rules = "T-9",
         .evidence = "TLS 1.0 accepted with TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"},
};
static const struct check_finding BAD_HOST[] = {
	{.id = "host-no-tls",
         .severity = SEVERITY_MEDIUM,
         .confidence = CONFIDENCE_HIGH,
         .title = "Host without TLS",
         .explanation = "At least one service of this address lets people log in without TLS.",
         .exploit = "Anyone who can read the traffic.",
         .user_sentence = "Your password travels readable for others.",
         .reference = "RFC 8314",
         .rules = "X-1",
         .evidence = "pop3 on 110, imap on 143",
         .advices = DOVECOT_ADVICES,
         .advice_count = 1},
};

static const struct tls_facts NO_TLS_FACTS = {.depth = PROBE_DEPTH_FULL, .connections = 1};
static const struct software NO_SOFTWARE = {.product = ""};
static const struct software DOVECOT = {.product = "Dovecot",
                                        .version = "2.3.19",
                                        .vendor = "Dovecot Oy",
                                        .fingerprint = "dovecot-ready",
                                        .distribution = "Debian",
                                        .cpe = "cpe:2.3:a:dovecot:dovecot:2.3.19:*:*:*:*:*:*:*",
                                        .family = FAMILY_DOVECOT_2_3,
                                        .confidence = CONFIDENCE_HIGH,
                                        .support = SUPPORT_DISTRIBUTION,
                                        .is_version_certain = true,
                                        .support_ends = "2025-01-24",
                                        .support_source = "dovecot.org"};

static struct tls_facts good_tls(void)
{
	return (struct tls_facts){
		.is_seen = true,
		.depth = PROBE_DEPTH_FULL,
		.versions = {ANSWER_NO, ANSWER_NO, ANSWER_NO, ANSWER_YES, ANSWER_YES},
		.traits_accepted = SUITE_AEAD | SUITE_FORWARD_SECRECY,
		.traits_refused = SUITE_CBC | SUITE_RC4 | SUITE_3DES | SUITE_NULL | SUITE_EXPORT | SUITE_ANONYMOUS | SUITE_DES,
		.best_suite = 0xc030,
		.weakest_suite = 0xc02f,
		.suite_tls13 = 0x1302,
		.groups_accepted = 1 | 2 | 4,
		.groups_refused = 8,
		.preferred_group = 0x001d,
		.post_quantum = ANSWER_YES,
		.secure_renegotiation = ANSWER_YES,
		.extended_master_secret = ANSWER_YES,
		.encrypt_then_mac = ANSWER_NO,
		.tickets = ANSWER_YES,
		.compression = ANSWER_NO,
		.heartbeat = ANSWER_NO,
		.ocsp_staple = ANSWER_NO,
		.client_certificate = ANSWER_NO,
		.alpn = ANSWER_YES,
		.alpn_name = "imap",
		.ja3s = "0123456789abcdef0123456789abcdef",
		.connections = 12,
	};
}

static struct chain_facts good_chain(void)
{
	struct chain_facts chain = {
		.count = 2,
		.is_ordered = ANSWER_YES,
		.has_root = ANSWER_NO,
		.system = TRUST_GOOD,
		.mozilla = TRUST_GOOD,
		.weakest_signature_hash = "SHA256",
		.smallest_rsa_bits = 2048,
		.not_after = {(NOW_S + 57 * 86400LL) * 1000},
		.leaf = {.is_readable = true,
	                 .subject = "CN=mail.example.org",
	                 .issuer = "CN=R3,O=Example CA,C=US",
	                 .common_name = "mail.example.org",
	                 .names = "mail.example.org imap.example.org pop.example.org",
	                 .has_dns_names = true,
	                 .not_before = {(NOW_S - 33 * 86400LL) * 1000},
	                 .not_after = {(NOW_S + 57 * 86400LL) * 1000},
	                 .serial = "01ff",
	                 .key_type = "RSA",
	                 .key_bits = 2048,
	                 .signature_algorithm = "RSA-SHA256",
	                 .signature_hash = "SHA256",
	                 .validation_level = "DV"},
	};

	memset(chain.leaf.sha256, 0xab, sizeof(chain.leaf.sha256));
	memset(chain.sha256, 0xcd, sizeof(chain.sha256));
	return chain;
}

static const struct ip_address ADDRESS_4 = {IP_FAMILY_4, {192, 0, 2, 7}};
static const struct ip_address ADDRESS_6 = {IP_FAMILY_6, {0x20, 0x01, 0x0d, 0xb8, [15] = 7}};

static struct check_service clear_service(uint16_t port, enum wire_protocol protocol, const char *greeting)
{
	return (struct check_service){
		.endpoint = {ADDRESS_4, port},
		.protocol = protocol,
		.verdict = VERDICT_NO_TLS,
		.confidence = CONFIDENCE_HIGH,
		.cleartext_login = CLEARTEXT_LOGIN_ADVERTISED,
		.reason = "TLS is refused and a login is possible (D-14)",
		.ending = ENDING_COMPLETE,
		.starttls_advertised = PRESENCE_ABSENT,
		.upgrade = UPGRADE_REFUSED,
		.greeting = span_from_text(greeting),
		.capabilities_before = span_from_text(protocol == WIRE_IMAP ? "IMAP4rev1 AUTH=PLAIN ID" : "TOP / USER / SASL PLAIN"),
		.upgrade_reply = span_from_text(protocol == WIRE_IMAP ? "m4 BAD unknown command" : "-ERR unknown command"),
		.tls = &NO_TLS_FACTS,
		.software = &DOVECOT,
		.connections = 1,
	};
}

static struct check_service implicit_service(uint16_t port, enum wire_protocol protocol, const struct tls_facts *tls,
                                             const struct chain_facts *chain)
{
	return (struct check_service){
		.endpoint = {ADDRESS_4, port},
		.protocol = protocol,
		.verdict = VERDICT_IMPLICIT_TLS,
		.confidence = CONFIDENCE_HIGH,
		.cleartext_login = CLEARTEXT_LOGIN_DENIED,
		.reason = "TLS from the first byte (T-23)",
		.ending = ENDING_COMPLETE,
		.tls_proven = true,
		.greeting = span_from_text("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] Dovecot (Debian) ready."),
		.capabilities_after = span_from_text("IMAP4rev1 AUTH=PLAIN"),
		.tls = tls,
		.chains = chain,
		.chain_count = 1,
		.name_match = NAME_MATCHES,
		.software = &DOVECOT,
		.connections = 12,
	};
}

static const char *const BAD_REASONS[] = {"no-tls on 110", "no-tls on 143"};

static const struct check_host *bad_host(void)
{
	static struct check_service services[4];
	static struct tls_facts tls;
	static struct chain_facts chain;
	static struct check_host host;

	tls = good_tls();
	tls.versions[TLS_INDEX_TLS_1_0] = tls.versions[TLS_INDEX_TLS_1_1] = ANSWER_YES;
	tls.versions[TLS_INDEX_SSL_3] = tls.post_quantum = ANSWER_UNKNOWN;
	tls.dh_bits = 1024;
	chain = good_chain();
	tls.chain_count = 1;
	memcpy(tls.chains[0], chain.sha256, sizeof(chain.sha256));
	memcpy(tls.leaves[0], chain.leaf.sha256, sizeof(chain.leaf.sha256));
	chain.not_after.unix_ms = chain.leaf.not_after.unix_ms = (NOW_S - 12 * 86400LL) * 1000;
	chain.leaf.not_before.unix_ms = (NOW_S - 102 * 86400LL) * 1000;
	services[0] = clear_service(110, WIRE_POP3, "+OK Dovecot (Debian) ready.");
	services[0].findings = BAD_110;
	services[0].finding_count = ARRAY_LENGTH(BAD_110);
	services[1] = clear_service(143, WIRE_IMAP, "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN ID] Dovecot (Debian) ready.");
	services[1].findings = BAD_143;
	services[1].finding_count = ARRAY_LENGTH(BAD_143);
	services[1].identity = span_from_text("name=Dovecot");
	services[2] = implicit_service(993, WIRE_IMAP, &tls, &chain);
	services[2].findings = BAD_993;
	services[2].finding_count = ARRAY_LENGTH(BAD_993);
	services[3] = implicit_service(995, WIRE_POP3, &tls, &chain);
	services[3].findings = BAD_993;
	services[3].finding_count = ARRAY_LENGTH(BAD_993);
	host = (struct check_host){
		.asked = "mail.example.org",
		.reference_name = "mail.example.org",
		.has_address = true,
		.address = ADDRESS_4,
		.trouble = "",
		.verdict = HOST_NO_TLS,
		.services = services,
		.service_count = ARRAY_LENGTH(services),
		.findings = BAD_HOST,
		.finding_count = ARRAY_LENGTH(BAD_HOST),
		.grade = GRADE_F,
		.reasons = BAD_REASONS,
		.reason_count = ARRAY_LENGTH(BAD_REASONS),
	};
	return &host;
}

static const struct check_report *report_of(struct check_report *report, const struct check_host *hosts, size_t count)
{
	*report = (struct check_report){
		.tool_version = "0.1.0",
		.started_at = {NOW_S * 1000LL},
		.duration_ms = 24320,
		.depth = PROBE_DEPTH_FULL,
		.connections = 26,
		.hosts = hosts,
		.host_count = count,
	};
	return report;
}

const struct check_report *sample_bad(void)
{
	static struct check_report report;

	return report_of(&report, bad_host(), 1);
}

static struct check_host good_host(void)
{
	static struct check_service services[2];
	static struct tls_facts tls;
	static struct chain_facts chain;

	tls = good_tls();
	chain = good_chain();
	services[0] = implicit_service(993, WIRE_IMAP, &tls, &chain);
	services[1] = implicit_service(995, WIRE_POP3, &tls, &chain);
	services[1].software = &NO_SOFTWARE;
	return (struct check_host){
		.asked = "mail.example.net",
		.reference_name = "mail.example.net",
		.has_address = true,
		.address = ADDRESS_4,
		.trouble = "",
		.verdict = HOST_PROTECTED,
		.services = services,
		.service_count = ARRAY_LENGTH(services),
		.grade = GRADE_A_PLUS,
	};
}

const struct check_report *sample_good(void)
{
	static struct check_host host;
	static struct check_report report;

	host = good_host();
	return report_of(&report, &host, 1);
}

const struct check_report *sample_several(void)
{
	static struct check_service services[1];
	static struct check_host hosts[4];
	static struct check_report report;

	services[0] = (struct check_service){.endpoint = {ADDRESS_6, 143},
	                                     .verdict = VERDICT_SLOW,
	                                     .reason = "nothing was said within the limit (D-5)",
	                                     .ending = ENDING_SILENT,
	                                     .tls = &NO_TLS_FACTS,
	                                     .software = &NO_SOFTWARE,
	                                     .connections = 2};
	hosts[0] = *bad_host();
	hosts[1] = *bad_host();
	hosts[1].address = ADDRESS_6;
	hosts[2] = good_host();
	hosts[2].address = ADDRESS_6;
	hosts[2].services = services;
	hosts[2].service_count = 1;
	hosts[2].verdict = HOST_UNKNOWN;
	hosts[2].grade = GRADE_UNKNOWN;
	hosts[3] = (struct check_host){.asked = "nowhere.example.org",
	                               .reference_name = "nowhere.example.org",
	                               .trouble = "there is no such host name; is it spelled right?"};
	report_of(&report, hosts, ARRAY_LENGTH(hosts));
	report.was_stopped = true;
	return &report;
}

static void fill(char *field, size_t size, struct span bytes)
{
	size_t length = bytes.size < size - 1 ? bytes.size : size - 1;

	memset(field, 0, size);
	if (length > 0)
		memcpy(field, bytes.data, length);
}

#define FILL(field) fill(field, sizeof(field), bytes)

const struct check_report *sample_hostile(struct span bytes)
{
	static char text[256 * 1024], evidence[FINDING_EVIDENCE_MAX];
	static struct software software;
	static struct chain_facts chain;
	static struct tls_facts tls;
	static struct check_finding finding;
	static struct check_service services[2];
	static struct check_host hosts[2];
	static struct check_report report;
	static const char *reasons[2];

	FILL(text);
	FILL(evidence);
	tls = good_tls();
	FILL(tls.alpn_name);
	software = DOVECOT;
	FILL(software.product);
	FILL(software.version);
	FILL(software.vendor);
	FILL(software.distribution);
	FILL(software.front);
	FILL(software.library);
	chain = good_chain();
	FILL(chain.missing_issuer);
	FILL(chain.leaf.subject);
	FILL(chain.leaf.issuer);
	FILL(chain.leaf.common_name);
	FILL(chain.leaf.names);
	FILL(chain.leaf.serial);
	FILL(chain.leaf.key_type);
	FILL(chain.leaf.signature_algorithm);
	finding = BAD_143[0];
	finding.evidence = evidence;
	finding.advice_count = 0; /* lines to copy are never wrapped, and ours */
	for (size_t i = 0; i < ARRAY_LENGTH(services); i++) {
		services[i] = implicit_service(i == 0 ? 143 : 993, i == 0 ? WIRE_POP3 : WIRE_IMAP, &tls, &chain);
		services[i].greeting = services[i].capabilities_before = services[i].capabilities_after = bytes;
		services[i].upgrade_reply = services[i].identity = bytes;
		services[i].software = &software;
		services[i].findings = &finding;
		services[i].finding_count = 1;
	}
	reasons[0] = reasons[1] = evidence;
	hosts[0] = good_host();
	hosts[0].asked = hosts[0].reference_name = text;
	hosts[0].services = services;
	hosts[0].service_count = ARRAY_LENGTH(services);
	hosts[0].reasons = reasons;
	hosts[0].reason_count = ARRAY_LENGTH(reasons);
	hosts[0].grade = GRADE_F;
	hosts[0].trouble = text;
	hosts[1] = (struct check_host){.asked = text, .reference_name = "", .trouble = text};
	return report_of(&report, hosts, ARRAY_LENGTH(hosts));
}
