/* SPDX-License-Identifier: ISC */
/* Attaches steer_from_kernel by whichever way this kernel has. */
#include "net/reset_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "base/memory.h"
#include "net/netlink.h"
#include "net/steer_program.h"

enum {
	ATTACH_TCX_INGRESS = 46, /* BPF_TCX_INGRESS; Debian 12's headers are of Linux 6.1 */
	PRIORITY = 0xce,         /* by which filters of ours are known */
};

struct reset_guard {
	struct steer_program *program;
	int link; /* -1: by clsact */
	int life; /* the child takes the filter away when this is closed; -1: there is none */
	pid_t remover;
};

/* ---- Linux 6.6 and later: a link ---- */

static int link_to_interface(int program, unsigned interface_index)
{
	union bpf_attr attribute;

	memset(&attribute, 0, sizeof(attribute));
	attribute.link_create.prog_fd = (uint32_t)program;
	attribute.link_create.target_ifindex = interface_index;
	attribute.link_create.attach_type = ATTACH_TCX_INGRESS;
	return (int)syscall(SYS_bpf, BPF_LINK_CREATE, &attribute, sizeof(attribute));
}

/* ---- before: a filter of clsact ---- */

struct filter {
	struct bpf_tc_hook hook;
	uint32_t handle; /* our first port: censuses side by side have ports of their own */
	bool has_made_hook;
};

static void count_filter(void *context, uint16_t type, struct span body)
{
	unsigned *count = context;

	(void)body;
	*count += type == RTM_NEWTFILTER;
}

static unsigned filters_left(int interface_index, uint32_t parent)
{
	struct netlink_request request;
	struct tcmsg header = {.tcm_ifindex = interface_index, .tcm_parent = parent};
	unsigned count = 0;

	netlink_begin(&request, RTM_GETTFILTER, NLM_F_DUMP, &header, sizeof(header));
	return netlink_ask(&request, count_filter, &count) == 0 ? count : 1; /* unknown: hands off */
}

static void remove_filter(struct filter *filter)
{
	struct bpf_tc_opts options = {.sz = sizeof(options), .handle = filter->handle, .priority = PRIORITY};

	(void)bpf_tc_detach(&filter->hook, &options);
	/* The hook goes only when nobody else has hung anything on it since. */
	if (!filter->has_made_hook || filters_left(filter->hook.ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS)) > 0 ||
	    filters_left(filter->hook.ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS)) > 0)
		return;
	filter->hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
	(void)bpf_tc_hook_destroy(&filter->hook);
}

static int attach_filter(struct filter *filter, int program, unsigned interface_index, uint16_t first_port)
{
	struct bpf_tc_opts options = {
		.sz = sizeof(options), .handle = first_port, .priority = PRIORITY, .prog_fd = program, .flags = BPF_TC_F_REPLACE};
	int failure;

	*filter = (struct filter){.hook = {.sz = sizeof(filter->hook), .ifindex = (int)interface_index, .attach_point = BPF_TC_INGRESS},
	                          .handle = first_port};
	failure = bpf_tc_hook_create(&filter->hook);
	if (failure != 0 && failure != -EEXIST)
		return -failure;
	filter->has_made_hook = failure == 0;
	failure = bpf_tc_attach(&filter->hook, &options);
	if (failure != 0)
		remove_filter(filter);
	return -failure;
}

/* The child: nothing of its parent's but the pipe, deaf to what is meant for its parent, gone after it. */
_Noreturn static void remove_at_end(int life, struct filter *filter)
{
	static const int DEAF_TO[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGUSR2, SIGTSTP};
	char byte;

	for (size_t i = 0; i < ARRAY_LENGTH(DEAF_TO); i++)
		(void)signal(DEAF_TO[i], SIG_IGN);
	(void)prctl(PR_SET_NAME, "census-guard");
	(void)setsid();
	if (dup2(life, 0) != 0)
		_exit(1);
	closefrom(1);
	while (read(0, &byte, 1) < 0 && errno == EINTR)
		;
	remove_filter(filter);
	_exit(0);
}

static bool start_remover(struct reset_guard *guard, struct filter *filter)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	guard->remover = fork();
	if (guard->remover == 0) {
		(void)close(ends[1]);
		remove_at_end(ends[0], filter);
	}
	(void)close(ends[0]);
	guard->life = ends[1];
	if (guard->remover > 0)
		return true;
	(void)close(guard->life);
	guard->life = -1;
	return false;
}

/* ---- both ---- */

static struct reset_guard *guard_new(bool may_link, unsigned interface_index, const struct frame_path_setup *setup, struct error *error)
{
	struct reset_guard *guard = memory_allocate(1, sizeof(*guard));
	struct filter filter;
	int failure = 0;

	*guard = (struct reset_guard){.link = -1, .life = -1};
	guard->program = steer_program_load(STEER_FROM_KERNEL, setup, error);
	if (guard->program == NULL) {
		free(guard);
		return NULL;
	}
	if (may_link)
		guard->link = link_to_interface(steer_program_descriptor(guard->program), interface_index);
	if (guard->link >= 0)
		return guard;
	failure = attach_filter(&filter, steer_program_descriptor(guard->program), interface_index, setup->first_port);
	if (failure == 0 && start_remover(guard, &filter))
		return guard;
	if (failure == 0) {
		failure = errno;
		remove_filter(&filter);
	}
	(void)error_set(error, "no classifier can be attached to %s: %s%s", setup->interface, strerror(failure),
	                failure == EPERM ? " (it needs CAP_NET_ADMIN, as root has)" : "");
	reset_guard_free(guard);
	return NULL;
}

struct reset_guard *reset_guard_new(unsigned interface_index, const struct frame_path_setup *setup, struct error *error)
{
	return guard_new(true, interface_index, setup, error);
}

struct reset_guard *reset_guard_new_by_filter(unsigned interface_index, const struct frame_path_setup *setup, struct error *error)
{
	return guard_new(false, interface_index, setup, error);
}

void reset_guard_free(struct reset_guard *guard)
{
	if (guard == NULL)
		return;
	if (guard->link >= 0)
		(void)close(guard->link);
	if (guard->life >= 0) {
		(void)close(guard->life);
		(void)waitpid(guard->remover, NULL, 0);
	}
	steer_program_free(guard->program);
	free(guard);
}
