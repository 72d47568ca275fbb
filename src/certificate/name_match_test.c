/* SPDX-License-Identifier: ISC */
/* Which certificates name which hosts (rules N-10 to N-12), row by row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "certificate/chain.h"
#include "certificate/made_certificate.h"

static EVP_PKEY *key;

static int set_up_group(void **state)
{
	(void)state;
	key = made_key("P-256");
	return 0;
}

static int tear_down_group(void **state)
{
	(void)state;
	EVP_PKEY_free(key);
	return 0;
}

static enum name_match match(const char *common_name, const char *names, const char *reference)
{
	X509 *certificate = made_certificate(
		&(struct recipe){.subject = common_name, .key = key, .extensions = {{names != NULL ? NID_subject_alt_name : 0, names}}});
	struct span der = made_der(certificate);
	enum name_match result = chain_match_name(der, reference);

	made_der_free(der);
	X509_free(certificate);
	return result;
}

static void names_match_as_the_rules_say(void **state)
{
	static const struct {
		const char *common_name, *names, *reference;
		enum name_match expected;
	} ROWS[] = {
		{NULL, "DNS:mail.example.org", "mail.example.org", NAME_MATCHES},
		{NULL, "DNS:mail.example.org", "MAIL.Example.ORG", NAME_MATCHES},
		{NULL, "DNS:Mail.EXAMPLE.org", "mail.example.org.", NAME_MATCHES},
		{NULL, "DNS:mail.example.org.", "mail.example.org", NAME_MATCHES},
		{NULL, "DNS:other.example.org,DNS:mail.example.org", "mail.example.org", NAME_MATCHES},
		{NULL, "DNS:mail.example.org", "example.org", NAME_DIFFERS},
		{NULL, "DNS:example.org", "mail.example.org", NAME_DIFFERS},
		{NULL, "DNS:mail.example.org", "xmail.example.org", NAME_DIFFERS},
		{NULL, "DNS:localhost", "localhost", NAME_MATCHES},
		/* wildcards: rule N-12 */
		{NULL, "DNS:*.example.com", "example.com", NAME_DIFFERS},
		{NULL, "DNS:*.example.com", "a.example.com", NAME_MATCHES},
		{NULL, "DNS:*.EXAMPLE.com.", "a.example.COM.", NAME_MATCHES},
		{NULL, "DNS:*.example.com", "xn--bcher-kva.example.com", NAME_MATCHES},
		{NULL, "DNS:*.example.com", "a.b.example.com", NAME_DIFFERS},
		{NULL, "DNS:f*.example.com", "foo.example.com", NAME_DIFFERS},
		{NULL, "DNS:*o.example.com", "foo.example.com", NAME_DIFFERS},
		{NULL, "DNS:a.*.example.com", "a.b.example.com", NAME_DIFFERS},
		{NULL, "DNS:*.*.example.com", "a.b.example.com", NAME_DIFFERS},
		{NULL, "DNS:**.example.com", "a.example.com", NAME_DIFFERS},
		{NULL, "DNS:*", "localhost", NAME_DIFFERS},
		{NULL, "DNS:*.com", "example.com", NAME_DIFFERS},
		{NULL, "DNS:*.", "example.com", NAME_DIFFERS},
		{NULL, "DNS:*..com", "example..com", NAME_MATCH_UNKNOWN},
		/* A-labels are compared as they are */
		{NULL, "DNS:xn--bcher-kva.example", "XN--BCHER-KVA.example", NAME_MATCHES},
		{NULL, "DNS:xn--*.example.org", "xn--bcher-kva.example.org", NAME_DIFFERS},
		/* the common name counts only where there is no dNSName: rule N-11 */
		{"mail.example.org", NULL, "mail.example.org", NAME_MATCHES_COMMON_NAME_ONLY},
		{"*.example.org", NULL, "Mail.example.org", NAME_MATCHES_COMMON_NAME_ONLY},
		{"mail.example.org", NULL, "www.example.org", NAME_DIFFERS},
		{"mail.example.org", "DNS:www.example.org", "mail.example.org", NAME_DIFFERS},
		{"mail.example.org", "email:a@mail.example.org", "mail.example.org", NAME_MATCHES_COMMON_NAME_ONLY},
		{"mail.example.org", "IP:192.0.2.1", "mail.example.org", NAME_MATCHES_COMMON_NAME_ONLY},
		{"Mail server of Example", NULL, "mail.example.org", NAME_DIFFERS},
		{NULL, NULL, "mail.example.org", NAME_DIFFERS},
		{NULL, "URI:imap://mail.example.org", "mail.example.org", NAME_DIFFERS},
		/* addresses */
		{NULL, "IP:192.0.2.1", "192.0.2.1", NAME_MATCHES},
		{NULL, "IP:192.0.2.1", "192.0.2.2", NAME_DIFFERS},
		{NULL, "DNS:192.0.2.1", "192.0.2.1", NAME_DIFFERS},
		{"192.0.2.1", NULL, "192.0.2.1", NAME_DIFFERS},
		{NULL, "DNS:*.0.2.1", "192.0.2.1", NAME_DIFFERS},
		{NULL, "IP:2001:db8::1", "2001:DB8:0:0::1", NAME_MATCHES},
		{NULL, "IP:2001:db8::1", "[2001:db8::1]", NAME_MATCHES},
		{NULL, "IP:2001:db8::1", "2001:db8::2", NAME_DIFFERS},
		{NULL, "IP:192.0.2.1,DNS:mail.example.org", "mail.example.org", NAME_MATCHES},
		/* no reference name */
		{NULL, "DNS:mail.example.org", NULL, NAME_MATCH_UNKNOWN},
		{NULL, "DNS:mail.example.org", "", NAME_MATCH_UNKNOWN},
		{NULL, "DNS:mail.example.org", ".", NAME_MATCH_UNKNOWN},
		{NULL, "DNS:*.example.org", "*.example.org", NAME_MATCH_UNKNOWN},
		{NULL, "DNS:mail.example.org", "mail example.org", NAME_MATCH_UNKNOWN},
		{NULL, "DNS:mail.example.org",
	         "b\xc3\xbc"
	         "cher.example",
	         NAME_MATCH_UNKNOWN},
		{NULL, "DNS:mail.example.org", "a..b", NAME_MATCH_UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(ROWS); i++) {
		enum name_match result = match(ROWS[i].common_name, ROWS[i].names, ROWS[i].reference);

		if (result != ROWS[i].expected)
			fail_msg("row %zu: CN %s, %s against %s: %s", i, ROWS[i].common_name != NULL ? ROWS[i].common_name : "-",
			         ROWS[i].names != NULL ? ROWS[i].names : "-", ROWS[i].reference != NULL ? ROWS[i].reference : "-",
			         name_match_name(result));
	}
}

