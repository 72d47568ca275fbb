/* SPDX-License-Identifier: ISC */
/* Certificates are read as they are, and what hostile ones contain neither fools nor breaks anything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/conf.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/text.h"
#include "certificate/certificate.h"

/* 2026-01-01T00:00:00Z and 2027-01-01T00:00:00Z */
static const int64_t NOT_BEFORE = 1767225600, NOT_AFTER = 1798761600;

static EVP_PKEY *ec_key, *other_key;

static int set_up_group(void **state)
{
	(void)state;
	ec_key = EVP_EC_gen("P-256");
	other_key = EVP_EC_gen("P-384");
	return 0;
}

static int tear_down_group(void **state)
{
	(void)state;
	EVP_PKEY_free(ec_key);
	EVP_PKEY_free(other_key);
	return 0;
}

static void add_entry(X509_NAME *name, const char *field, int type, const char *value, int size)
{
	assert_int_equal(X509_NAME_add_entry_by_txt(name, field, type, (const unsigned char *)value, size, -1, 0), 1);
}

/* Unsigned, for CN=mail.example.org, O=Example; issued by itself. */
static X509 *begin(EVP_PKEY *key)
{
	X509 *certificate = X509_new();
	X509_NAME *name = X509_NAME_new();

	X509_set_version(certificate, 2);
	ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), 0x0123456789abcdefU);
	ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)NOT_BEFORE);
	ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)NOT_AFTER);
	add_entry(name, "O", MBSTRING_UTF8, "Example", -1);
	add_entry(name, "CN", MBSTRING_UTF8, "mail.example.org", -1);
	X509_set_subject_name(certificate, name);
	X509_set_issuer_name(certificate, name);
	X509_set_pubkey(certificate, key);
	X509_NAME_free(name);
	return certificate;
}

/* Signs, reads and frees it. */
static struct certificate_facts finish(X509 *certificate, EVP_PKEY *key, const EVP_MD *digest)
{
	struct certificate_facts facts;
	unsigned char *der = NULL;
	int size;

	assert_true(X509_sign(certificate, key, digest) > 0);
	size = i2d_X509(certificate, &der);
	assert_true(size > 0);
	certificate_read(span_make(der, (size_t)size), &facts);
	OPENSSL_free(der);
	X509_free(certificate);
	return facts;
}

static void add_name(GENERAL_NAMES *names, int type, const char *bytes, size_t size)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();

	ASN1_STRING_set(text, bytes, (int)size);
	GENERAL_NAME_set0_value(name, type, text);
	sk_GENERAL_NAME_push(names, name);
}

static struct certificate_facts finish_with_names(X509 *certificate, GENERAL_NAMES *names)
{
	assert_int_equal(X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, 0), 1);
	GENERAL_NAMES_free(names);
	return finish(certificate, ec_key, EVP_sha256());
}

static void the_fingerprint_is_sha_256(void **state)
{
	static const uint8_t OF_NOTHING[] = {0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4,
	                                     0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b,
	                                     0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55};
	static const uint8_t OF_ABC[] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
	                                 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
	uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE];

	(void)state;
	certificate_fingerprint(span_from_text("abc"), sha256);
	assert_memory_equal(sha256, OF_ABC, sizeof(sha256));
	certificate_fingerprint(span_make(NULL, 0), sha256);
	assert_memory_equal(sha256, OF_NOTHING, sizeof(sha256));
}

static void a_self_signed_certificate_is_read_in_full(void **state)
{
	X509 *certificate = begin(ec_key);
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	struct certificate_facts facts;

	(void)state;
	add_name(names, GEN_DNS, "mail.example.org", 16);
	add_name(names, GEN_EMAIL, "postmaster@example.org", 22);
	add_name(names, GEN_DNS, "*.example.org", 13);
	facts = finish_with_names(certificate, names);
	assert_true(facts.is_readable);
	assert_string_equal(facts.subject, "CN=mail.example.org,O=Example");
	assert_string_equal(facts.issuer, "CN=mail.example.org,O=Example");
	assert_string_equal(facts.common_name, "mail.example.org");
	assert_string_equal(facts.names, "mail.example.org *.example.org");
	assert_true(facts.not_before.unix_ms == NOT_BEFORE * 1000);
	assert_true(facts.not_after.unix_ms == NOT_AFTER * 1000);
	assert_string_equal(facts.serial, "0123456789abcdef");
	assert_string_equal(facts.key_type, "EC");
	assert_int_equal(facts.key_bits, 256);
	assert_string_equal(facts.signature_algorithm, "ecdsa-with-SHA256");
	assert_true(facts.is_self_signed);
}

