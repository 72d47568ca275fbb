/* SPDX-License-Identifier: ISC */
/* Whole runs against small servers of our own on 127.99.0.0/16: what is observed, how politely, and that every transcript plays back to the same observation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/memory.h"
#include "net/clock.h"
#include "probe/probe.h"
#include "protocol/scenario.h"
#include "servers.h"

enum {
	HOSTS_MAX = 256,
	SERVICES_MAX = 512,
	SEEN_MAX = 4,
};

/* ---- the owner ---- */

struct seen_service {
	struct endpoint endpoint;
	size_t count;
	enum ending endings[SEEN_MAX];
	struct tls_observation tls[SEEN_MAX];
	enum upgrade upgrade;
	bool capabilities_after_known;
};

struct world {
	struct probe_policy policy;
	struct probe *probe;
	struct probe_assignment hosts[HOSTS_MAX];
	size_t host_count, next_host;
	struct seen_service services[SERVICES_MAX];
	size_t service_count;
	size_t announced, conversations, certificates, hosts_done;
	size_t open_most;
	bool was_unannounced;
	bool is_forbidden;
	size_t ticks_left; /* 0: no limit */
	unsigned fail_contacts_after;
};

static bool give_host(void *context, struct probe_assignment *assignment_out)
{
	struct world *world = context;

	if (world->next_host == world->host_count)
		return false;
	*assignment_out = world->hosts[world->next_host++];
	return true;
}

static bool may_contact(void *context, struct ip_address address)
{
	const struct world *world = context;

	assert_int_equal(address.bytes[0], 127); /* nothing but loopback, ever */
	return !world->is_forbidden;
}

static bool before_contacts(void *context, const struct ip_address *addresses, size_t count)
{
	struct world *world = context;

	assert_true(count > 0);
	assert_non_null(addresses);
	(void)pthread_mutex_lock(&servers.lock);
	if (servers.accepted_count > world->announced)
		world->was_unannounced = true;
	(void)pthread_mutex_unlock(&servers.lock);
	world->announced += count;
	return world->fail_contacts_after == 0 || world->announced < world->fail_contacts_after;
}

static void on_conversation(void *context, const struct probe_conversation *conversation)
{
	struct world *world = context;
	struct observation again;
	struct buffer live, replayed;
	struct error error = {{0}};

	world->conversations++;
	world->certificates += conversation->certificate_count;
	buffer_init(&live, 65536);
	buffer_init(&replayed, 65536);
	if (!session_replay(conversation->transcript, &again, NULL, &error))
		fail_msg("%s", error.text);
	scenario_describe(conversation->observation, &live);
	scenario_describe(&again, &replayed);
	assert_string_equal(buffer_text(&live), buffer_text(&replayed));
	observation_done(&again);
	buffer_done(&live);
	buffer_done(&replayed);
}

static void on_service(void *context, uint64_t number, struct endpoint endpoint, const struct observation *observations, size_t count)
{
	struct world *world = context;
	struct seen_service *seen = &world->services[world->service_count++];

	assert_true(world->service_count <= SERVICES_MAX);
	assert_in_range(count, 1, SEEN_MAX);
	assert_int_equal(ip_address_compare(world->hosts[number].host.address, endpoint.address), 0);
	*seen = (struct seen_service){.endpoint = endpoint, .count = count};
	for (size_t i = 0; i < count; i++) {
		seen->endings[i] = observations[i].ending;
		seen->tls[i] = observations[i].tls;
		seen->upgrade = observations[i].upgrade;
		seen->capabilities_after_known |= observations[i].capabilities_after_known;
	}
}

static void on_host_done(void *context, uint64_t number)
{
	struct world *world = context;

	assert_true(number < world->host_count);
	world->hosts_done++;
}

static bool on_tick(void *context)
{
	struct world *world = context;
	struct probe_status status;

	probe_get_status(world->probe, &status);
	if (status.open_now > world->open_most)
		world->open_most = status.open_now;
	return world->ticks_left == 0 || --world->ticks_left > 0;
}