/* Signs what cannot be written in OpenSSL's words. */
static enum name_match match_raw(X509 *certificate, const char *reference)
{
	enum name_match result;
	struct span der;

	assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
	der = made_der(certificate);
	result = chain_match_name(der, reference);
	made_der_free(der);
	X509_free(certificate);
	return result;
}

static void add_dns_name(X509 *certificate, const char *bytes, int size, unsigned long how)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();

	ASN1_STRING_set(text, bytes, size);
	GENERAL_NAME_set0_value(name, GEN_DNS, text);
	sk_GENERAL_NAME_push(names, name);
	assert_int_equal(X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, how), 1);
	GENERAL_NAMES_free(names);
}

static void a_nul_in_a_name_matches_nothing(void **state)
{
	X509 *certificate = made_certificate(&(struct recipe){.key = key});
	X509_NAME *name = X509_NAME_new();

	(void)state;
	add_dns_name(certificate, "bank.example\0.evil.example", 26, X509V3_ADD_DEFAULT);
	assert_int_equal(match_raw(certificate, "bank.example"), NAME_DIFFERS);
	certificate = made_certificate(&(struct recipe){.key = key});
	add_dns_name(certificate, "bank.example\0", 13, X509V3_ADD_DEFAULT);
	assert_int_equal(match_raw(certificate, "bank.example"), NAME_DIFFERS);
	certificate = made_certificate(&(struct recipe){.key = key});
	X509_NAME_add_entry_by_NID(name, NID_commonName, V_ASN1_UTF8STRING, (const unsigned char *)"bank.example\0.evil.example", 26, -1,
	                           0);
	X509_set_subject_name(certificate, name);
	assert_int_equal(match_raw(certificate, "bank.example"), NAME_DIFFERS);
	X509_NAME_free(name);
}

/* OpenSSL reads no extension that stands there twice; the common name does not come to its aid. */
static void names_that_nobody_can_read_are_no_reason_to_look_at_the_common_name(void **state)
{
	X509 *certificate = made_certificate(&(struct recipe){.subject = "mail.example.org", .key = key});

	(void)state;
	add_dns_name(certificate, "mail.example.org", 16, X509V3_ADD_APPEND);
	add_dns_name(certificate, "www.example.org", 15, X509V3_ADD_APPEND);
	assert_int_equal(match_raw(certificate, "mail.example.org"), NAME_DIFFERS);
}

static void the_last_common_name_counts_in_any_script(void **state)
{
	X509 *certificate = made_certificate(&(struct recipe){.key = key});
	X509_NAME *name = X509_NAME_new();

	(void)state;
	X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, (const unsigned char *)"first.example", -1, -1, 0);
	X509_NAME_add_entry_by_NID(name, NID_commonName, V_ASN1_BMPSTRING, (const unsigned char *)"\0l\0a\0s\0t\0.\0e\0x\0a\0m\0p\0l\0e",
	                           24, -1, 0);
	X509_set_subject_name(certificate, name);
	X509_up_ref(certificate);
	assert_int_equal(match_raw(certificate, "last.example"), NAME_MATCHES_COMMON_NAME_ONLY);
	assert_int_equal(match_raw(certificate, "first.example"), NAME_DIFFERS);
	X509_NAME_free(name);
}

static void an_unreadable_certificate_matches_unknown(void **state)
{
	(void)state;
	assert_int_equal(chain_match_name(span_from_text("no certificate"), "mail.example.org"), NAME_MATCH_UNKNOWN);
	assert_int_equal(chain_match_name(span_make(NULL, 0), "mail.example.org"), NAME_MATCH_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_match_as_the_rules_say),
		cmocka_unit_test(a_nul_in_a_name_matches_nothing),
		cmocka_unit_test(names_that_nobody_can_read_are_no_reason_to_look_at_the_common_name),
		cmocka_unit_test(the_last_common_name_counts_in_any_script),
		cmocka_unit_test(an_unreadable_certificate_matches_unknown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}
