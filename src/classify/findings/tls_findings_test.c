/* SPDX-License-Identifier: ISC */
/* Findings of versions, suites, groups, extensions, client certificates and software: only of what was answered, never of what is unknown. */
#include "classify/findings/finding_test.h"

#include "classify/questions.h"

/* In the order of enum tls_version_index: 'y', 'n', '?' for SSL 3.0, TLS 1.0, 1.1, 1.2, 1.3. */
static void with_versions(struct test_service *service, const char *answers)
{
	test_service_init(service, 993);
	for (int i = 0; i < TLS_INDEX_COUNT; i++)
		service->tls.versions[i] = answers[i] == 'y' ? ANSWER_YES : answers[i] == 'n' ? ANSWER_NO : ANSWER_UNKNOWN;
}

static void check_versions(const char *answers, const char *id, bool holds)
{
	struct test_service service;

	with_versions(&service, answers);
	if (holds)
		test_holds(&service, id);
	else
		test_holds_not(&service, id);
	test_service_done(&service);
}

static void tls_obsolete_only(void **state)
{
	struct test_service service;
	struct finding finding;

	(void)state;
	check_versions("nyynn", "tls-obsolete-only", true);
	check_versions("ynnnn", "tls-obsolete-only", true);
	check_versions("nyyyn", "tls-obsolete-only", false);
	check_versions("nyyny", "tls-obsolete-only", false);
	check_versions("?yy?n", "tls-obsolete-only", false);
	check_versions("nnnnn", "tls-obsolete-only", false);
	with_versions(&service, "?y?n?");
	finding = test_holds(&service, "tls-obsolete-only");
	assert_int_equal(finding.confidence, CONFIDENCE_MEDIUM);
	assert_int_equal(finding.severity, SEVERITY_MEDIUM);
	test_contains(&finding, "accepts TLSv1.0, refuses TLSv1.2");
	test_service_done(&service);
	with_versions(&service, "?y??n"); /* T-22: to be treated as obsolete only */
	service.tls.version_intolerant = ANSWER_YES;
	test_holds(&service, "tls-obsolete-only");
	test_holds(&service, "version-intolerant");
	test_service_done(&service);
}

static void tls_obsolete_enabled(void **state)
{
	(void)state;
	check_versions("nnyyn", "tls-obsolete-enabled", true);
	check_versions("?y??y", "tls-obsolete-enabled", true);
	check_versions("???yy", "tls-obsolete-enabled", false);
	check_versions("ynnyy", "tls-obsolete-enabled", false); /* sslv3-enabled says that */
	check_versions("nyynn", "tls-obsolete-enabled", false);
}

static void sslv3_enabled(void **state)
{
	struct test_service service;
	struct finding finding;

	(void)state;
	check_versions("nyyyy", "sslv3-enabled", false);
	check_versions("?yyyy", "sslv3-enabled", false);
	with_versions(&service, "ynnnn");
	finding = test_holds(&service, "sslv3-enabled");
	assert_int_equal(finding.severity, SEVERITY_MEDIUM);
	test_service_done(&service);
	with_versions(&service, "y??n?"); /* whether it is the only one is not known */
	finding = test_holds(&service, "sslv3-enabled");
	assert_int_equal(finding.severity, SEVERITY_LOW);
	test_service_done(&service);
}

static void no_tls13(void **state)
{
	(void)state;
	check_versions("nnnyn", "no-tls13", true);
	check_versions("nnny?", "no-tls13", false);
	check_versions("nnnyy", "no-tls13", false);
	check_versions("nnnnn", "no-tls13", false); /* no control: nothing was answered at all (T-8) */
}

