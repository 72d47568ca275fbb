/* SPDX-License-Identifier: ISC */
/* Compiled attribution: what one source says of all addresses, as flat sorted ranges that are looked up where they lie, in a file or in the program.
   The form is mailcensus-attribution(5). Immutable: any number of threads may look up at once. */
#ifndef ENRICH_SNAPSHOT_H
#define ENRICH_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/instant.h"
#include "base/span.h"
#include "model/ip_address.h"

enum {
	SNAPSHOT_VERSION = 1,
	SNAPSHOT_ORDER = 0x01020304,
	SNAPSHOT_ALIGNMENT = 16,
	SNAPSHOT_INDEX_SIZE = 65537, /* one entry for each key, and the end */
	SNAPSHOT_NO_PREFIX = 255,
	SNAPSHOT_IS_RESERVED = 0x80,
};

/* What a snapshot says anything about. */
enum snapshot_field {
	SNAPSHOT_HAS_COUNTRY = 1 << 0,
	SNAPSHOT_HAS_ASN = 1 << 1,
	SNAPSHOT_HAS_NAME = 1 << 2,
	SNAPSHOT_HAS_SECTOR = 1 << 3,
	SNAPSHOT_HAS_RPKI = 1 << 4,
};

/* As it lies in the file; numbers are in the order of the machine that made it, which `order` tells. */
struct snapshot_header {
	char magic[8]; /* "MCATTRIB" */
	uint32_t order;
	uint32_t version;
	uint64_t size;     /* of the whole file */
	uint32_t checksum; /* CRC-32 (as in zlib) of everything behind the first 32 bytes */
	uint32_t reserved;
	int64_t date_ms; /* of the data */
	uint32_t count4, count6, payload_count, network_count, text_size;
	uint32_t fields; /* enum snapshot_field */
	uint32_t source; /* offsets of texts */
	uint32_t notice;
	uint32_t padding[2];
};

/* What is said of a range and asked most often. */
struct snapshot_payload {
	char country[2];       /* zeros: none */
	uint8_t flags;         /* enum attribution_flag; SNAPSHOT_IS_RESERVED: the letters stand for no country */
	uint8_t prefix_length; /* SNAPSHOT_NO_PREFIX: the range was no prefix */
	uint32_t asn;
};

/* The rest of it, apart, so that the former stays small. Texts are offsets; 0 is the empty one. */
struct snapshot_detail {
	uint32_t name, sector, naics;
	uint32_t authorised; /* "64500/16-24 ...": who may announce which prefixes (RPKI): number, shortest and longest */
};

struct snapshot_range4 {
	uint32_t start;
	uint32_t value; /* number of the payload and the detail */
};

/* What is said of a whole network, wherever its addresses are. */
struct snapshot_network {
	uint32_t asn;
	uint32_t name, sector, naics;
};

struct snapshot {
	const struct snapshot_header *header;
	/* In the order in which they lie in the file, right behind each other. */
	const uint64_t *highs6, *lows6;          /* the two halves of where an IPv6 range begins */
	const struct snapshot_payload *payloads; /* the first says nothing */
	const struct snapshot_detail *details;   /* as many */
	const struct snapshot_network *networks; /* by number */
	const uint32_t *index4, *index6;         /* how many ranges have a lower key */
	const struct snapshot_range4 *ranges4;
	const uint32_t *values6;
	const char *texts; /* each ends in NUL */
};

/* The key of IPv6: 16 bits behind the three that all addresses given out share (2000::/3); what lies below or above goes with the first or last. */
static inline uint32_t snapshot_key6(uint64_t high)
{
	uint64_t key = high >> 45;

	return key < 0x10000 ? 0 : key > 0x1ffff ? 0xffff : (uint32_t)key & 0xffff;
}

/* Bytes of a file with these counts, 0 when they are too many. */
uint64_t snapshot_file_size(const struct snapshot_header *header);
uint32_t snapshot_checksum(struct span image);
/* Looks at an image without copying it; it must stay, and lie at a multiple of SNAPSHOT_ALIGNMENT. What a file says is checked whole;
   is_trusted: it was compiled by us a moment ago, or is part of the program. */
bool snapshot_view(struct span image, bool is_trusted, struct snapshot *snapshot_out, struct error *error) MUST_CHECK;
bool snapshot_is_image(struct span head);
/* What is said of the address; never NULL. */
const struct snapshot_payload *snapshot_look_up(const struct snapshot *snapshot, struct ip_address address);
/* The rest of what is said; payload is one of this snapshot. */
const struct snapshot_detail *snapshot_detail(const struct snapshot *snapshot, const struct snapshot_payload *payload);
/* What is said of the network, or NULL. */
const struct snapshot_network *snapshot_find_network(const struct snapshot *snapshot, uint32_t asn);
const char *snapshot_text(const struct snapshot *snapshot, uint32_t offset);

#endif
