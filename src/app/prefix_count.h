/* SPDX-License-Identifier: ISC */
/* Counts prefixes that answer as one machine (classify/prefix.h), from services in order of addresses. */
#ifndef APP_PREFIX_COUNT_H
#define APP_PREFIX_COUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "app/census_reader.h"
#include "base/buffer.h"
#include "classify/prefix.h"

enum { PREFIXES_SHOWN_MAX = 20 };

struct prefix_row {
	struct ip_address prefix;
	enum prefix_verdict verdict;
	uint64_t accepting, speaking, false_hosts, alike;
};

/* Zeroed is empty, and tells nobody. */
struct prefix_count {
	bool has_host, has_prefix;
	struct prefix_host host; /* whose services are coming */
	struct prefix_tally tally;
	uint64_t prefixes[PREFIX_VERDICT_COUNT], hosts[PREFIX_VERDICT_COUNT];
	struct prefix_row shown[PREFIXES_SHOWN_MAX];
	unsigned shown_count;
	/* Told of each prefix when its last host was counted; NULL: nobody. */
	void (*on_prefix)(void *context, struct ip_address prefix, enum prefix_verdict verdict);
	void *context;
};

void prefix_count_add(struct prefix_count *count, const struct census_service *service);
/* After the last service. */
void prefix_count_end(struct prefix_count *count);
/* Nothing where no prefix is remarkable. */
void prefix_count_render(const struct prefix_count *count, struct buffer *out);
/* ,"prefixes":{...} */
void prefix_count_append_json(const struct prefix_count *count, struct buffer *out);

#endif
