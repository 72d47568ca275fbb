/* SPDX-License-Identifier: ISC */
/* c-ares asks; what it brings back is read here, as its own reading forgets how long it holds. */
#include "net/dns_text.h"

#include <ares.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/reader.h"

enum { CLASS_IN = 1, TYPE_TXT = 16, TIMEOUT_MS = 2000, TRIES = 3, LABELS_MAX = 128 };

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

static bool wait_for_answer(ares_channel channel, const struct asking *asking, struct error *error)
{
	while (!asking->is_done) {
		ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
		struct pollfd polled[ARES_GETSOCK_MAXNUM];
		struct timeval longest = {.tv_sec = 1}, storage;
		const struct timeval *wait = ares_timeout(channel, &longest, &storage);
		int wanted = ares_getsock(channel, sockets, ARES_GETSOCK_MAXNUM);
		nfds_t count = 0;

		for (int i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
			bool is_readable = ARES_GETSOCK_READABLE(wanted, i), is_writable = ARES_GETSOCK_WRITABLE(wanted, i);

			if (is_readable || is_writable)
				polled[count++] = (struct pollfd){
					.fd = sockets[i], .events = (short)((is_readable ? POLLIN : 0) | (is_writable ? POLLOUT : 0))};
		}
		if (poll(polled, count, (int)(wait->tv_sec * 1000 + (wait->tv_usec + 999) / 1000)) < 0 && errno != EINTR)
			return error_set(error, "cannot wait for name servers: %s", strerror(errno));
		for (nfds_t i = 0; i < count; i++)
			ares_process_fd(channel, (polled[i].revents & ~POLLOUT) != 0 ? polled[i].fd : ARES_SOCKET_BAD,
			                (polled[i].revents & POLLOUT) != 0 ? polled[i].fd : ARES_SOCKET_BAD);
		ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	}
	return true;
}

bool dns_text_ask(const char *name, const char *server, struct dns_text *text, struct error *error)
{
	struct ares_options options = {.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES, .timeout = TIMEOUT_MS, .tries = TRIES};
	struct asking asking = {.text = text};
	ares_channel channel;
	int status = ares_init_options(&channel, &options, ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
	bool is_done;

	if (status != ARES_SUCCESS)
		return error_set(error, "cannot prepare to ask name servers: %s", ares_strerror(status));
	if (server != NULL && ares_set_servers_ports_csv(channel, server) != ARES_SUCCESS) {
		ares_destroy(channel);
		return error_set(error, "a DNS server is given as 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:5353");
	}
	ares_query(channel, name, CLASS_IN, TYPE_TXT, on_answer, &asking);
	is_done = wait_for_answer(channel, &asking, error);
	ares_destroy(channel);
	return is_done;
}
