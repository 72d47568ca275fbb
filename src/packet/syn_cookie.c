/* SPDX-License-Identifier: ISC */
/* SipHash-2-4 as its authors describe it, and the cookie made with it. */
#include "packet/syn_cookie.h"

#include <string.h>

struct sip_state {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotate(uint64_t value, unsigned bits)
{
	return value << bits | value >> (64 - bits);
}

static inline void sip_round(struct sip_state *state)
{
	state->v0 += state->v1;
	state->v2 += state->v3;
	state->v1 = rotate(state->v1, 13) ^ state->v0;
	state->v3 = rotate(state->v3, 16) ^ state->v2;
	state->v0 = rotate(state->v0, 32);
	state->v2 += state->v1;
	state->v0 += state->v3;
	state->v1 = rotate(state->v1, 17) ^ state->v2;
	state->v3 = rotate(state->v3, 21) ^ state->v0;
	state->v2 = rotate(state->v2, 32);
}

static inline struct sip_state sip_begin(const struct syn_key *key)
{
	return (struct sip_state){
		.v0 = key->halves[0] ^ UINT64_C(0x736f6d6570736575),
		.v1 = key->halves[1] ^ UINT64_C(0x646f72616e646f6d),
		.v2 = key->halves[0] ^ UINT64_C(0x6c7967656e657261),
		.v3 = key->halves[1] ^ UINT64_C(0x7465646279746573),
	};
}

static inline void sip_word(struct sip_state *state, uint64_t word)
{
	state->v3 ^= word;
	sip_round(state);
	sip_round(state);
	state->v0 ^= word;
}

static inline uint64_t sip_end(struct sip_state *state, uint64_t last_word)
{
	sip_word(state, last_word);
	state->v2 ^= 0xff;
	for (unsigned i = 0; i < 4; i++)
		sip_round(state);
	return state->v0 ^ state->v1 ^ state->v2 ^ state->v3;
}

/* Little-endian, whatever the machine: a key is kept with its census, and a census may move. */
static inline uint64_t read_u32(const unsigned char *at)
{
	return (uint64_t)at[0] | (uint64_t)at[1] << 8 | (uint64_t)at[2] << 16 | (uint64_t)at[3] << 24;
}

static inline uint64_t read_u64(const unsigned char *at)
{
	return read_u32(at) | read_u32(at + 4) << 32;
}

uint64_t sip_hash(const struct syn_key *key, const void *bytes, size_t size)
{
	struct sip_state state = sip_begin(key);
	const unsigned char *at = bytes;
	uint64_t last = (uint64_t)size << 56;
	size_t left = size;

	for (; left >= 8; left -= 8, at += 8)
		sip_word(&state, read_u64(at));
	for (size_t i = 0; i < left; i++)
		last |= (uint64_t)at[i] << (8 * i);
	return sip_end(&state, last);
}

/* The message is own address, host address, own port, host port, ports low byte first: 12 or 36 bytes, so the families cannot meet. */
uint32_t syn_cookie(const struct syn_key *key, const struct ip_address *own, uint16_t own_port, const struct ip_address *host,
                    uint16_t host_port)
{
	struct sip_state state = sip_begin(key);
	uint64_t ports = (uint64_t)own_port | (uint64_t)host_port << 16;

	if (own->family == IP_FAMILY_4) {
		sip_word(&state, read_u32(own->bytes) | read_u32(host->bytes) << 32);
		return (uint32_t)sip_end(&state, ports | UINT64_C(12) << 56);
	}
	sip_word(&state, read_u64(own->bytes));
	sip_word(&state, read_u64(own->bytes + 8));
	sip_word(&state, read_u64(host->bytes));
	sip_word(&state, read_u64(host->bytes + 8));
	return (uint32_t)sip_end(&state, ports | UINT64_C(36) << 56);
}
