/* SPDX-License-Identifier: ISC */
/* Lines of name and value. Unknown is left out, unless that itself tells something. */
#include "app/show_facts.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "model/suite_trait.h"
#include "model/tls_group.h"

enum { NAME_WIDTH = 14 };

void show_field(struct buffer *scratch, const char *name, struct span value)
{
	if (value.size == 0)
		return;
	buffer_clear(scratch);
	text_escape(value, scratch);
	printf("    %-*s %s\n", NAME_WIDTH, name, buffer_text(scratch));
}

void show_text_field(struct buffer *scratch, const char *name, const char *value)
{
	show_field(scratch, name, span_from_text(value));
}

/* Words of one line, begun with the first of them. */
static void append_word(struct buffer *line, const char *word)
{
	if (line->size > 0)
		buffer_append_byte(line, ' ');
	buffer_append_text(line, word);
}

void show_flags(const char *name, uint32_t flags, const char *(*word)(uint32_t bit))
{
	bool has_any = false;

	for (uint32_t bit = 1; bit != 0; bit <<= 1) {
		if ((flags & bit) == 0 || word(bit) == NULL)
			continue;
		if (has_any)
			printf(" %s", word(bit));
		else
			printf("    %-*s %s", NAME_WIDTH, name, word(bit));
		has_any = true;
	}
	if (has_any)
		putchar('\n');
}

/* Evidence was escaped when it was written: only what should not be in it is escaped now, and no backslash twice. */
static void append_evidence(struct buffer *line, struct span evidence)
{
	for (size_t i = 0; i < evidence.size; i++) {
		if (evidence.data[i] == '\\')
			buffer_append_byte(line, '\\');
		else
			text_escape(span_part(evidence, i, 1), line);
	}
}

void show_findings(struct buffer *scratch, const struct finding_record *findings, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		buffer_clear(scratch);
		text_escape(span_from_text(findings[i].id), scratch);
		if (findings[i].confidence != CONFIDENCE_HIGH)
			buffer_append_format(scratch, " (%s confidence)", confidence_name(findings[i].confidence));
		if (findings[i].evidence.size > 0) {
			buffer_append_text(scratch, ": ");
			append_evidence(scratch, findings[i].evidence);
		}
		printf("    %-*s %s\n", NAME_WIDTH, severity_name(findings[i].severity), buffer_text(scratch));
	}
}

/* The name of a registered number, else its four digits, which are written into digits. */
static const char *name_or_digits(const char *name, uint16_t number, char digits[8])
{
	(void)snprintf(digits, 8, "%04x", number);
	return name != NULL ? name : digits;
}

static void show_deciding(const struct tls_observation *tls)
{
	char digits[8];

	printf("    %-*s %s (hello %s)", NAME_WIDTH, "TLS", tls_outcome_name(tls->outcome), tls_hello_name(tls->hello));
	if (tls->version != 0)
		printf(", %s, %s", tls_version_name(tls->version),
		       name_or_digits(suite_name(tls->cipher_suite), tls->cipher_suite, digits));
	if (tls->group != 0)
		printf(", group %s", name_or_digits(tls_group_name(tls->group), tls->group, digits));
	if (tls->dh_bits != 0)
		printf(", DH %u bits", tls->dh_bits);
	if (tls->alert_level != 0)
		printf(", alert %u", tls->alert_description);
	putchar('\n');
	show_flags("TLS facts", tls->flags, tls_flag_name);
}

