/* SPDX-License-Identifier: ISC */
/* Builds the hellos of JARM: one list of suites and one of protocols, each in the order that the probe wants. */
#include "protocol/tls/jarm_hello.h"

#include <stddef.h>
#include <string.h>

#include "base/attributes.h"
#include "model/observation.h"

enum {
	RECORD_HANDSHAKE = 22,
	MESSAGE_CLIENT_HELLO = 1,
	RANDOM_SIZE = 32,
	SERVER_NAME_MAX = 253,
	SUITES_MAX = 80,
	HELLO_MAX = 1024,
	EXTENSION_SERVER_NAME = 0,
	EXTENSION_ALPN = 16,
	EXTENSION_SUPPORTED_VERSIONS = 43,
	EXTENSION_KEY_SHARE = 51,
	GROUP_X25519 = 0x001d,
};

/* Which of the four GREASE values (RFC 8701) stands where. */
enum { GREASE_SUITE, GREASE_EXTENSION, GREASE_KEY_SHARE, GREASE_VERSION };

enum order {
	ORDER_FORWARD,
	ORDER_REVERSE,
	ORDER_TOP_HALF,    /* from the middle to the first */
	ORDER_BOTTOM_HALF, /* from behind the middle to the last */
	ORDER_MIDDLE_OUT,  /* from the middle outwards, the later one first */
};

struct probe {
	uint16_t version; /* 0x0304: 0x0303 in the hello itself, 0x0301 in its record */
	enum order suites;
	enum order lists; /* of protocols and versions */
	bool has_suites_of_tls_1_3, has_grease, has_rare_protocols;
	uint16_t highest_supported; /* of the list of versions; 0: there is none */
};

static const struct probe PROBES[JARM_PROBES] = {
	{VERSION_TLS_1_2, ORDER_FORWARD, ORDER_REVERSE, true, false, false, VERSION_TLS_1_2},
	{VERSION_TLS_1_2, ORDER_REVERSE, ORDER_FORWARD, true, false, false, VERSION_TLS_1_2},
	{VERSION_TLS_1_2, ORDER_TOP_HALF, ORDER_FORWARD, true, false, false, 0},
	{VERSION_TLS_1_2, ORDER_BOTTOM_HALF, ORDER_FORWARD, true, false, true, 0},
	{VERSION_TLS_1_2, ORDER_MIDDLE_OUT, ORDER_REVERSE, true, true, true, 0},
	{VERSION_TLS_1_1, ORDER_FORWARD, ORDER_FORWARD, true, false, false, 0},
	{VERSION_TLS_1_3, ORDER_FORWARD, ORDER_REVERSE, true, false, false, VERSION_TLS_1_3},
	{VERSION_TLS_1_3, ORDER_REVERSE, ORDER_FORWARD, true, false, false, VERSION_TLS_1_3},
	{VERSION_TLS_1_3, ORDER_FORWARD, ORDER_FORWARD, false, false, false, VERSION_TLS_1_3},
	{VERSION_TLS_1_3, ORDER_MIDDLE_OUT, ORDER_REVERSE, true, true, false, VERSION_TLS_1_3},
};

static const uint16_t SUITES[] = {
	0x0016, 0x0033, 0x0067, 0xc09e, 0xc0a2, 0x009e, 0x0039, 0x006b, 0xc09f, 0xc0a3, 0x009f, 0x0045, 0x00be, 0x0088,
	0x00c4, 0x009a, 0xc008, 0xc009, 0xc023, 0xc0ac, 0xc0ae, 0xc02b, 0xc00a, 0xc024, 0xc0ad, 0xc0af, 0xc02c, 0xc072,
	0xc073, 0xcca9, 0x1302, 0x1301, 0xcc14, 0xc007, 0xc012, 0xc013, 0xc027, 0xc02f, 0xc014, 0xc028, 0xc030, 0xc060,
	0xc061, 0xc076, 0xc077, 0xcca8, 0x1305, 0x1304, 0x1303, 0xcc13, 0xc011, 0x000a, 0x002f, 0x003c, 0xc09c, 0xc0a0,
	0x009c, 0x0035, 0x003d, 0xc09d, 0xc0a1, 0x009d, 0x0041, 0x00ba, 0x0084, 0x00c0, 0x0007, 0x0004, 0x0005,
};

/* Each with its length before it. "spdy/3" and "h2" are one, as a comma is missing in the reference: they keep their order when the list is turned. */
static const char *const PROTOCOLS_USUAL[] = {
	"\x08http/0.9", "\x08http/1.0", "\x08http/1.1", "\x06spdy/1", "\x06spdy/2", "\x06spdy/3\x02h2", "\x03h2c", "\x02hq",
};
static const char *const PROTOCOLS_RARE[] = {
	"\x08http/0.9", "\x08http/1.0", "\x06spdy/1", "\x06spdy/2", "\x06spdy/3", "\x03h2c", "\x02hq",
};