static void add_host(struct world *world, unsigned last_byte, const uint16_t *ports, size_t count)
{
	struct probe_assignment *assignment = &world->hosts[world->host_count];

	assignment->number = world->host_count++;
	assignment->host.address =
		(struct ip_address){.family = IP_FAMILY_4, .bytes = {127, 99, (uint8_t)(last_byte >> 8), (uint8_t)last_byte}};
	assignment->host.ports.count = count;
	memcpy(assignment->host.ports.ports, ports, count * sizeof(*ports));
}

static void make_probe(struct world *world)
{
	struct probe_owner owner = {.context = world,
	                            .next_host = give_host,
	                            .may_contact = may_contact,
	                            .before_contacts = before_contacts,
	                            .on_conversation = on_conversation,
	                            .on_service = on_service,
	                            .on_host_done = on_host_done,
	                            .on_tick = on_tick};
	struct error error = {{0}};

	world->probe = probe_new(&world->policy, &owner, &error);
	if (world->probe == NULL)
		fail_msg("%s", error.text);
}

static void run_probe(struct world *world)
{
	struct error error = {{0}};

	if (world->probe == NULL)
		make_probe(world);
	if (!probe_run(world->probe, &error))
		fail_msg("%s", error.text);
}

static const struct seen_service *find_service(const struct world *world, uint16_t port)
{
	for (size_t i = 0; i < world->service_count; i++) {
		if (world->services[i].endpoint.port == port)
			return &world->services[i];
	}
	fail_msg("nothing was said of port %u", (unsigned)port);
	return NULL;
}

static bool is_epoll_wanted;

static int set_up(void **state)
{
	struct world *world = memory_allocate(1, sizeof(*world));

	servers_reset();
	probe_policy_init(&world->policy);
	world->policy.avoids_io_uring = is_epoll_wanted;
	world->policy.connections_per_second = 100000;
	world->policy.per_address = 100;
	world->policy.gap_ms = 0;
	world->policy.connect_ms = 500;
	world->policy.connect_retry_ms = 50;
	world->policy.handshake_ms = 500;
	world->policy.conversation_ms = world->policy.conversation_slow_ms = 400;
	world->policy.waits = false;
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	probe_free(world->probe);
	free(world);
	servers_stop();
	return 0;
}

/* ---- what is observed ---- */

static void a_refused_upgrade_is_complete_after_one_conversation(void **state)
{
	struct world *world = *state;
	uint16_t port = start_server(SERVE_POP3_WITHOUT_TLS, 0);
	const struct seen_service *seen;

	add_host(world, 1, &port, 1);
	run_probe(world);
	seen = find_service(world, port);
	assert_int_equal(seen->count, 1);
	assert_int_equal(seen->endings[0], ENDING_COMPLETE);
	assert_int_equal(seen->upgrade, UPGRADE_REFUSED);
	assert_int_equal(seen->tls[0].outcome, TLS_NOT_TRIED);
	assert_int_equal(world->hosts_done, 1);
}

static void an_upgrade_is_observed_with_its_certificate(void **state)
{
	static const uint8_t zeros[CERTIFICATE_FINGERPRINT_SIZE];
	struct world *world = *state;
	uint16_t port = start_server(SERVE_IMAP_WITH_TLS, 0);
	const struct seen_service *seen;

	world->policy.conversation_ms = 5000;
	add_host(world, 1, &port, 1);
	run_probe(world);
	seen = find_service(world, port);
	assert_int_equal(seen->endings[0], ENDING_TLS_OBSERVED);
	assert_int_equal(seen->tls[0].outcome, TLS_PROVEN);
	assert_int_equal(seen->tls[0].hello, TLS_HELLO_H1);
	assert_int_equal(seen->tls[0].version, 0x0303);
	assert_int_equal(seen->tls[0].certificate_count, 1);
	assert_memory_not_equal(seen->tls[0].leaf_sha256, zeros, sizeof(zeros));
	assert_int_equal(world->certificates, 1);
}

