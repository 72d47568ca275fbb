/* SPDX-License-Identifier: ISC */
/* Counts the hosts of a prefix and the likenesses among them. */
#include "classify/prefix.h"

#include <stddef.h>
#include <string.h>

struct ip_address prefix_of(struct ip_address address)
{
	size_t kept = address.family == IP_FAMILY_4 ? 3 : 8;

	memset(address.bytes + kept, 0, sizeof(address.bytes) - kept);
	return address;
}

void prefix_begin(struct prefix_tally *tally, struct ip_address address)
{
	*tally = (struct prefix_tally){.prefix = prefix_of(address)};
}

static void count_likeness(struct prefix_tally *tally, uint64_t likeness)
{
	for (unsigned i = 0; i < tally->likeness_count; i++) {
		if (tally->likenesses[i].likeness == likeness) {
			tally->likenesses[i].count++;
			return;
		}
	}
	if (tally->likeness_count < PREFIX_ADDRESSES)
		tally->likenesses[tally->likeness_count++] = (struct prefix_likeness){likeness, 1};
}

void prefix_add(struct prefix_tally *tally, const struct prefix_host *host)
{
	tally->false_hosts += host->is_false;
	tally->accepting += host->accepts_all;
	if (!host->speaks)
		return;
	tally->speaking++;
	count_likeness(tally, host->likeness);
}

enum prefix_verdict prefix_judge(const struct prefix_tally *tally, uint64_t *alike_out)
{
	uint64_t alike = 0;

	for (unsigned i = 0; i < tally->likeness_count; i++)
		alike = tally->likenesses[i].count > alike ? tally->likenesses[i].count : alike;
	if (alike_out != NULL)
		*alike_out = alike;
	if (tally->accepting > PREFIX_ADDRESSES / 2 && tally->speaking * 100 < tally->accepting)
		return PREFIX_ACCEPTS_EVERYTHING;
	if (alike >= PREFIX_UNIFORM_MIN && alike * 100 >= tally->speaking * PREFIX_UNIFORM_PERCENT)
		return PREFIX_UNIFORM;
	return PREFIX_ORDINARY;
}

const char *prefix_verdict_name(enum prefix_verdict verdict)
{
	static const char *const NAMES[PREFIX_VERDICT_COUNT] = {
		[PREFIX_ORDINARY] = "ordinary", [PREFIX_ACCEPTS_EVERYTHING] = "accepts-everything", [PREFIX_UNIFORM] = "uniform-prefix"};

	return (size_t)verdict < PREFIX_VERDICT_COUNT ? NAMES[verdict] : "?";
}
