/* SPDX-License-Identifier: ISC */
/* What the list that a server sent is worth. OpenSSL builds the path to a root; what is only said of the list (order, what is missing) is asked of each pair of certificates. */
#include "certificate/chain.h"

#include <string.h>

#include <openssl/err.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "certificate/certificate.h"
#include "certificate/parsed.h"
#include "certificate/trust_stores.h"

enum {
	VERIFICATIONS_MAX = 40, /* of signatures between what was sent: an ordinary list needs one a certificate */
	KNOWN_ISSUERS_MAX = 16, /* that are tried for one list */
};

/* The list as OpenSSL's objects, NULL where one is unreadable. */
struct sent {
	X509 *certificates[CHAIN_CERTIFICATES_MAX];
	size_t count;
	enum answer issued[CHAIN_CERTIFICATES_MAX][CHAIN_CERTIFICATES_MAX]; /* [subject][issuer], as far as asked */
	unsigned verifications_left;
};

void chain_fingerprint(const struct span *certificates, size_t count, uint8_t sha256_out[CERTIFICATE_FINGERPRINT_SIZE])
{
	struct buffer digests;
	uint8_t digest[CERTIFICATE_FINGERPRINT_SIZE];

	memset(sha256_out, 0, CERTIFICATE_FINGERPRINT_SIZE);
	if (count == 0)
		return;
	buffer_init(&digests, count * CERTIFICATE_FINGERPRINT_SIZE);
	for (size_t i = 0; i < count; i++) {
		certificate_fingerprint(certificates[i], digest);
		buffer_append(&digests, span_make(digest, sizeof(digest)));
	}
	certificate_fingerprint(buffer_view(&digests), sha256_out);
	buffer_done(&digests);
}

/* ---- what was sent ---- */

/* Did the certificate numbered issuer certify the one numbered subject? Unknown when one is unreadable, or too many signatures were verified. */
static enum answer is_issued_by(struct sent *sent, size_t subject, size_t issuer)
{
	enum answer *known = &sent->issued[subject][issuer];

	if (*known != ANSWER_UNKNOWN || sent->certificates[subject] == NULL || sent->certificates[issuer] == NULL)
		return *known;
	if (X509_check_issued(sent->certificates[issuer], sent->certificates[subject]) != X509_V_OK)
		return *known = ANSWER_NO;
	if (sent->verifications_left == 0)
		return ANSWER_UNKNOWN;
	sent->verifications_left--;
	return *known = certificate_is_signed_by(sent->certificates[subject], sent->certificates[issuer]) ? ANSWER_YES : ANSWER_NO;
}

static enum answer is_ordered(struct sent *sent)
{
	enum answer answer = sent->certificates[0] != NULL ? ANSWER_YES : ANSWER_UNKNOWN;

	for (size_t i = 1; i < sent->count; i++) {
		enum answer pair = is_issued_by(sent, i - 1, i);

		if (pair == ANSWER_NO)
			return ANSWER_NO;
		if (pair == ANSWER_UNKNOWN)
			answer = ANSWER_UNKNOWN;
	}
	return answer;
}

/* A self-signed leaf, even twice, is not a root that was sent along. */
static enum answer has_root(struct sent *sent)
{
	enum answer answer = ANSWER_NO;

	for (size_t i = 1; i < sent->count; i++) {
		enum answer is_root = is_issued_by(sent, i, i);

		if (is_root == ANSWER_YES && (sent->certificates[0] == NULL || X509_cmp(sent->certificates[i], sent->certificates[0]) != 0))
			return ANSWER_YES;
		if (is_root == ANSWER_UNKNOWN)
			answer = ANSWER_UNKNOWN;
	}
	return answer;
}

/* From the leaf on, each time to the first that certified the last: the path as far as it was sent. *end_out is the number of its last certificate. */
static STACK_OF(X509) * sent_path(struct sent *sent, size_t *end_out)
{
	STACK_OF(X509) *path = sk_X509_new_null();
	bool is_used[CHAIN_CERTIFICATES_MAX] = {false};
	size_t at = 0, next;

	for (;;) {
		is_used[at] = true;
		(void)X509_add_cert(path, sent->certificates[at], X509_ADD_FLAG_UP_REF);
		*end_out = at;
		if (is_issued_by(sent, at, at) == ANSWER_YES)
			return path;
		for (next = 1; next < sent->count && (is_used[next] || is_issued_by(sent, at, next) != ANSWER_YES); next++)
			continue;
		if (next >= sent->count)
			return path;
		at = next;
	}
}

static size_t number_in(const struct sent *sent, const X509 *certificate)
{
	for (size_t i = 0; i < sent->count; i++) {
		if (sent->certificates[i] == certificate)
			return i;
	}
	return sent->count;
}

/* A path that OpenSSL found is verified already, link by link. */
static void remember_links(struct sent *sent, STACK_OF(X509) * path)
{
	for (int i = 1; i < sk_X509_num(path); i++) {
		size_t subject = number_in(sent, sk_X509_value(path, i - 1)), issuer = number_in(sent, sk_X509_value(path, i));

		if (subject < sent->count && issuer < sent->count)
			sent->issued[subject][issuer] = ANSWER_YES;
	}
}

