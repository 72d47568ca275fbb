/* SPDX-License-Identifier: ISC */
/* Shadowserver's reports scan_pop3, scan_imap, scan_pop3_vulnerable, scan_imap_vulnerable and their scan6 siblings, as CSV: the columns of its schema of
   2026-03-24, all eight alike. What the values look like is told in docs/reports.md. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "model/suite_trait.h"
#include "report/csv_write.h"
#include "report/report.h"

enum { BANNER_MAX = 1024, CELL_MAX = 256 };

struct row {
	const struct report *report;
	const struct report_service *service;
	bool is_vulnerable;
	struct buffer *out;
};

static void text_cell(const struct row *row, const char *text)
{
	if (text != NULL)
		csv_text(row->out, span_from_text(text), CELL_MAX, row->report->is_safe);
}

/* 0 stands for what is not known, and readers drop it. */
static void number_cell(const struct row *row, uint64_t number)
{
	if (number != 0)
		buffer_append_format(row->out, "%" PRIu64, number);
}

static void time_cell(const struct row *row, struct timestamp timestamp)
{
	char text[REPORT_TIME_SIZE];

	report_time(timestamp, text);
	text_cell(row, text);
}

static char upper_digit(char digit)
{
	static const char LOWER[] = "abcdef", UPPER[] = "ABCDEF";

	for (size_t i = 0; LOWER[i] != '\0'; i++) {
		if (LOWER[i] == digit)
			return UPPER[i];
	}
	return digit;
}

/* Hexadecimal digits in upper case, in pairs that the separator stands between; an odd first digit gets its zero. */
static void hex_cell(const struct row *row, const char *digits, const char *separator)
{
	char text[256];
	size_t size = 0;
	bool is_negative = digits[0] == '-';
	const char *at = digits + (is_negative ? 1 : 0);
	size_t left = strlen(at);

	if (left == 0 || left > 128)
		return;
	if (is_negative)
		text[size++] = '-';
	if (left % 2 != 0)
		text[size++] = '0';
	for (; *at != '\0' && size + 3 < sizeof(text); at++) {
		text[size++] = upper_digit(*at);
		if (--left > 0 && left % 2 == 0 && separator[0] != '\0')
			text[size++] = separator[0];
	}
	text[size] = '\0';
	text_cell(row, text);
}

static void timestamp_column(const struct row *row)
{
	time_cell(row, row->service->line.service->decided_at);
}

static void severity_column(const struct row *row)
{
	text_cell(row, row->is_vulnerable ? "medium" : "low");
}

static void ip_column(const struct row *row)
{
	char address[IP_ADDRESS_TEXT_SIZE];

	ip_address_format(row->service->line.service->endpoint.address, address);
	text_cell(row, address);
}

static void protocol_column(const struct row *row)
{
	text_cell(row, "tcp");
}

static void port_column(const struct row *row)
{
	number_cell(row, row->service->line.service->endpoint.port);
}

static void hostname_column(const struct row *row)
{
	text_cell(row, row->service->hostname);
}

static void tag_column(const struct row *row)
{
	char tag[32];

	(void)snprintf(tag, sizeof(tag), "%s%s", report_protocol(row->service),
	               report_service_is_implicit(row->service) ? ";ssl"
	               : row->service->line.service->tls_proven ? ";starttls"
	                                                        : "");
	text_cell(row, tag);
}

static void asn_column(const struct row *row)
{
	number_cell(row, row->service->line.attribution->asn);
}

static void geo_column(const struct row *row)
{
	text_cell(row, row->service->line.attribution->country);
}

/* A country is all that we know of a place. */
static void unknown_column(const struct row *row)
{
	(void)row;
}

static void naics_column(const struct row *row)
{
	const char *naics = row->service->line.attribution->naics;

	if (naics != NULL && strlen(naics) < 10 && strspn(naics, "0123456789") == strlen(naics) && strspn(naics, "0") != strlen(naics))
		buffer_append_text(row->out, naics + strspn(naics, "0"));
}

