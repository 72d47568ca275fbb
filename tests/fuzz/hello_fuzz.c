/* SPDX-License-Identifier: ISC */
/* Targets client_hello_build: whatever is asked for gives one well-formed ClientHello (RFC 8446 4.1.2, RFC 5246 7.4.1.2) or nothing, read back here by a reader of its own.

   Input: byte 0 the hello, byte 1 the protocol, 4 bytes what is offered, then the random bytes as far as they come, the rest is the server's name. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "protocol/tls/client_hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	HEAD_SIZE = 6,
	NAME_MAX = 300, /* more than a DNS name can have */
	DNS_NAME_MAX = 253,
	SUITES_MAX = 64,      /* rule T-6 */
	SUITES_MAX_JARM = 70, /* its reference knows no such rule */
	EXTENSIONS_MAX = 32,
	BAD_FIRST = 256, /* rule T-5 */
	BAD_LAST = 511,
	BEFORE = 3, /* bytes that are in the buffer already */
};

static void require(bool is_true)
{
	if (!is_true)
		abort();
}

static unsigned take(struct span *rest, unsigned bytes)
{
	unsigned value = 0;

	require(rest->size >= bytes);
	for (unsigned i = 0; i < bytes; i++)
		value = value << 8 | rest->data[i];
	*rest = span_part(*rest, bytes, rest->size);
	return value;
}

/* A vector with its length before it. */
static struct span take_vector(struct span *rest, unsigned length_bytes)
{
	unsigned size = take(rest, length_bytes);
	struct span vector = span_part(*rest, 0, size);

	require(vector.size == size);
	*rest = span_part(*rest, size, rest->size);
	return vector;
}

static bool is_jarm(enum tls_hello hello)
{
	return hello >= TLS_HELLO_JARM_1 && hello <= TLS_HELLO_JARM_10;
}

