/* SPDX-License-Identifier: ISC */
/* Names are resolved against a name server of our own on loopback that answers by the name it is asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/reader.h"
#include "net/resolver.h"

enum {
	TYPE_A = 1,
	TYPE_CNAME = 5,
	TYPE_AAAA = 28,
	RCODE_SERVFAIL = 2,
	RCODE_NXDOMAIN = 3,
	RCODE_REFUSED = 5,
	FLAG_TRUNCATED = 0x0200,
	MANY = 100,
	CROWD = 300
};

/* ---- the name server ---- */

struct name_server {
	int udp, tcp, stop[2];
	char text[32]; /* 127.0.0.1:PORT */
	pthread_t thread;
};

static struct name_server server;

struct question {
	uint16_t id, type;
	struct span raw; /* as it has to be repeated */
	char name[256];  /* "both.test" */
};

static bool read_question(struct span message, struct question *question)
{
	struct reader reader = reader_make(message);
	size_t size = 0, begin = 12;

	question->id = reader_u16(&reader);
	(void)reader_bytes(&reader, 10);
	for (;;) {
		struct span label = reader_bytes(&reader, reader_u8(&reader));

		if (label.size == 0 || reader.failed)
			break;
		for (size_t i = 0; i < label.size && size < sizeof(question->name) - 2; i++)
			question->name[size++] = (char)(label.data[i] | 0x20 * (label.data[i] >= 'A' && label.data[i] <= 'Z'));
		question->name[size++] = '.';
	}
	question->name[size > 0 ? size - 1 : 0] = '\0';
	question->type = reader_u16(&reader);
	(void)reader_u16(&reader);
	question->raw = span_part(message, begin, message.size - begin - reader.rest.size);
	return !reader.failed;
}

static void append_header(struct buffer *out, const struct question *question, unsigned flags, unsigned answers)
{
	buffer_append_u16(out, question->id);
	buffer_append_u16(out, (uint16_t)(0x8180 | flags));
	buffer_append_u16(out, 1);
	buffer_append_u16(out, (uint16_t)answers);
	buffer_append_u32(out, 0);
	buffer_append(out, question->raw);
}

/* A record about the name in the question. */
static void append_record(struct buffer *out, uint16_t type, const void *data, size_t size)
{
	buffer_append_u16(out, 0xc00c);
	buffer_append_u16(out, type);
	buffer_append_u16(out, 1);
	buffer_append_u32(out, 60);
	buffer_append_u16(out, (uint16_t)size);
	buffer_append(out, span_make(data, size));
}

static void append_addresses(struct buffer *out, const struct question *question)
{
	static const uint8_t ipv6[16] = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
	static const uint8_t mapped[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1};
	static const uint8_t ipv4[4] = {192, 0, 2, 1};

	if (strcmp(question->name, "mapped.test") == 0 && question->type == TYPE_AAAA) {
		append_header(out, question, 0, 1);
		append_record(out, TYPE_AAAA, mapped, sizeof(mapped));
	} else if (strcmp(question->name, "only4.test") == 0 && question->type == TYPE_AAAA) {
		append_header(out, question, 0, 0);
	} else if (question->type == TYPE_AAAA) {
		append_header(out, question, 0, 1);
		append_record(out, TYPE_AAAA, ipv6, sizeof(ipv6));
	} else {
		append_header(out, question, 0, 2); /* twice the same: given once */
		append_record(out, TYPE_A, ipv4, sizeof(ipv4));
		append_record(out, TYPE_A, ipv4, sizeof(ipv4));
	}
}

static void append_crowd(struct buffer *out, const struct question *question)
{
	unsigned number = (unsigned)strtoul(question->name + 1, NULL, 10);
	uint8_t address[4] = {10, 0, (uint8_t)(number >> 8), (uint8_t)number};

	append_header(out, question, 0, question->type == TYPE_A);
	if (question->type == TYPE_A)
		append_record(out, TYPE_A, address, sizeof(address));
}

static void append_alias(struct buffer *out, const struct question *question)
{
	static const uint8_t target[] = {4, 'r', 'e', 'a', 'l', 4, 't', 'e', 's', 't', 0};
	static const uint8_t record[] = {4, 'r', 'e', 'a', 'l', 4, 't', 'e', 's', 't', 0, 0, TYPE_A, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 9};

	append_header(out, question, 0, question->type == TYPE_A ? 2 : 1);
	append_record(out, TYPE_CNAME, target, sizeof(target));
	if (question->type == TYPE_A)
		buffer_append(out, span_make(record, sizeof(record)));
}