static void hostname_source_column(const struct row *row)
{
	text_cell(row, row->service->hostname_source);
}

static void sector_column(const struct row *row)
{
	text_cell(row, row->service->line.attribution->sector);
}

static void banner_column(const struct row *row)
{
	csv_lines(row->out, row->service->line.service->greeting, BANNER_MAX, row->report->is_safe);
}

static void expiration_column(const struct row *row)
{
	if (row->service->certificate != NULL)
		time_cell(row, row->service->certificate->not_after);
}

static bool is_expired(const struct row *row)
{
	return row->service->certificate->not_after.unix_ms < row->service->line.service->decided_at.unix_ms;
}

static void expired_column(const struct row *row)
{
	if (row->service->certificate != NULL)
		text_cell(row, is_expired(row) ? "Y" : "N");
}

static void issue_column(const struct row *row)
{
	if (row->service->certificate != NULL)
		time_cell(row, row->service->certificate->not_before);
}

static void length_column(const struct row *row)
{
	if (row->service->certificate != NULL)
		number_cell(row, row->service->certificate->key_bits);
}

static void serial_column(const struct row *row)
{
	if (row->service->certificate != NULL)
		hex_cell(row, row->service->certificate->serial, "");
}

/* Leads to a root of Mozilla's or of this system by what was sent, and is within its time. */
static void valid_column(const struct row *row)
{
	const struct chain_record *chain = row->service->line.chain;
	const struct certificate_facts *certificate = row->service->certificate;
	bool is_trusted;

	if (certificate == NULL || chain == NULL || (chain->mozilla == TRUST_UNKNOWN && chain->system == TRUST_UNKNOWN))
		return;
	is_trusted = chain->mozilla == TRUST_GOOD || chain->system == TRUST_GOOD;
	text_cell(row, is_trusted && !is_expired(row) && certificate->not_before.unix_ms <= row->service->line.service->decided_at.unix_ms
	                       ? "Y"
	                       : "N");
}

static void suite_column(const struct row *row)
{
	if (row->service->line.service->tls_proven)
		text_cell(row, suite_name(row->service->line.service->tls.cipher_suite));
}

static void handshake_column(const struct row *row)
{
	const struct service_record *service = row->service->line.service;

	if (service->tls_proven && service->tls.version >= VERSION_SSL_3 && service->tls.version <= VERSION_TLS_1_3)
		text_cell(row, tls_version_name(service->tls.version));
}

static void jarm_column(const struct row *row)
{
	text_cell(row, row->service->line.service->tls_facts.jarm);
}

/* OpenSSL's long names, as Shadowserver has them. */
static const char *long_name(const char *name)
{
	static const char *const NAMES[][2] = {
		{"RSA", "rsaEncryption"},
		{"RSA-PSS", "rsassaPss"},
		{"RSASSA-PSS", "rsassaPss"},
		{"EC", "id-ecPublicKey"},
		{"DSA", "dsaEncryption"},
		{"RSA-MD2", "md2WithRSAEncryption"},
		{"RSA-MD4", "md4WithRSAEncryption"},
		{"RSA-MD5", "md5WithRSAEncryption"},
		{"RSA-SHA1", "sha1WithRSAEncryption"},
		{"RSA-SHA1-2", "sha1WithRSA"},
		{"RSA-SHA224", "sha224WithRSAEncryption"},
		{"RSA-SHA256", "sha256WithRSAEncryption"},
		{"RSA-SHA384", "sha384WithRSAEncryption"},
		{"RSA-SHA512", "sha512WithRSAEncryption"},
		{"DSA-SHA1", "dsaWithSHA1"},
	};

	for (size_t i = 0; i < ARRAY_LENGTH(NAMES); i++) {
		if (strcmp(NAMES[i][0], name) == 0)
			return NAMES[i][1];
	}
	return name;
}

static void key_column(const struct row *row)
{
	if (row->service->certificate != NULL)
		text_cell(row, long_name(row->service->certificate->key_type));
}

static void md5_column(const struct row *row)
{
	if (row->service->certificate != NULL)
		hex_cell(row, row->service->certificate->md5, ":");
}

