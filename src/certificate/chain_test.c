/* SPDX-License-Identifier: ISC */
/* Lists as servers send them are judged: order, roots, what is missing, strength, end; and nothing that is sent makes it slow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "base/attributes.h"
#include "certificate/certificate.h"
#include "certificate/chain.h"
#include "certificate/made_certificate.h"

/* A root in both stores, one in the system's alone, one in none; an intermediate of each, and a leaf of each intermediate. */
static EVP_PKEY *keys[8], *leaf_key;
static X509 *root, *own_root, *strange_root, *upper, *lower, *own_lower, *leaf, *own_leaf, *strange_leaf, *self_signed;
static struct trust_stores *stores;

static const int64_t YEAR_2028 = 1830297600, YEAR_2029 = 1861920000, YEAR_2030 = 1893456000, YEAR_2040 = 2208988800;

static struct trust_stores *load(X509 **system, size_t system_count, X509 **mozilla, size_t mozilla_count, X509 **known, size_t known_count)
{
	char system_path[64], mozilla_path[64], known_path[64];
	struct error error = {""};
	struct trust_stores *loaded;

	made_pem_file(system, system_count, system_path);
	made_pem_file(mozilla, mozilla_count, mozilla_path);
	made_pem_file(known, known_count, known_path);
	loaded = trust_stores_new(system_path, mozilla_path, known_count > 0 ? known_path : NULL, &error);
	if (loaded == NULL)
		fail_msg("%s", error.text);
	(void)unlink(system_path);
	(void)unlink(mozilla_path);
	(void)unlink(known_path);
	return loaded;
}

static X509 *authority(const char *subject, EVP_PKEY *key, X509 *issuer, EVP_PKEY *signer, int64_t end)
{
	return made_certificate(
		&(struct recipe){.subject = subject, .issuer = issuer, .key = key, .signer = signer, .end = end, .is_authority = true});
}

static X509 *leaf_of(X509 *issuer, EVP_PKEY *signer)
{
	return made_certificate(&(struct recipe){.subject = "mail.example.org", .issuer = issuer, .key = leaf_key, .signer = signer});
}

static int set_up_group(void **state)
{
	(void)state;
	leaf_key = made_key("P-256");
	for (size_t i = 0; i < ARRAY_LENGTH(keys); i++)
		keys[i] = made_key("P-256");
	root = authority("Root", keys[0], NULL, NULL, YEAR_2040);
	own_root = authority("Own root", keys[1], NULL, NULL, YEAR_2040);
	strange_root = authority("Strange root", keys[2], NULL, NULL, YEAR_2040);
	upper = authority("Upper", keys[3], root, keys[0], YEAR_2030);
	lower = authority("Lower", keys[4], upper, keys[3], YEAR_2028);
	own_lower = authority("Own lower", keys[5], own_root, keys[1], YEAR_2028);
	leaf = leaf_of(lower, keys[4]);
	own_leaf = leaf_of(own_lower, keys[5]);
	strange_leaf = leaf_of(strange_root, keys[2]);
	self_signed = leaf_of(NULL, NULL);
	stores = load((X509 *[]){root, own_root}, 2, &root, 1, NULL, 0);
	return 0;
}

static int tear_down_group(void **state)
{
	X509 *all[] = {root, own_root, strange_root, upper, lower, own_lower, leaf, own_leaf, strange_leaf, self_signed};

	(void)state;
	trust_stores_free(stores);
	for (size_t i = 0; i < ARRAY_LENGTH(all); i++)
		X509_free(all[i]);
	for (size_t i = 0; i < ARRAY_LENGTH(keys); i++)
		EVP_PKEY_free(keys[i]);
	EVP_PKEY_free(leaf_key);
	return 0;
}

enum { LIST_MAX = 40 };

static struct chain_facts judge_with(const struct trust_stores *used, X509 **certificates, size_t count)
{
	struct span list[LIST_MAX];
	struct chain_facts facts;