static void append_many(struct buffer *out, const struct question *question, bool is_tcp)
{
	append_header(out, question, is_tcp ? 0 : FLAG_TRUNCATED, is_tcp && question->type == TYPE_A ? MANY : 0);
	for (unsigned i = 0; is_tcp && question->type == TYPE_A && i < MANY; i++) {
		uint8_t address[4] = {198, 51, 100, (uint8_t)i};

		append_record(out, TYPE_A, address, sizeof(address));
	}
}

/* Nothing in out: the question stays unanswered. */
static void answer(struct span message, bool is_tcp, struct buffer *out)
{
	struct question question = {0};

	if (!read_question(message, &question))
		return;
	if (strcmp(question.name, "silent.test") == 0 || (strcmp(question.name, "half.test") == 0 && question.type == TYPE_AAAA))
		return;
	if (strcmp(question.name, "missing.test") == 0)
		append_header(out, &question, RCODE_NXDOMAIN, 0);
	else if (strcmp(question.name, "empty.test") == 0)
		append_header(out, &question, 0, 0);
	else if (strcmp(question.name, "failing.test") == 0)
		append_header(out, &question, RCODE_SERVFAIL, 0);
	else if (strcmp(question.name, "refused.test") == 0)
		append_header(out, &question, RCODE_REFUSED, 0);
	else if (strcmp(question.name, "alias.test") == 0)
		append_alias(out, &question);
	else if (strcmp(question.name, "many.test") == 0)
		append_many(out, &question, is_tcp);
	else if (question.name[0] == 'n')
		append_crowd(out, &question);
	else
		append_addresses(out, &question);
}

static void serve_udp(void)
{
	unsigned char bytes[600];
	struct sockaddr_in client;
	socklen_t client_size = sizeof(client);
	ssize_t size = recvfrom(server.udp, bytes, sizeof(bytes), 0, (struct sockaddr *)&client, &client_size);
	struct buffer out;

	if (size <= 0)
		return;
	buffer_init(&out, 4096);
	answer(span_make(bytes, (size_t)size), false, &out);
	if (out.size > 0)
		(void)sendto(server.udp, out.data, out.size, 0, (struct sockaddr *)&client, client_size);
	buffer_done(&out);
}

static bool read_whole(int descriptor, unsigned char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t taken = recv(descriptor, bytes, size, 0);

		if (taken <= 0)
			return false;
		bytes += taken;
		size -= (size_t)taken;
	}
	return true;
}

/* Two questions at most come on one connection. */
static void serve_tcp(void)
{
	int client = accept(server.tcp, NULL, NULL);
	unsigned char prefix[2], bytes[600];

	while (read_whole(client, prefix, 2)) {
		size_t size = (size_t)prefix[0] << 8 | prefix[1];
		struct buffer out, framed;

		if (size > sizeof(bytes) || !read_whole(client, bytes, size))
			break;
		buffer_init(&out, 4096);
		buffer_init(&framed, 4100);
		answer(span_make(bytes, size), true, &out);
		buffer_append_u16(&framed, (uint16_t)out.size);
		buffer_append(&framed, buffer_view(&out));
		(void)send(client, framed.data, framed.size, MSG_NOSIGNAL);
		buffer_done(&out);
		buffer_done(&framed);
	}
	(void)close(client);
}

static void *serve(void *unused)
{
	struct pollfd waits[3] = {
		{.fd = server.udp, .events = POLLIN}, {.fd = server.tcp, .events = POLLIN}, {.fd = server.stop[0], .events = POLLIN}};

	(void)unused;
	while (poll(waits, 3, -1) >= 0 && waits[2].revents == 0) {
		if (waits[0].revents != 0)
			serve_udp();
		if (waits[1].revents != 0)
			serve_tcp();
	}
	return NULL;
}

