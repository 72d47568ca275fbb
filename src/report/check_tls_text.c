/* SPDX-License-Identifier: ISC */
/* TLS of one service for a person: versions, suites, key exchange, other traits, fingerprints, certificates. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "model/suite_trait.h"
#include "model/tls_group.h"
#include "report/check_text.h"

enum { VALUE_COLUMN = 16, LINE_MAX = 4096, DAYS_SOON = 14 };

static const int64_t DAY_MS = 86400000;

static void begin_row(struct text_flow *flow, const char *label)
{
	text_flow_column(flow, 2);
	text_flow_put(flow, label);
	text_flow_column(flow, VALUE_COLUMN);
}

static void row(struct text_flow *flow, const char *label, const char *text)
{
	if (text[0] == '\0')
		return;
	begin_row(flow, label);
	text_flow_words(flow, VALUE_COLUMN, text);
	text_flow_end_line(flow);
}

static void server_row(struct text_flow *flow, const char *label, const char *text)
{
	if (text[0] == '\0')
		return;
	begin_row(flow, label);
	text_flow_server(flow, VALUE_COLUMN, span_from_text(text));
	text_flow_end_line(flow);
}

/* "yes: a, b; no: c; not known: d" of up to 32 named answers. */
struct answers {
	struct buffer yes, no, unknown;
};

static void answers_init(struct answers *answers)
{
	buffer_init(&answers->yes, LINE_MAX);
	buffer_init(&answers->no, LINE_MAX);
	buffer_init(&answers->unknown, LINE_MAX);
}

static void answers_add(struct answers *answers, enum answer answer, const char *name)
{
	struct buffer *list = answer == ANSWER_YES ? &answers->yes : answer == ANSWER_NO ? &answers->no : &answers->unknown;

	buffer_append_format(list, "%s%s", list->size > 0 ? ", " : "", name);
}

static void append_part(struct buffer *out, const char *label, struct buffer *list)
{
	if (list->size > 0)
		buffer_append_format(out, "%s%s%s", out->size > 0 ? "; " : "", label, buffer_text(list));
}

static void answers_print(struct text_flow *flow, const char *label, const char *yes, const char *no, struct answers *answers)
{
	struct buffer line;

	buffer_init(&line, 4 * LINE_MAX);
	append_part(&line, yes, &answers->yes);
	append_part(&line, no, &answers->no);
	append_part(&line, "not known: ", &answers->unknown);
	row(flow, label, buffer_text(&line));
	buffer_done(&line);
	buffer_done(&answers->yes);
	buffer_done(&answers->no);
	buffer_done(&answers->unknown);
}

static void print_versions(struct text_flow *flow, const struct tls_facts *tls)
{
	struct answers answers;

	answers_init(&answers);
	for (unsigned i = 0; i < TLS_INDEX_COUNT; i++)
		answers_add(&answers, tls->versions[i], tls_version_name(tls_index_version((enum tls_version_index)i)));
	answers_print(flow, "versions", "", "refused: ", &answers);
}

static void append_suite(struct buffer *out, const char *label, uint16_t suite)
{
	const char *name = suite_name(suite);

	if (suite == 0)
		return;
	buffer_append_format(out, "%s%s", out->size > 0 ? "; " : "", label);
	if (name != NULL)
		buffer_append_text(out, name);
	else
		buffer_append_format(out, "0x%04x", suite);
}

static void print_suites(struct text_flow *flow, const struct tls_facts *tls)
{
	struct buffer line;
	struct answers answers;

	buffer_init(&line, LINE_MAX);
	append_suite(&line, tls->best_suite == tls->weakest_suite ? "" : "best ", tls->best_suite);
	if (tls->weakest_suite != tls->best_suite)
		append_suite(&line, "weakest ", tls->weakest_suite);
	append_suite(&line, "TLS 1.3: ", tls->suite_tls13);
	row(flow, "suites", buffer_text(&line));
	buffer_done(&line);
	answers_init(&answers);
	for (unsigned i = 0; i < SUITE_TRAIT_COUNT; i++) {
		uint32_t bit = (uint32_t)1 << i;

		if (bit == SUITE_TLS_1_3 || suite_trait_name(bit) == NULL)
			continue;
		if ((tls->traits_accepted & bit) != 0)
			answers_add(&answers, ANSWER_YES, suite_trait_name(bit));
		else if ((tls->traits_refused & bit) != 0)
			answers_add(&answers, ANSWER_NO, suite_trait_name(bit));
	}
	answers_print(flow, "suites with", "", "refused: ", &answers);
}

