/* SPDX-License-Identifier: ISC */
/* Findings of certificates: a good one has none, each fault has its own, and an unreadable one has none either. */
#include "classify/findings/finding_test.h"

static void set_text(char *text, size_t size, const char *value)
{
	(void)snprintf(text, size, "%s", value);
}

#define SET(member, value) set_text(member, sizeof(member), value)

static void count_certificate_findings(const struct test_service *service, size_t expected)
{
	struct finding findings[FINDINGS_MAX];
	size_t count = findings_of_service(&service->view, findings), found = 0;

	for (size_t i = 0; i < count; i++)
		found += strncmp(findings[i].id, "cert-", 5) == 0 ? 1 : 0;
	assert_int_equal(found, expected);
}

static void a_good_certificate_has_no_finding(void **state)
{
	struct test_service service;

	(void)state;
	test_service_init(&service, 993);
	test_chain(&service, 1);
	count_certificate_findings(&service, 0);
	service.view.reference_name = "mail.example.org";
	service.view.name_match = NAME_MATCHES;
	count_certificate_findings(&service, 0);
	test_service_done(&service);
}

static void an_unreadable_certificate_has_no_finding(void **state)
{
	struct test_service service;
	struct chain_facts *chain;

	(void)state;
	test_service_init(&service, 993);
	chain = test_chain(&service, 1);
	memset(&chain->leaf, 0, sizeof(chain->leaf));
	chain->mozilla = chain->system = TRUST_UNKNOWN;
	chain->weakest_signature_hash[0] = '\0';
	service.view.reference_name = "mail.example.org";
	service.view.name_match = NAME_MATCH_UNKNOWN;
	count_certificate_findings(&service, 0);
	test_service_done(&service);
}

static void cert_expired(void **state)
{
	struct test_service service;
	struct chain_facts *rsa, *ecdsa;
	struct finding finding;

	(void)state;
	test_service_init(&service, 993);
	rsa = test_chain(&service, 1);
	rsa->leaf.not_after.unix_ms = TEST_NOW_MS - 3 * TEST_DAY_MS;
	finding = test_holds(&service, "cert-expired");
	test_contains(&finding, "\"CN=mail.example.org\" ended on 2026-11-21, 3 days ago");
	test_holds_not(&service, "cert-expiring");
	rsa->leaf.not_after.unix_ms = TEST_NOW_MS;
	test_holds_not(&service, "cert-expired");
	rsa->leaf.not_after.unix_ms = TEST_NOW_MS - 1;
	test_holds(&service, "cert-expired");
	service.view.now.unix_ms = 0; /* no clock */
	test_holds_not(&service, "cert-expired");
	service.view.now.unix_ms = TEST_NOW_MS;
	service.tls.chain_count = 2; /* another leaf was shown and is not at hand */
	test_holds_not(&service, "cert-expired");
	ecdsa = test_chain(&service, 2);
	test_holds_not(&service, "cert-expired"); /* the other one is good */
	ecdsa->leaf.not_after.unix_ms = TEST_NOW_MS - TEST_DAY_MS;
	test_holds(&service, "cert-expired");
	test_service_done(&service);
}

static void cert_not_yet_valid(void **state)
{
	struct test_service service;
	struct chain_facts *chain;
	struct finding finding;

	(void)state;
	test_service_init(&service, 993);
	chain = test_chain(&service, 1);
	chain->leaf.not_before.unix_ms = TEST_NOW_MS + TEST_DAY_MS;
	finding = test_holds(&service, "cert-not-yet-valid");
	test_contains(&finding, "begins on 2026-11-25");
	test_holds_not(&service, "cert-expiring");
	chain->leaf.not_before.unix_ms = TEST_NOW_MS;
	test_holds_not(&service, "cert-not-yet-valid");
	test_service_done(&service);
}