static void keys_of_all_kinds_are_named_and_measured(void **state)
{
	static const struct {
		size_t rsa_bits;
		const char *type;
		unsigned bits;
		const char *signature;
	} CASES[] = {{1024, "RSA", 1024, "RSA-SHA1"}, {2048, "RSA", 2048, "RSA-SHA1"}, {0, "ED25519", 256, "ED25519"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(CASES); i++) {
		EVP_PKEY *key = CASES[i].rsa_bits > 0 ? EVP_RSA_gen((unsigned)CASES[i].rsa_bits) : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		struct certificate_facts facts = finish(begin(key), key, CASES[i].rsa_bits > 0 ? EVP_sha1() : NULL);

		assert_true(facts.is_readable);
		assert_string_equal(facts.key_type, CASES[i].type);
		assert_int_equal(facts.key_bits, CASES[i].bits);
		assert_string_equal(facts.signature_algorithm, CASES[i].signature);
		assert_true(facts.is_self_signed);
		EVP_PKEY_free(key);
	}
}

static void self_signed_means_more_than_equal_names(void **state)
{
	X509 *certificate = begin(ec_key);
	X509_NAME *issuer = X509_NAME_new();
	struct certificate_facts facts;

	(void)state;
	assert_false(finish(certificate, other_key, EVP_sha256()).is_self_signed); /* the same name, another key */
	certificate = begin(ec_key);
	add_entry(issuer, "CN", MBSTRING_UTF8, "Some CA", -1);
	X509_set_issuer_name(certificate, issuer);
	facts = finish(certificate, ec_key, EVP_sha256()); /* its own key, another name */
	assert_false(facts.is_self_signed);
	assert_string_equal(facts.issuer, "CN=Some CA");
	X509_NAME_free(issuer);
}

static void times_beyond_what_is_usual_are_read(void **state)
{
	X509 *certificate = begin(ec_key);
	struct certificate_facts facts;

	(void)state;
	ASN1_TIME_set_string(X509_getm_notBefore(certificate), "500101000000Z");
	ASN1_TIME_set_string(X509_getm_notAfter(certificate), "99991231235959Z");
	facts = finish(certificate, ec_key, EVP_sha256());
	assert_true(facts.not_before.unix_ms == -631152000000);
	assert_true(facts.not_after.unix_ms == 253402300799000);
}

static void an_endless_list_of_names_is_cut_at_a_whole_name(void **state)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	struct certificate_facts facts;
	size_t size;

	(void)state;
	for (int i = 0; i < 1500; i++) {
		char name[64];

		assert_int_equal(snprintf(name, sizeof(name), "host%04d.example.org", i), 20);
		add_name(names, GEN_DNS, name, 20);
	}
	facts = finish_with_names(begin(ec_key), names);
	size = strlen(facts.names);
	assert_true(size < sizeof(facts.names));
	assert_int_equal((size + 1) % 21, 0);
	assert_true(size + 21 >= sizeof(facts.names));
	assert_true(span_starts_with_text(span_from_text(facts.names), "host0000.example.org host0001.example.org "));
	assert_string_equal(facts.names + size - 12, ".example.org");
}

