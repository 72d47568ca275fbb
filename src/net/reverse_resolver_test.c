/* SPDX-License-Identifier: ISC */
/* Addresses are looked up at a name server of our own on loopback, whose zone is a table. */
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
#include "net/clock.h"
#include "net/reverse_resolver.h"

enum {
	TYPE_A = 1,
	TYPE_PTR = 12,
	TYPE_AAAA = 28,
	RCODE_SERVFAIL = 2,
	RCODE_NXDOMAIN = 3,
	SILENT = 256,      /* instead of a code */
	FIRST_FAILS = 512, /* the first question for it is answered by SERVFAIL */
	CROWD = 300,
};

/* ---- the name server ---- */

struct zone_row {
	const char *name;
	uint16_t type;
	const char *data; /* labels or address */
	size_t size;
	unsigned code;
};

#define BYTES(literal) literal, sizeof(literal) - 1
#define AT_1 "1.2.0.192.in-addr.arpa"

static const struct zone_row ZONE[] = {
	{AT_1, TYPE_PTR, BYTES("\4MAIL\4test\0"), 0},
	{"mail.test", TYPE_A, BYTES("\300\0\2\1"), 0},
	{"2.2.0.192.in-addr.arpa", TYPE_PTR, BYTES("\4mail\4test\0"), 0}, /* which is at .1 */
	{"3.2.0.192.in-addr.arpa", TYPE_PTR, NULL, 0, RCODE_NXDOMAIN},
	{"4.2.0.192.in-addr.arpa", TYPE_PTR, NULL, 0, 0},
	{"5.2.0.192.in-addr.arpa", TYPE_PTR, BYTES("\6a\r\nb<>\4test\0"), 0},
	{"6.2.0.192.in-addr.arpa", TYPE_PTR, NULL, 0, RCODE_SERVFAIL},
	{"7.2.0.192.in-addr.arpa", TYPE_PTR, NULL, 0, SILENT},
	{"8.2.0.192.in-addr.arpa", TYPE_PTR, BYTES("\1a\4test\0"), 0}, /* shorter, but leads nowhere */
	{"8.2.0.192.in-addr.arpa", TYPE_PTR, BYTES("\6longer\4test\0"), 0},
	{"8.2.0.192.in-addr.arpa", TYPE_PTR, BYTES("\1 \4test\0"), 0},
	{"a.test", TYPE_A, NULL, 0, RCODE_NXDOMAIN},
	{"longer.test", TYPE_A, BYTES("\300\0\2\11"), 0},
	{"longer.test", TYPE_A, BYTES("\300\0\2\10"), 0},
	{"9.2.0.192.in-addr.arpa", TYPE_PTR, BYTES("\6silent\4test\0"), 0},
	{"silent.test", TYPE_A, NULL, 0, SILENT},
	{"10.2.0.192.in-addr.arpa", TYPE_PTR, BYTES("\4slow\4test\0"), FIRST_FAILS},
	{"slow.test", TYPE_A, BYTES("\300\0\2\12"), FIRST_FAILS},
	{"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", TYPE_PTR, BYTES("\3six\4test\0"), 0},
	{"six.test", TYPE_AAAA, BYTES("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"), 0},
	{"11.2.0.192.in-addr.arpa", TYPE_PTR,
         BYTES("\3"
               "192\1"
               "0\1"
               "2\2"
               "11\0"),
         0},                                                                      /* an address for a name */
	{"12.2.0.192.in-addr.arpa", TYPE_PTR, BYTES("\17more-than-record\0"), 0}, /* a label longer than what is there: malformed */
};

static struct {
	int udp, stop[2];
	char text[32]; /* 127.0.0.1:PORT */
	pthread_t thread;
	unsigned asked[ARRAY_LENGTH(ZONE)], questions;
} server;

struct question {
	uint16_t id, type;
	struct span raw; /* as it has to be repeated */
	char name[256];
};

static bool read_question(struct span message, struct question *question)
{
	struct reader reader = reader_make(message);
	size_t size = 0;

	question->id = reader_u16(&reader);
	(void)reader_bytes(&reader, 10);
	for (;;) {
		struct span label = reader_bytes(&reader, reader_u8(&reader));

		if (label.size == 0 || reader.failed || size + label.size + 1 >= sizeof(question->name))
			break;
		memcpy(question->name + size, label.data, label.size);
		size += label.size;
		question->name[size++] = '.';
	}
	question->name[size > 0 ? size - 1 : 0] = '\0';
	question->type = reader_u16(&reader);
	(void)reader_u16(&reader);
	question->raw = span_part(message, 12, message.size - 12 - reader.rest.size);
	return !reader.failed;
}