	assert_true(count <= LIST_MAX);
	for (size_t i = 0; i < count; i++)
		list[i] = made_der(certificates[i]);
	memset(&facts, 0xa5, sizeof(facts));
	chain_judge(used, list, count, false, &facts);
	for (size_t i = 0; i < count; i++)
		made_der_free(list[i]);
	return facts;
}

#define JUDGE(...) judge_with(stores, (X509 *[]){__VA_ARGS__}, sizeof((X509 *[]){__VA_ARGS__}) / sizeof(X509 *))

static void a_complete_list_is_good(void **state)
{
	struct chain_facts facts = JUDGE(leaf, lower, upper);
	struct span der = made_der(lower);
	uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE];

	(void)state;
	certificate_fingerprint(der, sha256);
	made_der_free(der);
	assert_int_equal(facts.count, 3);
	assert_false(facts.is_cut);
	assert_memory_equal(facts.fingerprints[1], sha256, sizeof(sha256));
	assert_int_equal(facts.is_ordered, ANSWER_YES);
	assert_int_equal(facts.has_root, ANSWER_NO);
	assert_int_equal(facts.system, TRUST_GOOD);
	assert_int_equal(facts.mozilla, TRUST_GOOD);
	assert_string_equal(facts.missing_issuer, "");
	assert_string_equal(facts.weakest_signature_hash, "SHA256");
	assert_int_equal(facts.smallest_rsa_bits, 0);
	assert_true(facts.not_after.unix_ms == facts.leaf.not_after.unix_ms);
	assert_string_equal(facts.leaf.common_name, "mail.example.org");
	assert_memory_equal(facts.leaf.sha256, facts.fingerprints[0], sizeof(sha256));
}

static void the_two_stores_are_asked_apart(void **state)
{
	struct chain_facts facts = JUDGE(own_leaf, own_lower);

	(void)state;
	assert_int_equal(facts.system, TRUST_GOOD);
	assert_int_equal(facts.mozilla, TRUST_NONE);
	assert_string_equal(facts.missing_issuer, ""); /* nothing is, where it is trusted */
	facts = JUDGE(strange_leaf, strange_root);
	assert_int_equal(facts.system, TRUST_NONE);
	assert_int_equal(facts.mozilla, TRUST_NONE);
	assert_int_equal(facts.has_root, ANSWER_YES);
	assert_string_equal(facts.missing_issuer, "");
}

static void order_and_extras_are_seen(void **state)
{
	struct chain_facts facts = JUDGE(leaf, upper, lower);

	(void)state;
	assert_int_equal(facts.is_ordered, ANSWER_NO);
	assert_int_equal(facts.mozilla, TRUST_GOOD);
	facts = JUDGE(leaf, lower, upper, root);
	assert_int_equal(facts.is_ordered, ANSWER_YES);
	assert_int_equal(facts.has_root, ANSWER_YES);
	facts = JUDGE(leaf, leaf, lower, upper);
	assert_int_equal(facts.is_ordered, ANSWER_NO);
	assert_int_equal(facts.mozilla, TRUST_GOOD);
	facts = JUDGE(leaf, lower, upper, own_lower);
	assert_int_equal(facts.is_ordered, ANSWER_NO);
	assert_int_equal(facts.has_root, ANSWER_NO);
	facts = JUDGE(lower, leaf, upper); /* the leaf is the first, whatever it is */
	assert_int_equal(facts.mozilla, TRUST_GOOD);
	assert_string_equal(facts.leaf.common_name, "Lower");
}

static void a_self_signed_leaf_is_no_root_that_was_sent(void **state)
{
	struct chain_facts facts = JUDGE(self_signed);

	(void)state;
	assert_int_equal(facts.mozilla, TRUST_NONE);
	assert_int_equal(facts.is_ordered, ANSWER_YES);
	assert_int_equal(facts.has_root, ANSWER_NO);
	assert_string_equal(facts.missing_issuer, "");
	assert_true(facts.leaf.is_self_signed);
	facts = JUDGE(self_signed, self_signed);
	assert_int_equal(facts.has_root, ANSWER_NO);
}

