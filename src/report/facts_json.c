/* SPDX-License-Identifier: ISC */
/* TLS facts and software as JSON, the same in an export and in a check. */
#include "report/facts_json.h"

#include "base/text.h"
#include "model/suite_trait.h"
#include "model/tls_group.h"
#include "report/json_write.h"

void json_hex_or_null(struct buffer *out, const char *key, const uint8_t fingerprint[CERTIFICATE_FINGERPRINT_SIZE])
{
	if (fingerprint_is_none(fingerprint))
		json_word_or_null(out, key, NULL);
	else
		json_hex(out, key, span_make(fingerprint, CERTIFICATE_FINGERPRINT_SIZE));
}

/* Names of the groups of a set. */
static void append_groups(struct buffer *out, const char *key, uint32_t groups)
{
	json_key(out, key);
	buffer_append_byte(out, '[');
	for (unsigned i = 0; i < TLS_GROUP_BITS_MAX; i++) {
		if ((groups & (uint32_t)1 << i) != 0 && tls_group_name(tls_group_at(i)) != NULL)
			json_item(out, span_from_text(tls_group_name(tls_group_at(i))));
	}
	buffer_append_byte(out, ']');
}

static void append_versions(struct buffer *out, const struct tls_facts *facts)
{
	json_key(out, "versions");
	buffer_append_byte(out, '{');
	for (unsigned i = 0; i < TLS_INDEX_COUNT; i++)
		json_word(out, tls_version_name(tls_index_version((enum tls_version_index)i)), answer_name(facts->versions[i]));
	buffer_append_byte(out, '}');
}

static void append_answers(struct buffer *out, const struct tls_facts *facts)
{
	json_word(out, "secure_renegotiation", answer_name(facts->secure_renegotiation));
	json_word(out, "extended_master_secret", answer_name(facts->extended_master_secret));
	json_word(out, "encrypt_then_mac", answer_name(facts->encrypt_then_mac));
	json_word(out, "tickets", answer_name(facts->tickets));
	json_word(out, "compression", answer_name(facts->compression));
	json_word(out, "heartbeat", answer_name(facts->heartbeat));
	json_word(out, "ocsp_staple", answer_name(facts->ocsp_staple));
	json_word(out, "client_certificate", answer_name(facts->client_certificate));
	json_word(out, "fallback_signal", answer_name(facts->fallback_signal));
	json_word(out, "alpn", answer_name(facts->alpn));
	json_word_or_null(out, "alpn_name", facts->alpn_name);
	json_word(out, "name_matters", answer_name(facts->name_matters));
	json_word(out, "version_intolerant", answer_name(facts->version_intolerant));
	json_word(out, "extension_intolerant", answer_name(facts->extension_intolerant));
	json_word(out, "injection", answer_name(facts->injection));
}

static void append_chains(struct buffer *out, const struct tls_facts *facts)
{
	json_key(out, "chains");
	buffer_append_byte(out, '[');
	for (unsigned i = 0; i < facts->chain_count && i < TLS_FACTS_CHAINS_MAX; i++) {
		buffer_append_text(out, i > 0 ? ",{" : "{");
		json_hex(out, "sha256", span_make(facts->chains[i], CERTIFICATE_FINGERPRINT_SIZE));
		json_hex(out, "leaf", span_make(facts->leaves[i], CERTIFICATE_FINGERPRINT_SIZE));
		buffer_append_byte(out, '}');
	}
	buffer_append_byte(out, ']');
}

void json_tls_facts(struct buffer *out, const char *key, const struct tls_facts *facts)
{
	json_key(out, key);
	if (facts->connections == 0) {
		buffer_append_text(out, "null");
		return;
	}
	buffer_append_byte(out, '{');
	json_word(out, "depth", probe_depth_name(facts->depth));
	json_bool(out, "seen", facts->is_seen);
	json_number(out, "connections", facts->connections);
	append_versions(out, facts);
	json_flags(out, "traits_accepted", facts->traits_accepted, suite_trait_name);
	json_flags(out, "traits_refused", facts->traits_refused, suite_trait_name);
	json_registered(out, "best_suite", facts->best_suite, suite_name(facts->best_suite));
	json_registered(out, "weakest_suite", facts->weakest_suite, suite_name(facts->weakest_suite));
	json_registered(out, "tls13_suite", facts->suite_tls13, suite_name(facts->suite_tls13));
	append_groups(out, "groups_accepted", facts->groups_accepted);
	append_groups(out, "groups_refused", facts->groups_refused);
	json_registered(out, "preferred_group", facts->preferred_group, tls_group_name(facts->preferred_group));
	json_word(out, "post_quantum", answer_name(facts->post_quantum));
	json_number_or_null(out, "dh_bits", facts->dh_bits);
	json_hex_or_null(out, "dh_prime_sha256", facts->dh_prime_sha256);
	json_number_or_null(out, "rsa_export_bits", facts->rsa_export_bits);
	append_answers(out, facts);
	append_chains(out, facts);
	json_word_or_null(out, "ja3s", facts->ja3s);
	json_word_or_null(out, "ladder", facts->ladder);
	json_word_or_null(out, "jarm", facts->jarm);
	buffer_append_byte(out, '}');
}

void json_software(struct buffer *out, const char *key, const struct software *software)
{
	json_key(out, key);
	if (software->product[0] == '\0') {
		buffer_append_text(out, "null");
		return;
	}
	buffer_append_byte(out, '{');
	json_word(out, "product", software->product);
	json_word_or_null(out, "version", software->version);
	json_bool(out, "version_certain", software->is_version_certain);
	json_word_or_null(out, "vendor", software->vendor);
	json_word_or_null(out, "distribution", software->distribution);
	json_word_or_null(out, "front", software->front);
	json_word_or_null(out, "library", software->library);
	json_word_or_null(out, "cpe", software->cpe);
	json_word(out, "family", software_family_name(software->family));
	json_word(out, "confidence", confidence_name(software->confidence));
	json_word_or_null(out, "fingerprint", software->fingerprint);
	json_key(out, "support");
	buffer_append_byte(out, '{');
	json_word(out, "state", support_state_name(software->support));
	json_word_or_null(out, "ends", software->support_ends);
	json_word_or_null(out, "source", software->support_source);
	buffer_append_text(out, "}}");
}
