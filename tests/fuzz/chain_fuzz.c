/* SPDX-License-Identifier: ISC */
/* Targets chain_judge, chain_match_name, trust_stores_learn_chain: what a server sent, before a small store of one root.
   Input: a byte of flags, a reference name with its length in one byte, then certificates with their lengths in three bytes, as TLS has them.
   Invariants: facts are bounded, clean and the same each time; trust and what is missing agree; names match in either case of letters, and only where they are. */
#include <assert.h>
#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/reader.h"
#include "certificate/certificate.h"
#include "certificate/chain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CERTIFICATES_MAX = 20, FLAG_CUT = 1, FLAG_KNOWING = 2 };

/* The root and an intermediate of the seeds in corpus/chain. Their keys were thrown away. */
static const char ROOT[] =
#include "chain_root.inc"
	;
static const char INTERMEDIATE[] =
#include "chain_intermediate.inc"
	;

static struct trust_stores *plain, *knowing;

static void write_file(const char *text, char path[32])
{
	int descriptor;

	memcpy(path, "/tmp/mailcensus-XXXXXX", 23);
	descriptor = mkstemp(path);
	assert(descriptor >= 0 && write(descriptor, text, strlen(text)) == (ssize_t)strlen(text));
	(void)close(descriptor);
}

static void free_stores(void)
{
	trust_stores_free(plain);
	trust_stores_free(knowing);
}

static void load_stores(void)
{
	char root[32], intermediate[32];

	write_file(ROOT, root);
	write_file(INTERMEDIATE, intermediate);
	plain = trust_stores_new(root, root, NULL, NULL);
	knowing = trust_stores_new(root, root, intermediate, NULL);
	assert(plain != NULL && knowing != NULL);
	(void)unlink(root);
	(void)unlink(intermediate);
	(void)atexit(free_stores);
}

static void check_text(const char *text, size_t size)
{
	const char *end = memchr(text, '\0', size);

	assert(end != NULL);
	for (; text < end; text++)
		assert((unsigned char)*text >= 0x20 && *text != 0x7f);
}

static void check_facts(const struct chain_facts *facts, const struct span *certificates, size_t count)
{
	uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE];

	assert(facts->count == (count < CHAIN_CERTIFICATES_MAX ? count : CHAIN_CERTIFICATES_MAX));
	assert(facts->is_cut || count <= CHAIN_CERTIFICATES_MAX);
	for (size_t i = 0; i < facts->count; i++) {
		certificate_fingerprint(certificates[i], sha256);
		assert(memcmp(facts->fingerprints[i], sha256, sizeof(sha256)) == 0);
	}
	check_text(facts->missing_issuer, sizeof(facts->missing_issuer));
	check_text(facts->weakest_signature_hash, sizeof(facts->weakest_signature_hash));
	assert(facts->system == facts->mozilla); /* one root in both */
	assert((facts->system == TRUST_UNKNOWN) == !facts->leaf.is_readable);
	assert(facts->system != TRUST_GOOD || facts->missing_issuer[0] == '\0');
	assert(facts->system != TRUST_INCOMPLETE || facts->missing_issuer[0] != '\0');
	assert(facts->count != 1 || facts->is_cut || (facts->is_ordered == ANSWER_YES) == facts->leaf.is_readable);
	assert(facts->count > 1 || facts->has_root != ANSWER_YES);
	assert(facts->leaf.is_readable ||
	       (facts->weakest_signature_hash[0] == '\0' && facts->smallest_rsa_bits == 0 && facts->not_after.unix_ms == 0));
	assert(!facts->leaf.is_readable || facts->not_after.unix_ms <= facts->leaf.not_after.unix_ms);
}

static void check_names(struct span leaf, const char *name)
{
	enum name_match match = chain_match_name(leaf, name);
	char other[300];
	size_t size = strlen(name);
	struct certificate_facts facts;

	for (size_t i = 0; i <= size; i++)
		other[i] = (char)(isupper((unsigned char)name[i]) ? tolower((unsigned char)name[i]) : toupper((unsigned char)name[i]));
	assert(chain_match_name(leaf, other) == match);
	certificate_read(leaf, &facts);
	assert(facts.is_readable || match == NAME_MATCH_UNKNOWN);
	assert(match != NAME_MATCHES_COMMON_NAME_ONLY || (!facts.has_dns_names && facts.common_name[0] != '\0'));
	if (match == NAME_MATCH_UNKNOWN || strchr(name, ':') != NULL || (size > 0 && isdigit((unsigned char)name[size - 1])) || size < 1 ||
	    name[size - 1] == '.' || name[size - 1] == ']')
		return;
	memcpy(other, name, size);
	memcpy(other + size, ".", 2);
	assert(chain_match_name(leaf, other) == match);
	assert(match != NAME_MATCHES || facts.has_dns_names);
}

/* Bytes between the members are 0 in both, or are not: that too has to be the same each time. */
static bool are_same_bytes(const void *a, const void *b, size_t size)
{
	return memcmp(a, b, size) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader reader = reader_make(span_make(data, size));
	uint8_t flags = reader_u8(&reader);
	struct span name = reader_bytes(&reader, reader_u8(&reader)), certificates[CERTIFICATES_MAX];
	struct chain_facts facts, again;
	const struct trust_stores *stores;
	char text[256] = "";
	size_t count = 0;

	if (plain == NULL)
		load_stores();
	while (count < CERTIFICATES_MAX && reader.rest.size > 0 && !reader.failed) {
		struct span certificate = reader_bytes(&reader, reader_u24(&reader));

		if (!reader.failed)
			certificates[count++] = certificate;
	}
	stores = (flags & FLAG_KNOWING) != 0 ? knowing : plain;
	memset(&facts, 0xa5, sizeof(facts));
	chain_judge(stores, certificates, count, (flags & FLAG_CUT) != 0, &facts);
	check_facts(&facts, certificates, count);
	chain_judge(stores, certificates, count, (flags & FLAG_CUT) != 0, &again);
	assert(are_same_bytes(&facts, &again, sizeof(facts)));
	trust_stores_learn_chain(plain, certificates, count); /* only ones of the root's get in, and nobody has its key */
	if (name.size > 0)
		memcpy(text, name.data, name.size);
	if (count > 0)
		check_names(certificates[0], text);
	return 0;
}