static void what_is_missing_is_named(void **state)
{
	struct trust_stores *knowing = load(&root, 1, &root, 1, (X509 *[]){upper, lower, leaf}, 3);
	struct chain_facts facts = JUDGE(leaf);

	(void)state;
	assert_int_equal(facts.mozilla, TRUST_NONE);
	assert_string_equal(facts.missing_issuer, "CN=Lower");
	facts = JUDGE(leaf, lower);
	assert_int_equal(facts.mozilla, TRUST_NONE);
	assert_string_equal(facts.missing_issuer, "CN=Upper");
	facts = JUDGE(leaf, upper);
	assert_string_equal(facts.missing_issuer, "CN=Lower");
	facts = judge_with(knowing, &leaf, 1);
	assert_int_equal(facts.system, TRUST_INCOMPLETE);
	assert_int_equal(facts.mozilla, TRUST_INCOMPLETE);
	assert_string_equal(facts.missing_issuer, "CN=Lower");
	facts = judge_with(knowing, (X509 *[]){leaf, lower}, 2);
	assert_int_equal(facts.mozilla, TRUST_INCOMPLETE);
	assert_string_equal(facts.missing_issuer, "CN=Upper");
	facts = judge_with(knowing, (X509 *[]){leaf, lower, upper}, 3);
	assert_int_equal(facts.mozilla, TRUST_GOOD);
	facts = judge_with(knowing, &strange_leaf, 1);
	assert_int_equal(facts.mozilla, TRUST_NONE);
	assert_string_equal(facts.missing_issuer, "CN=Strange root");
	trust_stores_free(knowing);
}

static void intermediates_are_learnt_but_none_can_be_planted(void **state)
{
	struct trust_stores *learning = load(&root, 1, &root, 1, NULL, 0);
	X509 *planted = authority("Lower", keys[6], strange_root, keys[2], YEAR_2040);
	X509 *forged = authority("Lower", keys[6], upper, keys[7], YEAR_2040); /* not signed by whom it names */
	X509 *list[] = {leaf, lower, upper, planted, forged, root};
	struct span ders[ARRAY_LENGTH(list)];

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(list); i++)
		ders[i] = made_der(list[i]);
	assert_int_equal(judge_with(learning, &leaf, 1).mozilla, TRUST_NONE);
	trust_stores_learn(learning, ders[3]);
	trust_stores_learn(learning, ders[4]);
	trust_stores_learn(learning, ders[5]);
	trust_stores_learn(learning, ders[0]);
	trust_stores_learn(learning, ders[1]); /* who signed it is not known yet */
	trust_stores_learn(learning, span_from_text("no certificate"));
	assert_int_equal(judge_with(learning, &leaf, 1).mozilla, TRUST_NONE);
	trust_stores_learn_chain(learning, ders, ARRAY_LENGTH(ders));
	assert_int_equal(judge_with(learning, &leaf, 1).mozilla, TRUST_INCOMPLETE);
	for (size_t i = 0; i < ARRAY_LENGTH(list); i++)
		made_der_free(ders[i]);
	X509_free(planted);
	X509_free(forged);
	trust_stores_free(learning);
}

static void dates_are_not_looked_at_but_told(void **state)
{
	X509 *expired = made_certificate(&(struct recipe){
		.subject = "Lower", .issuer = upper, .key = keys[4], .signer = keys[3], .start = 1, .end = 86400, .is_authority = true});
	X509 *long_leaf = made_certificate(
		&(struct recipe){.subject = "mail.example.org", .issuer = lower, .key = leaf_key, .signer = keys[4], .end = YEAR_2029});
	struct chain_facts facts = JUDGE(long_leaf, expired, upper);

	(void)state;
	assert_int_equal(facts.mozilla, TRUST_GOOD);
	assert_true(facts.not_after.unix_ms == 86400 * 1000);
	facts = JUDGE(long_leaf, lower, upper);
	assert_true(facts.not_after.unix_ms == YEAR_2028 * 1000);
	facts = JUDGE(long_leaf, expired, lower, upper); /* renewed: clients take the one that holds */
	assert_true(facts.not_after.unix_ms == YEAR_2028 * 1000);
	X509_free(expired);
	X509_free(long_leaf);
}