static void cert_expiring(void **state)
{
	struct test_service service;
	struct chain_facts *chain;

	(void)state;
	test_service_init(&service, 993);
	chain = test_chain(&service, 1);
	chain->leaf.not_after.unix_ms = TEST_NOW_MS + 14 * TEST_DAY_MS;
	test_holds(&service, "cert-expiring");
	chain->leaf.not_after.unix_ms = TEST_NOW_MS + 14 * TEST_DAY_MS + 1;
	test_holds_not(&service, "cert-expiring");
	/* Of a life of six days two are left, then three. */
	chain->leaf.not_before.unix_ms = TEST_NOW_MS - 4 * TEST_DAY_MS;
	chain->leaf.not_after.unix_ms = TEST_NOW_MS + 2 * TEST_DAY_MS;
	test_holds(&service, "cert-expiring");
	chain->leaf.not_before.unix_ms = TEST_NOW_MS - 3 * TEST_DAY_MS;
	chain->leaf.not_after.unix_ms = TEST_NOW_MS + 3 * TEST_DAY_MS;
	test_holds_not(&service, "cert-expiring");
	test_service_done(&service);
}

static void cert_self_signed_and_untrusted(void **state)
{
	struct test_service service;
	struct chain_facts *chain;

	(void)state;
	test_service_init(&service, 993);
	chain = test_chain(&service, 1);
	chain->mozilla = TRUST_UNKNOWN;
	count_certificate_findings(&service, 0);
	chain->mozilla = TRUST_NONE;
	test_holds(&service, "cert-untrusted");
	test_holds_not(&service, "cert-self-signed");
	chain->is_cut = true; /* what is missing may have been sent */
	test_holds_not(&service, "cert-untrusted");
	chain->is_cut = false;
	chain->leaf.is_self_signed = true;
	test_holds(&service, "cert-self-signed");
	test_holds_not(&service, "cert-untrusted");
	test_service_done(&service);
}

static void cert_chain_incomplete(void **state)
{
	struct test_service service;
	struct chain_facts *chain;
	struct finding finding;

	(void)state;
	test_service_init(&service, 993);
	chain = test_chain(&service, 1);
	chain->count = 1;
	chain->mozilla = TRUST_INCOMPLETE;
	SET(chain->missing_issuer, "CN=R11,O=Let's Encrypt,C=US");
	finding = test_holds(&service, "cert-chain-incomplete");
	test_contains(&finding, "1 sent, missing is \"CN=R11");
	test_holds_not(&service, "cert-untrusted");
	chain->mozilla = TRUST_NONE;
	test_holds_not(&service, "cert-chain-incomplete");
	test_service_done(&service);
}

static void cert_key_weak(void **state)
{
	static const struct {
		const char *type;
		unsigned bits;
		enum answer is_known;
		bool holds;
		enum severity severity;
	} rows[] = {
		{"RSA", 2048, ANSWER_NO, false, SEVERITY_LOW},    {"RSA", 2047, ANSWER_NO, true, SEVERITY_LOW},
		{"RSA", 1024, ANSWER_NO, true, SEVERITY_LOW},     {"RSA", 512, ANSWER_NO, true, SEVERITY_MEDIUM},
		{"RSA", 2048, ANSWER_YES, true, SEVERITY_MEDIUM}, {"RSA", 0, ANSWER_UNKNOWN, false, SEVERITY_LOW},
		{"EC", 256, ANSWER_UNKNOWN, false, SEVERITY_LOW}, {"EC", 224, ANSWER_NO, false, SEVERITY_LOW},
		{"EC", 192, ANSWER_NO, true, SEVERITY_LOW},       {"ED25519", 256, ANSWER_NO, false, SEVERITY_LOW},
		{"DSA", 2048, ANSWER_NO, true, SEVERITY_LOW},     {"1.2.3.4", 128, ANSWER_UNKNOWN, false, SEVERITY_LOW},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct test_service service;
		struct chain_facts *chain;

		test_service_init(&service, 993);
		chain = test_chain(&service, 1);
		SET(chain->leaf.key_type, rows[i].type);
		chain->leaf.key_bits = rows[i].bits;
		chain->leaf.is_known_weak_key = rows[i].is_known;
		if (rows[i].holds) {
			struct finding finding = test_holds(&service, "cert-key-weak");

			assert_int_equal(finding.severity, rows[i].severity);
		} else {
			test_holds_not(&service, "cert-key-weak");
		}
		test_service_done(&service);
	}
}