/* The i-th of count values in this order is the value at what is returned; count itself: there are no more. */
static size_t index_in_order(enum order order, size_t count, size_t i)
{
	size_t middle = count / 2;

	switch (order) {
	case ORDER_FORWARD:
		return i < count ? i : count;
	case ORDER_REVERSE:
		return i < count ? count - 1 - i : count;
	case ORDER_BOTTOM_HALF:
		return middle + count % 2 + i < count ? middle + count % 2 + i : count;
	case ORDER_TOP_HALF:
		middle += count % 2;
		return i < middle ? middle - 1 - i : count;
	case ORDER_MIDDLE_OUT:
		break;
	}
	if (i >= count)
		return count;
	if (count % 2 == 1) /* the middle, then one step further behind it and before it by turns */
		return i % 2 == 1 ? middle + (i + 1) / 2 : middle - i / 2;
	return i % 2 == 0 ? middle + i / 2 : middle - 1 - i / 2;
}

static bool is_suite_of_tls_1_3(uint16_t suite)
{
	return suite >> 8 == 0x13;
}

static size_t choose_suites(const struct probe *probe, uint16_t chosen[SUITES_MAX])
{
	uint16_t all[SUITES_MAX];
	size_t count = 0, chosen_count = 0;

	for (size_t i = 0; i < ARRAY_LENGTH(SUITES); i++) {
		if (probe->has_suites_of_tls_1_3 || !is_suite_of_tls_1_3(SUITES[i]))
			all[count++] = SUITES[i];
	}
	for (size_t i = 0;; i++) {
		size_t at = index_in_order(probe->suites, count, i);

		if (at == count)
			return chosen_count;
		chosen[chosen_count++] = all[at];
	}
}

/* The values of GREASE are 0x0a0a, 0x1a1a ... 0xfafa. */
static uint16_t grease(const unsigned char *random, unsigned where)
{
	return (uint16_t)((random[2 * RANDOM_SIZE + where] & 0x0f) * 0x1010 + 0x0a0a);
}

static void append_suites(struct buffer *out, const struct probe *probe, const unsigned char *random)
{
	uint16_t suites[SUITES_MAX];
	size_t count = choose_suites(probe, suites);

	buffer_append_u16(out, (uint16_t)(2 * (count + (probe->has_grease ? 1 : 0))));
	if (probe->has_grease)
		buffer_append_u16(out, grease(random, GREASE_SUITE));
	for (size_t i = 0; i < count; i++)
		buffer_append_u16(out, suites[i]);
}

static void append_server_name(struct buffer *out, const char *name)
{
	size_t size = name != NULL ? strlen(name) : 0;

	if (size == 0 || size > SERVER_NAME_MAX)
		return;
	buffer_append_u16(out, EXTENSION_SERVER_NAME);
	buffer_append_u16(out, (uint16_t)(size + 5));
	buffer_append_u16(out, (uint16_t)(size + 3));
	buffer_append_byte(out, 0);
	buffer_append_u16(out, (uint16_t)size);
	buffer_append_text(out, name);
}

static void append_protocols(struct buffer *out, const struct probe *probe)
{
	const char *const *protocols = probe->has_rare_protocols ? PROTOCOLS_RARE : PROTOCOLS_USUAL;
	size_t count = probe->has_rare_protocols ? ARRAY_LENGTH(PROTOCOLS_RARE) : ARRAY_LENGTH(PROTOCOLS_USUAL);
	size_t size = 0;

	for (size_t i = 0; i < count; i++)
		size += strlen(protocols[i]);
	buffer_append_u16(out, EXTENSION_ALPN);
	buffer_append_u16(out, (uint16_t)(size + 2));
	buffer_append_u16(out, (uint16_t)size);
	for (size_t i = 0; i < count; i++)
		buffer_append_text(out, protocols[index_in_order(probe->lists, count, i)]);
}

static void append_key_share(struct buffer *out, const struct probe *probe, const unsigned char *random)
{
	static const uint16_t GREASE_SHARE_SIZE = 5, SHARE_SIZE = 4 + RANDOM_SIZE;
	uint16_t size = (uint16_t)(SHARE_SIZE + (probe->has_grease ? GREASE_SHARE_SIZE : 0));

	buffer_append_u16(out, EXTENSION_KEY_SHARE);
	buffer_append_u16(out, (uint16_t)(size + 2));
	buffer_append_u16(out, size);
	if (probe->has_grease) {
		buffer_append_u16(out, grease(random, GREASE_KEY_SHARE));
		buffer_append_u16(out, 1);
		buffer_append_byte(out, 0);
	}
	buffer_append_u16(out, GROUP_X25519); /* every 32 bytes are a public value of x25519 (RFC 7748 5) */
	buffer_append_u16(out, RANDOM_SIZE);
	buffer_append(out, span_make(random + RANDOM_SIZE, RANDOM_SIZE));
}

