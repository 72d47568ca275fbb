/* SPDX-License-Identifier: ISC */
/* TLS facts and software of services, chains, findings: into rows and back. */
#include "store/sqlite/sqlite_facts.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "store/sqlite/sqlite_texts.h"

static struct sqlite_store *self(struct store *store)
{
	return (struct sqlite_store *)store;
}

static int64_t versions_with(const struct tls_facts *facts, enum answer answer)
{
	int64_t bits = 0;

	for (unsigned i = 0; i < TLS_INDEX_COUNT; i++)
		bits |= facts->versions[i] == answer ? (int64_t)1 << i : 0;
	return bits;
}

/* Most show one chain, that of the conversation that decided, whose columns have it. */
static void bind_chains(struct binder *row, const struct tls_facts *facts, const struct tls_observation *tls)
{
	struct buffer *pairs = &row->store->scratch[1];

	buffer_clear(pairs);
	for (size_t i = 0; i < facts->chain_count && i < TLS_FACTS_CHAINS_MAX; i++) {
		buffer_append(pairs, span_make(facts->chains[i], CERTIFICATE_FINGERPRINT_SIZE));
		buffer_append(pairs, span_make(facts->leaves[i], CERTIFICATE_FINGERPRINT_SIZE));
	}
	if (pairs->size == 0)
		bind_null(row);
	else if (facts->chain_count == 1 && fingerprint_equals(facts->chains[0], tls->chain_sha256) &&
	         fingerprint_equals(facts->leaves[0], tls->leaf_sha256))
		bind_integer(row, 1);
	else
		bind_blob(row, buffer_view(pairs));
}

void bind_tls_facts(struct binder *row, const struct tls_facts *facts, const struct tls_observation *tls, struct buffer *words)
{
	enum { COLUMNS = 11 };
	struct tls_facts without;

	if (facts->connections == 0) {
		for (unsigned i = 0; i < COLUMNS; i++)
			bind_null(row);
		return;
	}
	without = *facts;
	without.chain_count = 0;
	tls_facts_format(&without, words);
	bind_shared(row, buffer_view(words));
	bind_chains(row, facts, tls);
	bind_word(row, WORD_PROBE_DEPTH, facts->depth);
	bind_integer(row, versions_with(facts, ANSWER_YES));
	bind_integer(row, versions_with(facts, ANSWER_NO));
	bind_integer(row, facts->traits_accepted);
	bind_integer(row, facts->traits_refused);
	bind_integer(row, facts->best_suite);
	bind_integer(row, facts->weakest_suite);
	bind_integer(row, facts->groups_accepted);
	bind_word(row, WORD_ANSWER, facts->post_quantum);
}

static void take_chains(struct columns *columns, const struct tls_observation *tls, struct tls_facts *facts)
{
	enum { PAIR = 2 * CERTIFICATE_FINGERPRINT_SIZE };
	bool is_deciding = sqlite3_column_type(columns->statement, columns->index) == SQLITE_INTEGER;
	struct span pairs = is_deciding ? span_make(NULL, 0) : take_blob(columns);

	if (is_deciding) {
		columns->index++;
		facts->chain_count = 1;
		memcpy(facts->chains[0], tls->chain_sha256, CERTIFICATE_FINGERPRINT_SIZE);
		memcpy(facts->leaves[0], tls->leaf_sha256, CERTIFICATE_FINGERPRINT_SIZE);
		return;
	}
	if (pairs.size % PAIR != 0 || pairs.size > (size_t)TLS_FACTS_CHAINS_MAX * PAIR) {
		columns_wrong(columns, "no fingerprints");
		return;
	}
	for (size_t at = 0; at < pairs.size; at += PAIR) {
		memcpy(facts->chains[facts->chain_count], pairs.data + at, CERTIFICATE_FINGERPRINT_SIZE);
		memcpy(facts->leaves[facts->chain_count++], pairs.data + at + CERTIFICATE_FINGERPRINT_SIZE, CERTIFICATE_FINGERPRINT_SIZE);
	}
}