static void ciphers(void **state)
{
	static const struct {
		const char *id;
		uint32_t trait;
		uint16_t suite;
		const char *name;
	} rows[] = {
		{"cipher-null-anon", SUITE_NULL, 0x0002, "TLS_RSA_WITH_NULL_SHA"},
		{"cipher-null-anon", SUITE_ANONYMOUS, 0x0018, "TLS_DH_anon_WITH_RC4_128_MD5"},
		{"cipher-export", SUITE_EXPORT, 0x0003, "TLS_RSA_EXPORT_WITH_RC4_40_MD5"},
		{"cipher-rc4", SUITE_RC4, 0x0005, "TLS_RSA_WITH_RC4_128_SHA"},
		{"cipher-3des", SUITE_3DES, 0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"},
		{"cipher-des", SUITE_DES, 0x0009, "TLS_RSA_WITH_DES_CBC_SHA"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct test_service service;
		struct finding finding;

		test_service_init(&service, 993);
		service.tls.traits_refused = rows[i].trait;
		service.tls.traits_accepted = SUITE_AEAD | SUITE_CBC | SUITE_FORWARD_SECRECY;
		test_holds_not(&service, rows[i].id);
		service.tls.traits_refused = 0;
		test_holds_not(&service, rows[i].id);
		service.tls.traits_accepted |= rows[i].trait;
		service.observations[0].tls.cipher_suite = rows[i].suite;
		finding = test_holds(&service, rows[i].id);
		test_contains(&finding, rows[i].name);
		test_service_done(&service);
	}
}

static void export_keys_are_told(void **state)
{
	struct test_service service;
	struct finding finding;

	(void)state;
	test_service_init(&service, 993);
	service.tls.traits_accepted = SUITE_EXPORT;
	service.tls.rsa_export_bits = 512;
	finding = test_holds(&service, "cipher-export");
	test_contains(&finding, "512 bits");
	test_service_done(&service);
}

static void cipher_no_pfs(void **state)
{
	struct test_service service;
	struct finding finding;

	(void)state;
	test_service_init(&service, 993);
	service.tls.traits_accepted = SUITE_STATIC_KEY_EXCHANGE;
	test_holds_not(&service, "cipher-no-pfs"); /* whether it would do ECDHE was not asked */
	service.tls.traits_refused = SUITE_FORWARD_SECRECY;
	service.observations[0].tls.cipher_suite = 0x002f;
	finding = test_holds(&service, "cipher-no-pfs");
	test_contains(&finding, "TLS_RSA_WITH_AES_128_CBC_SHA is accepted");
	service.tls.traits_refused = 0;
	service.tls.traits_accepted |= SUITE_FORWARD_SECRECY;
	test_holds_not(&service, "cipher-no-pfs");
	test_service_done(&service);
}

static void dh_weak(void **state)
{
	static const struct {
		uint16_t bits;
		bool holds;
		enum severity severity;
	} rows[] = {{0, false, SEVERITY_INFO},  {512, true, SEVERITY_MEDIUM}, {1023, true, SEVERITY_MEDIUM},
	            {1024, true, SEVERITY_LOW}, {2047, true, SEVERITY_LOW},   {2048, false, SEVERITY_INFO}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct test_service service;

		test_service_init(&service, 993);
		service.tls.dh_bits = rows[i].bits;
		if (rows[i].holds) {
			struct finding finding = test_holds(&service, "dh-weak");

			assert_int_equal(finding.severity, rows[i].severity);
		} else {
			test_holds_not(&service, "dh-weak");
		}
		test_service_done(&service);
	}
}

static void dh_common_1024(void **state)
{
	/* sha256 of Oakley group 2's 128 bytes */
	static const uint8_t oakley[] = {0x3f, 0x35, 0xa3, 0xf5, 0xf6, 0xc4, 0x37, 0x6a, 0x74, 0x4a, 0xca, 0xd4, 0x09, 0xbb, 0x22, 0xf8,
	                                 0xd8, 0x97, 0xf9, 0x49, 0xd2, 0x31, 0x1d, 0x88, 0x5a, 0xda, 0xa8, 0x90, 0x98, 0x1b, 0x67, 0xa0};
	struct test_service service;
	struct finding finding;

	(void)state;
	test_service_init(&service, 993);
	service.tls.dh_bits = 1024;
	test_holds_not(&service, "dh-common-1024"); /* a prime of its own */
	memcpy(service.tls.dh_prime_sha256, oakley, sizeof(oakley));
	finding = test_holds(&service, "dh-common-1024");
	test_contains(&finding, "RFC 2409");
	test_contains(&finding, "3f35a3f5f6c4376a...");
	service.tls.dh_bits = 0;
	test_holds_not(&service, "dh-common-1024");
	test_service_done(&service);
}

static void one_answer_each(void **state)
{
	static const struct {
		const char *id;
		size_t offset;
		enum answer holds_on;
	} rows[] = {
		{"no-secure-renegotiation", offsetof(struct tls_facts, secure_renegotiation), ANSWER_NO},
		{"no-ems", offsetof(struct tls_facts, extended_master_secret), ANSWER_NO},
		{"tls-compression", offsetof(struct tls_facts, compression), ANSWER_YES},
		{"heartbeat-offered", offsetof(struct tls_facts, heartbeat), ANSWER_YES},
		{"pqc-absent", offsetof(struct tls_facts, post_quantum), ANSWER_NO},
		{"alpn-absent", offsetof(struct tls_facts, alpn), ANSWER_NO},
		{"version-intolerant", offsetof(struct tls_facts, version_intolerant), ANSWER_YES},
		{"extension-intolerant", offsetof(struct tls_facts, extension_intolerant), ANSWER_YES},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		static const enum answer answers[] = {ANSWER_UNKNOWN, ANSWER_NO, ANSWER_YES};

		for (size_t j = 0; j < ARRAY_LENGTH(answers); j++) {
			struct test_service service;

			test_service_init(&service, 993);
			memcpy((unsigned char *)&service.tls + rows[i].offset, &answers[j], sizeof(answers[j]));
			if (answers[j] == rows[i].holds_on)
				test_holds(&service, rows[i].id);
			else
				test_holds_not(&service, rows[i].id);
			test_service_done(&service);
		}
	}
}

static void client_cert_required(void **state)
{
	struct test_service service;
	struct tls_observation *tls;
	struct finding finding;

	(void)state;
	test_service_init(&service, 993);
	tls = &service.observations[0].tls;
	service.tls.client_certificate = ANSWER_YES;
	tls->outcome = TLS_PROVEN;
	tls->hello = TLS_HELLO_H1;
	tls->flags = TLS_WANTS_CLIENT_CERTIFICATE;
	service.observations[0].ending = ENDING_TLS_OBSERVED;
	test_holds_not(&service, "client-cert-required"); /* it asks, but might do without */
	tls->hello = TLS_HELLO_SESSION;
	service.observations[0].ending = ENDING_COMPLETE;
	test_holds_not(&service, "client-cert-required");     /* and does */
	service.observations[0].ending = ENDING_TLS_OBSERVED; /* a good flight, and then an alert */
	test_holds(&service, "client-cert-required");
	service.observations[0].ending = ENDING_TLS_FAILED;
	test_holds(&service, "client-cert-required");
	service.view.observation_count = 2;
	service.observations[1].tls = (struct tls_observation){.outcome = TLS_PROVEN, .hello = TLS_HELLO_SESSION};
	service.observations[1].ending = ENDING_COMPLETE;
	test_holds_not(&service, "client-cert-required"); /* another time it did without */
	service.view.observation_count = 1;
	tls->outcome = TLS_CLIENT_FAILED; /* it was our library */
	test_holds_not(&service, "client-cert-required");
	tls->outcome = TLS_PROVEN;
	tls->flags = 0;
	test_holds_not(&service, "client-cert-required");
	tls->alert_level = 2;
	tls->alert_description = 40;
	test_holds_not(&service, "client-cert-required");
	tls->alert_description = 116;
	finding = test_holds(&service, "client-cert-required");
	test_contains(&finding, "alert 116");
	test_service_done(&service);
}

static void with_software(struct test_service *service, enum support_state support, bool is_certain)
{
	test_service_init(service, 143);
	(void)snprintf(service->software.product, sizeof(service->software.product), "Dovecot");
	(void)snprintf(service->software.version, sizeof(service->software.version), "2.2");
	(void)snprintf(service->software.support_ends, sizeof(service->software.support_ends), "2025-01-24");
	(void)snprintf(service->software.support_source, sizeof(service->software.support_source), "endoflife.date");
	service->software.confidence = CONFIDENCE_HIGH;
	service->software.support = support;
	service->software.is_version_certain = is_certain;
}

static void eol_software(void **state)
{
	static const struct {
		enum support_state support;
		bool is_certain, holds;
		enum severity severity;
	} rows[] = {
		{SUPPORT_ENDED, true, true, SEVERITY_HIGH},        {SUPPORT_ENDED, false, true, SEVERITY_MEDIUM},
		{SUPPORT_DISTRIBUTION, true, true, SEVERITY_INFO}, {SUPPORT_GOING, true, false, SEVERITY_INFO},
		{SUPPORT_UNKNOWN, true, false, SEVERITY_INFO},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct test_service service;
		struct finding finding;

		with_software(&service, rows[i].support, rows[i].is_certain);
		if (rows[i].holds) {
			finding = test_holds(&service, "eol-software");
			assert_int_equal(finding.severity, rows[i].severity);
			test_contains(&finding, "2025-01-24");
		} else {
			test_holds_not(&service, "eol-software");
		}
		service.software.confidence = CONFIDENCE_LOW; /* V-4 */
		test_holds_not(&service, "eol-software");
		test_service_done(&service);
	}
}

static void version_disclosed(void **state)
{
	struct test_service service;
	struct finding finding;

	(void)state;
	with_software(&service, SUPPORT_GOING, true);
	finding = test_holds(&service, "version-disclosed");
	test_contains(&finding, "\"Dovecot\" says that it is version \"2.2\"");
	service.software.is_version_certain = false; /* inferred from its habits: it said nothing */
	test_holds_not(&service, "version-disclosed");
	service.software.is_version_certain = true;
	service.software.version[0] = '\0';
	test_holds_not(&service, "version-disclosed");
	test_service_done(&service);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tls_obsolete_only),
		cmocka_unit_test(tls_obsolete_enabled),
		cmocka_unit_test(sslv3_enabled),
		cmocka_unit_test(no_tls13),
		cmocka_unit_test(ciphers),
		cmocka_unit_test(export_keys_are_told),
		cmocka_unit_test(cipher_no_pfs),
		cmocka_unit_test(dh_weak),
		cmocka_unit_test(dh_common_1024),
		cmocka_unit_test(one_answer_each),
		cmocka_unit_test(client_cert_required),
		cmocka_unit_test(eol_software),
		cmocka_unit_test(version_disclosed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