static void show_certificate(struct buffer *scratch, const struct certificate_record *certificate, struct timestamp decided_at)
{
	char not_before[TIMESTAMP_TEXT_SIZE], not_after[TIMESTAMP_TEXT_SIZE];

	timestamp_format(certificate->not_before, not_before);
	timestamp_format(certificate->not_after, not_after);
	show_text_field(scratch, "certificate", certificate->subject);
	show_text_field(scratch, "issued by", certificate->is_self_signed ? "itself (self-signed)" : certificate->issuer);
	printf("    %-*s %.10s to %.10s%s\n", NAME_WIDTH, "valid", not_before, not_after,
	       certificate->not_after.unix_ms < decided_at.unix_ms ? " (expired)" : "");
	buffer_clear(scratch);
	text_escape(span_from_text(certificate->key_type), scratch);
	buffer_append_format(scratch, " %u bits, ", certificate->key_bits);
	if (certificate->curve[0] != '\0') {
		text_escape(span_from_text(certificate->curve), scratch);
		buffer_append_text(scratch, ", ");
	}
	text_escape(span_from_text(certificate->signature_algorithm), scratch);
	if (certificate->is_known_weak_key == ANSWER_YES)
		buffer_append_text(scratch, "; the key is known to be weak");
	printf("    %-*s %s\n", NAME_WIDTH, "key", buffer_text(scratch));
}

static void show_chain(struct buffer *scratch, const struct chain_record *chain)
{
	char not_after[TIMESTAMP_TEXT_SIZE];

	printf("    %-*s %u certificate%s%s%s%s\n", NAME_WIDTH, "chain", chain->count, chain->count == 1 ? "" : "s",
	       chain->is_cut ? ", more were sent" : "", chain->is_ordered == ANSWER_NO ? ", not in order" : "",
	       chain->has_root == ANSWER_YES ? ", with its root" : "");
	printf("    %-*s system %s, Mozilla %s\n", NAME_WIDTH, "trust", chain_trust_name(chain->system), chain_trust_name(chain->mozilla));
	show_text_field(scratch, "missing", chain->missing_issuer);
	if (chain->not_after.unix_ms == 0)
		return;
	timestamp_format(chain->not_after, not_after);
	printf("    %-*s %.10s\n", NAME_WIDTH, "path ends", not_after);
}

static void show_versions(struct buffer *scratch, const struct tls_facts *facts, const char *name, enum answer answer)
{
	buffer_clear(scratch);
	for (unsigned i = 0; i < TLS_INDEX_COUNT; i++) {
		if (facts->versions[i] == answer)
			append_word(scratch, tls_version_name(tls_index_version((enum tls_version_index)i)));
	}
	if (scratch->size > 0)
		printf("    %-*s %s\n", NAME_WIDTH, name, buffer_text(scratch));
}

static void show_groups(struct buffer *scratch, const char *name, uint32_t groups)
{
	buffer_clear(scratch);
	for (unsigned i = 0; i < TLS_GROUP_BITS_MAX; i++) {
		if ((groups & (uint32_t)1 << i) != 0 && tls_group_name(tls_group_at(i)) != NULL)
			append_word(scratch, tls_group_name(tls_group_at(i)));
	}
	if (scratch->size > 0)
		printf("    %-*s %s\n", NAME_WIDTH, name, buffer_text(scratch));
}

static void show_number(const char *title, uint16_t number, const char *name)
{
	char digits[8];

	if (number != 0)
		printf("    %-*s %s\n", NAME_WIDTH, title, name_or_digits(name, number, digits));
}

static void show_suite(const char *title, uint16_t suite)
{
	show_number(title, suite, suite_name(suite));
}

static void show_answers(struct buffer *scratch, const struct tls_facts *facts)
{
	const struct {
		const char *name;
		enum answer answer;
	} answers[] = {
		{"secure renegotiation", facts->secure_renegotiation},
		{"extended master secret", facts->extended_master_secret},
		{"encrypt-then-MAC", facts->encrypt_then_mac},
		{"tickets", facts->tickets},
		{"compression", facts->compression},
		{"heartbeat", facts->heartbeat},
		{"OCSP staple", facts->ocsp_staple},
		{"client certificate", facts->client_certificate},
		{"fallback signal", facts->fallback_signal},
		{"ALPN", facts->alpn},
		{"name matters", facts->name_matters},
		{"version intolerant", facts->version_intolerant},
		{"extension intolerant", facts->extension_intolerant},
		{"command injection", facts->injection},
	};

	for (enum answer wanted = ANSWER_YES; wanted != ANSWER_UNKNOWN; wanted = wanted == ANSWER_YES ? ANSWER_NO : ANSWER_UNKNOWN) {
		buffer_clear(scratch);
		for (size_t i = 0; i < ARRAY_LENGTH(answers); i++) {
			if (answers[i].answer == wanted)
				buffer_append_format(scratch, "%s%s", scratch->size > 0 ? ", " : "", answers[i].name);
		}
		if (scratch->size > 0)
			printf("    %-*s %s\n", NAME_WIDTH, wanted == ANSWER_YES ? "has" : "has not", buffer_text(scratch));
	}
}

