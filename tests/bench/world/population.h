/* SPDX-License-Identifier: ISC */
/* What is there at an address of the simulated Internet: one answer for the XDP program, for the responder and for the truth. Pure; C and BPF share it.

   The space is cut into POPULATION_UNITS equal units, a country is a run of units, a network (AS) a shorter run. In each unit a Feistel permutation of its own
   gives every address an index; classes of hosts are ranges of indices. So counts are exact, never by chance, and both ways can be computed. */
#ifndef WORLD_POPULATION_H
#define WORLD_POPULATION_H

#ifdef __bpf__
#include <linux/types.h>
#include <stdbool.h>
typedef __u8 uint8_t;
typedef __u16 uint16_t;
typedef __u32 uint32_t;
typedef __u64 uint64_t;
#else
#include <stdbool.h>
#include <stdint.h>
#endif

enum {
	POPULATION_UNIT_BITS = 10, /* of an address: which unit */
	POPULATION_UNITS = 1 << POPULATION_UNIT_BITS,
	POPULATION_CLASSES_MAX = 32,
	POPULATION_SILENT = POPULATION_CLASSES_MAX, /* no host here */
	POPULATION_ROUNDS = 4,
	POPULATION_PORTS = 4,      /* 110, 143, 993, 995 have a slot each */
	POPULATION_OTHER_PORT = 4, /* the slot of all others */
	POPULATION_BASE_V4 = 0xf0, /* 240.0.0.0/4 */
};

/* What may have become of a host, see population_settings.changed. Decided per address by chance, the same for both worlds. */
enum population_change {
	POPULATION_FIXED,
	POPULATION_GONE,
	POPULATION_NEW,
	POPULATION_REGRESSED,
	POPULATION_CHANGES,
	POPULATION_CHANGE_ONE_OF = 16, /* each of them happens to so many of all hosts */
};

/* What the kernel's side does with a segment to a class at a port. */
enum population_action {
	POPULATION_DROP,
	POPULATION_RESET,  /* RST to a SYN, by XDP_TX */
	POPULATION_ACCEPT, /* SYN-ACK by XDP_TX, what follows goes to the responder */
	POPULATION_ANSWER, /* all of it goes to the responder */
};

struct population_unit {
	uint32_t key[POPULATION_ROUNDS];
	uint32_t first[POPULATION_CLASSES_MAX + 1]; /* hosts of lower classes; the last one: all hosts */
};

struct population_settings {
	uint32_t seed;
	uint32_t offset_bits[2]; /* of an address within its unit: IPv4, IPv6 */
	uint32_t every;          /* a class that every address has, for benches; POPULATION_SILENT: none */
	uint32_t changes;        /* seed of the changes; 0: there are none */
	uint8_t changed[POPULATION_CHANGES][POPULATION_CLASSES_MAX]; /* what a class is in this world when that has become of it */
	uint8_t actions[POPULATION_CLASSES_MAX][POPULATION_PORTS + 1];
};

/* Units of IPv6 stand behind those of IPv4 in one table. */
struct population_spot {
	uint32_t unit, offset;
	bool is_ipv6;
};

static inline uint32_t population_mix(uint32_t value)
{
	value = (value ^ (value >> 16)) * 0x7feb352du;
	value = (value ^ (value >> 15)) * 0x846ca68bu;
	return value ^ (value >> 16);
}

/* Halves of unequal size are fine: each is changed by what the other one is. */
static inline uint32_t population_index(const struct population_unit *unit, uint32_t bits, uint32_t offset)
{
	uint32_t low_bits = bits / 2, low_mask = (1u << low_bits) - 1, high_mask = (1u << (bits - low_bits)) - 1;
	uint32_t low = offset & low_mask, high = offset >> low_bits;

	low ^= population_mix(high ^ unit->key[0]) & low_mask;
	high ^= population_mix(low ^ unit->key[1]) & high_mask;
	low ^= population_mix(high ^ unit->key[2]) & low_mask;
	high ^= population_mix(low ^ unit->key[3]) & high_mask;
	return high << low_bits | low;
}

static inline uint32_t population_offset(const struct population_unit *unit, uint32_t bits, uint32_t index)
{
	uint32_t low_bits = bits / 2, low_mask = (1u << low_bits) - 1, high_mask = (1u << (bits - low_bits)) - 1;
	uint32_t low = index & low_mask, high = index >> low_bits;

	high ^= population_mix(low ^ unit->key[3]) & high_mask;
	low ^= population_mix(high ^ unit->key[2]) & low_mask;
	high ^= population_mix(low ^ unit->key[1]) & high_mask;
	low ^= population_mix(high ^ unit->key[0]) & low_mask;
	return high << low_bits | low;
}

