/* SPDX-License-Identifier: ISC */
/* The six hellos of rulebook 2.1, byte for byte. The order of extensions is fixed, so that what we look like to a server never depends on chance. */
#include "protocol/tls/client_hello.h"

#include <string.h>

#include "base/attributes.h"

enum {
	VERSION_SSL_3 = 0x0300,
	VERSION_TLS_1_0 = 0x0301,
	VERSION_TLS_1_1 = 0x0302,
	VERSION_TLS_1_2 = 0x0303,
	VERSION_TLS_1_3 = 0x0304,
};

enum {
	EXTENSION_SERVER_NAME = 0,
	EXTENSION_STATUS_REQUEST = 5,
	EXTENSION_SUPPORTED_GROUPS = 10,
	EXTENSION_EC_POINT_FORMATS = 11,
	EXTENSION_SIGNATURE_ALGORITHMS = 13,
	EXTENSION_ALPN = 16,
	EXTENSION_PADDING = 21,
	EXTENSION_ENCRYPT_THEN_MAC = 22,
	EXTENSION_EXTENDED_MASTER_SECRET = 23,
	EXTENSION_SESSION_TICKET = 35,
	EXTENSION_SUPPORTED_VERSIONS = 43,
	EXTENSION_PSK_KEY_EXCHANGE_MODES = 45,
	EXTENSION_KEY_SHARE = 51,
	EXTENSION_RENEGOTIATION_INFO = 0xff01,
};

enum {
	RECORD_HANDSHAKE = 22,
	MESSAGE_CLIENT_HELLO = 1,
	MESSAGE_HEADER_SIZE = 4,
	RANDOM_SIZE = 32,
	SERVER_NAME_MAX = 253, /* RFC 1035 2.3.4, without the root's dot */
	PADDING_HEADER_SIZE = 4,
	/* Rule T-5: old load balancers mis-parse lengths of 256..511 bytes, of the body or of the message with its header. */
	BAD_LENGTH_FIRST = 256,
	BAD_LENGTH_LAST = 511,
};

/* L12 of rulebook 2.1: all usual suites, the weakest last. */
static const uint16_t SUITES_USUAL[] = {
	0xc02c, 0xc030, 0x009f, 0xcca9, 0xcca8, 0xccaa, 0xc02b, 0xc02f, 0x009e, 0xc024, 0xc028, 0x006b, 0xc023,
	0xc027, 0x0067, 0xc00a, 0xc014, 0x0039, 0xc009, 0xc013, 0x0033, 0x009d, 0x009c, 0x003d, 0x003c, 0x0035,
	0x002f, 0x0041, 0x0084, 0x000a, 0xc012, 0xc008, 0x0016, 0x0005, 0x0004, 0xc011, 0xc007,
};

/* L13 */
static const uint16_t SUITES_TLS_1_3[] = {0x1302, 0x1303, 0x1301, 0x1304, 0x1305};

/* LSSL; 00ff is the signalling suite of RFC 5746 3.3, as there is no extension to say it with. */
static const uint16_t SUITES_SSL_3[] = {
	0x0005, 0x0004, 0x000a, 0x0016, 0x002f, 0x0035, 0x0033, 0x0039, 0x0009,
	0x0015, 0x0003, 0x0006, 0x0008, 0x0014, 0x0062, 0x0064, 0x00ff,
};

/* LWEAK: RC4; 3DES; DES; export; NULL; anonymous. */
static const uint16_t SUITES_WEAK[] = {
	0x0005, 0x0004, 0xc011, 0xc007, 0x000a, 0xc012, 0xc008, 0x0016, 0x0013, 0x0009, 0x0015, 0x0012, 0x0003, 0x0006, 0x0008,
	0x0014, 0x0011, 0x000e, 0x000b, 0x0062, 0x0064, 0x0060, 0x0061, 0x0063, 0x0065, 0x0001, 0x0002, 0x003b, 0xc006, 0xc010,
	0x0018, 0x0034, 0x003a, 0x001b, 0x006c, 0x006d, 0x00a6, 0x00a7, 0xc018, 0xc019, 0xc016, 0xc017, 0x0017, 0x0019,
};

/* G12: x25519, P-256, x448, P-384, P-521, ffdhe2048, ffdhe3072, ffdhe4096. */
static const uint16_t GROUPS_USUAL[] = {0x001d, 0x0017, 0x001e, 0x0018, 0x0019, 0x0100, 0x0101, 0x0102};

/* GALL: the post-quantum ones first (rules T-30, T-33), then G12. */
static const uint16_t GROUPS_ALL[] = {
	0x11ec, 0x11eb, 0x11ed, 0x0200, 0x0201, 0x0202, 0x6399, 0x639a, 0x001d, 0x0017, 0x001e, 0x0018, 0x0019, 0x0100, 0x0101, 0x0102,
};