static void show_ladder(struct buffer *scratch, const struct tls_facts *facts)
{
	show_versions(scratch, facts, "versions", ANSWER_YES);
	show_versions(scratch, facts, "refused", ANSWER_NO);
	show_suite("best suite", facts->best_suite);
	if (facts->weakest_suite != facts->best_suite)
		show_suite("weakest suite", facts->weakest_suite);
	if (facts->suite_tls13 != facts->best_suite)
		show_suite("TLS 1.3 suite", facts->suite_tls13);
	show_flags("suites with", facts->traits_accepted, suite_trait_name);
	show_flags("never with", facts->traits_refused, suite_trait_name);
	show_groups(scratch, "groups", facts->groups_accepted);
	show_groups(scratch, "refused groups", facts->groups_refused);
	show_number("prefers", facts->preferred_group, tls_group_name(facts->preferred_group));
	if (facts->is_seen)
		show_text_field(scratch, "post-quantum", answer_name(facts->post_quantum));
	if (facts->dh_bits != 0)
		printf("    %-*s %u bits\n", NAME_WIDTH, "smallest DH", facts->dh_bits);
	show_answers(scratch, facts);
	if (facts->chain_count > 1)
		printf("    %-*s %u different ones were shown\n", NAME_WIDTH, "chains", facts->chain_count);
	show_text_field(scratch, "JA3S", facts->ja3s);
	show_text_field(scratch, "ladder", facts->ladder);
	show_text_field(scratch, "JARM", facts->jarm);
	printf("    %-*s at depth %s, in %u conversation%s\n", NAME_WIDTH, "looked", probe_depth_name(facts->depth), facts->connections,
	       facts->connections == 1 ? "" : "s");
}

static void show_software(struct buffer *scratch, const struct software *software)
{
	buffer_clear(scratch);
	if (software->product[0] == '\0')
		return;
	text_escape(span_from_text(software->product), scratch);
	if (software->version[0] != '\0') {
		buffer_append_byte(scratch, ' ');
		text_escape(span_from_text(software->version), scratch);
		if (!software->is_version_certain)
			buffer_append_text(scratch, " (by its habits)");
	}
	if (software->distribution[0] != '\0') {
		buffer_append_text(scratch, ", of ");
		text_escape(span_from_text(software->distribution), scratch);
	}
	if (software->front[0] != '\0') {
		buffer_append_text(scratch, ", behind ");
		text_escape(span_from_text(software->front), scratch);
	}
	if (software->library[0] != '\0') {
		buffer_append_text(scratch, ", with ");
		text_escape(span_from_text(software->library), scratch);
	}
	printf("    %-*s %s\n", NAME_WIDTH, "software", buffer_text(scratch));
	if (software->support == SUPPORT_UNKNOWN)
		return;
	buffer_clear(scratch);
	text_escape(span_from_text(software->support_ends), scratch);
	printf("    %-*s %s%s%s\n", NAME_WIDTH, "support", support_state_name(software->support),
	       scratch->size > 0 ? ", vendor's date " : "", buffer_text(scratch));
}

void show_facts(struct buffer *scratch, const struct census_service *service)
{
	const struct service_record *record = service->service;

	if (record->tls.outcome != TLS_NOT_TRIED)
		show_deciding(&record->tls);
	if (service->certificate != NULL)
		show_certificate(scratch, service->certificate, record->decided_at);
	if (service->chain != NULL)
		show_chain(scratch, service->chain);
	if (record->tls_facts.connections > 0)
		show_ladder(scratch, &record->tls_facts);
	show_software(scratch, &record->software);
}