void take_tls_facts(struct columns *columns, const struct tls_observation *tls, struct tls_facts *facts_out)
{
	struct span words = take_shared(columns);

	*facts_out = (struct tls_facts){.is_seen = false};
	if (words.size > 0 && !tls_facts_parse(words, facts_out))
		columns_wrong(columns, "unknown TLS facts");
	if (next_is_null(columns))
		columns->index++; /* the words have them */
	else
		take_chains(columns, tls, facts_out);
}

static void bind_software(struct binder *row, const struct software *software)
{
	bind_text(row, software->product);
	bind_text(row, software->version);
	bind_text(row, software->vendor);
	bind_text(row, software->fingerprint);
	bind_text(row, software->distribution);
	bind_text(row, software->front);
	bind_text(row, software->library);
	bind_text(row, software->cpe);
	bind_word(row, WORD_SOFTWARE_FAMILY, software->family);
	bind_word(row, WORD_CONFIDENCE, software->confidence);
	bind_word(row, WORD_SUPPORT_STATE, software->support);
	bind_integer(row, software->is_version_certain);
	bind_text(row, software->support_ends);
	bind_text(row, software->support_source);
}

void sqlite_forget_remembered(struct sqlite_store *store)
{
	for (size_t i = 0; i < store->remembered->finding_count; i++)
		free(store->remembered->findings[i].id);
	memset(store->remembered, 0, sizeof(*store->remembered));
	forget_texts(store);
}

static bool software_statement(struct store *store, enum statement_id id, const struct software *software, int64_t *row_out,
                               struct error *error)
{
	struct binder row;

	if (!begin_row(&row, store, id, error))
		return false;
	bind_software(&row, software);
	return end_row_with_number(&row, row_out);
}

static uint32_t mix(uint32_t hash, const char *text)
{
	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619u;
	return hash;
}

bool software_row(struct store *base, const struct software *software, int64_t *id_out, struct error *error)
{
	struct sqlite_store *store = self(base);
	size_t slot = mix(mix(2166136261u, software->product), software->version) % REMEMBERED_SOFTWARE;

	*id_out = 0;
	if (software->product[0] == '\0')
		return true;
	if (store->remembered->software[slot].row != 0 && software_equals(&store->remembered->software[slot].software, software)) {
		*id_out = store->remembered->software[slot].row;
		return true;
	}
	if (!software_statement(base, STATEMENT_FIND_SOFTWARE, software, id_out, error))
		return false;
	if (*id_out == 0 && !software_statement(base, STATEMENT_ADD_SOFTWARE, software, id_out, error))
		return false;
	store->remembered->software[slot].software = *software;
	store->remembered->software[slot].row = *id_out;
	return true;
}

void take_software(struct columns *columns, struct software *software_out)
{
	memset(software_out, 0, sizeof(*software_out));
	if (next_is_null(columns))
		return;
	take_text_into(columns, software_out->product, sizeof(software_out->product));
	take_text_into(columns, software_out->version, sizeof(software_out->version));
	take_text_into(columns, software_out->vendor, sizeof(software_out->vendor));
	take_text_into(columns, software_out->fingerprint, sizeof(software_out->fingerprint));
	take_text_into(columns, software_out->distribution, sizeof(software_out->distribution));
	take_text_into(columns, software_out->front, sizeof(software_out->front));
	take_text_into(columns, software_out->library, sizeof(software_out->library));
	take_text_into(columns, software_out->cpe, sizeof(software_out->cpe));
	software_out->family = (enum software_family)take_word(columns, WORD_SOFTWARE_FAMILY);
	software_out->confidence = (enum confidence)take_word(columns, WORD_CONFIDENCE);
	software_out->support = (enum support_state)take_word(columns, WORD_SUPPORT_STATE);
	software_out->is_version_certain = take_integer(columns, 0, 1) != 0;
	take_text_into(columns, software_out->support_ends, sizeof(software_out->support_ends));
	take_text_into(columns, software_out->support_source, sizeof(software_out->support_source));
}