static void self_signed_column(const struct row *row)
{
	if (row->service->certificate != NULL)
		text_cell(row, row->service->certificate->is_self_signed ? "Y" : "N");
}

static void sha1_column(const struct row *row)
{
	if (row->service->certificate != NULL)
		hex_cell(row, row->service->certificate->sha1, ":");
}

static void sha256_column(const struct row *row)
{
	char digits[2 * CERTIFICATE_FINGERPRINT_SIZE + 1] = "";

	if (row->service->line.service->tls.certificate_count == 0)
		return;
	for (size_t i = 0; i < CERTIFICATE_FINGERPRINT_SIZE; i++)
		(void)snprintf(digits + 2 * i, 3, "%02x", row->service->line.service->tls.leaf_sha256[i]);
	hex_cell(row, digits, ":");
}

static void sha512_column(const struct row *row)
{
	if (row->service->certificate != NULL)
		hex_cell(row, row->service->certificate->sha512, ":");
}

static void signature_column(const struct row *row)
{
	if (row->service->certificate != NULL)
		text_cell(row, long_name(row->service->certificate->signature_algorithm));
}

/* In spite of its name the version of X.509, as it is written: 0 for version 1, 2 for version 3. */
static void version_column(const struct row *row)
{
	if (row->service->certificate != NULL)
		buffer_append_format(row->out, "%u", row->service->certificate->version);
}

static void sslv3_column(const struct row *row)
{
	enum answer answer = row->service->line.service->tls_facts.versions[TLS_INDEX_SSL_3];

	if (answer != ANSWER_UNKNOWN)
		text_cell(row, answer == ANSWER_YES ? "Y" : "N");
}

static void validation_column(const struct row *row)
{
	if (row->service->certificate != NULL)
		text_cell(row,
		          row->service->certificate->validation_level[0] != '\0' ? row->service->certificate->validation_level : "unknown");
}

struct column {
	const char *name;
	void (*append)(const struct row *row); /* NULL: a part of a name, at this offset of struct name_parts */
	size_t offset;
	bool is_issuer;
};

#define NAME_PARTS(prefix, is_issuer)                                                                                                      \
	{prefix "_business_category", NULL, offsetof(struct name_parts, business_category), is_issuer},                                    \
		{prefix "_common_name", NULL, offsetof(struct name_parts, common_name), is_issuer},                                        \
		{prefix "_country", NULL, offsetof(struct name_parts, country), is_issuer},                                                \
		{prefix "_email_address", NULL, offsetof(struct name_parts, email_address), is_issuer},                                    \
		{prefix "_given_name", NULL, offsetof(struct name_parts, given_name), is_issuer},                                          \
		{prefix "_locality_name", NULL, offsetof(struct name_parts, locality_name), is_issuer},                                    \
		{prefix "_organization_name", NULL, offsetof(struct name_parts, organization_name), is_issuer},                            \
		{prefix "_organization_unit_name", NULL, offsetof(struct name_parts, organization_unit_name), is_issuer},                  \
		{prefix "_postal_code", NULL, offsetof(struct name_parts, postal_code), is_issuer},                                        \
		{prefix "_serial_number", NULL, offsetof(struct name_parts, serial_number), is_issuer},                                    \
		{prefix "_state_or_province_name", NULL, offsetof(struct name_parts, state_or_province_name), is_issuer},                  \
		{prefix "_street_address", NULL, offsetof(struct name_parts, street_address), is_issuer},                                  \
	{                                                                                                                                  \
		prefix "_surname", NULL, offsetof(struct name_parts, surname), is_issuer                                                   \
	}

