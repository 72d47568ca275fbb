/* SPDX-License-Identifier: ISC */
/* The kernel's TCP gets nothing of ours while the guard stands, by a link or by a filter of clsact, and everything again when we are gone, however we went. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/privilege.h"
#include "net/reset_guard.h"
#include "net/route.h"
#include "two_sides.h"

enum { FIRST_PORT = 40000, LAST_PORT = 40999, SOON_MS = 3000, NEVER_MS = 100, ROUNDS = 300, PAUSE_MS = 10 };

typedef struct reset_guard *make_guard(unsigned interface_index, const struct frame_path_setup *setup, struct error *error);

static struct two_sides sides;
static struct ip_address own[2];
static unsigned interface_index;

static const char SHOW_FILTERS[] = "tc filter show dev near0 ingress";
static const char SHOW_HOOKS[] = "tc qdisc show dev near0";

static const struct frame_path_setup *setup(void)
{
	static struct frame_path_setup made;

	made = (struct frame_path_setup){.interface = "near0",
	                                 .link = LINK_ETHERNET,
	                                 .first_port = FIRST_PORT,
	                                 .last_port = LAST_PORT,
	                                 .addresses = own,
	                                 .address_count = 2};
	return &made;
}

/* One attempt of far at a port where nobody listens: does the kernel of near say so? */
static void expect_resets(bool is_reset, struct ip_address address, uint16_t port)
{
	int client = two_sides_connect(&sides, address, port);
	struct pollfd polled = {.fd = client, .events = POLLOUT};

	assert_int_equal(poll(&polled, 1, is_reset ? SOON_MS : NEVER_MS), is_reset);
	(void)close(client);
}

static void expect_guarded(bool is_guarded)
{
	for (size_t family = 0; family < 2; family++) {
		expect_resets(!is_guarded, own[family], FIRST_PORT);
		expect_resets(!is_guarded, own[family], LAST_PORT);
		expect_resets(true, own[family], FIRST_PORT - 1);
		expect_resets(true, own[family], LAST_PORT + 1);
	}
}

static void guards_and_goes(make_guard *make)
{
	struct error error = {""};
	struct reset_guard *guard = make(interface_index, setup(), &error);

	if (guard == NULL)
		fail_msg("%s", error.text);
	expect_guarded(true);
	reset_guard_free(guard);
	expect_guarded(false);
	assert_false(two_sides_shows(SHOW_FILTERS, "bpf"));
	assert_false(two_sides_shows(SHOW_HOOKS, "clsact"));
}

static void link_guards_and_goes(void **state)
{
	(void)state;
	guards_and_goes(reset_guard_new);
}

static void filter_guards_and_goes(void **state)
{
	(void)state;
	guards_and_goes(reset_guard_new_by_filter);
}

static pid_t start_holder(make_guard *make, bool drops_privileges)
{
	int ends[2];
	char byte = 0;
	pid_t child;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	child = fork();
	if (child == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nobody behind */
		if (make(interface_index, setup(), NULL) == NULL || (drops_privileges && !privilege_drop(PRIVILEGE_NONE, NULL)) ||
		    write(ends[1], &byte, 1) != 1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	(void)close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	(void)close(ends[0]);
	return child;
}

/* Killed without warning, and without the privilege to take anything away itself. */
static void nothing_stays_after_a_kill(make_guard *make)
{
	for (unsigned drops_privileges = 0; drops_privileges < 2; drops_privileges++) {
		pid_t holder = start_holder(make, drops_privileges != 0);

		expect_resets(false, own[0], FIRST_PORT);
		assert_int_equal(kill(holder, SIGKILL), 0);
		(void)waitpid(holder, NULL, 0);
		for (unsigned i = 0; i < ROUNDS && two_sides_shows(SHOW_HOOKS, "clsact"); i++)
			(void)poll(NULL, 0, PAUSE_MS);
		assert_false(two_sides_shows(SHOW_FILTERS, "bpf"));
		assert_false(two_sides_shows(SHOW_HOOKS, "clsact"));
		expect_guarded(false);
	}
}

static void link_goes_after_a_kill(void **state)
{
	(void)state;
	nothing_stays_after_a_kill(reset_guard_new);
}

static void filter_goes_after_a_kill(void **state)
{
	(void)state;
	nothing_stays_after_a_kill(reset_guard_new_by_filter);
}

/* What else hangs on the hook stays, and so does the hook. */
static void others_filters_stay(void **state)
{
	struct error error = {""};
	struct reset_guard *guard = reset_guard_new_by_filter(interface_index, setup(), &error);

	(void)state;
	assert_non_null(guard);
	assert_int_equal(two_sides_run("tc filter add dev near0 ingress protocol ip prio 7 u32 match u32 0 0"), 0);
	reset_guard_free(guard);
	expect_guarded(false);
	assert_true(two_sides_shows(SHOW_HOOKS, "clsact"));
	assert_true(two_sides_shows(SHOW_FILTERS, "u32"));
	assert_false(two_sides_shows(SHOW_FILTERS, "bpf"));
	/* A hook that was there before is not ours to take away. */
	assert_int_equal(two_sides_run("tc filter del dev near0 ingress"), 0);
	guard = reset_guard_new_by_filter(interface_index, setup(), &error);
	assert_non_null(guard);
	reset_guard_free(guard);
	assert_true(two_sides_shows(SHOW_HOOKS, "clsact"));
	assert_int_equal(two_sides_run("tc qdisc del dev near0 clsact"), 0);
}

/* Even when both were killed: the next one takes the place of what was left. */
static void leftovers_are_replaced(void **state)
{
	struct error error = {""};
	pid_t holder = start_holder(reset_guard_new_by_filter, false);
	struct reset_guard *guard;
	char line[128];

	(void)state;
	(void)snprintf(line, sizeof(line), "ps -o pid= --ppid %d | xargs kill -9", (int)holder);
	assert_int_equal(two_sides_run(line), 0);
	assert_int_equal(kill(holder, SIGKILL), 0);
	(void)waitpid(holder, NULL, 0);
	expect_resets(false, own[0], FIRST_PORT);
	guard = reset_guard_new_by_filter(interface_index, setup(), &error);
	assert_non_null(guard);
	expect_guarded(true);
	reset_guard_free(guard);
	expect_guarded(false);
	assert_int_equal(two_sides_run("tc qdisc del dev near0 clsact"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(link_guards_and_goes),   cmocka_unit_test(filter_guards_and_goes),
		cmocka_unit_test(link_goes_after_a_kill), cmocka_unit_test(filter_goes_after_a_kill),
		cmocka_unit_test(others_filters_stay),    cmocka_unit_test(leftovers_are_replaced),
	};
	struct interface interface;

	two_sides_make(&sides);
	own[0] = two_sides_address("198.18.0.1");
	own[1] = two_sides_address("2001:db8::1");
	if (!interface_find("near0", &interface, NULL))
		return 1;
	interface_index = interface.index;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