static void a_nul_in_a_name_hides_nothing(void **state)
{
	X509 *certificate = begin(ec_key);
	X509_NAME *name = X509_NAME_new();
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	struct certificate_facts facts;

	(void)state;
	add_entry(name, "CN", V_ASN1_UTF8STRING, "bank.example\0.evil.example", 26);
	X509_set_subject_name(certificate, name);
	X509_NAME_free(name);
	add_name(names, GEN_DNS, "bank.example\0.evil.example", 26);
	add_name(names, GEN_DNS, "two words", 9);
	add_name(names, GEN_DNS, "", 0);
	add_name(names, GEN_DNS,
	         "b\xfc"
	         "cher\x1b[31m.example",
	         19);
	facts = finish_with_names(certificate, names);
	assert_true(facts.is_readable);
	assert_string_equal(facts.common_name, "bank.example?.evil.example");
	assert_string_equal(facts.subject, "CN=bank.example\\00.evil.example");
	assert_string_equal(facts.names, "bank.example?.evil.example two?words b?cher?[31m.example");
}

static void text_that_is_no_utf_8_is_made_harmless(void **state)
{
	X509 *certificate = begin(ec_key);
	X509_NAME *name = X509_NAME_new();
	struct certificate_facts facts;

	(void)state;
	add_entry(name, "O", V_ASN1_T61STRING, "a\xff\r\n\x1b\x9b", 6);                     /* OpenSSL takes these bytes for Latin-1 */
	add_entry(name, "CN", V_ASN1_BIT_STRING, "x\xc0\x80\xed\xa0\x80\xf5y\xe2\x82", 10); /* no text at all */
	assert_int_equal(X509_set_subject_name(certificate, name), 1);
	X509_NAME_free(name);
	facts = finish(certificate, ec_key, EVP_sha256());
	assert_true(facts.is_readable);
	assert_string_equal(facts.common_name, "x??????y??");
	assert_true(span_starts_with_text(span_from_text(facts.subject), "CN=#03"));
	assert_string_equal(strchr(facts.subject, ','), ",O=a\xc3\xbf\\0D\\0A\\1B??");
}

/* OpenSSL refuses it as a whole, so nothing but the fingerprint is known. */
static void a_name_that_lies_about_being_utf_8_makes_the_certificate_unreadable(void **state)
{
	X509 *certificate = begin(ec_key);
	struct certificate_facts facts;
	unsigned char *der = NULL;
	unsigned char *found;
	size_t size;

	(void)state;
	assert_true(X509_sign(certificate, ec_key, EVP_sha256()) > 0);
	size = (size_t)i2d_X509(certificate, &der);
	X509_free(certificate);
	found = memmem(der, size, "mail.example.org", 16);
	assert_non_null(found);
	found[1] = 0xff;
	certificate_read(span_make(der, size), &facts);
	assert_false(facts.is_readable);
	assert_string_equal(facts.subject, "");
	OPENSSL_free(der);
}

static void text_of_other_scripts_stays_readable(void **state)
{
	X509 *certificate = begin(ec_key);
	X509_NAME *name = X509_NAME_new();
	struct certificate_facts facts;

	(void)state;
	add_entry(name, "O", MBSTRING_UTF8, "M\xc3\xbcller, GmbH", -1);
	add_entry(name, "CN", V_ASN1_BMPSTRING, "\x04\x3f\x04\x40", 4); /* 16-bit characters */
	X509_set_subject_name(certificate, name);
	X509_NAME_free(name);
	facts = finish(certificate, ec_key, EVP_sha256());
	assert_string_equal(facts.subject, "CN=\xd0\xbf\xd1\x80,O=M\xc3\xbcller\\, GmbH");
	assert_string_equal(facts.common_name, "\xd0\xbf\xd1\x80");
}

static void names_beyond_the_limit_are_cut_at_a_whole_character(void **state)
{
	X509 *certificate = begin(ec_key);
	X509_NAME *name = X509_NAME_new();
	char text[2001];
	struct certificate_facts facts;

	(void)state;
	for (size_t i = 0; i < 2000; i += 2)
		memcpy(text + i, "\xc3\xbc", 2);
	add_entry(name, "CN", V_ASN1_UTF8STRING, text, 2000);
	X509_set_subject_name(certificate, name);
	X509_NAME_free(name);
	facts = finish(certificate, ec_key, EVP_sha256());
	assert_int_equal(strlen(facts.common_name), sizeof(facts.common_name) - 2);
	assert_memory_equal(facts.common_name, text, sizeof(facts.common_name) - 2);
	assert_int_equal(strlen(facts.subject), sizeof(facts.subject) - 1 /* CN= is odd, characters are 2 bytes */);
}