static const uint16_t SIGNATURE_ALGORITHMS[] = {
	0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b,
	0x0401, 0x0501, 0x0601, 0x0303, 0x0301, 0x0302, 0x0402, 0x0203, 0x0201, 0x0202,
};

struct hello_shape {
	enum tls_hello hello;
	uint16_t record_version;
	uint16_t version; /* legacy_version of RFC 8446 4.1.2 */
	const uint16_t *suites;
	size_t suite_count;
	const uint16_t *groups;
	size_t group_count;
	bool has_extensions;
	bool is_tls_1_3;
};

#define LIST(array) array, ARRAY_LENGTH(array)

static const struct hello_shape SHAPES[] = {
	{TLS_HELLO_H1, VERSION_TLS_1_0, VERSION_TLS_1_2, LIST(SUITES_USUAL), LIST(GROUPS_USUAL), true, false},
	{TLS_HELLO_H2, VERSION_TLS_1_0, VERSION_TLS_1_2, LIST(SUITES_TLS_1_3), LIST(GROUPS_ALL), true, true},
	{TLS_HELLO_H3, VERSION_TLS_1_0, VERSION_TLS_1_1, LIST(SUITES_USUAL), LIST(GROUPS_USUAL), true, false},
	{TLS_HELLO_H4, VERSION_TLS_1_0, VERSION_TLS_1_0, LIST(SUITES_USUAL), LIST(GROUPS_USUAL), true, false},
	{TLS_HELLO_H5, VERSION_SSL_3, VERSION_SSL_3, LIST(SUITES_SSL_3), NULL, 0, false, false},
	{TLS_HELLO_H6, VERSION_TLS_1_0, VERSION_TLS_1_2, LIST(SUITES_WEAK), LIST(GROUPS_USUAL), true, false},
};

static const struct hello_shape *find_shape(enum tls_hello hello)
{
	for (size_t i = 0; i < ARRAY_LENGTH(SHAPES); i++) {
		if (SHAPES[i].hello == hello)
			return &SHAPES[i];
	}
	return NULL;
}

/* A list of 16-bit numbers with its size in bytes before it. */
static void append_list(struct buffer *out, const uint16_t *values, size_t count)
{
	buffer_append_u16(out, (uint16_t)(count * 2));
	for (size_t i = 0; i < count; i++)
		buffer_append_u16(out, values[i]);
}

static void append_extension(struct buffer *out, uint16_t type, struct span body)
{
	buffer_append_u16(out, type);
	buffer_append_u16(out, (uint16_t)body.size);
	buffer_append(out, body);
}

static void append_list_extension(struct buffer *out, uint16_t type, const uint16_t *values, size_t count)
{
	buffer_append_u16(out, type);
	buffer_append_u16(out, (uint16_t)(2 + count * 2));
	append_list(out, values, count);
}

/* RFC 6066 3 */
static void append_server_name(struct buffer *out, const char *name)
{
	size_t size = name != NULL ? strlen(name) : 0;

	if (size == 0 || size > SERVER_NAME_MAX)
		return;
	buffer_append_u16(out, EXTENSION_SERVER_NAME);
	buffer_append_u16(out, (uint16_t)(size + 5));
	buffer_append_u16(out, (uint16_t)(size + 3));
	buffer_append_byte(out, 0); /* host_name */
	buffer_append_u16(out, (uint16_t)size);
	buffer_append_text(out, name);
}

/* Rule T-7: never a protocol foreign to the port, some servers refuse the whole hello for it. */
static void append_alpn(struct buffer *out, enum wire_protocol protocol)
{
	static const unsigned char IMAP[] = {0, 5, 4, 'i', 'm', 'a', 'p'};
	static const unsigned char POP3[] = {0, 5, 4, 'p', 'o', 'p', '3'};

	if (protocol == WIRE_IMAP)
		append_extension(out, EXTENSION_ALPN, span_make(IMAP, sizeof(IMAP)));
	else if (protocol == WIRE_POP3)
		append_extension(out, EXTENSION_ALPN, span_make(POP3, sizeof(POP3)));
}