static void a_session_asks_again_inside_tls(void **state)
{
	struct world *world = *state;
	uint16_t port = start_server(SERVE_IMAP_WITH_TLS, 0);
	const struct seen_service *seen;

	world->policy.conversation_ms = 5000;
	world->policy.sessions = PROBE_SESSIONS_ALWAYS;
	add_host(world, 1, &port, 1);
	run_probe(world);
	seen = find_service(world, port);
	assert_int_equal(seen->endings[0], ENDING_COMPLETE);
	assert_int_equal(seen->tls[0].hello, TLS_HELLO_SESSION);
	assert_int_equal(seen->tls[0].outcome, TLS_PROVEN);
	assert_int_equal(seen->tls[0].version, 0x0304);
	assert_true(seen->capabilities_after_known);
	assert_int_equal(world->certificates, 1);
}

static void implicit_tls_is_looked_into(void **state)
{
	struct world *world = *state;
	uint16_t port = start_server(SERVE_TLS_AT_ONCE, 993);
	const struct seen_service *seen;

	if (port == 0)
		skip(); /* 993 is not ours: no root, or somebody else has it */
	world->policy.conversation_ms = 5000;
	add_host(world, 1, &port, 1);
	run_probe(world);
	seen = find_service(world, port);
	assert_int_equal(seen->endings[0], ENDING_COMPLETE);
	assert_int_equal(seen->tls[0].outcome, TLS_PROVEN);
	assert_true(seen->capabilities_after_known);
}

static void clear_text_on_a_port_of_implicit_tls_is_read_in_clear(void **state)
{
	struct world *world = *state;
	uint16_t port = start_server(SERVE_POP3_WITHOUT_TLS, 995);
	const struct seen_service *seen;

	if (port == 0)
		skip();
	world->policy.conversation_ms = 5000;
	add_host(world, 1, &port, 1);
	run_probe(world);
	seen = find_service(world, port);
	assert_int_equal(seen->count, 2);
	assert_int_equal(seen->tls[0].outcome, TLS_GARBAGE);
	assert_int_equal(seen->endings[0], ENDING_TLS_FAILED);
	assert_int_equal(seen->endings[1], ENDING_COMPLETE);
}

static void clear_text_behind_an_agreement_is_evidence(void **state)
{
	struct world *world = *state;
	uint16_t behind = start_server(SERVE_CLEAR_BEHIND_AGREEMENT, 0), instead = start_server(SERVE_CLEAR_INSTEAD_OF_HELLO, 0);
	uint16_t ports[2] = {behind, instead};

	world->policy.conversation_ms = 5000;
	add_host(world, 1, ports, 2);
	run_probe(world);
	assert_int_equal(find_service(world, behind)->endings[0], ENDING_CLEAR_AFTER_UPGRADE);
	assert_int_equal(find_service(world, behind)->tls[0].hello, TLS_HELLO_NONE);
	assert_int_equal(find_service(world, instead)->endings[0], ENDING_CLEAR_AFTER_UPGRADE);
	assert_int_equal(find_service(world, instead)->tls[0].hello, TLS_HELLO_H1);
}

static void silence_a_reset_a_drip_and_a_closed_port_are_told_apart(void **state)
{
	struct world *world = *state;
	uint16_t ports[4] = {start_server(SERVE_NOTHING, 0), start_server(SERVE_RESET, 0), start_server(SERVE_DRIP, 0), closed_port()};

	add_host(world, 1, ports, 4);
	run_probe(world);
	assert_int_equal(find_service(world, ports[0])->endings[0], ENDING_SILENT);
	assert_int_equal(find_service(world, ports[1])->endings[0], ENDING_RESET_SILENT);
	assert_true(find_service(world, ports[2])->endings[0] == ENDING_TARPIT ||
	            find_service(world, ports[2])->endings[0] == ENDING_WRONG_PROTOCOL);
	assert_int_equal(find_service(world, ports[3])->endings[0], ENDING_CONNECT_REFUSED);
	assert_int_equal(find_service(world, ports[3])->count, 1);
	assert_int_equal(world->service_count, 4);
}