static void the_weakest_link_counts_without_the_root(void **state)
{
	EVP_PKEY *rsa = made_key("RSA:1024"), *small = made_key("RSA:512");
	X509 *weak_root =
		made_certificate(&(struct recipe){.subject = "Weak root", .key = small, .digest = EVP_md5(), .is_authority = true});
	X509 *middle = made_certificate(&(struct recipe){
		.subject = "Middle", .issuer = weak_root, .key = rsa, .signer = small, .digest = EVP_sha1(), .is_authority = true});
	X509 *end = made_certificate(&(struct recipe){.subject = "mail.example.org", .issuer = middle, .key = leaf_key, .signer = rsa});
	X509 *md5_leaf = made_certificate(
		&(struct recipe){.subject = "mail.example.org", .issuer = middle, .key = rsa, .signer = rsa, .digest = EVP_md5()});
	struct trust_stores *weak = load(&weak_root, 1, &weak_root, 1, NULL, 0);
	struct chain_facts facts = judge_with(weak, (X509 *[]){end, middle}, 2);

	(void)state;
	assert_int_equal(facts.mozilla, TRUST_GOOD); /* weakness is a finding, not a reason to see no path */
	assert_string_equal(facts.weakest_signature_hash, "SHA1");
	assert_int_equal(facts.smallest_rsa_bits, 1024);
	facts = judge_with(weak, (X509 *[]){end, middle, weak_root}, 3);
	assert_string_equal(facts.weakest_signature_hash, "SHA1");
	assert_int_equal(facts.smallest_rsa_bits, 1024);
	facts = judge_with(stores, (X509 *[]){end, middle, weak_root, leaf}, 4); /* without a path: as far as it was sent */
	assert_int_equal(facts.mozilla, TRUST_NONE);
	assert_string_equal(facts.weakest_signature_hash, "SHA1");
	assert_int_equal(facts.smallest_rsa_bits, 1024);
	facts = judge_with(weak, (X509 *[]){md5_leaf, middle}, 2);
	assert_string_equal(facts.weakest_signature_hash, "MD5");
	facts = judge_with(weak, &weak_root, 1); /* as a leaf it counts */
	assert_string_equal(facts.weakest_signature_hash, "MD5");
	assert_int_equal(facts.smallest_rsa_bits, 512);
	trust_stores_free(weak);
	X509_free(weak_root);
	X509_free(middle);
	X509_free(end);
	X509_free(md5_leaf);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(small);
}

static void what_is_unreadable_is_unknown(void **state)
{
	struct span good = made_der(leaf), garbage = span_from_text("no certificate");
	struct chain_facts facts;

	(void)state;
	chain_judge(stores, NULL, 0, false, &facts);
	assert_int_equal(facts.count, 0);
	assert_int_equal(facts.is_ordered, ANSWER_UNKNOWN);
	assert_int_equal(facts.mozilla, TRUST_UNKNOWN);
	chain_judge(stores, (struct span[]){garbage, good}, 2, false, &facts);
	assert_int_equal(facts.is_ordered, ANSWER_UNKNOWN);
	assert_int_equal(facts.mozilla, TRUST_UNKNOWN);
	assert_false(facts.leaf.is_readable);
	chain_judge(stores, (struct span[]){good, garbage}, 2, false, &facts);
	assert_int_equal(facts.is_ordered, ANSWER_UNKNOWN);
	assert_int_equal(facts.has_root, ANSWER_UNKNOWN);
	assert_int_equal(facts.mozilla, TRUST_NONE);
	chain_judge(NULL, &good, 1, false, &facts);
	assert_int_equal(facts.system, TRUST_UNKNOWN);
	assert_int_equal(facts.mozilla, TRUST_UNKNOWN);
	assert_string_equal(facts.weakest_signature_hash, "SHA256");
	chain_judge(stores, &good, 1, true, &facts); /* what came behind it is not known */
	assert_true(facts.is_cut);
	assert_int_equal(facts.is_ordered, ANSWER_UNKNOWN);
	assert_int_equal(facts.has_root, ANSWER_UNKNOWN);
	made_der_free(good);
}