static const struct column COLUMNS[] = {
	{"timestamp", timestamp_column, 0, false},
	{"severity", severity_column, 0, false},
	{"ip", ip_column, 0, false},
	{"protocol", protocol_column, 0, false},
	{"port", port_column, 0, false},
	{"hostname", hostname_column, 0, false},
	{"tag", tag_column, 0, false},
	{"asn", asn_column, 0, false},
	{"geo", geo_column, 0, false},
	{"region", unknown_column, 0, false},
	{"city", unknown_column, 0, false},
	{"naics", naics_column, 0, false},
	{"hostname_source", hostname_source_column, 0, false},
	{"sector", sector_column, 0, false},
	{"banner", banner_column, 0, false},
	{"cert_expiration_date", expiration_column, 0, false},
	{"cert_expired", expired_column, 0, false},
	{"cert_issue_date", issue_column, 0, false},
	{"cert_length", length_column, 0, false},
	{"cert_serial_number", serial_column, 0, false},
	{"cert_valid", valid_column, 0, false},
	{"cipher_suite", suite_column, 0, false},
	{"handshake", handshake_column, 0, false},
	NAME_PARTS("issuer", true),
	{"jarm", jarm_column, 0, false},
	{"key_algorithm", key_column, 0, false},
	{"md5_fingerprint", md5_column, 0, false},
	{"self_signed", self_signed_column, 0, false},
	{"sha1_fingerprint", sha1_column, 0, false},
	{"sha256_fingerprint", sha256_column, 0, false},
	{"sha512_fingerprint", sha512_column, 0, false},
	{"signature_algorithm", signature_column, 0, false},
	{"ssl_version", version_column, 0, false},
	{"sslv3_supported", sslv3_column, 0, false},
	NAME_PARTS("subject", false),
	{"validation_level", validation_column, 0, false},
};

static void name_part_cell(const struct row *row, const struct column *column)
{
	const struct certificate_facts *certificate = row->service->certificate;
	const struct name_parts *parts = column->is_issuer ? &certificate->issuer_parts : &certificate->subject_parts;

	text_cell(row, (const char *)parts + column->offset);
}

static void append_titles(struct buffer *out)
{
	for (size_t i = 0; i < ARRAY_LENGTH(COLUMNS); i++)
		buffer_append_format(out, "%s\"%s\"", i > 0 ? "," : "", COLUMNS[i].name);
	buffer_append_byte(out, '\n');
}

static void append_row(const struct row *row)
{
	for (size_t i = 0; i < ARRAY_LENGTH(COLUMNS); i++) {
		if (i > 0)
			buffer_append_byte(row->out, ',');
		if (COLUMNS[i].append != NULL)
			COLUMNS[i].append(row);
		else if (row->service->certificate != NULL)
			name_part_cell(row, &COLUMNS[i]);
	}
	buffer_append_byte(row->out, '\n');
}

/* "2026-01-15-scan6_pop3_vulnerable-mailcensus-as64500.csv": three readers' patterns fit it, see docs/reports.md. */
static bool write_row(struct report *report, const struct report_service *service, bool is_vulnerable, struct error *error)
{
	struct row row = {.report = report, .service = service, .is_vulnerable = is_vulnerable, .out = &report->out};
	char owner[REPORT_OWNER_KEY_SIZE], day[REPORT_TIME_SIZE], name[192];
	bool is_done;

	report_owner_key(report, service, owner);
	report_time(report->census->generated_at, day);
	(void)snprintf(name, sizeof(name), "%.10s-scan%s_%s%s-mailcensus-%s.csv", day,
	               service->line.service->endpoint.address.family == IP_FAMILY_6 ? "6" : "", report_protocol(service),
	               is_vulnerable ? "_vulnerable" : "", owner);
	buffer_clear(&report->out);
	if (!report_files_has(report->files, name))
		append_titles(&report->out);
	append_row(&row);
	is_done = report_files_write(report->files, name, buffer_view(&report->out), error);
	buffer_clear(&report->out);
	return is_done;
}

static bool add_service(struct report *report, const struct report_service *service, struct error *error)
{
	if (!report_service_is_mail(service) || !report_owner_is_told(report, service))
		return true;
	return write_row(report, service, false, error) && (!service->is_without_tls || write_row(report, service, true, error));
}

const struct report_format SHADOWSERVER_FORMAT = {
	.name = "shadowserver",
	.has_many_files = true,
	.service = add_service,
};