static void the_most_specific_common_name_counts_and_none_is_empty(void **state)
{
	X509 *certificate = begin(ec_key);
	X509_NAME *name = X509_NAME_new();
	struct certificate_facts facts;

	(void)state;
	X509_set_subject_name(certificate, name);
	facts = finish(certificate, ec_key, EVP_sha256());
	assert_true(facts.is_readable);
	assert_string_equal(facts.subject, "");
	assert_string_equal(facts.common_name, "");
	assert_string_equal(facts.names, "");
	add_entry(name, "CN", MBSTRING_UTF8, "first", -1);
	add_entry(name, "CN", MBSTRING_UTF8, "second", -1);
	certificate = begin(ec_key);
	X509_set_subject_name(certificate, name);
	X509_NAME_free(name);
	assert_string_equal(finish(certificate, ec_key, EVP_sha256()).common_name, "second");
}

static void a_huge_or_negative_serial_number_is_bounded(void **state)
{
	X509 *certificate = begin(ec_key);
	unsigned char bytes[200];
	struct certificate_facts facts;

	(void)state;
	memset(bytes, 0xab, sizeof(bytes));
	ASN1_STRING_set(X509_get_serialNumber(certificate), bytes, sizeof(bytes));
	facts = finish(certificate, ec_key, EVP_sha256());
	assert_int_equal(strlen(facts.serial), 94);
	certificate = begin(ec_key);
	ASN1_INTEGER_set_int64(X509_get_serialNumber(certificate), -5);
	assert_string_equal(finish(certificate, ec_key, EVP_sha256()).serial, "-05");
}

static void what_cannot_be_read_leaves_only_its_fingerprint(void **state)
{
	X509 *certificate = begin(ec_key);
	struct certificate_facts facts, expected;
	unsigned char *der = NULL;
	static unsigned char large[CERTIFICATE_DER_MAX + 1];
	size_t size;

	(void)state;
	assert_true(X509_sign(certificate, ec_key, EVP_sha256()) > 0);
	size = (size_t)i2d_X509(certificate, &der);
	X509_free(certificate);
	ERR_clear_error();
	for (size_t kept = 0; kept < size; kept++) {
		expected = (struct certificate_facts){.is_readable = false};
		certificate_fingerprint(span_make(der, kept), expected.sha256);
		certificate_read(span_make(der, kept), &facts);
		assert_memory_equal(&facts, &expected, sizeof(facts));
	}
	memcpy(large, der, size); /* bytes behind it */
	certificate_read(span_make(large, size), &facts);
	assert_true(facts.is_readable);
	certificate_read(span_make(large, size + 1), &facts);
	assert_false(facts.is_readable);
	certificate_read(span_make(large, sizeof(large)), &facts);
	assert_false(facts.is_readable);
	certificate_read(span_make(NULL, 0), &facts);
	assert_false(facts.is_readable);
	assert_int_equal(ERR_peek_error(), 0); /* no complaint is left behind */
	OPENSSL_free(der);
}

static void extend(X509 *certificate, int kind, const char *value)
{
	CONF *nothing = NCONF_new(NULL);
	X509V3_CTX context;
	X509_EXTENSION *extension;

	X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
	X509V3_set_nconf(&context, nothing);
	extension = X509V3_EXT_nconf_nid(nothing, &context, kind, value);
	assert_non_null(extension);
	assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
	X509_EXTENSION_free(extension);
	NCONF_free(nothing);
}

