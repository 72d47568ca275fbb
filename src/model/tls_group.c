/* SPDX-License-Identifier: ISC */
/* The table of groups. Its order is the order in which we offer them, and the number of each bit in kept sets: append only. */
#include "model/tls_group.h"

#include "base/attributes.h"

struct group_row {
	uint16_t group;
	const char *name;
	unsigned bits;
};

enum { POST_QUANTUM_COUNT = 6, POST_QUANTUM_AND_DRAFT_COUNT = 8, TLS_1_3_COUNT = 18 };

static const struct group_row GROUPS[] = {
	{0x11ec, "X25519MLKEM768", 0},
	{0x11eb, "SecP256r1MLKEM768", 0},
	{0x11ed, "SecP384r1MLKEM1024", 0},
	{0x0200, "MLKEM512", 0},
	{0x0201, "MLKEM768", 0},
	{0x0202, "MLKEM1024", 0},
	{0x6399, "X25519Kyber768Draft00", 0},
	{0x639a, "SecP256r1Kyber768Draft00", 0},
	{0x001d, "x25519", 255},
	{0x0017, "secp256r1", 256},
	{0x001e, "x448", 448},
	{0x0018, "secp384r1", 384},
	{0x0019, "secp521r1", 521},
	{0x0100, "ffdhe2048", 2048},
	{0x0101, "ffdhe3072", 3072},
	{0x0102, "ffdhe4096", 4096},
	{0x0103, "ffdhe6144", 6144},
	{0x0104, "ffdhe8192", 8192},
	{0x001a, "brainpoolP256r1", 256},
	{0x001b, "brainpoolP384r1", 384},
	{0x001c, "brainpoolP512r1", 512},
	{0x0016, "secp256k1", 256},
	{0x0015, "secp224r1", 224},
	{0x0013, "secp192r1", 192},
};

_Static_assert(ARRAY_LENGTH(GROUPS) <= TLS_GROUP_BITS_MAX, "each group has a bit");

int tls_group_bit(uint16_t group)
{
	for (size_t i = 0; i < ARRAY_LENGTH(GROUPS); i++) {
		if (GROUPS[i].group == group)
			return (int)i;
	}
	return -1;
}

uint16_t tls_group_at(unsigned bit)
{
	return bit < ARRAY_LENGTH(GROUPS) ? GROUPS[bit].group : 0;
}

const char *tls_group_name(uint16_t group)
{
	int bit = tls_group_bit(group);

	return bit >= 0 ? GROUPS[bit].name : NULL;
}

bool tls_group_is_post_quantum(uint16_t group)
{
	int bit = tls_group_bit(group);

	return bit >= 0 && bit < POST_QUANTUM_COUNT;
}

bool tls_group_is_post_quantum_draft(uint16_t group)
{
	int bit = tls_group_bit(group);

	return bit >= POST_QUANTUM_COUNT && bit < POST_QUANTUM_AND_DRAFT_COUNT;
}

unsigned tls_group_bits(uint16_t group)
{
	int bit = tls_group_bit(group);

	return bit >= 0 ? GROUPS[bit].bits : 0;
}

uint32_t tls_groups_all(void)
{
	return ((uint32_t)1 << TLS_1_3_COUNT) - 1;
}

uint32_t tls_groups_post_quantum(void)
{
	return ((uint32_t)1 << POST_QUANTUM_AND_DRAFT_COUNT) - 1;
}