/* Sixteen authorities of one name, each of which could have signed each other. */
static void a_tangle_ends_soon(void **state)
{
	X509 *tangle[CHAIN_CERTIFICATES_MAX + 4];
	struct chain_facts facts;
	struct timespec before, after;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(tangle); i++)
		tangle[i] = made_certificate(&(struct recipe){.subject = "Root",
		                                              .key = keys[i % 8],
		                                              .signer = keys[(i + 3) % 7],
		                                              .is_authority = true,
		                                              .without_key_ids = true,
		                                              .serial = i + 1});
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	facts = judge_with(stores, tangle, ARRAY_LENGTH(tangle));
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	assert_int_equal(facts.count, CHAIN_CERTIFICATES_MAX);
	assert_true(facts.is_cut);
	assert_int_not_equal(facts.mozilla, TRUST_GOOD);
	assert_true(after.tv_sec - before.tv_sec < 5);
	for (size_t i = 0; i < ARRAY_LENGTH(tangle); i++)
		X509_free(tangle[i]);
}

static void stores_say_what_is_wrong_with_them(void **state)
{
	struct error error = {""};
	char path[64];

	(void)state;
	assert_null(trust_stores_new("/nonexistent/roots.pem", NULL, NULL, &error));
	assert_non_null(strstr(error.text, "/nonexistent/roots.pem"));
	made_pem_file(NULL, 0, path);
	assert_null(trust_stores_new(path, NULL, NULL, &error));
	assert_non_null(strstr(error.text, "no certificate"));
	(void)unlink(path);
	trust_stores_free(NULL);
}

static void fingerprints_depend_on_the_order(void **state)
{
	struct span first = span_from_text("first"), second = span_from_text("second");
	uint8_t digests[2 * CERTIFICATE_FINGERPRINT_SIZE], expected[CERTIFICATE_FINGERPRINT_SIZE], got[CERTIFICATE_FINGERPRINT_SIZE];
	static const uint8_t NONE[CERTIFICATE_FINGERPRINT_SIZE] = {0};

	(void)state;
	certificate_fingerprint(first, digests);
	certificate_fingerprint(second, digests + CERTIFICATE_FINGERPRINT_SIZE);
	certificate_fingerprint(span_make(digests, sizeof(digests)), expected);
	chain_fingerprint((struct span[]){first, second}, 2, got);
	assert_memory_equal(got, expected, sizeof(got));
	chain_fingerprint((struct span[]){second, first}, 2, got);
	assert_memory_not_equal(got, expected, sizeof(got));
	chain_fingerprint(NULL, 0, got);
	assert_memory_equal(got, NONE, sizeof(got));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_complete_list_is_good),
		cmocka_unit_test(the_two_stores_are_asked_apart),
		cmocka_unit_test(order_and_extras_are_seen),
		cmocka_unit_test(a_self_signed_leaf_is_no_root_that_was_sent),
		cmocka_unit_test(what_is_missing_is_named),
		cmocka_unit_test(intermediates_are_learnt_but_none_can_be_planted),
		cmocka_unit_test(dates_are_not_looked_at_but_told),
		cmocka_unit_test(the_weakest_link_counts_without_the_root),
		cmocka_unit_test(what_is_unreadable_is_unknown),
		cmocka_unit_test(a_tangle_ends_soon),
		cmocka_unit_test(stores_say_what_is_wrong_with_them),
		cmocka_unit_test(fingerprints_depend_on_the_order),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}
