/* SPDX-License-Identifier: ISC */
/* Rules V-3 to V-8 on what real servers said, and that an unknown greeting stays unknown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "software/identify.h"

static const struct timestamp NOW = {.unix_ms = INT64_C(1795478400000)};   /* 2026-11-24 */
static const struct timestamp LATER = {.unix_ms = INT64_C(1861920000000)}; /* 2029-01-01 */
static struct fingerprints *fingerprints;

/* What one conversation showed; NULL: nothing. */
struct said {
	enum wire_protocol protocol;
	const char *greeting, *capabilities, *identity, *upgrade_reply, *subject, *issuer, *ladder;
	uint32_t flags;
};

static int set_up_group(void **state)
{
	struct error error = {.text = ""};

	(void)state;
	fingerprints = fingerprints_new(&error);
	assert_string_equal(error.text, "");
	return 0;
}

static int tear_down_group(void **state)
{
	(void)state;
	fingerprints_free(fingerprints);
	return 0;
}

static struct software identify_at(struct said said, struct timestamp now)
{
	struct observation observation;
	struct software_evidence evidence;
	struct software software;
	struct buffer normalised;

	observation_init(&observation);
	buffer_init(&normalised, 1024);
	observation.protocol = said.protocol;
	observation.flags = said.flags;
	buffer_append_text(&observation.greeting, said.greeting == NULL ? "" : said.greeting);
	buffer_append_text(&observation.capabilities_before, said.capabilities == NULL ? "" : said.capabilities);
	buffer_append_text(&observation.identity, said.identity == NULL ? "" : said.identity);
	observation.upgrade = said.upgrade_reply == NULL ? UPGRADE_NOT_ASKED : UPGRADE_REFUSED;
	buffer_append_text(&observation.upgrade_reply, said.upgrade_reply == NULL ? "" : said.upgrade_reply);
	software_evidence_from(&observation, &normalised, &evidence);
	evidence.certificate_subject = said.subject;
	evidence.certificate_issuer = said.issuer;
	evidence.ladder = said.ladder;
	software_identify(fingerprints, &evidence, now, &software);
	observation_done(&observation);
	buffer_done(&normalised);
	return software;
}

static struct software identify(struct said said)
{
	return identify_at(said, NOW);
}

#define DOVECOT_23_LIST "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ STARTTLS LOGINDISABLED"
#define CYRUS_VERSION "3.6.1-Debian-3.6.1-4+deb12u4"
#define CYRUS_ID                                                                                                                           \
	"name=Cyrus IMAPD;version=" CYRUS_VERSION ";vendor=Project Cyrus;support-url=https://www.cyrusimap.org;os=Linux;"                  \
	"environment=Built w/Cyrus SASL 2.1.28; Running w/Cyrus SASL 2.1.28; Built w/OpenSSL 3.0.18 30 Sep 2025; "                         \
	"Running w/OpenSSL 3.0.20 7 Apr 2026; Built w/zlib 1.2.13"

