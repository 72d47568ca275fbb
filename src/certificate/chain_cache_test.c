/* SPDX-License-Identifier: ISC */
/* A chain is judged once, and only as many are kept as was said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "certificate/chain_cache.h"
#include "certificate/made_certificate.h"

static struct span leaf;

static int set_up_group(void **state)
{
	EVP_PKEY *key = made_key("P-256");
	X509 *certificate = made_certificate(&(struct recipe){.subject = "mail.example.org", .key = key});

	(void)state;
	leaf = made_der(certificate);
	X509_free(certificate);
	EVP_PKEY_free(key);
	return 0;
}

static int tear_down_group(void **state)
{
	(void)state;
	made_der_free(leaf);
	return 0;
}

static void the_second_judgement_costs_none(void **state)
{
	struct chain_cache *cache = chain_cache_new(NULL, 10);
	const struct chain_facts *first = chain_cache_judge(cache, &leaf, 1, false), *second;
	struct chain_facts direct;

	(void)state;
	chain_judge(NULL, &leaf, 1, false, &direct);
	assert_memory_equal(first, &direct, sizeof(direct));
	assert_int_equal(chain_cache_judged(cache), 1);
	assert_int_equal(chain_cache_hits(cache), 0);
	second = chain_cache_judge(cache, &leaf, 1, false);
	assert_ptr_equal(second, first);
	assert_int_equal(chain_cache_judged(cache), 1);
	assert_int_equal(chain_cache_hits(cache), 1);
	assert_ptr_equal(chain_cache_find(cache, direct.sha256), first);
	chain_cache_free(cache);
}

static void a_cut_list_is_another_chain(void **state)
{
	struct chain_cache *cache = chain_cache_new(NULL, 10);

	(void)state;
	assert_false(chain_cache_judge(cache, &leaf, 1, false)->is_cut);
	assert_true(chain_cache_judge(cache, &leaf, 1, true)->is_cut);
	assert_false(chain_cache_judge(cache, &leaf, 1, false)->is_cut);
	assert_int_equal(chain_cache_judged(cache), 2);
	chain_cache_free(cache);
}

static const struct chain_facts *judge_number(struct chain_cache *cache, unsigned number)
{
	struct span list[] = {leaf, span_make(&number, sizeof(number))};

	return chain_cache_judge(cache, list, 2, false);
}

static void what_was_not_used_for_longest_is_forgotten(void **state)
{
	struct chain_cache *cache = chain_cache_new(NULL, 3);
	uint8_t first[CERTIFICATE_FINGERPRINT_SIZE], second[CERTIFICATE_FINGERPRINT_SIZE];

	(void)state;
	memcpy(first, judge_number(cache, 1)->sha256, sizeof(first));
	memcpy(second, judge_number(cache, 2)->sha256, sizeof(second));
	(void)judge_number(cache, 3);
	(void)judge_number(cache, 1);
	(void)judge_number(cache, 4);
	assert_non_null(chain_cache_find(cache, first));
	assert_null(chain_cache_find(cache, second));
	assert_int_equal(chain_cache_judged(cache), 4);
	for (unsigned i = 0; i < 1000; i++)
		(void)judge_number(cache, i % 40);
	assert_memory_equal(judge_number(cache, 39)->sha256, judge_number(cache, 39)->sha256, sizeof(first));
	chain_cache_free(cache);
}

static void the_smallest_cache_keeps_one(void **state)
{
	struct chain_cache *cache = chain_cache_new(NULL, 0);

	(void)state;
	(void)judge_number(cache, 1);
	(void)judge_number(cache, 1);
	assert_int_equal(chain_cache_hits(cache), 1);
	(void)judge_number(cache, 2);
	(void)judge_number(cache, 1);
	assert_int_equal(chain_cache_hits(cache), 1);
	assert_int_equal(chain_cache_judge(cache, NULL, 0, false)->count, 0);
	chain_cache_free(cache);
	chain_cache_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_second_judgement_costs_none),
		cmocka_unit_test(a_cut_list_is_another_chain),
		cmocka_unit_test(what_was_not_used_for_longest_is_forgotten),
		cmocka_unit_test(the_smallest_cache_keeps_one),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}