static int start_server(void **state)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);

	(void)state;
	server.udp = socket(AF_INET, SOCK_DGRAM, 0);
	server.tcp = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(server.udp, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(getsockname(server.udp, (struct sockaddr *)&address, &size), 0);
	assert_int_equal(bind(server.tcp, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(server.tcp, 8), 0);
	assert_int_equal(pipe(server.stop), 0);
	(void)snprintf(server.text, sizeof(server.text), "127.0.0.1:%u", ntohs(address.sin_port));
	return pthread_create(&server.thread, NULL, serve, NULL);
}

static int stop_server(void **state)
{
	(void)state;
	(void)close(server.stop[1]);
	(void)pthread_join(server.thread, NULL);
	(void)close(server.stop[0]);
	(void)close(server.udp);
	(void)close(server.tcp);
	return 0;
}

/* ---- the tests ---- */

struct seen {
	unsigned answers;
	enum resolver_outcome outcome;
	struct ip_address addresses[RESOLVER_ADDRESSES_MAX];
	size_t address_count;
	bool is_cut;
};

static void on_answer(void *context, const struct resolver_answer *answer_seen)
{
	struct seen *seen = (struct seen *)context + answer_seen->index;

	seen->answers++;
	seen->outcome = answer_seen->outcome;
	seen->address_count = answer_seen->address_count;
	seen->is_cut = answer_seen->is_cut;
	memcpy(seen->addresses, answer_seen->addresses, answer_seen->address_count * sizeof(*answer_seen->addresses));
}

static struct seen resolve(const char *name)
{
	struct resolver_settings settings = {.server = server.text, .timeout_ms = 100, .tries = 1};
	struct seen seen = {0};
	struct error error = {{0}};
	size_t unresolved;

	assert_true(resolver_resolve_with(&settings, &name, 1, on_answer, &seen, &unresolved, &error));
	assert_int_equal(seen.answers, 1);
	assert_int_equal(unresolved, seen.address_count == 0);
	return seen;
}

static bool has_address(const struct seen *seen, const char *text)
{
	struct ip_address address;

	assert_true(ip_address_parse(span_from_text(text), &address));
	for (size_t i = 0; i < seen->address_count; i++) {
		if (ip_address_compare(seen->addresses[i], address) == 0)
			return true;
	}
	return false;
}

static void a_name_gives_its_addresses_of_both_families_once(void **state)
{
	struct seen seen = resolve("both.test");

	(void)state;
	assert_int_equal(seen.outcome, RESOLVER_FOUND);
	assert_int_equal(seen.address_count, 2);
	assert_true(has_address(&seen, "192.0.2.1") && has_address(&seen, "2001:db8::1"));
	seen = resolve("both.test.");
	assert_int_equal(seen.address_count, 2);
}

static void a_name_of_one_family_is_found_whole(void **state)
{
	struct seen seen = resolve("only4.test");

	(void)state;
	assert_int_equal(seen.outcome, RESOLVER_FOUND);
	assert_int_equal(seen.address_count, 1);
}

static void an_alias_is_followed(void **state)
{
	struct seen seen = resolve("alias.test");

	(void)state;
	assert_int_equal(seen.outcome, RESOLVER_FOUND);
	assert_int_equal(seen.address_count, 1);
	assert_true(has_address(&seen, "192.0.2.9"));
}

static void failures_are_told_apart(void **state)
{
	(void)state;
	assert_int_equal(resolve("missing.test").outcome, RESOLVER_NOT_FOUND);
	assert_int_equal(resolve("empty.test").outcome, RESOLVER_NO_ADDRESS);
	assert_int_equal(resolve("failing.test").outcome, RESOLVER_SERVER_FAILED);
	assert_int_equal(resolve("refused.test").outcome, RESOLVER_SERVER_FAILED);
	assert_int_equal(resolve("silent.test").outcome, RESOLVER_TIMED_OUT);
}

static void a_family_that_was_not_answered_is_not_called_absent(void **state)
{
	struct seen seen = resolve("half.test");

	(void)state;
	assert_int_equal(seen.outcome, RESOLVER_FOUND_PARTLY);
	assert_int_equal(seen.address_count, 1);
}

static void a_mapped_address_cannot_hide_an_ipv4_one(void **state)
{
	struct seen seen = resolve("mapped.test");

	(void)state;
	assert_int_equal(seen.address_count, 2);
	assert_true(has_address(&seen, "127.0.0.1"));
	for (size_t i = 0; i < seen.address_count; i++)
		assert_int_equal(seen.addresses[i].family, IP_FAMILY_4);
}

static void an_endless_answer_is_cut(void **state)
{
	struct seen seen = resolve("many.test");

	(void)state;
	assert_int_equal(seen.outcome, RESOLVER_FOUND);
	assert_int_equal(seen.address_count, RESOLVER_ADDRESSES_MAX);
	assert_true(seen.is_cut);
}

static void many_names_are_resolved_at_once_and_each_gets_its_own(void **state)
{
	static char texts[CROWD][16];
	static const char *names[CROWD];
	static struct seen seen[CROWD];
	struct resolver_settings settings = {.server = server.text, .timeout_ms = 3000, .tries = 2};
	struct error error = {{0}};
	size_t unresolved;

	(void)state;
	for (unsigned i = 0; i < CROWD; i++) {
		(void)snprintf(texts[i], sizeof(texts[i]), "n%u.test", i);
		names[i] = texts[i];
	}
	names[17] = "missing.test";
	assert_true(resolver_resolve_with(&settings, names, CROWD, on_answer, seen, &unresolved, &error));
	assert_int_equal(unresolved, 1);
	for (unsigned i = 0; i < CROWD; i++) {
		assert_int_equal(seen[i].answers, 1);
		if (i == 17)
			continue;
		assert_int_equal(seen[i].address_count, 1);
		assert_int_equal(seen[i].addresses[0].bytes[2] << 8 | seen[i].addresses[0].bytes[3], i);
	}
}

static void no_name_is_no_question(void **state)
{
	struct error error = {{0}};
	size_t unresolved = 7;

	(void)state;
	assert_true(resolver_resolve(NULL, 0, server.text, on_answer, NULL, &unresolved, &error));
	assert_int_equal(unresolved, 0);
}

static void a_server_that_is_not_there_is_not_a_missing_name(void **state)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	struct resolver_settings settings = {.timeout_ms = 100, .tries = 1};
	struct seen seen = {0};
	struct error error = {{0}};
	const char *name = "both.test";
	char text[32];
	size_t unresolved;
	int reserved = socket(AF_INET, SOCK_DGRAM, 0); /* its port is free once it is closed */

	(void)state;
	assert_int_equal(bind(reserved, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(getsockname(reserved, (struct sockaddr *)&address, &size), 0);
	(void)close(reserved);
	(void)snprintf(text, sizeof(text), "127.0.0.1:%u", ntohs(address.sin_port));
	settings.server = text;
	assert_true(resolver_resolve_with(&settings, &name, 1, on_answer, &seen, &unresolved, &error));
	assert_int_equal(seen.outcome, RESOLVER_UNREACHABLE);
	assert_int_equal(unresolved, 1);
}

static void a_malformed_server_is_refused_with_the_right_forms(void **state)
{
	static const char *const bad[] = {"",
	                                  "dns.example.org",
	                                  "192.0.2.53:",
	                                  "192.0.2.53:0",
	                                  "192.0.2.53:65536",
	                                  "[2001:db8::53",
	                                  "[2001:db8::53]53",
	                                  "2001:db8::53:70000",
	                                  "[]",
	                                  "["};
	size_t unresolved;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct error error = {{0}};

		assert_false(resolver_resolve(NULL, 0, bad[i], on_answer, NULL, &unresolved,
		                              &error)); /* without a name, so that a mistake here asks nobody */
		assert_non_null(strstr(error.text, "[2001:db8::53]:5353"));
	}
}

static void a_server_is_given_with_or_without_port(void **state)
{
	static const char *const good[] = {"192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]", "[2001:db8::53]:5353"};
	size_t unresolved;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct error error = {{0}};

		assert_true(resolver_resolve(NULL, 0, good[i], on_answer, NULL, &unresolved, &error)); /* no name: nobody is asked */
	}
}

static void every_outcome_has_a_sentence(void **state)
{
	(void)state;
	for (unsigned outcome = RESOLVER_FOUND; outcome <= RESOLVER_BAD_NAME; outcome++)
		assert_true(strlen(resolver_outcome_sentence((enum resolver_outcome)outcome)) > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_gives_its_addresses_of_both_families_once),
		cmocka_unit_test(a_name_of_one_family_is_found_whole),
		cmocka_unit_test(an_alias_is_followed),
		cmocka_unit_test(failures_are_told_apart),
		cmocka_unit_test(a_family_that_was_not_answered_is_not_called_absent),
		cmocka_unit_test(a_mapped_address_cannot_hide_an_ipv4_one),
		cmocka_unit_test(an_endless_answer_is_cut),
		cmocka_unit_test(many_names_are_resolved_at_once_and_each_gets_its_own),
		cmocka_unit_test(no_name_is_no_question),
		cmocka_unit_test(a_server_that_is_not_there_is_not_a_missing_name),
		cmocka_unit_test(a_malformed_server_is_refused_with_the_right_forms),
		cmocka_unit_test(a_server_is_given_with_or_without_port),
		cmocka_unit_test(every_outcome_has_a_sentence),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, start_server, stop_server);
}