static void append_group(struct buffer *out, uint16_t group)
{
	const char *name = tls_group_name(group);

	if (name != NULL)
		buffer_append_text(out, name);
	else
		buffer_append_format(out, "0x%04x", group);
}

static void append_groups(struct buffer *out, const char *label, uint32_t groups)
{
	bool has_any = false;

	for (unsigned i = 0; i < TLS_GROUP_BITS_MAX; i++) {
		uint16_t group = tls_group_at(i);

		if ((groups & ((uint32_t)1 << i)) == 0 || group == 0)
			continue;
		buffer_append_text(out, has_any ? ", " : out->size > 0 ? "; " : "");
		if (!has_any)
			buffer_append_text(out, label);
		append_group(out, group);
		has_any = true;
	}
}

static void print_key_exchange(struct text_flow *flow, const struct tls_facts *tls)
{
	struct buffer line;

	buffer_init(&line, LINE_MAX);
	if (tls->preferred_group != 0) {
		buffer_append_text(&line, "preferred: ");
		append_group(&line, tls->preferred_group);
	}
	append_groups(&line, "accepted: ", tls->groups_accepted);
	append_groups(&line, "refused: ", tls->groups_refused);
	row(flow, "key exchange", buffer_text(&line));
	buffer_done(&line);
	if (tls->post_quantum != ANSWER_UNKNOWN)
		row(flow, "post-quantum", answer_name(tls->post_quantum));
}

static void print_sizes(struct text_flow *flow, const struct tls_facts *tls)
{
	char text[40];

	(void)snprintf(text, sizeof(text), "%u bits", tls->dh_bits);
	if (tls->dh_bits != 0)
		row(flow, "DH prime", text);
	(void)snprintf(text, sizeof(text), "%u bits", tls->rsa_export_bits);
	if (tls->rsa_export_bits != 0)
		row(flow, "export RSA key", text);
}

static void print_traits(struct text_flow *flow, const struct tls_facts *tls)
{
	const struct {
		const char *name;
		enum answer answer;
	} traits[] = {
		{"secure renegotiation", tls->secure_renegotiation},
		{"extended master secret", tls->extended_master_secret},
		{"encrypt-then-MAC", tls->encrypt_then_mac},
		{"session tickets", tls->tickets},
		{"compression", tls->compression},
		{"heartbeat", tls->heartbeat},
		{"OCSP staple", tls->ocsp_staple},
		{"request for a client certificate", tls->client_certificate},
		{"fallback signal", tls->fallback_signal},
		{"ALPN", tls->alpn},
		{"another certificate without SNI", tls->name_matters},
		{"version intolerance", tls->version_intolerant},
		{"extension intolerance", tls->extension_intolerant},
		{"STARTTLS injection", tls->injection},
	};
	struct answers answers;

	answers_init(&answers);
	for (size_t i = 0; i < ARRAY_LENGTH(traits); i++) {
		if (traits[i].answer != ANSWER_UNKNOWN) /* what is not known is told in a part of its own */
			answers_add(&answers, traits[i].answer, traits[i].name);
	}
	answers_print(flow, "has", "", "not: ", &answers);
	if (tls->alpn_name[0] != '\0')
		server_row(flow, "ALPN answer", tls->alpn_name);
}

static void print_validity(struct text_flow *flow, const struct certificate_facts *leaf, struct timestamp now)
{
	char from[TIMESTAMP_TEXT_SIZE], to[TIMESTAMP_TEXT_SIZE], text[160];
	int64_t left_ms = leaf->not_after.unix_ms - now.unix_ms;

	timestamp_format(leaf->not_before, from);
	timestamp_format(leaf->not_after, to);
	begin_row(flow, "valid");
	(void)snprintf(text, sizeof(text), "%.10s to %.10s", from, to);
	text_flow_put(flow, text);
	if (left_ms < 0) {
		(void)snprintf(text, sizeof(text), "expired %" PRId64 " days ago", -left_ms / DAY_MS);
		text_flow_put(flow, ", ");
		text_flow_paint(flow, TEXT_RED, text);
	} else if (leaf->not_before.unix_ms > now.unix_ms) {
		text_flow_put(flow, ", ");
		text_flow_paint(flow, TEXT_RED, "not yet");
	} else {
		(void)snprintf(text, sizeof(text), "%" PRId64 " days left", left_ms / DAY_MS);
		text_flow_put(flow, ", ");
		text_flow_paint(flow, left_ms < DAYS_SOON * DAY_MS ? TEXT_YELLOW : TEXT_PLAIN, text);
	}
	text_flow_end_line(flow);
}