/* ---- how politely ---- */

static void one_address_sees_one_connection_at_a_time_with_gaps_and_a_budget(void **state)
{
	struct world *world = *state;
	uint16_t ports[3];

	for (size_t i = 0; i < 3; i++)
		ports[i] = start_server(SERVE_POP3_WITHOUT_TLS, 0);
	world->policy.gap_ms = 120;
	world->policy.per_address = 2;
	world->policy.window_ms = 900;
	world->policy.waits = true;
	add_host(world, 1, ports, 3);
	run_probe(world);
	assert_int_equal(servers.accepted_count, 3);
	for (size_t i = 1; i < 3; i++)
		assert_true(instant_ms_between(servers.accepted[i - 1].ended_at, servers.accepted[i].at) >= 100);
	assert_true(instant_ms_between(servers.accepted[0].at, servers.accepted[2].at) >= 880);
	assert_int_equal(world->service_count, 3);
}

static void contacts_are_announced_before_they_are_made(void **state)
{
	struct world *world = *state;
	uint16_t port = start_server(SERVE_POP3_WITHOUT_TLS, 0);

	for (unsigned i = 1; i <= 60; i++)
		add_host(world, i, &port, 1);
	world->policy.open_max = 7;
	run_probe(world);
	assert_int_equal(world->announced, 60);
	assert_int_equal(servers.accepted_count, 60);
	assert_false(world->was_unannounced);
	assert_in_range(world->open_most, 0, 7);
	assert_int_equal(world->hosts_done, 60);
}

static void nothing_is_sent_when_contacts_cannot_be_written_down(void **state)
{
	struct world *world = *state;
	uint16_t port = start_server(SERVE_POP3_WITHOUT_TLS, 0);

	add_host(world, 1, &port, 1);
	world->fail_contacts_after = 1;
	run_probe(world);
	assert_int_equal(servers.accepted_count, 0);
	assert_int_equal(world->hosts_done, 0);
}

static void an_address_that_became_forbidden_is_left_alone(void **state)
{
	struct world *world = *state;
	uint16_t port = start_server(SERVE_POP3_WITHOUT_TLS, 0);

	add_host(world, 1, &port, 1);
	world->is_forbidden = true;
	run_probe(world);
	assert_int_equal(servers.accepted_count, 0);
	assert_int_equal(world->service_count, 0);
	assert_int_equal(world->hosts_done, 1);
}

static void the_rate_holds(void **state)
{
	struct world *world = *state;
	uint16_t port = start_server(SERVE_POP3_WITHOUT_TLS, 0);
	int64_t all_ms;

	for (unsigned i = 1; i <= 61; i++)
		add_host(world, i, &port, 1);
	world->policy.connections_per_second = 100;
	run_probe(world);
	assert_int_equal(servers.accepted_count, 61);
	all_ms = instant_ms_between(servers.accepted[0].at, servers.accepted[60].at);
	assert_true(all_ms >= 560); /* 60 intervals of 10 ms, less a burst of 2 and what a busy machine makes of it */
	assert_true(all_ms < 3000);
	for (size_t i = 20; i < 61; i++)
		assert_true(instant_ms_between(servers.accepted[i - 20].at, servers.accepted[i].at) >= 100);
}

/* ---- our own side ---- */

static void limit_descriptors(rlim_t limit)
{
	struct rlimit limits;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limits), 0);
	limits.rlim_cur = limit;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limits), 0);
}

/* Takes all free numbers below some limit but `left`, and sets the limit. Returns how many were taken. */
enum { DESCRIPTORS = 128 };