static void append_record(struct buffer *out, uint16_t type, struct span data)
{
	buffer_append_u16(out, 0xc00c);
	buffer_append_u16(out, type);
	buffer_append_u16(out, 1);
	buffer_append_u32(out, 60);
	buffer_append_u16(out, (uint16_t)data.size);
	buffer_append(out, data);
}

/* Addresses 198.51.100.* are the crowd, each of which has a name and that name the address. */
static unsigned append_crowd(const struct question *question, struct buffer *records)
{
	unsigned number = (unsigned)strtoul(question->name + (question->type == TYPE_A), NULL, 10);
	unsigned char address[4] = {10, 0, (unsigned char)(number >> 8), (unsigned char)number}, labels[16];
	int size = snprintf((char *)labels + 2, sizeof(labels) - 2, "%u", number);

	labels[0] = (unsigned char)(size + 1);
	labels[1] = 'n';
	labels[size + 2] = 0;
	append_record(records, question->type, question->type == TYPE_A ? span_make(address, 4) : span_make(labels, (size_t)size + 3));
	return 1;
}

static bool is_of_crowd(const struct question *question)
{
	return question->name[0] == 'n' || strstr(question->name, ".10.in-addr.arpa") != NULL;
}

/* The code, and how many records were appended. */
static unsigned look_up(const struct question *question, struct buffer *records, unsigned *count_out)
{
	unsigned code = RCODE_NXDOMAIN;

	*count_out = 0;
	for (size_t i = 0; i < ARRAY_LENGTH(ZONE); i++) {
		if (ZONE[i].type != question->type || strcmp(ZONE[i].name, question->name) != 0)
			continue;
		code = ZONE[i].code;
		if (code == FIRST_FAILS)
			code = server.asked[i] == 0 ? RCODE_SERVFAIL : 0;
		server.asked[i]++;
		if (ZONE[i].data != NULL && code == 0) {
			append_record(records, question->type, span_make(ZONE[i].data, ZONE[i].size));
			++*count_out;
		}
	}
	return code;
}

static void serve_one(void)
{
	struct question question = {0};
	unsigned char bytes[600];
	struct sockaddr_in client;
	socklen_t client_size = sizeof(client);
	ssize_t size = recvfrom(server.udp, bytes, sizeof(bytes), 0, (struct sockaddr *)&client, &client_size);
	struct buffer out, records;
	unsigned code = 0, count = 0;

	if (size <= 0 || !read_question(span_make(bytes, (size_t)size), &question))
		return;
	buffer_init(&out, 4096);
	buffer_init(&records, 4096);
	server.questions++;
	if (is_of_crowd(&question))
		count = append_crowd(&question, &records);
	else
		code = look_up(&question, &records, &count);
	buffer_append_u16(&out, question.id);
	buffer_append_u16(&out, (uint16_t)(0x8180 | code));
	buffer_append_u16(&out, 1);
	buffer_append_u16(&out, (uint16_t)count);
	buffer_append_u32(&out, 0);
	buffer_append(&out, question.raw);
	buffer_append(&out, buffer_view(&records));
	if (code != SILENT)
		(void)sendto(server.udp, out.data, out.size, 0, (struct sockaddr *)&client, client_size);
	buffer_done(&out);
	buffer_done(&records);
}

static void *serve(void *unused)
{
	struct pollfd waits[2] = {{.fd = server.udp, .events = POLLIN}, {.fd = server.stop[0], .events = POLLIN}};

	(void)unused;
	while (poll(waits, 2, -1) >= 0 && waits[1].revents == 0)
		serve_one();
	return NULL;
}