static void print_key(struct text_flow *flow, const struct certificate_facts *leaf)
{
	begin_row(flow, "key");
	text_flow_server(flow, VALUE_COLUMN, span_make(leaf->key_type, strnlen(leaf->key_type, sizeof(leaf->key_type))));
	if (leaf->key_bits != 0) {
		char bits[40];

		(void)snprintf(bits, sizeof(bits), "%u bits", leaf->key_bits);
		text_flow_words(flow, VALUE_COLUMN, bits);
	}
	text_flow_words(flow, VALUE_COLUMN, "signed with");
	text_flow_server(flow, VALUE_COLUMN, span_from_text(leaf->signature_algorithm));
	text_flow_end_line(flow);
}

static const char *trust_words(enum chain_trust trust)
{
	switch (trust) {
	case TRUST_GOOD:
		return "trusted";
	case TRUST_INCOMPLETE:
		return "trusted only with an intermediate that the server does not send";
	case TRUST_NONE:
		return "not trusted";
	case TRUST_UNKNOWN:
		break;
	}
	return "not known";
}

static const char *match_words(enum name_match match)
{
	switch (match) {
	case NAME_MATCHES:
		return "is named in it";
	case NAME_MATCHES_COMMON_NAME_ONLY:
		return "is its common name only, which mail programs ignore";
	case NAME_DIFFERS:
		return "is not named in it";
	case NAME_MATCH_UNKNOWN:
		break;
	}
	return "not compared with a name";
}

static void print_chain(struct text_flow *flow, const struct chain_facts *chain)
{
	char text[200];

	(void)snprintf(text, sizeof(text), "%u certificate%s sent%s%s%s", chain->count, chain->count == 1 ? "" : "s",
	               chain->is_cut ? ", and more" : "", chain->is_ordered == ANSWER_NO ? ", in the wrong order" : "",
	               chain->has_root == ANSWER_YES ? ", the root among them, which is of no use" : "");
	row(flow, "chain", text);
	server_row(flow, "missing", chain->missing_issuer);
	(void)snprintf(text, sizeof(text), "by this system: %s; by Mozilla's store: %s", trust_words(chain->system),
	               trust_words(chain->mozilla));
	row(flow, "trust", text);
}

static void print_certificate(struct text_flow *flow, const struct check_service *service, size_t index, struct timestamp now)
{
	const struct chain_facts *chain = &service->chains[index];
	const struct certificate_facts *leaf = &chain->leaf;
	struct buffer fingerprint;

	if (!leaf->is_readable) {
		row(flow, "certificate", "cannot be read");
	} else {
		server_row(flow, "certificate", leaf->subject[0] != '\0' ? leaf->subject : "(no subject)");
		if (leaf->is_self_signed)
			row(flow, "issued by", "itself (self-signed)");
		else
			server_row(flow, "issued by", leaf->issuer);
		server_row(flow, "names", leaf->names[0] != '\0' ? leaf->names : "none");
		print_validity(flow, leaf, now);
		print_key(flow, leaf);
	}
	print_chain(flow, chain);
	if (index == 0)
		row(flow, "host name", match_words(service->name_match));
	buffer_init(&fingerprint, 2 * CERTIFICATE_FINGERPRINT_SIZE + 1);
	text_append_hex(span_make(leaf->sha256, sizeof(leaf->sha256)), &fingerprint);
	row(flow, "SHA-256", buffer_text(&fingerprint));
	buffer_done(&fingerprint);
}

void check_text_tls(struct text_flow *flow, const struct check_service *service, struct timestamp now)
{
	const struct tls_facts *tls = service->tls;

	if (!tls->is_seen && service->chain_count == 0)
		return;
	print_versions(flow, tls);
	print_suites(flow, tls);
	print_key_exchange(flow, tls);
	print_sizes(flow, tls);
	print_traits(flow, tls);
	row(flow, "JA3S", tls->ja3s);
	row(flow, "ladder", tls->ladder);
	row(flow, "JARM", tls->jarm);
	for (size_t i = 0; i < service->chain_count; i++)
		print_certificate(flow, service, i, now);
}