static size_t take_descriptors(int taken[DESCRIPTORS], size_t left)
{
	size_t count = 0;

	limit_descriptors(DESCRIPTORS);
	while (count < DESCRIPTORS && (taken[count] = dup(STDERR_FILENO)) >= 0)
		count++;
	assert_true(count > left);
	for (; left > 0; left--)
		(void)close(taken[--count]);
	return count;
}

static void give_back(const int taken[DESCRIPTORS], size_t count, rlim_t limit)
{
	for (size_t i = 0; i < count; i++)
		(void)close(taken[i]);
	limit_descriptors(limit);
}

static void few_descriptors_slow_a_run_down_and_change_nothing(void **state)
{
	struct world *world = *state;
	uint16_t port = start_server(SERVE_NOTHING, 0);
	int taken[DESCRIPTORS];
	struct rlimit before;
	size_t count;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	for (unsigned i = 1; i <= 24; i++)
		add_host(world, i, &port, 1);
	world->policy.conversation_ms = 100;
	world->policy.canary = false; /* one connection to each is enough here */
	make_probe(world);
	count = take_descriptors(taken, 6);
	run_probe(world);
	give_back(taken, count, before.rlim_cur);
	assert_int_equal(world->service_count, 24);
	for (size_t i = 0; i < 24; i++)
		assert_int_equal(world->services[i].endings[0], ENDING_SILENT);
	assert_in_range(world->open_most, 1, 6);
}

static void a_run_without_any_descriptor_fails_and_says_what_to_do(void **state)
{
	struct world *world = *state;
	uint16_t port = closed_port();
	struct rlimit before;
	struct error error = {{0}};
	int taken[DESCRIPTORS];
	size_t count;
	bool is_done;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	add_host(world, 1, &port, 1);
	make_probe(world);
	count = take_descriptors(taken, 0);
	is_done = probe_run(world->probe, &error);
	give_back(taken, count, before.rlim_cur);
	assert_false(is_done);
	assert_non_null(strstr(error.text, "ulimit -n"));
	assert_int_equal(world->service_count, 0);
}

static void an_address_that_is_not_ours_is_refused_before_the_run(void **state)
{
	struct world *world = *state;
	struct ip_address foreign = {.family = IP_FAMILY_4, .bytes = {192, 0, 2, 1}};
	struct probe_owner owner = {.context = world,
	                            .next_host = give_host,
	                            .may_contact = may_contact,
	                            .before_contacts = before_contacts,
	                            .on_conversation = on_conversation,
	                            .on_service = on_service,
	                            .on_host_done = on_host_done,
	                            .on_tick = on_tick};
	struct error error = {{0}};

	world->policy.sources = &foreign;
	world->policy.source_count = 1;
	assert_null(probe_new(&world->policy, &owner, &error));
	assert_non_null(strstr(error.text, "192.0.2.1"));
}

static void connections_leave_from_the_given_sources_in_turn(void **state)
{
	static const struct ip_address SOURCES[] = {{.family = IP_FAMILY_4, .bytes = {127, 98, 0, 1}},
	                                            {.family = IP_FAMILY_4, .bytes = {127, 98, 0, 2}}};
	struct world *world = *state;
	uint16_t port = start_server(SERVE_POP3_WITHOUT_TLS, 0);

	world->policy.sources = SOURCES;
	world->policy.source_count = 2;
	for (unsigned i = 1; i <= 10; i++)
		add_host(world, i, &port, 1);
	run_probe(world);
	assert_int_equal(world->conversations, 10);
}

/* ---- stopping and going on ---- */

static void a_stopped_run_leaves_open_hosts_open(void **state)
{
	struct world *world = *state;
	uint16_t port = start_server(SERVE_NOTHING, 0);

	add_host(world, 1, &port, 1);
	world->policy.conversation_ms = 60000;
	world->ticks_left = 3;
	run_probe(world);
	assert_int_equal(world->announced, 1);
	assert_int_equal(world->service_count, 0);
	assert_int_equal(world->hosts_done, 0);
}

