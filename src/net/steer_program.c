/* SPDX-License-Identifier: ISC */
/* Loads steer.bpf.c, which the build compiled and embedded, by libbpf. */
#include "net/steer_program.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/memory.h"
#include "net/route.h"
#include "net/steer.h"
#include "net/steer_object.h"

_Static_assert((int)STEER_ADDRESSES_MAX == (int)FRAME_PATH_ADDRESSES_MAX, "the map holds what a setup may name");

struct steer_program {
	struct bpf_object *object;
	struct bpf_program *chosen;
};

static int print_nothing(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void)level;
	(void)format;
	(void)arguments;
	return 0; /* what matters is in the error that we set */
}

/* Before Linux 5.11 maps count as locked memory; AF_XDP's still does. */
static void lift_memory_limit(void)
{
	const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};

	(void)setrlimit(RLIMIT_MEMLOCK, &unlimited);
}

static bool configure(struct bpf_object *object, const struct frame_path_setup *setup)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, ".rodata");
	const struct steer_config config = {
		.first_port = setup->first_port,
		.last_port = setup->last_port,
		.vlan = setup->vlan,
		.is_raw_ip = setup->link == LINK_RAW_IP,
		.receives_icmp = setup->receives_icmp,
	};

	return map != NULL && bpf_map__set_initial_value(map, &config, sizeof(config)) == 0;
}

static bool fill_addresses(struct bpf_object *object, const struct frame_path_setup *setup)
{
	int map = bpf_object__find_map_fd_by_name(object, "addresses");

	for (size_t i = 0; i < setup->address_count; i++) {
		struct steer_address key = {.family = (uint32_t)setup->addresses[i].family};
		uint32_t owner = address_is_of_kernel(setup->addresses[i]) ? STEER_KERNEL : STEER_NOBODY;

		memcpy(key.bytes, setup->addresses[i].bytes, sizeof(key.bytes));
		if (bpf_map_update_elem(map, &key, &owner, BPF_ANY) != 0)
			return false;
	}
	return true;
}

struct steer_program *steer_program_load(enum steer_program_kind kind, const struct frame_path_setup *setup, struct error *error)
{
	const char *name = kind == STEER_TO_US ? "steer_to_us" : "steer_from_kernel";
	struct steer_program *program = memory_allocate(1, sizeof(*program));
	struct bpf_program *each;

	(void)libbpf_set_print(print_nothing);
	lift_memory_limit();
	program->object = bpf_object__open_mem(STEER_OBJECT, STEER_OBJECT_SIZE, NULL);
	if (program->object == NULL) {
		(void)error_set(error, "libbpf cannot read our own program: %s", strerror(errno));
		free(program);
		return NULL;
	}
	bpf_object__for_each_program(each, program->object)
	{
		bool is_chosen = strcmp(bpf_program__name(each), name) == 0;

		(void)bpf_program__set_autoload(each, is_chosen);
		if (is_chosen)
			program->chosen = each;
	}
	if (kind != STEER_TO_US)
		(void)bpf_map__set_autocreate(bpf_object__find_map_by_name(program->object, "sockets"), false);
	if (program->chosen != NULL && configure(program->object, setup) && bpf_object__load(program->object) == 0 &&
	    fill_addresses(program->object, setup))
		return program;
	(void)error_set(error, "no BPF program can be loaded: %s%s", strerror(errno),
	                errno == EPERM ? " (it needs CAP_BPF and CAP_NET_ADMIN, as root has)" : "");
	steer_program_free(program);
	return NULL;
}

void steer_program_free(struct steer_program *program)
{
	if (program == NULL)
		return;
	bpf_object__close(program->object);
	free(program);
}

int steer_program_descriptor(const struct steer_program *program)
{
	return bpf_program__fd(program->chosen);
}

int steer_program_sockets(const struct steer_program *program)
{
	return bpf_object__find_map_fd_by_name(program->object, "sockets");
}
