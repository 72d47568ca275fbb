/* SPDX-License-Identifier: ISC */
/* How many chains are judged in a second, each for the first time and again from the cache: leaf and two intermediates of this kind of key, of a root in both stores.
   usage: judge_chains   (prints a line for each kind; script/bench certificates) */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/attributes.h"
#include "base/memory.h"
#include "certificate/chain_cache.h"
#include "certificate/made_certificate.h"

enum { CHAINS = 2000, AGAIN = 20 };

static double seconds_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct kind {
	const char *name, *authority_key, *leaf_key;
	bool is_self_signed;
};

static void measure(const struct kind *kind)
{
	EVP_PKEY *root_key = made_key(kind->authority_key), *key = made_key(kind->authority_key), *leaf_key = made_key(kind->leaf_key);
	X509 *root = made_certificate(&(struct recipe){.subject = "Root", .key = root_key, .is_authority = true});
	X509 *upper = made_certificate(
		&(struct recipe){.subject = "Upper", .issuer = root, .key = key, .signer = root_key, .is_authority = true});
	X509 *lower =
		made_certificate(&(struct recipe){.subject = "Lower", .issuer = upper, .key = key, .signer = key, .is_authority = true});
	struct span(*chains)[3] = memory_allocate(CHAINS, sizeof(*chains));
	size_t count = kind->is_self_signed ? 1 : 3, good = 0;
	char path[64];
	struct error error = {""};
	struct trust_stores *stores;
	struct chain_cache *cache;
	double began, cold, cached;

	made_pem_file(&root, 1, path);
	stores = trust_stores_new(path, NULL, NULL, &error);
	(void)unlink(path);
	if (stores == NULL) {
		(void)fprintf(stderr, "%s\n", error.text);
		exit(1);
	}
	for (size_t i = 0; i < CHAINS; i++) {
		X509 *leaf = made_certificate(
			&(struct recipe){.subject = "mail.example.org",
		                         .issuer = kind->is_self_signed ? NULL : lower,
		                         .key = leaf_key,
		                         .signer = kind->is_self_signed ? NULL : key,
		                         .serial = i + 1,
		                         .extensions = {{NID_subject_alt_name, "DNS:mail.example.org,DNS:imap.example.org"}}});

		chains[i][0] = made_der(leaf);
		chains[i][1] = made_der(lower);
		chains[i][2] = made_der(upper);
		X509_free(leaf);
	}
	cache = chain_cache_new(stores, CHAINS);
	began = seconds_now();
	for (size_t i = 0; i < CHAINS; i++)
		good += chain_cache_judge(cache, chains[i], count, false)->system == TRUST_GOOD;
	cold = seconds_now() - began;
	began = seconds_now();
	for (size_t i = 0; i < AGAIN * (size_t)CHAINS; i++)
		(void)chain_cache_judge(cache, chains[i % CHAINS], count, false);
	cached = seconds_now() - began;
	(void)printf("%-28s %8.0f a second for the first time, %8.0f again (%zu of %d trusted)\n", kind->name, CHAINS / cold,
	             AGAIN * CHAINS / cached, good, CHAINS);
	chain_cache_free(cache);
	trust_stores_free(stores);
	for (size_t i = 0; i < CHAINS; i++) {
		for (size_t k = 0; k < ARRAY_LENGTH(chains[i]); k++)
			made_der_free(chains[i][k]);
	}
	free(chains);
	X509_free(root);
	X509_free(upper);
	X509_free(lower);
	EVP_PKEY_free(root_key);
	EVP_PKEY_free(key);
	EVP_PKEY_free(leaf_key);
}

int main(void)
{
	static const struct kind KINDS[] = {
		{"RSA 2048, three sent", "RSA:2048", "RSA:2048", false},
		{"ECDSA P-256, three sent", "P-256", "P-256", false},
		{"RSA 2048, self-signed", "RSA:2048", "RSA:2048", true},
	};
	double began = seconds_now();
	struct error error = {""};
	struct trust_stores *stores = trust_stores_new(NULL, NULL, NULL, &error);

	(void)printf("loading both stores of this system: %.0f ms\n", (seconds_now() - began) * 1000);
	trust_stores_free(stores);
	for (size_t i = 0; i < ARRAY_LENGTH(KINDS); i++)
		measure(&KINDS[i]);
	return 0;
}
