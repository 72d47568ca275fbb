/* SPDX-License-Identifier: ISC */
/* Hosts and services of a census counted by the values of some keys. Memory grows with the values, up to STATS_GROUPS_MAX groups; what comes later is counted together. */
#ifndef APP_STATS_GROUPS_H
#define APP_STATS_GROUPS_H

#include "app/stats_keys.h"

enum { STATS_GROUPS_MAX = 200000 };

enum stats_protocol { STATS_POP3, STATS_IMAP, STATS_BOTH, STATS_ANY };
enum { STATS_PROTOCOL_COUNT = STATS_ANY + 1 };

/* What is counted in each group: places in its counts. */
enum stats_counter {
	STATS_HOSTS,
	STATS_OFFERING,                                            /* hosts, by enum stats_protocol */
	STATS_WITHOUT_TLS = STATS_OFFERING + STATS_PROTOCOL_COUNT, /* hosts that let people log in without TLS, likewise */
	STATS_STRICT = STATS_WITHOUT_TLS + STATS_PROTOCOL_COUNT,   /* hosts that have no TLS for some protocol on any port */
	STATS_HOST_VERDICTS,                                       /* hosts, by enum host_verdict */
	STATS_SERVICES = STATS_HOST_VERDICTS + HOST_VERDICT_COUNT,
	STATS_VERDICTS, /* services, by enum verdict */
	STATS_COUNTER_COUNT = STATS_VERDICTS + VERDICT_COUNT,
};
/* "hosts", "offer_pop3", "host-no-tls", "service-no-tls": for CSV, JSON and stores. */
enum { STATS_COUNTER_NAME_SIZE = 48 };
void stats_counter_name(size_t counter, char name[STATS_COUNTER_NAME_SIZE]);
/* All of them, for who needs them for each of many groups. */
struct stats_counter_names {
	char names[STATS_COUNTER_COUNT][STATS_COUNTER_NAME_SIZE];
	size_t sizes[STATS_COUNTER_COUNT];
};
void stats_counter_names_make(struct stats_counter_names *names_out);

struct stats_group {
	char *value; /* values of all keys in the order of the table, a tab between two */
	uint64_t counts[STATS_COUNTER_COUNT];
	/* While counting: the last host that was counted here, and what of it. */
	uint64_t last_host;
	unsigned seen;
};

struct stats_groups {
	unsigned keys; /* bits of STATS_KEYS; 0: one group for all */
	bool is_of_hosts;
	struct stats_group *items;
	size_t count, capacity;
	size_t *places;
	size_t maximum;              /* of groups that are told apart */
	uint64_t hosts;              /* met so far */
	struct stats_values *values; /* of each key, of the service that comes */
	size_t *current;             /* groups that it is in */
	size_t current_count, current_capacity;
};

void stats_groups_init(struct stats_groups *groups, unsigned keys);
void stats_groups_done(struct stats_groups *groups);
/* Services come host by host. attribution: of the address, where a key wants it. Where all keys are of hosts, POP3, IMAP and without TLS are those of the host;
   else they are those of its services in the group. A canary is no service. */
void stats_groups_count(struct stats_groups *groups, const struct attribution *attribution, const struct census_service *service);
/* The group with this value, made where there is none yet and there is room; else the one of all others. Valid until the next call. */
struct stats_group *stats_groups_get(struct stats_groups *groups, const char *value);
/* Most hosts without TLS first, then most hosts that offer mail, hosts, services. Nothing is counted or found any more after it. */
void stats_groups_sort(struct stats_groups *groups);

/* The value of the key at this place among the group's keys (0: the first), which is none of its own memory. */
struct span stats_group_value(const struct stats_group *group, size_t place);
/* Services of which nothing could be told. */
uint64_t stats_group_untold_services(const struct stats_group *group);

#endif