static void append_extensions(struct buffer *out, const struct hello_shape *shape, const struct client_hello_options *options)
{
	static const unsigned char EMPTY_RENEGOTIATION[] = {0};
	static const unsigned char UNCOMPRESSED_POINTS[] = {1, 0};
	static const unsigned char OCSP[] = {1, 0, 0, 0, 0};
	static const unsigned char ONLY_TLS_1_3[] = {2, 0x03, 0x04};
	static const unsigned char NO_KEY_SHARES[] = {0, 0}; /* rule T-13 */
	static const unsigned char PSK_WITH_DHE[] = {1, 1};
	struct span nothing = span_make(NULL, 0);

	append_server_name(out, options->server_name);
	append_extension(out, EXTENSION_EXTENDED_MASTER_SECRET, nothing);
	append_extension(out, EXTENSION_RENEGOTIATION_INFO, span_make(EMPTY_RENEGOTIATION, sizeof(EMPTY_RENEGOTIATION)));
	append_list_extension(out, EXTENSION_SUPPORTED_GROUPS, shape->groups, shape->group_count);
	append_extension(out, EXTENSION_EC_POINT_FORMATS, span_make(UNCOMPRESSED_POINTS, sizeof(UNCOMPRESSED_POINTS)));
	append_extension(out, EXTENSION_SESSION_TICKET, nothing);
	append_alpn(out, options->protocol);
	append_extension(out, EXTENSION_STATUS_REQUEST, span_make(OCSP, sizeof(OCSP)));
	if (shape->version >= VERSION_TLS_1_2)
		append_list_extension(out, EXTENSION_SIGNATURE_ALGORITHMS, LIST(SIGNATURE_ALGORITHMS));
	append_extension(out, EXTENSION_ENCRYPT_THEN_MAC, nothing);
	if (shape->is_tls_1_3) {
		append_extension(out, EXTENSION_SUPPORTED_VERSIONS, span_make(ONLY_TLS_1_3, sizeof(ONLY_TLS_1_3)));
		append_extension(out, EXTENSION_KEY_SHARE, span_make(NO_KEY_SHARES, sizeof(NO_KEY_SHARES)));
		append_extension(out, EXTENSION_PSK_KEY_EXCHANGE_MODES, span_make(PSK_WITH_DHE, sizeof(PSK_WITH_DHE)));
	}
}

/* RFC 7685, last of all extensions. size is that of the body with the extensions so far. Never an empty padding: some servers dislike an empty last extension. */
static void append_padding(struct buffer *extensions, size_t size)
{
	size_t padding = 1;

	if (size + MESSAGE_HEADER_SIZE < BAD_LENGTH_FIRST || size > BAD_LENGTH_LAST)
		return;
	if (size + PADDING_HEADER_SIZE + padding <= BAD_LENGTH_LAST)
		padding = BAD_LENGTH_LAST + 1 - PADDING_HEADER_SIZE - size;
	buffer_append_u16(extensions, EXTENSION_PADDING);
	buffer_append_u16(extensions, (uint16_t)padding);
	while (padding-- > 0)
		buffer_append_byte(extensions, 0);
}

static void append_body(struct buffer *body, const struct hello_shape *shape, const struct client_hello_options *options)
{
	struct buffer extensions;

	buffer_append_u16(body, shape->version);
	buffer_append(body, span_make(options->random, RANDOM_SIZE));
	if (shape->is_tls_1_3) { /* RFC 8446 D.4: looks like a resumption, for the sake of middleboxes */
		buffer_append_byte(body, RANDOM_SIZE);
		buffer_append(body, span_make(options->random + RANDOM_SIZE, RANDOM_SIZE));
	} else {
		buffer_append_byte(body, 0);
	}
	append_list(body, shape->suites, shape->suite_count);
	buffer_append_byte(body, 1); /* one compression method: none */
	buffer_append_byte(body, 0);
	if (!shape->has_extensions)
		return;
	buffer_init(&extensions, CLIENT_HELLO_MAX);
	append_extensions(&extensions, shape, options);
	append_padding(&extensions, body->size + 2 + extensions.size);
	buffer_append_u16(body, (uint16_t)extensions.size);
	buffer_append(body, buffer_view(&extensions));
	buffer_done(&extensions);
}

void client_hello_build(const struct client_hello_options *options, struct buffer *out)
{
	const struct hello_shape *shape = find_shape(options->hello);
	struct buffer body;

	if (shape == NULL)
		return;
	buffer_init(&body, CLIENT_HELLO_MAX);
	append_body(&body, shape, options);
	buffer_append_byte(out, RECORD_HANDSHAKE);
	buffer_append_u16(out, shape->record_version);
	buffer_append_u16(out, (uint16_t)(body.size + MESSAGE_HEADER_SIZE));
	buffer_append_byte(out, MESSAGE_CLIENT_HELLO);
	buffer_append_u24(out, (uint32_t)body.size);
	buffer_append(out, buffer_view(&body));
	buffer_done(&body);
}

bool client_hello_offers_suite(enum tls_hello hello, uint16_t suite)
{
	const struct hello_shape *shape = find_shape(hello);

	if (shape == NULL)
		return true;
	for (size_t i = 0; i < shape->suite_count; i++) {
		if (shape->suites[i] == suite)
			return suite != 0x00ff; /* the signalling suite is no suite */
	}
	return false;
}

uint16_t client_hello_highest_version(enum tls_hello hello)
{
	const struct hello_shape *shape = find_shape(hello);

	if (shape == NULL || shape->is_tls_1_3)
		return VERSION_TLS_1_3;
	return shape->version;
}
