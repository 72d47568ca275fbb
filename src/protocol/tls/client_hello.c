/* SPDX-License-Identifier: ISC */
/* The hellos of rulebook 2.1, byte for byte. The order of extensions is fixed, so that what we look like to a server never depends on chance. */
#include "protocol/tls/client_hello.h"

#include <string.h>

#include "base/attributes.h"
#include "model/suite_trait.h"
#include "model/tls_group.h"
#include "protocol/tls/jarm_hello.h"

enum {
	EXTENSION_SERVER_NAME = 0,
	EXTENSION_STATUS_REQUEST = 5,
	EXTENSION_SUPPORTED_GROUPS = 10,
	EXTENSION_EC_POINT_FORMATS = 11,
	EXTENSION_SIGNATURE_ALGORITHMS = 13,
	EXTENSION_HEARTBEAT = 15,
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
	SUITES_MAX = 64,                     /* rule T-6 */
	SUITE_FALLBACK_SIGNAL = 0x5600,      /* RFC 7507 */
	SUITE_RENEGOTIATION_SIGNAL = 0x00ff, /* RFC 5746 3.3 */
	SERVER_NAME_MAX = 253,               /* RFC 1035 2.3.4, without the root's dot */
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

/* L12 and behind it what only broken servers take, but nothing without a certificate: so that features show there too. */
static const uint16_t SUITES_WITH_BROKEN[] = {
	0xc02c, 0xc030, 0x009f, 0xcca9, 0xcca8, 0xccaa, 0xc02b, 0xc02f, 0x009e, 0xc024, 0xc028, 0x006b, 0xc023,
	0xc027, 0x0067, 0xc00a, 0xc014, 0x0039, 0xc009, 0xc013, 0x0033, 0x009d, 0x009c, 0x003d, 0x003c, 0x0035,
	0x002f, 0x0041, 0x0084, 0x000a, 0xc012, 0xc008, 0x0016, 0x0005, 0x0004, 0xc011, 0xc007, 0x0009, 0x0015,
	0x0012, 0x0003, 0x0006, 0x0008, 0x0014, 0x0011, 0x0062, 0x0064, 0x0001, 0x0002, 0x003b,
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

/* LDHE */
static const uint16_t SUITES_DHE[] = {0x009f, 0x009e, 0x006b, 0x0067, 0x0039, 0x0033, 0x0016, 0x0088, 0x0045, 0xccaa};

static const uint16_t SUITES_RSA[] = {0xc030, 0xcca8, 0xc02f, 0x009f, 0xccaa, 0x009e, 0xc028, 0xc027, 0x006b, 0x0067,
                                      0xc014, 0xc013, 0x0039, 0x0033, 0x009d, 0x009c, 0x003d, 0x003c, 0x0035, 0x002f};

static const uint16_t SUITES_ECDSA[] = {0xc02c, 0xcca9, 0xc02b, 0xc024, 0xc023, 0xc00a, 0xc009};

/* What TLS_HELLO_TRAITS chooses from: L12, then what L12 lacks, the weakest last. */
static const uint16_t SUITES_BY_TRAIT[] = {
	0xc02c, 0xc030, 0x009f, 0xcca9, 0xcca8, 0xccaa, 0xc02b, 0xc02f, 0x009e, 0xc024, 0xc028, 0x006b, 0xc023, 0xc027, 0x0067,
	0xc00a, 0xc014, 0x0039, 0xc009, 0xc013, 0x0033, 0x009d, 0x009c, 0x003d, 0x003c, 0x0035, 0x002f, 0x0041, 0x0084, 0x0045,
	0x0088, 0x0096, 0x0007, 0x000a, 0xc012, 0xc008, 0x0016, 0x0013, 0x0005, 0x0004, 0xc011, 0xc007, 0x0009, 0x0015, 0x0012,
	0x0003, 0x0006, 0x0008, 0x0014, 0x0011, 0x0062, 0x0064, 0x0060, 0x0065, 0x0001, 0x0002, 0x003b, 0xc006, 0xc010, 0x0018,
	0x0034, 0x003a, 0x001b, 0x006c, 0x006d, 0x00a6, 0x00a7, 0xc018, 0xc019, 0xc016, 0xc017,
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

/* What makes a hello special, as bits of hello_shape. */
enum hello_habit {
	HELLO_HAS_EXTENSIONS = 1 << 0,
	HELLO_IS_TLS_1_3 = 1 << 1,
	HELLO_HAS_NO_NAME = 1 << 2,
	HELLO_OFFERS_OLD_FEATURES =
		1 << 3, /* compression and heartbeat, to see whether they are taken up; neither is ever used (rule K-11) */
	HELLO_SIGNALS_FALLBACK = 1 << 4,
	HELLO_CHOOSES_SUITES = 1 << 5, /* of SUITES_BY_TRAIT, by options.offered */
	HELLO_CHOOSES_GROUPS = 1 << 6, /* of all known, by options.offered */
};

struct hello_shape {
	enum tls_hello hello;
	uint16_t record_version;
	uint16_t version; /* legacy_version of RFC 8446 4.1.2 */
	const uint16_t *suites;
	size_t suite_count;
	const uint16_t *groups; /* NULL: no such extension */
	size_t group_count;
	unsigned habits;
};

#define LIST(array) array, ARRAY_LENGTH(array)

static const struct hello_shape SHAPES[] = {
	{TLS_HELLO_H1, VERSION_TLS_1_0, VERSION_TLS_1_2, LIST(SUITES_USUAL), LIST(GROUPS_USUAL), HELLO_HAS_EXTENSIONS},
	{TLS_HELLO_H2, VERSION_TLS_1_0, VERSION_TLS_1_2, LIST(SUITES_TLS_1_3), LIST(GROUPS_ALL), HELLO_HAS_EXTENSIONS | HELLO_IS_TLS_1_3},
	{TLS_HELLO_H3, VERSION_TLS_1_0, VERSION_TLS_1_1, LIST(SUITES_USUAL), LIST(GROUPS_USUAL), HELLO_HAS_EXTENSIONS},
	{TLS_HELLO_H4, VERSION_TLS_1_0, VERSION_TLS_1_0, LIST(SUITES_USUAL), LIST(GROUPS_USUAL), HELLO_HAS_EXTENSIONS},
	{TLS_HELLO_H5, VERSION_SSL_3, VERSION_SSL_3, LIST(SUITES_SSL_3), NULL, 0, 0},
	{TLS_HELLO_H6, VERSION_TLS_1_0, VERSION_TLS_1_2, LIST(SUITES_WEAK), LIST(GROUPS_USUAL), HELLO_HAS_EXTENSIONS},
	{TLS_HELLO_H7, VERSION_TLS_1_0, VERSION_TLS_1_2, LIST(SUITES_DHE), NULL, 0, HELLO_HAS_EXTENSIONS},
	{TLS_HELLO_H9R, VERSION_TLS_1_0, VERSION_TLS_1_2, LIST(SUITES_RSA), LIST(GROUPS_USUAL), HELLO_HAS_EXTENSIONS},
	{TLS_HELLO_H9E, VERSION_TLS_1_0, VERSION_TLS_1_2, LIST(SUITES_ECDSA), LIST(GROUPS_USUAL), HELLO_HAS_EXTENSIONS},
	{TLS_HELLO_H10, VERSION_TLS_1_0, VERSION_TLS_1_2, LIST(SUITES_WITH_BROKEN), LIST(GROUPS_USUAL),
         HELLO_HAS_EXTENSIONS | HELLO_HAS_NO_NAME | HELLO_OFFERS_OLD_FEATURES},
	{TLS_HELLO_H12, VERSION_TLS_1_0, VERSION_TLS_1_1, LIST(SUITES_USUAL), LIST(GROUPS_USUAL),
         HELLO_HAS_EXTENSIONS | HELLO_SIGNALS_FALLBACK},
	{TLS_HELLO_PLAIN, VERSION_TLS_1_0, VERSION_TLS_1_2, LIST(SUITES_USUAL), NULL, 0, 0},
	{TLS_HELLO_TRAITS, VERSION_TLS_1_0, VERSION_TLS_1_2, LIST(SUITES_BY_TRAIT), LIST(GROUPS_USUAL),
         HELLO_HAS_EXTENSIONS | HELLO_CHOOSES_SUITES},
	{TLS_HELLO_GROUPS, VERSION_TLS_1_0, VERSION_TLS_1_2, LIST(SUITES_TLS_1_3), NULL, 0,
         HELLO_HAS_EXTENSIONS | HELLO_IS_TLS_1_3 | HELLO_CHOOSES_GROUPS},
};

static const struct hello_shape *find_shape(enum tls_hello hello)
{
	for (size_t i = 0; i < ARRAY_LENGTH(SHAPES); i++) {
		if (SHAPES[i].hello == hello)
			return &SHAPES[i];
	}
	return NULL;
}

/* The shape with the version that is wanted: false for hellos that are not built here. */
static bool take_shape(enum tls_hello hello, uint32_t offered, struct hello_shape *shape_out)
{
	const struct hello_shape *shape = find_shape(hello);
	uint32_t minor = offered >> SUITE_OFFER_VERSION_SHIFT;

	if (shape == NULL)
		return false;
	*shape_out = *shape;
	if ((shape->habits & HELLO_CHOOSES_SUITES) == 0 || minor == 0 || minor > VERSION_TLS_1_2 - VERSION_SSL_3)
		return true;
	shape_out->version = (uint16_t)(VERSION_SSL_3 + minor - 1);
	if (shape_out->version == VERSION_SSL_3) {
		shape_out->record_version = VERSION_SSL_3;
		shape_out->habits &= ~(unsigned)HELLO_HAS_EXTENSIONS;
		shape_out->groups = NULL;
		shape_out->group_count = 0;
	}
	return true;
}

/* What a hello offers in the end. */
struct offer {
	uint16_t suites[SUITES_MAX];
	size_t suite_count;
	uint16_t groups[TLS_GROUP_BITS_MAX];
	size_t group_count;
};

/* A suite that is none: says something to servers that read no extensions. 0: nothing to say. */
static uint16_t signal_of(const struct hello_shape *shape)
{
	if ((shape->habits & HELLO_SIGNALS_FALLBACK) != 0)
		return SUITE_FALLBACK_SIGNAL;
	/* That of SSL 3.0 is in its list. */
	return (shape->habits & HELLO_HAS_EXTENSIONS) == 0 && shape->hello != TLS_HELLO_H5 ? SUITE_RENEGOTIATION_SIGNAL : 0;
}

static void choose_suites(const struct hello_shape *shape, uint32_t offered, struct offer *offer)
{
	uint16_t said = signal_of(shape);
	size_t most = said != 0 ? SUITES_MAX - 1 : SUITES_MAX;

	for (size_t i = 0; i < shape->suite_count && offer->suite_count < most; i++) {
		if ((shape->habits & HELLO_CHOOSES_SUITES) == 0 || (suite_traits(shape->suites[i]) & offered) != 0)
			offer->suites[offer->suite_count++] = shape->suites[i];
	}
	if (said != 0 && offer->suite_count > 0)
		offer->suites[offer->suite_count++] = said;
}

static void choose_groups(const struct hello_shape *shape, uint32_t offered, struct offer *offer)
{
	for (size_t i = 0; i < shape->group_count; i++)
		offer->groups[offer->group_count++] = shape->groups[i];
	for (unsigned bit = 0; (shape->habits & HELLO_CHOOSES_GROUPS) != 0 && bit < TLS_GROUP_BITS_MAX; bit++) {
		if ((offered >> bit & 1) != 0 && tls_group_at(bit) != 0)
			offer->groups[offer->group_count++] = tls_group_at(bit);
	}
}

static bool is_offer(const struct hello_shape *shape, const struct offer *offer)
{
	return offer->suite_count > 0 && (offer->group_count > 0 || (shape->habits & HELLO_CHOOSES_GROUPS) == 0);
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

static void append_extensions(struct buffer *out, const struct hello_shape *shape, const struct offer *offer,
                              const struct client_hello_options *options)
{
	static const unsigned char EMPTY_RENEGOTIATION[] = {0};
	static const unsigned char UNCOMPRESSED_POINTS[] = {1, 0};
	static const unsigned char OCSP[] = {1, 0, 0, 0, 0};
	static const unsigned char ONLY_TLS_1_3[] = {2, 0x03, 0x04};
	static const unsigned char NO_KEY_SHARES[] = {0, 0}; /* rule T-13 */
	static const unsigned char PSK_WITH_DHE[] = {1, 1};
	static const unsigned char HEARTBEAT_ALLOWED[] = {1}; /* RFC 6520 2; none is ever sent */
	struct span nothing = span_make(NULL, 0);

	if ((shape->habits & HELLO_HAS_NO_NAME) == 0)
		append_server_name(out, options->server_name);
	append_extension(out, EXTENSION_EXTENDED_MASTER_SECRET, nothing);
	append_extension(out, EXTENSION_RENEGOTIATION_INFO, span_make(EMPTY_RENEGOTIATION, sizeof(EMPTY_RENEGOTIATION)));
	if (offer->group_count > 0)
		append_list_extension(out, EXTENSION_SUPPORTED_GROUPS, offer->groups, offer->group_count);
	append_extension(out, EXTENSION_EC_POINT_FORMATS, span_make(UNCOMPRESSED_POINTS, sizeof(UNCOMPRESSED_POINTS)));
	append_extension(out, EXTENSION_SESSION_TICKET, nothing);
	append_alpn(out, options->protocol);
	append_extension(out, EXTENSION_STATUS_REQUEST, span_make(OCSP, sizeof(OCSP)));
	if (shape->version >= VERSION_TLS_1_2)
		append_list_extension(out, EXTENSION_SIGNATURE_ALGORITHMS, LIST(SIGNATURE_ALGORITHMS));
	append_extension(out, EXTENSION_ENCRYPT_THEN_MAC, nothing);
	if ((shape->habits & HELLO_OFFERS_OLD_FEATURES) != 0)
		append_extension(out, EXTENSION_HEARTBEAT, span_make(HEARTBEAT_ALLOWED, sizeof(HEARTBEAT_ALLOWED)));
	if ((shape->habits & HELLO_IS_TLS_1_3) != 0) {
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

static void append_compression(struct buffer *body, const struct hello_shape *shape)
{
	bool offers_deflate = (shape->habits & HELLO_OFFERS_OLD_FEATURES) != 0;

	buffer_append_byte(body, offers_deflate ? 2 : 1);
	if (offers_deflate)
		buffer_append_byte(body, 1); /* RFC 3749 2 */
	buffer_append_byte(body, 0);
}

static void append_body(struct buffer *body, const struct hello_shape *shape, const struct offer *offer,
                        const struct client_hello_options *options)
{
	struct buffer extensions;

	buffer_append_u16(body, shape->version);
	buffer_append(body, span_make(options->random, RANDOM_SIZE));
	if ((shape->habits & HELLO_IS_TLS_1_3) != 0) { /* RFC 8446 D.4: looks like a resumption, for the sake of middleboxes */
		buffer_append_byte(body, RANDOM_SIZE);
		buffer_append(body, span_make(options->random + RANDOM_SIZE, RANDOM_SIZE));
	} else {
		buffer_append_byte(body, 0);
	}
	append_list(body, offer->suites, offer->suite_count);
	append_compression(body, shape);
	if ((shape->habits & HELLO_HAS_EXTENSIONS) == 0)
		return;
	buffer_init(&extensions, CLIENT_HELLO_MAX);
	append_extensions(&extensions, shape, offer, options);
	append_padding(&extensions, body->size + 2 + extensions.size);
	buffer_append_u16(body, (uint16_t)extensions.size);
	buffer_append(body, buffer_view(&extensions));
	buffer_done(&extensions);
}

static unsigned jarm_probe(enum tls_hello hello)
{
	return (unsigned)hello - TLS_HELLO_JARM_1 + 1;
}

void client_hello_build(const struct client_hello_options *options, struct buffer *out)
{
	struct offer offer = {.suite_count = 0};
	struct hello_shape shape;
	struct buffer body;

	if (tls_hello_is_jarm(options->hello))
		jarm_hello_build(jarm_probe(options->hello), options->server_name, options->random, out);
	if (!take_shape(options->hello, options->offered, &shape))
		return;
	choose_suites(&shape, options->offered, &offer);
	choose_groups(&shape, options->offered, &offer);
	if (!is_offer(&shape, &offer))
		return;
	buffer_init(&body, CLIENT_HELLO_MAX);
	append_body(&body, &shape, &offer, options);
	buffer_append_byte(out, RECORD_HANDSHAKE);
	buffer_append_u16(out, shape.record_version);
	buffer_append_u16(out, (uint16_t)(body.size + MESSAGE_HEADER_SIZE));
	buffer_append_byte(out, MESSAGE_CLIENT_HELLO);
	buffer_append_u24(out, (uint32_t)body.size);
	buffer_append(out, buffer_view(&body));
	buffer_done(&body);
}

bool client_hello_offers_suite(enum tls_hello hello, uint32_t offered, uint16_t suite)
{
	struct offer offer = {.suite_count = 0};
	struct hello_shape shape;

	if (tls_hello_is_jarm(hello))
		return jarm_hello_offers_suite(jarm_probe(hello), suite);
	if (!take_shape(hello, offered, &shape))
		return true;
	choose_suites(&shape, offered, &offer);
	for (size_t i = 0; i < offer.suite_count; i++) {
		if (offer.suites[i] == suite)
			return suite != SUITE_RENEGOTIATION_SIGNAL && suite != SUITE_FALLBACK_SIGNAL; /* signals are no suites */
	}
	return false;
}

uint16_t client_hello_highest_version(enum tls_hello hello, uint32_t offered)
{
	struct hello_shape shape;

	if (tls_hello_is_jarm(hello))
		return jarm_hello_highest_version(jarm_probe(hello));
	if (!take_shape(hello, offered, &shape) || (shape.habits & HELLO_IS_TLS_1_3) != 0)
		return VERSION_TLS_1_3;
	return shape.version;
}
