/* SPDX-License-Identifier: ISC */
/* SHA-1 (FIPS 180-4) over name space and name. It has to be SHA-1, and nothing secret hangs on it. */
#include "report/uuid.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

const unsigned char UUID_STIX[16] = {0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c, 0x9c, 0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7};
const unsigned char UUID_MAILCENSUS[16] = {0x4f, 0x1d, 0x0b, 0x5e, 0x7c, 0x2a, 0x4e, 0x39, 0x9a, 0x61, 0x2d, 0x0c, 0x84, 0xb3, 0x5e, 0x17};

struct sha1 {
	uint32_t state[5];
	unsigned char block[64];
	size_t used;
	uint64_t bits;
};

static uint32_t rotate(uint32_t value, unsigned by)
{
	return value << by | value >> (32 - by);
}

static void mix(struct sha1 *hash)
{
	uint32_t words[80], a = hash->state[0], b = hash->state[1], c = hash->state[2], d = hash->state[3], e = hash->state[4];

	for (size_t i = 0; i < 16; i++)
		words[i] = (uint32_t)hash->block[4 * i] << 24 | (uint32_t)hash->block[4 * i + 1] << 16 |
		           (uint32_t)hash->block[4 * i + 2] << 8 | hash->block[4 * i + 3];
	for (size_t i = 16; i < 80; i++)
		words[i] = rotate(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
	for (size_t i = 0; i < 80; i++) {
		uint32_t choice = i < 20 ? (b & c) | (~b & d) : i < 40 ? b ^ c ^ d : i < 60 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
		uint32_t constant = i < 20 ? 0x5a827999 : i < 40 ? 0x6ed9eba1 : i < 60 ? 0x8f1bbcdc : 0xca62c1d6;
		uint32_t next = rotate(a, 5) + choice + e + constant + words[i];

		e = d;
		d = c;
		c = rotate(b, 30);
		b = a;
		a = next;
	}
	hash->state[0] += a;
	hash->state[1] += b;
	hash->state[2] += c;
	hash->state[3] += d;
	hash->state[4] += e;
	hash->used = 0;
}

static void take_byte(struct sha1 *hash, unsigned char byte)
{
	hash->block[hash->used++] = byte;
	if (hash->used == sizeof(hash->block))
		mix(hash);
}

static void take(struct sha1 *hash, const unsigned char *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		take_byte(hash, data[i]);
	hash->bits += (uint64_t)size * 8;
}

static void finish(struct sha1 *hash, unsigned char digest[20])
{
	take_byte(hash, 0x80);
	while (hash->used != 56)
		take_byte(hash, 0);
	for (unsigned shift = 64; shift > 0; shift -= 8)
		take_byte(hash, (unsigned char)(hash->bits >> (shift - 8)));
	for (size_t i = 0; i < 20; i++)
		digest[i] = (unsigned char)(hash->state[i / 4] >> (24 - 8 * (i % 4)));
}

void uuid_of_name(const unsigned char name_space[16], struct span name, unsigned version, char text[UUID_TEXT_SIZE])
{
	struct sha1 hash = {.state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}};
	unsigned char id[20];
	size_t at = 0;

	take(&hash, name_space, 16);
	take(&hash, name.data, name.size);
	finish(&hash, id);
	id[6] = (unsigned char)((id[6] & 0x0f) | version << 4);
	id[8] = (unsigned char)((id[8] & 0x3f) | 0x80);
	for (size_t i = 0; i < 16; i++) {
		(void)snprintf(text + at, UUID_TEXT_SIZE - at, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", id[i]);
		at += strlen(text + at);
	}
}