static int open_port(char text[32])
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int descriptor = socket(AF_INET, SOCK_DGRAM, 0);

	assert_int_equal(bind(descriptor, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(getsockname(descriptor, (struct sockaddr *)&address, &size), 0);
	(void)snprintf(text, 32, "127.0.0.1:%u", ntohs(address.sin_port));
	return descriptor;
}

static int start_server(void **state)
{
	(void)state;
	memset(server.asked, 0, sizeof(server.asked));
	server.questions = 0;
	server.udp = open_port(server.text);
	assert_int_equal(pipe(server.stop), 0);
	return pthread_create(&server.thread, NULL, serve, NULL);
}

static int stop_server(void **state)
{
	(void)state;
	(void)close(server.stop[1]);
	(void)pthread_join(server.thread, NULL);
	(void)close(server.stop[0]);
	(void)close(server.udp);
	return 0;
}

/* ---- the tests ---- */

struct seen {
	unsigned answers;
	struct hostname_record record;
	char name[HOSTNAME_SIZE];
};

struct run {
	struct seen *seen;
	unsigned answers, stop_after; /* 0: never */
};

static void on_answer(void *context, size_t index, const struct hostname_record *record)
{
	struct run *run = context;
	struct seen *seen = &run->seen[index];

	run->answers++;
	seen->answers++;
	seen->record = *record;
	(void)snprintf(seen->name, sizeof(seen->name), "%s", record->name);
}

static bool on_tick(void *context)
{
	const struct run *run = context;

	return run->stop_after == 0 || run->answers < run->stop_after;
}

static struct reverse_settings quick(void)
{
	struct reverse_settings settings;

	reverse_settings_init(&settings);
	settings.server = server.text;
	settings.rate = REVERSE_RATE_MAX;
	settings.timeout_ms = 100;
	settings.tries = 2;
	settings.wait_ms = 10;
	return settings;
}

static struct ip_address address_of(const char *text)
{
	struct ip_address address;

	assert_true(ip_address_parse(span_from_text(text), &address));
	return address;
}

static struct seen look_up_one(const char *text)
{
	struct reverse_settings settings = quick();
	struct ip_address address = address_of(text);
	struct seen seen = {0};
	struct run run = {.seen = &seen};
	struct reverse_owner owner = {&run, on_answer, on_tick};
	struct error error = {{0}};

	assert_true(reverse_resolve(&settings, &address, 1, &owner, &error));
	assert_int_equal(seen.answers, 1);
	assert_int_equal(ip_address_compare(seen.record.address, address), 0);
	assert_int_equal(seen.record.source, HOSTNAME_SOURCE_PTR);
	return seen;
}

static void expect_name(const char *address, const char *name, enum answer is_confirmed)
{
	struct seen seen = look_up_one(address);

	assert_int_equal(seen.record.outcome, HOSTNAME_FOUND);
	assert_string_equal(seen.name, name);
	assert_int_equal(seen.record.is_confirmed, is_confirmed);
}

static void expect_no_name(const char *address, enum hostname_outcome outcome)
{
	struct seen seen = look_up_one(address);

	assert_int_equal(seen.record.outcome, outcome);
	assert_string_equal(seen.name, "");
	assert_int_equal(seen.record.is_confirmed, ANSWER_UNKNOWN);
}

static void a_name_that_leads_back_is_confirmed(void **state)
{
	(void)state;
	expect_name("192.0.2.1", "mail.test", ANSWER_YES);
	expect_name("2001:db8::1", "six.test", ANSWER_YES);
}

static void a_name_that_leads_elsewhere_is_kept_unconfirmed(void **state)
{
	(void)state;
	expect_name("192.0.2.2", "mail.test", ANSWER_NO);
}

static void whether_a_name_leads_back_can_stay_unknown(void **state)
{
	(void)state;
	expect_name("192.0.2.9", "silent.test", ANSWER_UNKNOWN);
}

static void no_name_is_not_the_same_as_no_answer(void **state)
{
	(void)state;
	expect_no_name("192.0.2.3", HOSTNAME_NONE);
	expect_no_name("192.0.2.4", HOSTNAME_NONE);
	expect_no_name("192.0.2.6", HOSTNAME_FAILED);
}

static void names_that_are_none_are_counted_and_not_shown(void **state)
{
	struct seen seen = look_up_one("192.0.2.5");

	(void)state;
	assert_int_equal(seen.record.outcome, HOSTNAME_UNUSABLE);
	assert_int_equal(seen.record.unusable, 1);
	expect_no_name("192.0.2.11", HOSTNAME_UNUSABLE);
}

static void a_malformed_answer_is_a_failure(void **state)
{
	(void)state;
	expect_no_name("192.0.2.12", HOSTNAME_FAILED);
}

static void a_confirmed_name_comes_before_a_shorter_one(void **state)
{
	struct seen seen;

	(void)state;
	expect_name("192.0.2.8", "longer.test", ANSWER_YES);
	seen = look_up_one("192.0.2.8");
	assert_int_equal(seen.record.names, 3);
	assert_int_equal(seen.record.unusable, 1);
}

static void a_failure_is_asked_again_and_no_more_often_than_told(void **state)
{
	(void)state;
	expect_name("192.0.2.10", "slow.test", ANSWER_YES);
	assert_int_equal(server.questions, 4); /* each of both questions twice */
	server.questions = 0;
	expect_no_name("192.0.2.6", HOSTNAME_FAILED);
	assert_int_equal(server.questions, 2);
}

static void silence_for_one_address_is_not_silence_of_the_server(void **state)
{
	struct reverse_settings settings = quick();
	struct ip_address addresses[2] = {address_of("192.0.2.7"), address_of("192.0.2.1")};
	struct seen seen[2] = {{0}};
	struct run run = {.seen = seen};
	struct reverse_owner owner = {&run, on_answer, on_tick};
	struct error error = {{0}};

	(void)state;
	assert_true(reverse_resolve(&settings, addresses, 2, &owner, &error));
	assert_int_equal(seen[0].record.outcome, HOSTNAME_FAILED);
	assert_string_equal(seen[1].name, "mail.test");
}

static void a_deaf_server_is_not_asked_for_all(void **state)
{
	static struct ip_address addresses[CROWD];
	static struct seen seen[CROWD];
	struct reverse_settings settings = quick();
	struct run run = {.seen = seen};
	struct reverse_owner owner = {&run, on_answer, on_tick};
	struct error error = {{0}};
	char text[32];
	int deaf = open_port(text);

	(void)state;
	for (unsigned i = 0; i < CROWD; i++)
		addresses[i] = address_of("192.0.2.1");
	settings.server = text;
	settings.timeout_ms = 20;
	settings.tries = 1;
	settings.deaf_after = 16;
	assert_false(reverse_resolve(&settings, addresses, CROWD, &owner, &error));
	assert_non_null(strstr(error.text, "--dns-server"));
	assert_true(run.answers < CROWD);
	for (unsigned i = 0; i < CROWD; i++)
		assert_true(seen[i].answers == 0 || seen[i].record.outcome == HOSTNAME_FAILED);
	(void)close(deaf);
}

static void fill_crowd(struct ip_address addresses[CROWD])
{
	for (unsigned i = 0; i < CROWD; i++) {
		addresses[i] = address_of("10.0.0.0");
		addresses[i].bytes[3] = (uint8_t)(i % 250);
	}
}

static void many_are_looked_up_at_once_and_no_faster_than_told(void **state)
{
	static struct ip_address addresses[CROWD];
	static struct seen seen[CROWD];
	struct reverse_settings settings = quick();
	struct run run = {.seen = seen};
	struct reverse_owner owner = {&run, on_answer, on_tick};
	struct error error = {{0}};
	struct instant begin = clock_now();
	int64_t least_ms;

	(void)state;
	fill_crowd(addresses);
	settings.rate = 800;
	assert_true(reverse_resolve(&settings, addresses, CROWD, &owner, &error));
	for (unsigned i = 0; i < CROWD; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "n%u", i % 250);
		assert_int_equal(seen[i].answers, 1);
		assert_string_equal(seen[i].name, name);
		assert_int_equal(seen[i].record.is_confirmed, ANSWER_YES);
	}
	assert_true(server.questions >= 2 * CROWD);
	least_ms = (int64_t)(2 * CROWD - 2) * 1000 / 800;
	assert_true(instant_ms_between(begin, clock_now()) >= least_ms);
}

