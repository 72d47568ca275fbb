/* SPDX-License-Identifier: ISC */
/* Observes one server's TLS over the connected socket that it finds as its standard input, and says what it saw: for tls_test.py.

   usage: tls_observer h1|h2|h3|h4|h5|h6|session imap|pop3|unknown [SERVER-NAME] */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "certificate/certificate.h"
#include "model/transcript.h"
#include "probe/tls_session.h"
#include "protocol/tls/client_hello.h"
#include "protocol/tls/server_flight.h"

enum { WIRE = STDIN_FILENO, PIECE = 16384, WIRE_MAX = 256 * 1024 };

static void send_all(struct span bytes)
{
	while (bytes.size > 0) {
		ssize_t sent = write(WIRE, bytes.data, bytes.size);

		if (sent <= 0)
			return; /* what the server did shows when reading */
		bytes = span_part(bytes, (size_t)sent, bytes.size);
	}
}

/* False: the wire ended, *how_out says how. */
static bool receive(unsigned char piece[PIECE], struct span *bytes_out, enum tls_outcome *how_out)
{
	ssize_t size = read(WIRE, piece, PIECE);

	*bytes_out = span_make(piece, size > 0 ? (size_t)size : 0);
	*how_out = size == 0 ? TLS_CLOSED : errno == EAGAIN ? TLS_SILENT : TLS_RESET;
	return size > 0;
}

static void print_line(struct buffer *line)
{
	printf("%s\n", buffer_text(line));
	buffer_clear(line);
}

static void print_certificate(struct span der)
{
	struct certificate_facts facts;
	struct buffer line;

	certificate_read(der, &facts);
	buffer_init(&line, 4096);
	buffer_append_text(&line, "certificate ");
	text_append_hex(span_make(facts.sha256, sizeof(facts.sha256)), &line);
	buffer_append_format(&line, " %s %u %s ", facts.key_type, facts.key_bits, facts.signature_algorithm);
	text_escape(span_from_text(facts.subject), &line);
	print_line(&line);
	buffer_done(&line);
}

/* The facts as a transcript keeps them, then the names of the flags. */
static void print_observation(const struct tls_observation *tls)
{
	struct buffer line;

	buffer_init(&line, 4096);
	tls_observation_format(tls, &line);
	print_line(&line);
	buffer_append_text(&line, "flags");
	for (uint32_t bit = 1; bit != 0; bit <<= 1) {
		if ((tls->flags & bit) != 0)
			buffer_append_format(&line, " %s", tls_flag_name(bit));
	}
	print_line(&line);
	buffer_done(&line);
}

static void observe_flight(struct client_hello_options *options)
{
	static unsigned char piece[PIECE];
	struct tls_observation tls = {.hello = options->hello};
	struct server_flight *flight = server_flight_new(&tls);
	struct buffer hello;
	struct span bytes;
	enum tls_outcome how;

	memset(options->random, 0x5a, sizeof(options->random)); /* the same every time: nothing here is secret */
	buffer_init(&hello, CLIENT_HELLO_MAX);
	client_hello_build(options, &hello);
	send_all(buffer_view(&hello));
	buffer_done(&hello);
	while (receive(piece, &bytes, &how)) {
		if (!server_flight_feed(flight, bytes))
			break;
	}
	server_flight_end(flight, how);
	print_observation(&tls);
	for (size_t i = 0; i < tls.certificate_count; i++)
		print_certificate(server_flight_certificate(flight, i));
	server_flight_free(flight);
}

static void send_output(struct tls_session *session)
{
	struct buffer out;

	buffer_init(&out, WIRE_MAX);
	tls_session_output(session, &out);
	send_all(buffer_view(&out));
	buffer_done(&out);
}

static int hold_session(const struct client_hello_options *options)
{
	static unsigned char piece[PIECE];
	struct tls_observation tls = {.outcome = TLS_NOT_TRIED};
	struct error error;
	struct tls_client *client = tls_client_new(&error);
	struct tls_session *session;
	struct span bytes;
	enum tls_outcome how = TLS_NOT_TRIED;

	if (client == NULL) {
		fprintf(stderr, "tls_observer: %s\n", error.text);
		return 1;
	}
	session = tls_session_new(client, options->server_name, options->protocol, &tls);
	send_output(session);
	while (tls_session_state(session) == TLS_SESSION_GOING && receive(piece, &bytes, &how)) {
		(void)tls_session_feed(session, bytes);
		send_output(session);
	}
	if (tls_session_state(session) == TLS_SESSION_GOING)
		(void)tls_session_end(session, how);
	tls_session_close(session);
	send_output(session);
	print_observation(&tls);
	for (size_t i = 0; i < tls.certificate_count; i++)
		print_certificate(tls_session_certificate(session, i));
	tls_session_free(session);
	tls_client_free(client);
	return 0;
}

int main(int count, char **arguments)
{
	struct client_hello_options options = {.server_name = count > 3 ? arguments[3] : NULL};

	if (count < 3 || !tls_hello_parse(span_from_text(arguments[1]), &options.hello) ||
	    !wire_protocol_parse(span_from_text(arguments[2]), &options.protocol)) {
		fprintf(stderr, "usage: tls_observer h1|h2|h3|h4|h5|h6|session imap|pop3|unknown [SERVER-NAME] <>SOCKET\n");
		return 2;
	}
	if (options.hello == TLS_HELLO_SESSION)
		return hold_session(&options);
	observe_flight(&options);
	return 0;
}