static void cert_sig_weak(void **state)
{
	struct test_service service;
	struct chain_facts *chain;
	struct finding finding;

	(void)state;
	test_service_init(&service, 993);
	chain = test_chain(&service, 1);
	SET(chain->weakest_signature_hash, "SHA1");
	finding = test_holds(&service, "cert-sig-weak");
	test_contains(&finding, "\"SHA1\"");
	SET(chain->weakest_signature_hash, "MD5");
	test_holds(&service, "cert-sig-weak");
	SET(chain->weakest_signature_hash, "SHA224");
	test_holds_not(&service, "cert-sig-weak");
	SET(chain->weakest_signature_hash, "");
	SET(chain->leaf.signature_hash, ""); /* Ed25519 */
	test_holds_not(&service, "cert-sig-weak");
	test_service_done(&service);
}

static void cert_default(void **state)
{
	static const struct {
		const char *subject;
		bool holds;
	} rows[] = {
		{"CN=localhost,OU=Automatically-generated IMAP SSL key,O=Courier Mail Server,L=New York,ST=NY,C=US", true},
		{"CN=localhost.localdomain", true},
		{"CN=localhostel.example", false},
		{"CN=plesk,O=Odin", true},
		{"OU=IMAP server,CN=imap.example.com,emailAddress=postmaster@example.com", true},
		{"OU=IMAP server,CN=imap.firm.example", false},
		{"emailAddress=x@dovecot.example,OU=IMAP server,CN=imap.firm.example", true},
		{"O=Zimbra Collaboration Suite,CN=mail.firm.example", true},
		{"CN=*.kundenserver.example", false},
		{"CN=mail.example.org", false},
		{"O=Not o=odin", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct test_service service;
		struct chain_facts *chain;

		test_service_init(&service, 993);
		chain = test_chain(&service, 1);
		SET(chain->leaf.subject, rows[i].subject);
		chain->mozilla = TRUST_NONE;
		if (rows[i].holds)
			test_holds(&service, "cert-default");
		else
			test_holds_not(&service, "cert-default");
		chain->mozilla = TRUST_GOOD; /* an authority looked at it */
		test_holds_not(&service, "cert-default");
		chain->mozilla = TRUST_UNKNOWN;
		test_holds_not(&service, "cert-default");
		test_service_done(&service);
	}
}

static void a_short_name_that_signed_itself_is_a_placeholder(void **state)
{
	struct test_service service;
	struct chain_facts *chain;

	(void)state;
	test_service_init(&service, 993);
	chain = test_chain(&service, 1);
	SET(chain->leaf.subject, "CN=vm17");
	SET(chain->leaf.common_name, "vm17");
	chain->mozilla = TRUST_NONE;
	test_holds_not(&service, "cert-default");
	chain->leaf.is_self_signed = true;
	test_holds(&service, "cert-default");
	SET(chain->leaf.subject_parts.organization_name, "Example");
	test_holds_not(&service, "cert-default");
	test_service_done(&service);
}

static void cert_key_shared(void **state)
{
	struct test_service service;
	struct chain_facts *chain;
	struct finding finding;

	(void)state;
	test_service_init(&service, 993);
	chain = test_chain(&service, 1);
	chain->mozilla = TRUST_NONE;
	test_holds_not(&service, "cert-key-shared"); /* not counted */
	service.view.key_shared_addresses = 20;
	service.view.key_shared_networks = 2;
	test_holds_not(&service, "cert-key-shared");
	service.view.key_shared_networks = 3;
	finding = test_holds(&service, "cert-key-shared");
	test_contains(&finding, "20 addresses in 3 networks");
	service.view.key_shared_addresses = 19;
	test_holds_not(&service, "cert-key-shared");
	service.view.key_shared_addresses = 5000;
	chain->mozilla = TRUST_GOOD; /* a hosting company's */
	test_holds_not(&service, "cert-key-shared");
	test_service_done(&service);
}

static void cert_name_mismatch(void **state)
{
	struct test_service service;
	struct finding finding;

	(void)state;
	test_service_init(&service, 993);
	test_chain(&service, 1);
	service.view.name_match = NAME_DIFFERS;
	test_holds_not(&service, "cert-name-mismatch"); /* N-14 */
	service.view.reference_name = "imap.example.net";
	finding = test_holds(&service, "cert-name-mismatch");
	test_contains(&finding, "asked for \"imap.example.net\"");
	test_contains(&finding, "names \"mail.example.org\"");
	service.view.name_match = NAME_MATCHES_COMMON_NAME_ONLY;
	test_holds_not(&service, "cert-name-mismatch");
	service.view.name_match = NAME_MATCH_UNKNOWN;
	test_holds_not(&service, "cert-name-mismatch");
	test_service_done(&service);
}

static void cert_no_names(void **state)
{
	struct test_service service;
	struct chain_facts *chain;

	(void)state;
	test_service_init(&service, 993);
	chain = test_chain(&service, 1);
	test_holds_not(&service, "cert-no-names");
	chain->leaf.has_dns_names = false;
	test_holds(&service, "cert-no-names");
	chain->leaf.is_readable = false;
	test_holds_not(&service, "cert-no-names");
	test_service_done(&service);
}

static void cert_lifetime(void **state)
{
	/* Days since 1970: 2020-08-31, 2020-09-01, 2026-03-14, 2026-03-15, 2027-03-15, 2029-03-15. */
	static const struct {
		int64_t first_day, days;
		bool holds;
	} rows[] = {
		{18505, 825, false}, {18506, 398, false}, {18506, 399, true},  {20526, 398, false}, {20527, 398, true},
		{20527, 200, false}, {20892, 101, true},  {20892, 100, false}, {21623, 48, true},   {21623, 47, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct test_service service;
		struct chain_facts *chain;

		test_service_init(&service, 993);
		chain = test_chain(&service, 1);
		chain->leaf.not_before.unix_ms = rows[i].first_day * TEST_DAY_MS;
		chain->leaf.not_after.unix_ms = (rows[i].first_day + rows[i].days) * TEST_DAY_MS;
		if (rows[i].holds)
			test_holds(&service, "cert-lifetime");
		else
			test_holds_not(&service, "cert-lifetime");
		chain->mozilla = TRUST_NONE; /* a private authority may do as it likes */
		test_holds_not(&service, "cert-lifetime");
		chain->mozilla = TRUST_UNKNOWN;
		test_holds_not(&service, "cert-lifetime");
		test_service_done(&service);
	}
}

static void what_is_shown_without_a_name_does_not_count_beside_a_name(void **state)
{
	struct test_service service;
	struct chain_facts *named, *nameless;

	(void)state;
	test_service_init(&service, 993);
	named = test_chain(&service, 1);
	nameless = test_chain(&service, 2);
	nameless->leaf.is_self_signed = true;
	service.view.observation_count = 2;
	service.observations[0].tls = (struct tls_observation){.certificate_count = 2, .flags = TLS_HAD_SERVER_NAME};
	memcpy(service.observations[0].tls.chain_sha256, named->sha256, sizeof(named->sha256));
	service.observations[1].tls = (struct tls_observation){.certificate_count = 1, .hello = TLS_HELLO_H10};
	memcpy(service.observations[1].tls.chain_sha256, nameless->sha256, sizeof(nameless->sha256));
	test_holds(&service, "cert-self-signed"); /* asked by address: it is what clients may see */
	service.view.reference_name = "mail.example.org";
	test_holds_not(&service, "cert-self-signed");
	test_service_done(&service);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_certificate_has_no_finding),
		cmocka_unit_test(an_unreadable_certificate_has_no_finding),
		cmocka_unit_test(cert_expired),
		cmocka_unit_test(cert_not_yet_valid),
		cmocka_unit_test(cert_expiring),
		cmocka_unit_test(cert_self_signed_and_untrusted),
		cmocka_unit_test(cert_chain_incomplete),
		cmocka_unit_test(cert_key_weak),
		cmocka_unit_test(cert_sig_weak),
		cmocka_unit_test(cert_default),
		cmocka_unit_test(a_short_name_that_signed_itself_is_a_placeholder),
		cmocka_unit_test(cert_key_shared),
		cmocka_unit_test(cert_name_mismatch),
		cmocka_unit_test(cert_no_names),
		cmocka_unit_test(cert_lifetime),
		cmocka_unit_test(what_is_shown_without_a_name_does_not_count_beside_a_name),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