/* Each part has its column. */
static void all_parts_of_names_are_told_apart(void **state)
{
	X509 *certificate = begin(ec_key);
	X509_NAME *name = X509_NAME_new();
	struct certificate_facts facts;
	const struct name_parts *parts = &facts.subject_parts;

	(void)state;
	add_entry(name, "C", MBSTRING_UTF8, "DE", -1);
	add_entry(name, "ST", MBSTRING_UTF8, "Bayern", -1);
	add_entry(name, "L", MBSTRING_UTF8, "M\xc3\xbcnchen", -1);
	add_entry(name, "street", MBSTRING_UTF8, "Platz 1", -1);
	add_entry(name, "postalCode", MBSTRING_UTF8, "80331", -1);
	add_entry(name, "O", MBSTRING_UTF8, "Example", -1);
	add_entry(name, "OU", MBSTRING_UTF8, "Mail", -1);
	add_entry(name, "OU", MBSTRING_UTF8, "Servers, old", -1);
	add_entry(name, "GN", MBSTRING_UTF8, "Ada", -1);
	add_entry(name, "SN", MBSTRING_UTF8, "Lovelace", -1);
	add_entry(name, "serialNumber", MBSTRING_UTF8, "HRB 1", -1);
	add_entry(name, "businessCategory", MBSTRING_UTF8, "Private Organization", -1);
	add_entry(name, "CN", MBSTRING_UTF8, "mail.example.org", -1);
	add_entry(name, "emailAddress", V_ASN1_IA5STRING, "post@example.org", -1);
	X509_set_subject_name(certificate, name);
	X509_NAME_free(name);
	facts = finish(certificate, other_key, EVP_sha256());
	assert_string_equal(parts->common_name, "mail.example.org");
	assert_string_equal(parts->country, "DE");
	assert_string_equal(parts->organization_name, "Example");
	assert_string_equal(parts->organization_unit_name, "Mail, Servers, old");
	assert_string_equal(parts->locality_name, "M\xc3\xbcnchen");
	assert_string_equal(parts->state_or_province_name, "Bayern");
	assert_string_equal(parts->street_address, "Platz 1");
	assert_string_equal(parts->postal_code, "80331");
	assert_string_equal(parts->email_address, "post@example.org");
	assert_string_equal(parts->given_name, "Ada");
	assert_string_equal(parts->surname, "Lovelace");
	assert_string_equal(parts->serial_number, "HRB 1");
	assert_string_equal(parts->business_category, "Private Organization");
	assert_string_equal(facts.issuer_parts.common_name, "mail.example.org");
	assert_string_equal(facts.issuer_parts.organization_name, "Example");
	assert_string_equal(facts.issuer_parts.country, "");
}

static void hostile_parts_are_bounded_and_clean(void **state)
{
	X509 *certificate = begin(ec_key);
	X509_NAME *name = X509_NAME_new();
	struct certificate_facts facts;

	(void)state;
	for (int i = 0; i < 300; i++)
		add_entry(name, "OU", V_ASN1_UTF8STRING, "\xc3\xbc\r\n\x1b[0m\0", 9);
	add_entry(name, "ST", V_ASN1_T61STRING, "\x9b\x1b", 2);
	add_entry(name, "C", V_ASN1_UTF8STRING, "a country whose name is too long", -1);
	assert_int_equal(X509_set_subject_name(certificate, name), 1);
	X509_NAME_free(name);
	facts = finish(certificate, ec_key, EVP_sha256());
	assert_true(facts.is_readable);
	assert_true(span_starts_with_text(span_from_text(facts.subject_parts.organization_unit_name), "\xc3\xbc??"
	                                                                                              "?[0m?, \xc3\xbc??"));
	assert_true(strlen(facts.subject_parts.organization_unit_name) >= sizeof(facts.subject_parts.organization_unit_name) - 3);
	assert_string_equal(facts.subject_parts.state_or_province_name, "???"); /* Latin-1, so the first is two bytes of UTF-8 */
	assert_string_equal(facts.subject_parts.country, "a country whose");
}

static void authorities_and_names_are_noted(void **state)
{
	static const struct {
		const char *constraints;
		bool is_authority;
	} CASES[] = {{"CA:TRUE", true}, {"critical,CA:TRUE,pathlen:0", true}, {"CA:FALSE", false}};
	X509 *certificate = begin(ec_key);
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	struct certificate_facts facts = finish(certificate, ec_key, EVP_sha256());

	(void)state;
	assert_false(facts.is_authority);
	assert_false(facts.has_dns_names);
	for (size_t i = 0; i < ARRAY_LENGTH(CASES); i++) {
		certificate = begin(ec_key);
		extend(certificate, NID_basic_constraints, CASES[i].constraints);
		assert_int_equal(finish(certificate, ec_key, EVP_sha256()).is_authority, CASES[i].is_authority);
	}
	add_name(names, GEN_EMAIL, "a@example.org", 13);
	assert_false(finish_with_names(begin(ec_key), names).has_dns_names);
	names = GENERAL_NAMES_new();
	add_name(names, GEN_DNS, "", 0); /* empty, but there */
	facts = finish_with_names(begin(ec_key), names);
	assert_true(facts.has_dns_names);
	assert_string_equal(facts.names, "");
}