/* ---- trust ---- */

/* The certificates between which a path is looked for; all references are borrowed but those of known. */
struct candidates {
	STACK_OF(X509) * sent;  /* all but the leaf */
	STACK_OF(X509) * known; /* issuers that were not sent; gathered when first needed, else NULL */
	STACK_OF(X509) * both;
};

/* All known authorities that certified something of the list, and those that certified them. */
static void gather_known(const struct trust_stores *stores, const struct sent *sent, struct candidates *candidates)
{
	STACK_OF(X509) *known = sk_X509_new_null();

	for (size_t i = 0; i < sent->count; i++) {
		if (sent->certificates[i] != NULL)
			trust_stores_find_issuers(stores, sent->certificates[i], known, KNOWN_ISSUERS_MAX - (size_t)sk_X509_num(known));
	}
	for (int i = 0; i < sk_X509_num(known); i++)
		trust_stores_find_issuers(stores, sk_X509_value(known, i), known, KNOWN_ISSUERS_MAX - (size_t)sk_X509_num(known));
	candidates->known = known;
	candidates->both = sk_X509_dup(candidates->sent);
	for (int i = 0; i < sk_X509_num(known); i++)
		(void)sk_X509_push(candidates->both, sk_X509_value(known, i));
}

static enum chain_trust judge_by(X509_STORE *store, const struct trust_stores *stores, struct sent *sent, struct candidates *candidates,
                                 STACK_OF(X509) * *path_out)
{
	*path_out = NULL;
	if (store == NULL)
		return TRUST_UNKNOWN;
	*path_out = trust_stores_find_path(store, sent->certificates[0], candidates->sent);
	if (*path_out != NULL) {
		remember_links(sent, *path_out);
		return TRUST_GOOD;
	}
	if (candidates->known == NULL)
		gather_known(stores, sent, candidates);
	if (sk_X509_num(candidates->known) > 0)
		*path_out = trust_stores_find_path(store, sent->certificates[0], candidates->both);
	return *path_out != NULL ? TRUST_INCOMPLETE : TRUST_NONE;
}

/* The first of the path that was known but not sent. */
static void name_unsent(STACK_OF(X509) * path, const struct candidates *candidates, struct chain_facts *facts)
{
	for (int i = 0; i < sk_X509_num(path); i++) {
		if (sk_X509_find(candidates->known, sk_X509_value(path, i)) >= 0) {
			name_read(X509_get_subject_name(sk_X509_value(path, i)), facts->missing_issuer, sizeof(facts->missing_issuer));
			return;
		}
	}
}

/* ---- strength and end ---- */

/* The weaker, the lower; what is not listed is as good as any. */
static unsigned hash_strength(const char *hash)
{
	static const char *const BY_STRENGTH[] = {"MD2", "MD4", "MD5", "MD5-SHA1", "SHA1", "RIPEMD160", "SHA224", "SHA256", "SHA384"};
	unsigned strength = 0;

	while (strength < ARRAY_LENGTH(BY_STRENGTH) && !span_equals_text(span_from_text(hash), BY_STRENGTH[strength]))
		strength++;
	return strength;
}

static void read_strength(STACK_OF(X509) * path, int without_root, struct chain_facts *facts)
{
	const char *weakest = "";

	for (int i = 0; i < without_root; i++) {
		const char *hash = certificate_signature_hash(sk_X509_value(path, i));
		unsigned bits = key_rsa_bits(sk_X509_value(path, i));

		if (hash[0] != '\0' && (weakest[0] == '\0' || hash_strength(hash) < hash_strength(weakest)))
			weakest = hash;
		if (bits > 0 && (facts->smallest_rsa_bits == 0 || bits < facts->smallest_rsa_bits))
			facts->smallest_rsa_bits = bits;
	}
	text_copy(span_from_text(weakest), facts->weakest_signature_hash, sizeof(facts->weakest_signature_hash));
}

/* A server in the middle of a renewal sends an intermediate twice, old and new: a client takes the one that still holds. */
static const ASN1_TIME *latest_end(const struct sent *sent, const X509 *certificate)
{
	const ASN1_TIME *end = X509_get0_notAfter(certificate);

	for (size_t i = 1; i < sent->count; i++) {
		const X509 *other = sent->certificates[i];

		if (other != NULL && other != certificate && ASN1_TIME_compare(X509_get0_notAfter(other), end) > 0 &&
		    X509_NAME_cmp(X509_get_subject_name(other), X509_get_subject_name(certificate)) == 0 &&
		    X509_NAME_cmp(X509_get_issuer_name(other), X509_get_issuer_name(certificate)) == 0 && X509_get0_pubkey(other) != NULL &&
		    X509_get0_pubkey(certificate) != NULL && EVP_PKEY_eq(X509_get0_pubkey(other), X509_get0_pubkey(certificate)) == 1)
			end = X509_get0_notAfter(other);
	}
	return end;
}