static void test_servers_of_the_lab(void **state)
{
	struct software software;

	(void)state;
	software = identify((struct said){.protocol = WIRE_IMAP,
	                                  .greeting = "* OK [CAPABILITY " DOVECOT_23_LIST "] Dovecot (Debian) ready.",
	                                  .identity = "name=Dovecot"});
	assert_string_equal(software.product, "Dovecot");
	assert_string_equal(software.version, "2.3");
	assert_string_equal(software.distribution, "Debian");
	assert_string_equal(software.fingerprint, "dovecot-id");
	assert_int_equal(software.family, FAMILY_DOVECOT_2_3);
	assert_int_equal(software.confidence, CONFIDENCE_HIGH);
	assert_false(software.is_version_certain);
	assert_int_equal(software.support, SUPPORT_GOING);
	software = identify((struct said){.protocol = WIRE_POP3,
	                                  .greeting = "+OK Dovecot (Debian) ready.",
	                                  .capabilities = "TOP / UIDL / RESP-CODES / PIPELINING / STLS / SASL"});
	assert_string_equal(software.product, "Dovecot");
	assert_string_equal(software.version, "");
	assert_int_equal(software.family, FAMILY_DOVECOT);
	assert_int_equal(software.support, SUPPORT_UNKNOWN);
	software = identify((struct said){.protocol = WIRE_POP3,
	                                  .greeting = "+OK POP3 Ready <236.1795449749@vm>",
	                                  .capabilities = "TOP / UIDL / RESP-CODES / PIPELINING / AUTH-RESP-CODE / EXPIRENEVER / USER"});
	assert_string_equal(software.product, "GNU Mailutils");
	assert_int_equal(software.family, FAMILY_MAILUTILS);
	assert_int_equal(software.confidence, CONFIDENCE_MEDIUM);
	software = identify((struct said){.protocol = WIRE_IMAP,
	                                  .greeting = "* OK IMAP4rev1",
	                                  .capabilities = "IMAP4rev1 NAMESPACE ID IDLE LITERAL+ UNSELECT AUTH=GSSAPI AUTH=ANONYMOUS"});
	assert_string_equal(software.product, "GNU Mailutils");
	software = identify((struct said){.protocol = WIRE_POP3,
	                                  .greeting = "+OK Solid POP3 server ready <107.1795450008@vm>",
	                                  .upgrade_reply = "-ERR unknown command"});
	assert_string_equal(software.product, "solid-pop3d");
	assert_int_equal(software.family, FAMILY_WITHOUT_TLS);
	assert_int_equal(software.support, SUPPORT_ENDED);
	software = identify((struct said){.protocol = WIRE_IMAP,
	                                  .greeting = "* OK [CAPABILITY IMAP4 IMAP4REV1 STARTTLS] perdition ready on 127.0.0.9 0002cff1"});
	assert_string_equal(software.product, "Perdition");
	assert_string_equal(software.front, "");
	software = identify((struct said){.protocol = WIRE_IMAP,
	                                  .greeting = "* OK IMAP4 ready",
	                                  .capabilities = "IMAP4 IMAP4rev1 UIDPLUS AUTH=PLAIN AUTH=LOGIN STARTTLS"});
	assert_string_equal(software.product, "nginx mail proxy");
	assert_int_equal(software.family, FAMILY_NGINX);
}

static void assert_nothing(const struct software *software)
{
	const char *const texts[] = {software->product,        software->version, software->vendor,      software->fingerprint,
	                             software->distribution,   software->front,   software->library,     software->support_ends,
	                             software->support_source, software->cpe,     software->library_ends};

	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++)
		assert_string_equal(texts[i], "");
	assert_int_equal(software->family, FAMILY_UNKNOWN);
	assert_int_equal(software->confidence, CONFIDENCE_LOW);
	assert_int_equal(software->support, SUPPORT_UNKNOWN);
	assert_false(software->is_version_certain);
}

static void test_unknown_stays_unknown(void **state)
{
	static const char *const GREETINGS[] = {
		"* OK Welcome to our mail server", "* OK", "* OK [CAPABILITY IMAP4rev1 IDLE] mail.example.org ready",
		"* OK Dovecotish ready.",          "",
	};
	struct software software;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(GREETINGS); i++) {
		software = identify((struct said){.protocol = WIRE_IMAP, .greeting = GREETINGS[i], .capabilities = "IMAP4rev1 IDLE"});
		assert_nothing(&software);
	}
	software = identify((struct said){.protocol = WIRE_SSH, .greeting = "SSH-2.0-OpenSSH_9.2"});
	assert_nothing(&software);
}

/* Rule V-3: identity, then implementation, then capabilities, then greeting. */
static void test_v3_precedence(void **state)
{
	struct software software;

	(void)state;
	software = identify((struct said){
		.protocol = WIRE_IMAP, .greeting = "* OK mail Zimbra 8.8.15_GA_3869 IMAP4rev1 server ready", .identity = "name=Dovecot"});
	assert_string_equal(software.product, "Dovecot");
	assert_string_equal(software.version, "");
	software = identify((struct said){
		.protocol = WIRE_POP3, .greeting = "+OK Dovecot ready.", .capabilities = "USER / IMPLEMENTATION Courier Mail Server"});
	assert_string_equal(software.product, "Courier");
	software = identify((struct said){.protocol = WIRE_IMAP,
	                                  .greeting = "* OK mail Zimbra 8.8.15_GA_3869 IMAP4rev1 server ready",
	                                  .capabilities = DOVECOT_23_LIST});
	assert_string_equal(software.product, "Dovecot");
}

/* Rule V-3: a proxy and what is behind it are two things. */
static void test_v3_front_and_back(void **state)
{
	struct software software;

	(void)state;
	software = identify(
		(struct said){.protocol = WIRE_IMAP, .greeting = "* OK IMAP4 ready", .identity = "name=Zimbra;version=8.8.15_GA_3869"});
	assert_string_equal(software.product, "Zimbra");
	assert_string_equal(software.version, "8.8.15_GA_3869");
	assert_string_equal(software.front, "nginx mail proxy");
	assert_int_equal(software.support, SUPPORT_ENDED);
	assert_true(software.is_version_certain);
	software = identify((struct said){.protocol = WIRE_POP3, .greeting = "+OK Solid POP3 server ready <1.2@vm> + stunnel"});
	assert_string_equal(software.product, "solid-pop3d");
	assert_string_equal(software.front, "stunnel");
	software = identify((struct said){.protocol = WIRE_POP3, .greeting = "+OK + stunnel", .capabilities = "STLS"});
	assert_string_equal(software.product, "stunnel");
	assert_string_equal(software.front, "");
}

