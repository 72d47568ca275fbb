/* SPDX-License-Identifier: ISC */
/* c-ares asks; what it brings back is read here, as its own reading forgets how long it holds. */
#include "net/dns_text.h"

#include <ares.h>

#include "base/reader.h"
#include "net/dns_channel.h"

enum { CLASS_IN = 1, TYPE_TXT = 16, TIMEOUT_MS = 2000, TRIES = 3, WAIT_MAX_MS = 1000, LABELS_MAX = 128 };

void dns_text_init(struct dns_text *text)
{
	*text = (struct dns_text){.outcome = RESOLVER_NO_ADDRESS};
	buffer_init(&text->text, DNS_TEXT_MAX);
}

void dns_text_done(struct dns_text *text)
{
	buffer_done(&text->text);
}

/* Names are not needed, only passed over. */
static void skip_name(struct reader *reader)
{
	for (unsigned labels = 0; labels < LABELS_MAX; labels++) {
		uint8_t size = reader_u8(reader);

		if (size >= 0xc0)
			(void)reader_u8(reader);
		if (size == 0 || size >= 0xc0 || reader->failed)
			return;
		(void)reader_bytes(reader, size);
	}
	reader->failed = true;
}

/* Strings of one record belong together. */
static void take_strings(struct span data, struct buffer *out)
{
	struct reader reader = reader_make(data);

	while (reader.rest.size > 0 && !reader.failed)
		buffer_append(out, reader_bytes(&reader, reader_u8(&reader)));
	buffer_append_byte(out, '\n');
}

bool dns_text_read(struct span message, struct dns_text *text)
{
	struct reader reader = reader_make(message);
	unsigned questions, answers;
	bool is_found = false;

	buffer_clear(&text->text);
	text->ttl_s = UINT32_MAX;
	(void)reader_u32(&reader);
	questions = reader_u16(&reader);
	answers = reader_u16(&reader);
	(void)reader_u32(&reader);
	for (unsigned i = 0; i < questions && !reader.failed; i++) {
		skip_name(&reader);
		(void)reader_u32(&reader);
	}
	for (unsigned i = 0; i < answers && !reader.failed; i++) {
		uint16_t type, class;
		uint32_t ttl;
		struct span data;

		skip_name(&reader);
		type = reader_u16(&reader);
		class = reader_u16(&reader);
		ttl = reader_u32(&reader);
		data = reader_bytes(&reader, reader_u16(&reader));
		if (reader.failed || type != TYPE_TXT || class != CLASS_IN)
			continue;
		is_found = true;
		text->ttl_s = ttl < text->ttl_s ? ttl : text->ttl_s;
		take_strings(data, &text->text);
	}
	text->outcome = is_found ? RESOLVER_FOUND : RESOLVER_NO_ADDRESS;
	text->ttl_s = is_found ? text->ttl_s : 0;
	return !reader.failed;
}

struct asking {
	struct dns_text *text;
	bool is_done;
};

static void on_answer(void *context, int status, int timeouts, unsigned char *message, int size)
{
	struct asking *asking = context;

	(void)timeouts;
	asking->is_done = true;
	if (status == ARES_ENOTFOUND)
		asking->text->outcome = RESOLVER_NOT_FOUND;
	else if (status == ARES_ENODATA)
		asking->text->outcome = RESOLVER_NO_ADDRESS;
	else if (status == ARES_ETIMEOUT)
		asking->text->outcome = RESOLVER_TIMED_OUT;
	else if (status == ARES_ECONNREFUSED)
		asking->text->outcome = RESOLVER_UNREACHABLE;
	else if (status == ARES_EBADNAME || status == ARES_EBADQUERY)
		asking->text->outcome = RESOLVER_BAD_NAME;
	else if (status != ARES_SUCCESS || !dns_text_read(span_make(message, (size_t)size), asking->text))
		asking->text->outcome = RESOLVER_SERVER_FAILED;
}

bool dns_text_ask(const char *name, const char *server, struct dns_text *text, struct error *error)
{
	struct dns_channel_settings settings = {.server = server, .timeout_ms = TIMEOUT_MS, .tries = TRIES};
	struct dns_channels channels;
	struct asking asking = {.text = text};
	bool is_good = true;

	if (!dns_channels_open(&channels, &settings, 1, error))
		return false;
	ares_query(channels.items[0], name, CLASS_IN, TYPE_TXT, on_answer, &asking);
	while (!asking.is_done && is_good)
		is_good = dns_channels_wait(&channels, WAIT_MAX_MS, error);
	dns_channels_close(&channels);
	return is_good;
}