static void the_policy_says_how_the_holder_was_validated(void **state)
{
	static const struct {
		const char *policies, *level;
	} CASES[] = {
		{"2.23.140.1.2.1", "DV"},
		{"1.2.3.4,2.23.140.1.2.2", "OV"},
		{"2.23.140.1.2.3", "OV"},
		{"2.23.140.1.1", "EV"},
		{"2.23.140.1.2.2,2.16.840.1.114412.2.1", "EV"},
		{"1.2.3.4", ""},
		{"2.23.140.1.2.1.9", ""},
		{"2.5.29.32.0", ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(CASES); i++) {
		X509 *certificate = begin(ec_key);

		extend(certificate, NID_certificate_policies, CASES[i].policies);
		assert_string_equal(finish(certificate, ec_key, EVP_sha256()).validation_level, CASES[i].level);
	}
	assert_string_equal(finish(begin(ec_key), ec_key, EVP_sha256()).validation_level, "");
}

static void old_digests_are_those_of_the_der(void **state)
{
	X509 *certificate = begin(ec_key);
	struct certificate_facts facts;
	unsigned char *der = NULL, digest[EVP_MAX_MD_SIZE];
	struct buffer text;
	const struct {
		const EVP_MD *kind;
		const char *got;
	} rows[] = {{EVP_md5(), facts.md5}, {EVP_sha1(), facts.sha1}, {EVP_sha512(), facts.sha512}};
	int size;

	(void)state;
	assert_true(X509_sign(certificate, ec_key, EVP_sha256()) > 0);
	size = i2d_X509(certificate, &der);
	certificate_read(span_make(der, (size_t)size), &facts);
	buffer_init(&text, 256);
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		unsigned digest_size;

		EVP_Digest(der, (size_t)size, digest, &digest_size, rows[i].kind, NULL);
		buffer_clear(&text);
		text_append_hex(span_make(digest, digest_size), &text);
		assert_string_equal(rows[i].got, buffer_text(&text));
	}
	buffer_done(&text);
	OPENSSL_free(der);
	X509_free(certificate);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_fingerprint_is_sha_256),
		cmocka_unit_test(a_self_signed_certificate_is_read_in_full),
		cmocka_unit_test(keys_of_all_kinds_are_named_and_measured),
		cmocka_unit_test(self_signed_means_more_than_equal_names),
		cmocka_unit_test(times_beyond_what_is_usual_are_read),
		cmocka_unit_test(an_endless_list_of_names_is_cut_at_a_whole_name),
		cmocka_unit_test(a_nul_in_a_name_hides_nothing),
		cmocka_unit_test(text_that_is_no_utf_8_is_made_harmless),
		cmocka_unit_test(a_name_that_lies_about_being_utf_8_makes_the_certificate_unreadable),
		cmocka_unit_test(text_of_other_scripts_stays_readable),
		cmocka_unit_test(names_beyond_the_limit_are_cut_at_a_whole_character),
		cmocka_unit_test(the_most_specific_common_name_counts_and_none_is_empty),
		cmocka_unit_test(a_huge_or_negative_serial_number_is_bounded),
		cmocka_unit_test(what_cannot_be_read_leaves_only_its_fingerprint),
		cmocka_unit_test(all_parts_of_names_are_told_apart),
		cmocka_unit_test(hostile_parts_are_bounded_and_clean),
		cmocka_unit_test(authorities_and_names_are_noted),
		cmocka_unit_test(the_policy_says_how_the_holder_was_validated),
		cmocka_unit_test(old_digests_are_those_of_the_der),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}