static void append_versions(struct buffer *out, const struct probe *probe, const unsigned char *random)
{
	size_t count = probe->highest_supported == VERSION_TLS_1_3 ? 4 : 3;
	size_t size = 2 * (count + (probe->has_grease ? 1 : 0));

	if (probe->highest_supported == 0)
		return;
	buffer_append_u16(out, EXTENSION_SUPPORTED_VERSIONS);
	buffer_append_u16(out, (uint16_t)(size + 1));
	buffer_append_byte(out, (unsigned char)size);
	if (probe->has_grease)
		buffer_append_u16(out, grease(random, GREASE_VERSION));
	for (size_t i = 0; i < count; i++)
		buffer_append_u16(out, (uint16_t)(VERSION_TLS_1_0 + index_in_order(probe->lists, count, i)));
}

static void append_extensions(struct buffer *out, const struct probe *probe, const char *server_name, const unsigned char *random)
{
	/* extended_master_secret; max_fragment_length of 512 bytes; renegotiation_info; x25519, P-256, P-384, P-521; ec_point_formats; session_ticket */
	static const unsigned char BEFORE_PROTOCOLS[] = {
		0, 0x17, 0,    0, 0,    1, 0,    1, 1,    0xff, 1,    0, 1, 0, 0, 0x0a, 0,    0x0a, 0,
		8, 0,    0x1d, 0, 0x17, 0, 0x18, 0, 0x19, 0,    0x0b, 0, 2, 1, 0, 0,    0x23, 0,    0,
	};
	/* signature_algorithms */
	static const unsigned char BEHIND_PROTOCOLS[] = {
		0, 0x0d, 0, 0x14, 0, 0x12, 4, 3, 8, 4, 4, 1, 5, 3, 8, 5, 5, 1, 8, 6, 6, 1, 2, 1,
	};
	static const unsigned char PSK_WITH_DHE[] = {0, 0x2d, 0, 2, 1, 1};

	if (probe->has_grease) {
		buffer_append_u16(out, grease(random, GREASE_EXTENSION));
		buffer_append_u16(out, 0);
	}
	append_server_name(out, server_name);
	buffer_append(out, span_make(BEFORE_PROTOCOLS, sizeof(BEFORE_PROTOCOLS)));
	append_protocols(out, probe);
	buffer_append(out, span_make(BEHIND_PROTOCOLS, sizeof(BEHIND_PROTOCOLS)));
	append_key_share(out, probe, random);
	buffer_append(out, span_make(PSK_WITH_DHE, sizeof(PSK_WITH_DHE)));
	append_versions(out, probe, random);
}

static void append_body(struct buffer *out, const struct probe *probe, const char *server_name, const unsigned char *random)
{
	struct buffer extensions;

	buffer_append_u16(out, probe->version < VERSION_TLS_1_2 ? probe->version : VERSION_TLS_1_2);
	buffer_append(out, span_make(random, RANDOM_SIZE));
	buffer_append_byte(out, RANDOM_SIZE);
	buffer_append(out, span_make(random + RANDOM_SIZE, RANDOM_SIZE));
	append_suites(out, probe, random);
	buffer_append_byte(out, 1); /* one compression method: none */
	buffer_append_byte(out, 0);
	buffer_init(&extensions, HELLO_MAX);
	append_extensions(&extensions, probe, server_name, random);
	buffer_append_u16(out, (uint16_t)extensions.size);
	buffer_append(out, buffer_view(&extensions));
	buffer_done(&extensions);
}

static const struct probe *find_probe(unsigned probe)
{
	return probe >= 1 && probe <= JARM_PROBES ? &PROBES[probe - 1] : NULL;
}

void jarm_hello_build(unsigned probe, const char *server_name, const unsigned char random[JARM_HELLO_RANDOM_SIZE], struct buffer *out)
{
	const struct probe *found = find_probe(probe);
	struct buffer body;

	if (found == NULL)
		return;
	buffer_init(&body, HELLO_MAX);
	append_body(&body, found, server_name, random);
	buffer_append_byte(out, RECORD_HANDSHAKE);
	buffer_append_u16(out, found->version == VERSION_TLS_1_3 ? VERSION_TLS_1_0 : found->version);
	buffer_append_u16(out, (uint16_t)(body.size + 4));
	buffer_append_byte(out, MESSAGE_CLIENT_HELLO);
	buffer_append_u24(out, (uint32_t)body.size);
	buffer_append(out, buffer_view(&body));
	buffer_done(&body);
}

bool jarm_hello_offers_suite(unsigned probe, uint16_t suite)
{
	const struct probe *found = find_probe(probe);
	uint16_t suites[SUITES_MAX];
	size_t count = found != NULL ? choose_suites(found, suites) : 0;

	for (size_t i = 0; i < count; i++) {
		if (suites[i] == suite)
			return true;
	}
	return false;
}

uint16_t jarm_hello_highest_version(unsigned probe)
{
	const struct probe *found = find_probe(probe);

	return found == NULL ? VERSION_TLS_1_3 : found->version;
}