bool sqlite_add_chain(struct store *store, const struct chain_record *chain, struct error *error)
{
	struct binder row;

	if (!begin_row(&row, store, STATEMENT_ADD_CHAIN, error))
		return false;
	if (chain->count > CHAIN_CERTIFICATES_MAX) {
		row.has_failed = true;
		error_set(error, "cannot keep a chain of %u certificates", chain->count);
	}
	bind_blob(&row, span_make(chain->sha256, sizeof(chain->sha256)));
	bind_integer(&row, chain->is_cut);
	bind_blob(&row, span_make(chain->fingerprints, row.has_failed ? 0 : (size_t)chain->count * CERTIFICATE_FINGERPRINT_SIZE));
	bind_word(&row, WORD_ANSWER, chain->is_ordered);
	bind_word(&row, WORD_ANSWER, chain->has_root);
	bind_word(&row, WORD_CHAIN_TRUST, chain->system);
	bind_word(&row, WORD_CHAIN_TRUST, chain->mozilla);
	bind_text(&row, chain->missing_issuer);
	bind_text(&row, chain->weakest_signature_hash);
	bind_integer(&row, chain->smallest_rsa_bits);
	bind_integer(&row, chain->not_after.unix_ms);
	bind_integer(&row, chain->judged_at.unix_ms);
	return end_row(&row);
}

static bool read_chain(struct columns *columns, const struct store_visitor *visitor)
{
	struct chain_record chain = {.count = 0};
	struct span fingerprints;

	take_fingerprint(columns, chain.sha256);
	chain.is_cut = take_integer(columns, 0, 1) != 0;
	fingerprints = take_blob(columns);
	if (fingerprints.size > sizeof(chain.fingerprints) || fingerprints.size % CERTIFICATE_FINGERPRINT_SIZE != 0) {
		columns_wrong(columns, "no fingerprints");
		return false;
	}
	chain.count = (uint8_t)(fingerprints.size / CERTIFICATE_FINGERPRINT_SIZE);
	if (fingerprints.size > 0)
		memcpy(chain.fingerprints, fingerprints.data, fingerprints.size);
	chain.is_ordered = (enum answer)take_word(columns, WORD_ANSWER);
	chain.has_root = (enum answer)take_word(columns, WORD_ANSWER);
	chain.system = (enum chain_trust)take_word(columns, WORD_CHAIN_TRUST);
	chain.mozilla = (enum chain_trust)take_word(columns, WORD_CHAIN_TRUST);
	chain.missing_issuer = take_text(columns);
	chain.weakest_signature_hash = take_text(columns);
	chain.smallest_rsa_bits = (unsigned)take_integer(columns, 0, UINT32_MAX);
	chain.not_after = take_time(columns);
	chain.judged_at = take_time(columns);
	return !columns->is_wrong && visitor->on_chain(visitor->context, &chain);
}

bool sqlite_find_chain(struct store *store, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE], const struct store_visitor *visitor,
                       struct error *error)
{
	return visit_by_fingerprint(self(store), STATEMENT_FIND_CHAIN, sha256, read_chain, visitor, error);
}

bool sqlite_has_chain(struct store *store, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE])
{
	uint8_t *remembered = self(store)->remembered->chains[(sha256[0] | (unsigned)sha256[1] << 8) % REMEMBERED_CHAINS];

	if (fingerprint_equals(remembered, sha256) && !fingerprint_is_none(sha256))
		return true;
	if (!has_fingerprint(self(store), STATEMENT_HAS_CHAIN, sha256))
		return false;
	memcpy(remembered, sha256, CERTIFICATE_FINGERPRINT_SIZE);
	return true;
}