static void read_end(const struct sent *sent, STACK_OF(X509) * path, struct timestamp *out)
{
	for (int i = 0; i < sk_X509_num(path); i++) {
		const X509 *certificate = sk_X509_value(path, i);
		struct timestamp end = {0};

		time_read(i == 0 ? X509_get0_notAfter(certificate) : latest_end(sent, certificate), &end);
		if (i == 0 || end.unix_ms < out->unix_ms)
			*out = end;
	}
}

/* ---- all of it ---- */

static void judge_paths(const struct trust_stores *stores, struct sent *sent, struct candidates *candidates, struct chain_facts *facts)
{
	STACK_OF(X509) *system_path = NULL, *mozilla_path = NULL, *path;
	size_t end;
	int without_root;

	if (stores != NULL) {
		facts->mozilla = judge_by(stores->mozilla, stores, sent, candidates, &mozilla_path);
		facts->system = stores->are_same ? facts->mozilla : judge_by(stores->system, stores, sent, candidates, &system_path);
	}
	if (facts->mozilla == TRUST_INCOMPLETE)
		name_unsent(mozilla_path, candidates, facts);
	else if (facts->system == TRUST_INCOMPLETE)
		name_unsent(system_path, candidates, facts);
	path = facts->mozilla == TRUST_GOOD || (facts->system != TRUST_GOOD && mozilla_path != NULL) ? mozilla_path : system_path;
	if (path != NULL) {
		without_root = sk_X509_num(path) > 1 ? sk_X509_num(path) - 1 : 1;
		read_strength(path, without_root, facts);
		read_end(sent, path, &facts->not_after);
	} else {
		path = sent_path(sent, &end);
		without_root = sk_X509_num(path) - (end > 0 && is_issued_by(sent, end, end) == ANSWER_YES ? 1 : 0);
		read_strength(path, without_root, facts);
		read_end(sent, path, &facts->not_after);
		if (stores != NULL && (facts->mozilla == TRUST_NONE || facts->system == TRUST_NONE) &&
		    is_issued_by(sent, end, end) == ANSWER_NO)
			name_read(X509_get_issuer_name(sent->certificates[end]), facts->missing_issuer, sizeof(facts->missing_issuer));
		mozilla_path = path;
	}
	sk_X509_pop_free(mozilla_path, X509_free);
	sk_X509_pop_free(system_path, X509_free);
}

static void judge(const struct trust_stores *stores, struct sent *sent, struct chain_facts *facts)
{
	struct candidates candidates = {.sent = sk_X509_new_null()};

	for (size_t i = 1; i < sent->count; i++) {
		if (sent->certificates[i] != NULL)
			(void)sk_X509_push(candidates.sent, sent->certificates[i]);
	}
	if (sent->certificates[0] != NULL)
		judge_paths(stores, sent, &candidates, facts);
	facts->is_ordered = is_ordered(sent);
	facts->has_root = has_root(sent);
	sk_X509_free(candidates.sent);
	sk_X509_free(candidates.both);
	sk_X509_pop_free(candidates.known, X509_free);
}

void chain_judge(const struct trust_stores *stores, const struct span *certificates, size_t count, bool is_cut,
                 struct chain_facts *facts_out)
{
	struct sent sent = {.count = count < CHAIN_CERTIFICATES_MAX ? count : CHAIN_CERTIFICATES_MAX,
	                    .verifications_left = VERIFICATIONS_MAX};

	memset(facts_out, 0, sizeof(*facts_out));
	chain_fingerprint(certificates, count, facts_out->sha256);
	facts_out->count = (uint8_t)sent.count;
	facts_out->is_cut = is_cut || count > sent.count;
	if (sent.count == 0)
		return;
	ERR_set_mark(); /* what OpenSSL complains of here is nobody else's concern */
	for (size_t i = 0; i < sent.count; i++) {
		certificate_fingerprint(certificates[i], facts_out->fingerprints[i]);
		sent.certificates[i] = i == 0 ? certificate_parse(certificates[i])
		                              : trust_stores_parse(stores, certificates[i], facts_out->fingerprints[i]);
	}
	memcpy(facts_out->leaf.sha256, facts_out->fingerprints[0], sizeof(facts_out->leaf.sha256));
	if (sent.certificates[0] != NULL)
		certificate_facts_read(sent.certificates[0], certificates[0], &facts_out->leaf);
	judge(stores, &sent, facts_out);
	if (facts_out->is_cut && facts_out->is_ordered == ANSWER_YES)
		facts_out->is_ordered = ANSWER_UNKNOWN; /* of the rest nothing is known */
	if (facts_out->is_cut && facts_out->has_root == ANSWER_NO)
		facts_out->has_root = ANSWER_UNKNOWN;
	for (size_t i = 0; i < sent.count; i++)
		X509_free(sent.certificates[i]);
	ERR_pop_to_mark();
}