static bool is_grease(unsigned value)
{
	return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

static void check_suites(const struct client_hello_options *options, struct span suites)
{
	bool has_suite = false;

	require(suites.size % 2 == 0 && suites.size / 2 <= (is_jarm(options->hello) ? SUITES_MAX_JARM : SUITES_MAX));
	while (suites.size > 0) {
		unsigned suite = take(&suites, 2);
		bool is_signal = suite == 0x00ff || suite == 0x5600 || (is_jarm(options->hello) && is_grease(suite));

		require(client_hello_offers_suite(options->hello, options->offered, (uint16_t)suite) != is_signal);
		has_suite = has_suite || !is_signal;
	}
	require(has_suite);
	require(!client_hello_offers_suite(options->hello, options->offered, 0xfefe));
}

static void check_server_name(const struct client_hello_options *options, struct span body)
{
	struct span list = take_vector(&body, 2), name;

	require(body.size == 0 && take(&list, 1) == 0);
	name = take_vector(&list, 2);
	require(list.size == 0 && name.size > 0 && name.size <= DNS_NAME_MAX && span_equals_text(name, options->server_name));
}

/* A vector of 16-bit values and nothing behind it. */
static void check_pairs(struct span body)
{
	struct span list = take_vector(&body, 2);

	require(body.size == 0 && list.size > 0 && list.size % 2 == 0);
}

static void check_alpn(const struct client_hello_options *options, struct span body)
{
	struct span list = take_vector(&body, 2);

	require(body.size == 0 && list.size > 0);
	while (list.size > 0) {
		struct span name = take_vector(&list, 1);

		require(name.size > 0);
		if (!is_jarm(options->hello)) /* rule T-7 */
			require(span_equals_text(name, options->protocol == WIRE_IMAP ? "imap" : "pop3"));
	}
}

static void check_versions(const struct client_hello_options *options, struct span body)
{
	struct span list = take_vector(&body, 1);
	unsigned highest = 0;

	require(body.size == 0 && list.size > 0 && list.size % 2 == 0);
	while (list.size > 0) {
		unsigned version = take(&list, 2);

		if (!is_grease(version) && version > highest)
			highest = version;
	}
	require(highest == client_hello_highest_version(options->hello, options->offered));
}

static void check_key_share(const struct client_hello_options *options, struct span body)
{
	struct span list = take_vector(&body, 2);

	require(body.size == 0 && (list.size == 0) == !is_jarm(options->hello)); /* rule T-13 */
	while (list.size > 0) {
		unsigned group = take(&list, 2);
		struct span share = take_vector(&list, 2);

		require(is_grease(group) ? share.size == 1 : group == 0x001d && share.size == 32);
	}
}

static void check_padding(struct span body)
{
	for (size_t i = 0; i < body.size; i++)
		require(body.data[i] == 0);
	require(body.size > 0);
}

static void check_extension(const struct client_hello_options *options, unsigned type, struct span body)
{
	if (type == 0)
		check_server_name(options, body);
	else if (type == 10 || type == 13)
		check_pairs(body);
	else if (type == 16)
		check_alpn(options, body);
	else if (type == 21)
		check_padding(body);
	else if (type == 43)
		check_versions(options, body);
	else if (type == 51)
		check_key_share(options, body);
	else
		require(body.size <= 8);
}

static void check_extensions(const struct client_hello_options *options, struct span extensions)
{
	unsigned seen[EXTENSIONS_MAX];
	size_t count = 0;
	bool has_name = false;

	while (extensions.size > 0) {
		unsigned type = take(&extensions, 2);
		struct span body = take_vector(&extensions, 2);

		for (size_t i = 0; i < count; i++)
			require(seen[i] != type);
		require(count < EXTENSIONS_MAX);
		seen[count++] = type;
		require(type != 21 || extensions.size == 0); /* RFC 7685: ours is the last one */
		has_name = has_name || type == 0;
		check_extension(options, type, body);
	}
	require(!has_name || options->server_name != NULL);
}

static void check_body(const struct client_hello_options *options, struct span body)
{
	unsigned version = take(&body, 2);
	struct span random = span_part(body, 0, 32), session, compressions;

	require(version >= 0x0300 && version <= 0x0303 && version <= client_hello_highest_version(options->hello, options->offered));
	require(span_equals(random, span_make(options->random, 32)));
	body = span_part(body, 32, body.size);
	session = take_vector(&body, 1);
	require(session.size == 0 || span_equals(session, span_make(options->random + 32, 32)));
	check_suites(options, take_vector(&body, 2));
	compressions = take_vector(&body, 1);
	require(compressions.size > 0 && compressions.data[compressions.size - 1] == 0);
	if (body.size == 0)
		return; /* SSL 3.0 and who chokes on extensions */
	check_extensions(options, take_vector(&body, 2));
	require(body.size == 0);
}

static void check_hello(const struct client_hello_options *options, struct span hello)
{
	struct span record, body;
	unsigned version;

	require(hello.size <= CLIENT_HELLO_MAX && take(&hello, 1) == 22);
	version = take(&hello, 2);
	require(version >= 0x0300 && version <= 0x0303);
	record = take_vector(&hello, 2);
	require(hello.size == 0 && take(&record, 1) == 1);
	body = take_vector(&record, 3);
	require(record.size == 0);
	if (!is_jarm(options->hello)) { /* rule T-5 */
		require(body.size < BAD_FIRST || body.size > BAD_LAST);
		require(body.size + 4 < BAD_FIRST || body.size + 4 > BAD_LAST);
	}
	check_body(options, body);
}

static bool may_be_nothing(const struct client_hello_options *options)
{
	return strcmp(tls_hello_name(options->hello), "?") == 0 || options->hello == TLS_HELLO_NONE ||
	       options->hello == TLS_HELLO_SESSION || options->hello == TLS_HELLO_TRAITS || options->hello == TLS_HELLO_GROUPS;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct client_hello_options options = {.hello = TLS_HELLO_NONE};
	struct span rest = span_make(data, size), random, name;
	char server_name[NAME_MAX + 1] = "";
	struct buffer out;

	if (size < HEAD_SIZE)
		return 0;
	options.hello = (enum tls_hello)take(&rest, 1);
	options.protocol = (enum wire_protocol)(take(&rest, 1) % (WIRE_OTHER_BINARY + 1));
	options.offered = take(&rest, 4);
	random = span_part(rest, 0, sizeof(options.random));
	memcpy(options.random, random.size > 0 ? random.data : (const unsigned char *)"", random.size);
	name = span_part(rest, random.size, NAME_MAX);
	name = span_part(name, 0, span_find_byte(name, '\0'));
	memcpy(server_name, name.size > 0 ? name.data : (const unsigned char *)"", name.size);
	options.server_name = name.size > 0 ? server_name : NULL;
	buffer_init(&out, BEFORE + 4096);
	buffer_append_text(&out, "abc");
	client_hello_build(&options, &out);
	require(!out.overflowed && memcmp(out.data, "abc", BEFORE) == 0);
	if (out.size == BEFORE)
		require(may_be_nothing(&options));
	else
		check_hello(&options, span_part(buffer_view(&out), BEFORE, out.size));
	buffer_done(&out);
	return 0;
}