/* Rule V-4: what many say gives little confidence and no end of support. */
static void test_v4_weak_patterns(void **state)
{
	static const struct said SAID[] = {
		{.protocol = WIRE_IMAP, .greeting = "* OK server ready"},
		{.protocol = WIRE_IMAP, .greeting = "* OK IMAP4rev1"},
		{.protocol = WIRE_POP3, .greeting = "+OK POP3"},
		{.protocol = WIRE_POP3, .greeting = "+OK POP3 ready"},
		{.protocol = WIRE_POP3, .greeting = "+OK POP3 server ready <58c29ae4-7316-429e-8109-060444ab1a28@example.org>"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(SAID); i++) {
		struct software software = identify(SAID[i]);

		assert_string_not_equal(software.product, "");
		assert_int_equal(software.confidence, CONFIDENCE_LOW);
		assert_int_equal(software.support, SUPPORT_UNKNOWN);
		assert_false(software.is_version_certain);
	}
	assert_string_equal(identify((struct said){.protocol = WIRE_POP3, .greeting = "+OK POP3 ready"}).product, "nginx mail proxy");
	assert_string_equal(identify((struct said){.protocol = WIRE_POP3, .greeting = "+OK POP3 Ready"}).product,
	                    "GNU Mailutils"); /* case tells */
	assert_string_equal(identify((struct said){.protocol = WIRE_POP3, .greeting = "+OK POP3 server ready <1.2@example.org>"}).product,
	                    "");
}

/* Rule V-4: nothing but a stamp, or nothing at all. */
static void test_v4_empty_greetings(void **state)
{
	struct said popa3d = {.protocol = WIRE_POP3, .greeting = "+OK", .upgrade_reply = "-ERR", .flags = OBSERVED_CAPABILITY_REFUSED};

	(void)state;
	assert_string_equal(identify(popa3d).product, "popa3d");
	assert_int_equal(identify(popa3d).family, FAMILY_WITHOUT_TLS);
	assert_int_equal(identify(popa3d).confidence, CONFIDENCE_MEDIUM);
	popa3d.upgrade_reply = "-ERR unknown command";
	assert_string_equal(identify(popa3d).product, "");
	popa3d = (struct said){.protocol = WIRE_POP3, .greeting = "-ERR", .upgrade_reply = "-ERR", .flags = OBSERVED_CAPABILITY_REFUSED};
	assert_string_equal(identify(popa3d).product, "");
	assert_string_equal(identify((struct said){.protocol = WIRE_POP3, .greeting = "+OK <1896.697170952@example.org>"}).product,
	                    "qmail-pop3d");
	assert_string_equal(identify((struct said){.protocol = WIRE_POP3, .greeting = "+OK <1896.697170952.x@example.org>"}).product, "");
	assert_string_equal(identify((struct said){.protocol = WIRE_POP3, .greeting = "+OK"}).product, "");
}

/* Rule V-5: the order of the capabilities tells the branch, and never more than that. */
static void test_v5_dovecot_branch(void **state)
{
	static const struct {
		const char *list, *version;
		enum software_family family;
	} BRANCHES[] = {
		{"IMAP4rev1 LITERAL+ SASL-IR LOGIN-REFERRALS ID ENABLE IDLE AUTH=PLAIN", "2.2", FAMILY_DOVECOT_2_3},
		{"IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ STARTTLS", "2.3", FAMILY_DOVECOT_2_3},
		{"IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE NAMESPACE LITERAL+ STARTTLS", "2.3", FAMILY_CPANEL},
		{"IMAP4rev1 LOGIN-REFERRALS ID ENABLE IDLE SASL-IR LITERAL+ STARTTLS", "2.4", FAMILY_DOVECOT_2_4},
		{"IMAP4rev1 LOGIN-REFERRALS ID SASL-IR ENABLE IDLE LITERAL+ STARTTLS", "", FAMILY_DOVECOT}, /* configured: says nothing */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(BRANCHES); i++) {
		struct software software =
			identify((struct said){.protocol = WIRE_IMAP, .greeting = "* OK Dovecot ready.", .capabilities = BRANCHES[i].list});

		assert_string_equal(software.product, "Dovecot");
		assert_string_equal(software.version, BRANCHES[i].version);
		assert_int_equal(software.family, BRANCHES[i].family);
		assert_false(software.is_version_certain);
	}
}

/* Rule V-5: with a distribution's name the branch bounds the release. */
static void test_v5_with_distribution(void **state)
{
	struct said old = {.protocol = WIRE_IMAP,
	                   .greeting =
	                           "* OK [CAPABILITY IMAP4rev1 LITERAL+ SASL-IR LOGIN-REFERRALS ID ENABLE IDLE] Dovecot (Debian) ready."};
	struct software software = identify(old);

	(void)state;
	assert_int_equal(software.support, SUPPORT_ENDED);
	assert_string_equal(software.support_ends, "2022-07-01"); /* at most of Debian 9 */
	software =
		identify((struct said){.protocol = WIRE_IMAP, .greeting = "* OK [CAPABILITY " DOVECOT_23_LIST "] Dovecot (Ubuntu) ready."});
	assert_int_equal(software.support, SUPPORT_GOING);
}

/* Rule V-6: Cyrus tells which OpenSSL it runs with; the distribution that built it goes on fixing it. */
static void test_v6_library(void **state)
{
	struct software software = identify((struct said){
		.protocol = WIRE_IMAP, .greeting = "* OK vm Cyrus IMAP " CYRUS_VERSION " server ready", .identity = CYRUS_ID});

	(void)state;
	assert_string_equal(software.product, "Cyrus IMAP");
	assert_string_equal(software.library, "OpenSSL 3.0.20");
	assert_int_equal(software.library_support, SUPPORT_DISTRIBUTION);
	assert_string_equal(software.library_ends, "2028-06-30");
	software = identify(
		(struct said){.protocol = WIRE_IMAP, .identity = "name=Cyrus IMAPD;version=3.8.4;environment=Running w/OpenSSL 1.1.1w"});
	assert_string_equal(software.library, "OpenSSL 1.1.1w");
	assert_int_equal(software.library_support, SUPPORT_ENDED);
	assert_string_equal(software.library_ends, "2023-09-11");
}

/* Rule V-7: the distribution's date counts for what a distribution built. */
static void test_v7_distribution_suffix(void **state)
{
	struct said said = {.protocol = WIRE_POP3,
	                    .greeting = "+OK vm Cyrus POP3 " CYRUS_VERSION " server ready <8185547599863540793.1795449587@vm>"};
	struct software software = identify(said);

	(void)state;
	assert_string_equal(software.version, CYRUS_VERSION);
	assert_string_equal(software.distribution, "Debian 12");
	assert_string_equal(software.cpe, "cpe:2.3:a:cyrus:imap:3.6.1:*:*:*:*:*:*:*");
	assert_true(software.is_version_certain);
	assert_int_equal(software.support, SUPPORT_GOING);
	software = identify_at(said, LATER);
	assert_int_equal(software.support, SUPPORT_ENDED);
	assert_string_equal(software.support_ends, "2028-06-30");
	said.greeting = "+OK vm Cyrus POP3 3.2.6-Debian-3.2.6-2+deb12u1 server ready";
	software = identify(said);
	assert_int_equal(software.support, SUPPORT_DISTRIBUTION);
	said.greeting = "+OK vm Cyrus POP3 2.5.10 server ready";
	assert_int_equal(identify(said).support, SUPPORT_ENDED);
	said.greeting = "+OK mail Cyrus POP3 v2.3.7-Invoca-RPM-2.3.7-16.el5 server ready";
	software = identify(said);
	assert_string_equal(software.distribution, "Enterprise Linux 5");
	assert_string_equal(software.support_ends, "2017-03-31");
}

/* Rule V-8: the year in Courier's greeting is no version. */
static void test_v8_courier(void **state)
{
	struct software software = identify((struct said){
		.protocol = WIRE_IMAP,
		.greeting =
			"* OK [CAPABILITY IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE ACL "
			"ACL2=UNION STARTTLS ENABLE UTF8=ACCEPT] Courier-IMAP ready. Copyright 1998-2019 Double Precision, Inc.  See "
			"COPYING for "
			"distribution information."});

	(void)state;
	assert_string_equal(software.product, "Courier");
	assert_string_equal(software.version, "");
	assert_false(software.is_version_certain);
	assert_int_equal(software.family, FAMILY_COURIER);
	assert_int_equal(software.confidence, CONFIDENCE_HIGH);
	software = identify((struct said){.protocol = WIRE_POP3, .greeting = "+OK Hello there."});
	assert_string_equal(software.product, "Courier");
	assert_string_equal(software.version, "");
	assert_int_equal(software.support, SUPPORT_UNKNOWN);
}

/* A panel changes what advice fits; the server keeps its name. */
static void test_panels(void **state)
{
	struct software software;

	(void)state;
	software = identify((struct said){.protocol = WIRE_IMAP, .greeting = "* OK Dovecot DA ready.", .capabilities = DOVECOT_23_LIST});
	assert_string_equal(software.product, "Dovecot");
	assert_int_equal(software.family, FAMILY_DIRECTADMIN);
	assert_string_equal(software.version, "2.3");
	software = identify((struct said){.protocol = WIRE_IMAP,
	                                  .greeting = "* OK [CAPABILITY " DOVECOT_23_LIST "] Dovecot ready.",
	                                  .subject = "CN=Plesk,O=Plesk,C=CH"});
	assert_string_equal(software.product, "Dovecot");
	assert_int_equal(software.family, FAMILY_PLESK);
	software = identify((struct said){.protocol = WIRE_IMAP,
	                                  .greeting = "* OK [CAPABILITY " DOVECOT_23_LIST "] Dovecot ready.",
	                                  .issuer = "CN=cPanel\\, Inc. Certification Authority,O=cPanel\\, Inc.,C=US"});
	assert_int_equal(software.family, FAMILY_CPANEL);
	software = identify((struct said){
		.protocol = WIRE_POP3, .greeting = "+OK Welcome to MailEnable POP3 Server", .subject = "CN=Plesk,O=Plesk,C=CH"});
	assert_string_equal(software.product, "MailEnable");
	assert_int_equal(software.family, FAMILY_MAILENABLE); /* it has settings of its own, also beside a panel */
	software = identify((struct said){.protocol = WIRE_IMAP, .greeting = "* OK ready", .subject = "CN=Plesk,O=Plesk,C=CH"});
	assert_string_equal(software.product, "Plesk");
	assert_int_equal(software.confidence, CONFIDENCE_LOW);
}

/* How TLS answers, as our hash over the ladder, is one more text. */
static void test_ladder(void **state)
{
	static const char TABLE[] = "ladder\timap\tL\t-\t^0123456789abcdef$\tLadderer\t-\t-\tother\tback\thabit\t-\n";
	struct fingerprints *own;
	struct software_evidence evidence = {.protocol = WIRE_IMAP, .ladder = "0123456789abcdef"};
	struct software software;
	struct error error;

	(void)state;
	own = fingerprints_new(&error);
	assert_true(fingerprints_add_tsv(own, "t", span_from_text(TABLE), &error));
	software_identify(own, &evidence, NOW, &software);
	assert_string_equal(software.product, "Ladderer");
	assert_int_equal(software.confidence, CONFIDENCE_MEDIUM);
	fingerprints_free(own);
}

/* Whatever a server sends, our texts end and hold no NUL of its own. */
static void test_hostile_text(void **state)
{
	static char greeting[512];
	struct software_evidence evidence = {.protocol = WIRE_IMAP, .is_greeted = true};
	struct software software;
	size_t size = (size_t)snprintf(greeting, sizeof(greeting), "vm Cyrus IMAP 3.");

	(void)state;
	memset(greeting + size, '\xff', 100);
	greeting[size + 3] = '\0';
	memcpy(greeting + size + 100, " server ready", 13);
	evidence.greeting = span_make(greeting, size + 113);
	software_identify(fingerprints, &evidence, NOW, &software);
	assert_string_equal(software.product, "Cyrus IMAP");
	assert_int_equal(strlen(software.version), sizeof(software.version) - 1);
	assert_int_equal(software.version[5], '?');
	assert_string_equal(software.cpe, "cpe:2.3:a:cyrus:imap:3.:*:*:*:*:*:*:*");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_servers_of_the_lab),
		cmocka_unit_test(test_unknown_stays_unknown),
		cmocka_unit_test(test_v3_precedence),
		cmocka_unit_test(test_v3_front_and_back),
		cmocka_unit_test(test_v4_weak_patterns),
		cmocka_unit_test(test_v4_empty_greetings),
		cmocka_unit_test(test_v5_dovecot_branch),
		cmocka_unit_test(test_v5_with_distribution),
		cmocka_unit_test(test_v6_library),
		cmocka_unit_test(test_v7_distribution_suffix),
		cmocka_unit_test(test_v8_courier),
		cmocka_unit_test(test_panels),
		cmocka_unit_test(test_ladder),
		cmocka_unit_test(test_hostile_text),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}