static void a_resumed_run_asks_only_what_was_not_answered(void **state)
{
	struct world *world = *state;
	uint16_t ports[2] = {start_server(SERVE_POP3_WITHOUT_TLS, 0), start_server(SERVE_POP3_WITHOUT_TLS, 0)};
	struct endpoint decided, asked;
	struct observation before;

	add_host(world, 1, ports, 2);
	add_host(world, 2, ports, 1);
	decided = (struct endpoint){.address = world->hosts[0].host.address, .port = ports[0]};
	asked = (struct endpoint){.address = world->hosts[1].host.address, .port = ports[0]};
	make_probe(world);
	observation_init(&before);
	before.protocol = WIRE_POP3;
	before.ending = ENDING_COMPLETE;
	before.upgrade = UPGRADE_REFUSED;
	buffer_append_text(&before.greeting, "+OK earlier");
	probe_remember_decided(world->probe, decided);
	probe_remember_conversation(world->probe, asked, 1, &before, clock_wall());
	observation_done(&before);
	run_probe(world);
	assert_int_equal(servers.accepted_count, 1);
	assert_int_equal(world->service_count, 2);
	assert_int_equal(find_service(world, ports[1])->endings[0], ENDING_COMPLETE);
	assert_int_equal(find_service(world, ports[0])->upgrade, UPGRADE_REFUSED);
	assert_int_equal(world->hosts_done, 2);
}

static void contacts_of_an_earlier_run_count_in_the_budget(void **state)
{
	struct world *world = *state;
	uint16_t port = start_server(SERVE_POP3_WITHOUT_TLS, 0);
	struct instant began = clock_now();
	struct timestamp earlier = {clock_wall().unix_ms - 500};

	add_host(world, 1, &port, 1);
	world->policy.per_address = 2;
	world->policy.window_ms = 1200;
	make_probe(world);
	probe_remember_contact(world->probe, world->hosts[0].host.address, earlier);
	probe_remember_contact(world->probe, world->hosts[0].host.address, clock_wall());
	run_probe(world);
	assert_int_equal(servers.accepted_count, 1);
	assert_true(instant_ms_between(began, servers.accepted[0].at) >= 680);
}

static int begin_all(void **state)
{
	(void)state;
	servers_begin();
	return 0;
}

static int end_all(void **state)
{
	(void)state;
	servers_end();
	return 0;
}

#define RUN(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* probe_test [epoll]: as the kernel allows, or always over epoll */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		RUN(a_refused_upgrade_is_complete_after_one_conversation),
		RUN(an_upgrade_is_observed_with_its_certificate),
		RUN(a_session_asks_again_inside_tls),
		RUN(implicit_tls_is_looked_into),
		RUN(clear_text_on_a_port_of_implicit_tls_is_read_in_clear),
		RUN(clear_text_behind_an_agreement_is_evidence),
		RUN(silence_a_reset_a_drip_and_a_closed_port_are_told_apart),
		RUN(one_address_sees_one_connection_at_a_time_with_gaps_and_a_budget),
		RUN(contacts_are_announced_before_they_are_made),
		RUN(nothing_is_sent_when_contacts_cannot_be_written_down),
		RUN(an_address_that_became_forbidden_is_left_alone),
		RUN(the_rate_holds),
		RUN(few_descriptors_slow_a_run_down_and_change_nothing),
		RUN(a_run_without_any_descriptor_fails_and_says_what_to_do),
		RUN(an_address_that_is_not_ours_is_refused_before_the_run),
		RUN(connections_leave_from_the_given_sources_in_turn),
		RUN(a_stopped_run_leaves_open_hosts_open),
		RUN(a_resumed_run_asks_only_what_was_not_answered),
		RUN(contacts_of_an_earlier_run_count_in_the_budget),
	};

	is_epoll_wanted = argc > 1 && strcmp(argv[1], "epoll") == 0;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, begin_all, end_all);
}
