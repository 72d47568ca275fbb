/* SPDX-License-Identifier: ISC */
/* Ports, link addresses and bandwidths as a person writes them. */
#include "app/engine_options.h"

#include <string.h>

#include "base/character.h"
#include "base/span.h"
#include "base/text.h"

enum { FIRST_PORT = 61000, LAST_PORT = 65535, PORTS_MIN = 64 };

const char *const ENGINE_CHOICES[] = {"auto", "sockets", "packet", "xdp", "raw", NULL};

void engine_options_init(struct engine_options *options)
{
	*options = (struct engine_options){.engine = ENGINE_AUTO, .attempts = 1};
}

/* Six bytes in hexadecimal, with colons or hyphens between them. */
static bool parse_link_address(const char *text, uint8_t link_out[LINK_ADDRESS_SIZE])
{
	enum { TEXT_SIZE = LINK_ADDRESS_SIZE * 3 - 1 };

	if (strlen(text) != TEXT_SIZE)
		return false;
	for (size_t i = 0; i < LINK_ADDRESS_SIZE; i++) {
		const char *at = text + i * 3;
		int high = character_hex_value((unsigned char)at[0]), low = character_hex_value((unsigned char)at[1]);

		if (high < 0 || low < 0 || (i + 1 < LINK_ADDRESS_SIZE && at[2] != ':' && at[2] != '-'))
			return false;
		link_out[i] = (uint8_t)(high * 16 + low);
	}
	return true;
}

static bool parse_ports(struct engine_options *options, struct error *error)
{
	struct span text;
	size_t hyphen;
	uint64_t first, last;

	options->first_port = FIRST_PORT;
	options->last_port = LAST_PORT;
	if (options->source_ports == NULL)
		return true;
	text = span_from_text(options->source_ports);
	hyphen = span_find_byte(text, '-');
	if (!text_parse_unsigned(span_part(text, 0, hyphen), UINT16_MAX, &first) ||
	    !text_parse_unsigned(span_part(text, hyphen + 1, text.size), UINT16_MAX, &last) || first < 1024 || last < first ||
	    last - first + 1 < PORTS_MIN)
		return error_set(error, "--source-ports takes A-B with at least %d ports from 1024 on, such as %d-%d, not '%s'", PORTS_MIN,
		                 FIRST_PORT, LAST_PORT, options->source_ports);
	options->first_port = (uint16_t)first;
	options->last_port = (uint16_t)last;
	return true;
}

static bool parse_bandwidth(struct engine_options *options, struct error *error)
{
	static const uint64_t MAX = UINT64_C(1000000000000);
	struct span text;
	uint64_t number, factor = 1;

	if (options->bandwidth == NULL)
		return true;
	text = span_from_text(options->bandwidth);
	if (text.size > 0) {
		unsigned char unit = text.data[text.size - 1];

		factor = unit == 'k' || unit == 'K' ? 1000 : unit == 'M' ? 1000000 : unit == 'G' ? 1000000000 : 1;
		text = span_part(text, 0, text.size - (factor > 1 ? 1 : 0));
	}
	if (!text_parse_unsigned(text, MAX / factor, &number) || number == 0)
		return error_set(error, "--bandwidth takes bits per second, such as 500k, 10M or 1G, not '%s'", options->bandwidth);
	options->bits_per_second = (double)(number * factor);
	return true;
}

bool engine_options_finish(struct engine_options *options, struct error *error)
{
	const char *swept = options->sweep_ports != NULL ? options->sweep_ports : SWEEP_PORTS_DEFAULT;

	options->has_gateway = options->gateway_mac != NULL;
	if (options->has_gateway && !parse_link_address(options->gateway_mac, options->gateway_link))
		return error_set(error, "--gateway-mac takes six bytes, such as 02:00:5e:10:00:01, not '%s'", options->gateway_mac);
	if (!port_list_parse(span_from_text(swept), &options->swept))
		return error_set(error, "--sweep-ports takes 1 to %d numbers from 1 to 65535, such as 110,143, not '%s'", TARGET_PORTS_MAX,
		                 swept);
	return parse_ports(options, error) && parse_bandwidth(options, error);
}

bool engine_options_want_raw(const struct engine_options *options)
{
	return options->engine == ENGINE_PACKET || options->engine == ENGINE_XDP || options->engine == ENGINE_RAW;
}