static void a_stopped_run_answers_no_more(void **state)
{
	static struct ip_address addresses[CROWD];
	static struct seen seen[CROWD];
	struct reverse_settings settings = quick();
	struct run run = {.seen = seen, .stop_after = 5};
	struct reverse_owner owner = {&run, on_answer, on_tick};
	struct error error = {{0}};

	(void)state;
	fill_crowd(addresses);
	assert_true(reverse_resolve(&settings, addresses, CROWD, &owner, &error));
	assert_true(run.answers >= 5 && run.answers < CROWD);
}

static void a_server_in_no_form_is_refused(void **state)
{
	struct reverse_settings settings = quick();
	struct run run = {.seen = NULL};
	struct reverse_owner owner = {&run, on_answer, on_tick};
	struct error error = {{0}};

	(void)state;
	settings.server = "dns.example";
	assert_false(reverse_resolve(&settings, NULL, 0, &owner, &error));
	assert_non_null(strstr(error.text, "192.0.2.53"));
}

#define TEST_WITH_SERVER(name) cmocka_unit_test_setup_teardown(name, start_server, stop_server)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_WITH_SERVER(a_name_that_leads_back_is_confirmed),
		TEST_WITH_SERVER(a_name_that_leads_elsewhere_is_kept_unconfirmed),
		TEST_WITH_SERVER(whether_a_name_leads_back_can_stay_unknown),
		TEST_WITH_SERVER(no_name_is_not_the_same_as_no_answer),
		TEST_WITH_SERVER(names_that_are_none_are_counted_and_not_shown),
		TEST_WITH_SERVER(a_malformed_answer_is_a_failure),
		TEST_WITH_SERVER(a_confirmed_name_comes_before_a_shorter_one),
		TEST_WITH_SERVER(a_failure_is_asked_again_and_no_more_often_than_told),
		TEST_WITH_SERVER(silence_for_one_address_is_not_silence_of_the_server),
		TEST_WITH_SERVER(a_deaf_server_is_not_asked_for_all),
		TEST_WITH_SERVER(many_are_looked_up_at_once_and_no_faster_than_told),
		TEST_WITH_SERVER(a_stopped_run_answers_no_more),
		TEST_WITH_SERVER(a_server_in_no_form_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
