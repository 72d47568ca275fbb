/* SPDX-License-Identifier: ISC */
/* Hosts and services of a census counted by country and network. */
#ifndef APP_STATS_GROUPS_H
#define APP_STATS_GROUPS_H

#include "app/census_reader.h"
#include "base/buffer.h"
#include "enrich/attributor.h"

/* What makes two hosts belong to one group; several together make finer groups. */
enum group_key {
	GROUP_BY_COUNTRY = 1 << 0,
	GROUP_BY_ASN = 1 << 1,
};

enum { GROUP_COUNTRY_SIZE = 8 };

struct stats_group {
	bool is_used;
	char country[GROUP_COUNTRY_SIZE]; /* "" unknown, "anycast" where the address is answered in many */
	uint32_t asn;                     /* 0: unknown */
	uint64_t hosts[HOST_VERDICT_COUNT];
	uint64_t offering[4], without_tls[4]; /* enum group_protocol */
	uint64_t strict;
	uint64_t services[VERDICT_COUNT];
};

enum group_protocol { GROUP_POP3, GROUP_IMAP, GROUP_BOTH, GROUP_ANY };

struct stats_groups {
	unsigned keys; /* enum group_key */
	struct stats_group *items;
	size_t count, capacity;      /* capacity: a power of two, or 0 */
	struct stats_group *current; /* of the host whose services come */
};

/* "country,asn": false: a word is none of the keys. */
bool stats_groups_parse(const char *text, unsigned *keys_out, struct error *error) MUST_CHECK;
void stats_groups_done(struct stats_groups *groups);
/* Services come by address. */
void stats_groups_count(struct stats_groups *groups, const struct attributor *attributor, const struct census_service *service);
/* Most hosts without TLS first, then most hosts that offer mail. To be called before one of the three below, after which nothing is counted any more. */
void stats_groups_sort(struct stats_groups *groups);
void stats_groups_render(const struct stats_groups *groups, const struct attributor *attributor, struct buffer *out);
/* One line, to be written before the next is made; place below groups->count. */
void stats_groups_csv_titles(const struct stats_groups *groups, struct buffer *out);
void stats_groups_csv_line(const struct stats_groups *groups, size_t place, const struct attributor *attributor, struct buffer *out);
void stats_groups_json(const struct stats_groups *groups, size_t place, const struct attributor *attributor, struct buffer *out);

#endif