/* False: outside of the world. address in host byte order. */
static inline bool population_locate_v4(const struct population_settings *settings, uint32_t address, struct population_spot *spot_out)
{
	uint32_t bits = settings->offset_bits[0], within = address & 0x0fffffffu;

	spot_out->is_ipv6 = false;
	spot_out->unit = within >> bits;
	spot_out->offset = within & ((1u << bits) - 1);
	return address >= 0xf0000000u && spot_out->unit < POPULATION_UNITS;
}

/* 2001:db8:UNIT::OFFSET, as four words in host byte order. */
static inline bool population_locate_v6(const struct population_settings *settings, const uint32_t words[4],
                                        struct population_spot *spot_out)
{
	spot_out->is_ipv6 = true;
	spot_out->unit = words[1] >> 16;
	spot_out->offset = words[3];
	return words[0] == 0x20010db8u && (words[1] & 0xffff) == 0 && words[2] == 0 && spot_out->unit < POPULATION_UNITS &&
	       spot_out->offset >> settings->offset_bits[1] == 0;
}

static inline uint32_t population_table_index(const struct population_spot *spot)
{
	return (spot->unit & (POPULATION_UNITS - 1)) | (spot->is_ipv6 ? POPULATION_UNITS : 0);
}

/* POPULATION_CHANGES: nothing becomes of the host at this address. */
static inline uint32_t population_change_at(const struct population_settings *settings, const struct population_spot *spot)
{
	uint32_t value = population_mix(settings->changes ^ (spot->unit << 1 | (spot->is_ipv6 ? 1u : 0u)));

	value = population_mix(value ^ spot->offset) % POPULATION_CHANGE_ONE_OF;
	return value < POPULATION_CHANGES ? value : POPULATION_CHANGES;
}

/* What a class is in this world, after all changes; POPULATION_SILENT: no host. */
static inline uint32_t population_changed_class(const struct population_settings *settings, const struct population_spot *spot,
                                                uint32_t class)
{
	uint32_t change;

	if (settings->changes == 0 || class >= POPULATION_CLASSES_MAX)
		return class;
	change = population_change_at(settings, spot);
	if (change >= POPULATION_CHANGES)
		return class;
	return settings->changed[change & (POPULATION_CHANGES - 1)][class & (POPULATION_CLASSES_MAX - 1)];
}

/* POPULATION_SILENT: no host. */
static inline uint32_t population_class(const struct population_settings *settings, const struct population_unit *unit,
                                        const struct population_spot *spot)
{
	uint32_t index, found = 0;

	if (settings->every != POPULATION_SILENT)
		return settings->every;
	index = population_index(unit, settings->offset_bits[spot->is_ipv6 ? 1 : 0], spot->offset);
	if (index >= unit->first[POPULATION_CLASSES_MAX])
		return POPULATION_SILENT;
	for (uint32_t step = POPULATION_CLASSES_MAX / 2; step > 0; step /= 2) {
		if (index >= unit->first[(found + step) & (POPULATION_CLASSES_MAX - 1)])
			found += step;
	}
	return population_changed_class(settings, spot, found);
}

static inline uint32_t population_port_slot(uint16_t port)
{
	return port == 110 ? 0 : port == 143 ? 1 : port == 993 ? 2 : port == 995 ? 3 : POPULATION_OTHER_PORT;
}

/* Bit of the map of what was sent: by port slot, IPv4 before IPv6. */
static inline uint64_t population_sent_bit(const struct population_settings *settings, const struct population_spot *spot, uint32_t slot)
{
	uint64_t count_v4 = (uint64_t)POPULATION_UNITS << settings->offset_bits[0];
	uint64_t count = count_v4 + ((uint64_t)POPULATION_UNITS << settings->offset_bits[1]);
	uint64_t position = spot->is_ipv6 ? count_v4 + (((uint64_t)spot->unit << settings->offset_bits[1]) | spot->offset)
	                                  : ((uint64_t)spot->unit << settings->offset_bits[0]) | spot->offset;

	return slot * count + position;
}

/* The sequence number with which the server's side of a connection begins: known again from any later segment. */
static inline uint32_t population_sequence(uint32_t seed, uint32_t client, uint32_t server, uint16_t client_port, uint16_t server_port)
{
	uint32_t value = population_mix(client ^ seed);

	value = population_mix(value ^ server);
	return population_mix(value ^ ((uint32_t)client_port << 16 | server_port));
}

#endif
