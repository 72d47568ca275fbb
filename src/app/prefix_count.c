/* SPDX-License-Identifier: ISC */
/* Gathers services to hosts and hosts to prefixes, one of each at a time. */
#include "app/prefix_count.h"

#include <inttypes.h>
#include <string.h>

/* FNV-1a. */
static uint64_t mix_bytes(uint64_t hash, const void *bytes, size_t size)
{
	const unsigned char *byte = bytes;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ byte[i]) * UINT64_C(0x100000001b3);
	return hash;
}

/* Hosts are alike when they show the same greetings and certificates on the same ports. */
static uint64_t mix_service(uint64_t hash, const struct service_record *service)
{
	hash = mix_bytes(hash, &service->endpoint.port, sizeof(service->endpoint.port));
	hash = mix_bytes(hash, &service->protocol, sizeof(service->protocol));
	if (service->greeting.size > 0)
		hash = mix_bytes(hash, service->greeting.data, service->greeting.size);
	return mix_bytes(hash, service->tls.leaf_sha256, sizeof(service->tls.leaf_sha256));
}

static void finish_prefix(struct prefix_count *count)
{
	uint64_t alike;
	enum prefix_verdict verdict;

	if (!count->has_prefix)
		return;
	verdict = prefix_judge(&count->tally, &alike);
	count->prefixes[verdict]++;
	count->hosts[verdict] += verdict == PREFIX_UNIFORM ? alike : count->tally.accepting;
	if (verdict != PREFIX_ORDINARY && count->shown_count < PREFIXES_SHOWN_MAX)
		count->shown[count->shown_count++] = (struct prefix_row){
			count->tally.prefix, verdict, count->tally.accepting, count->tally.speaking, count->tally.false_hosts, alike};
	if (count->on_prefix != NULL)
		count->on_prefix(count->context, count->tally.prefix, verdict);
	count->has_prefix = false;
}

static void finish_host(struct prefix_count *count)
{
	struct ip_address prefix = prefix_of(count->host.address);

	if (!count->has_host)
		return;
	count->host.accepts_all = count->host.accepts_all && !count->host.speaks;
	if (count->has_prefix && ip_address_compare(count->tally.prefix, prefix) != 0)
		finish_prefix(count);
	if (!count->has_prefix)
		prefix_begin(&count->tally, prefix);
	count->has_prefix = true;
	prefix_add(&count->tally, &count->host);
	count->has_host = false;
}

void prefix_count_add(struct prefix_count *count, const struct census_service *service)
{
	const struct service_record *record = service->service;

	if (service->is_first_of_host) {
		finish_host(count);
		count->has_host = true;
		count->host = (struct prefix_host){.address = record->endpoint.address,
		                                   .accepts_all = true,
		                                   .is_false = service->host->verdict == HOST_FALSE,
		                                   .likeness = UINT64_C(0xcbf29ce484222325)};
	}
	if ((record->observation_flags & OBSERVED_CANARY) != 0)
		return;
	if (record->verdict == VERDICT_CLOSED)
		count->host.accepts_all = false;
	else if (record->protocol != WIRE_UNKNOWN || record->tls_proven || record->greeting.size > 0)
		count->host.speaks = true;
	if (record->verdict != VERDICT_CLOSED)
		count->host.likeness = mix_service(count->host.likeness, record);
}

void prefix_count_end(struct prefix_count *count)
{
	finish_host(count);
	finish_prefix(count);
}

static void render_uniform(const struct prefix_row *row, struct buffer *out)
{
	buffer_append_format(out, "%" PRIu64 " of %" PRIu64 " hosts that speak have the same greetings and certificates: ", row->alike,
	                     row->speaking);
	if (row->false_hosts > 0)
		buffer_append_format(out, "of %" PRIu64 " a canary proved that they are no mail servers\n", row->false_hosts);
	else
		buffer_append_text(out, "one machine, or a hoster's\n");
}

void prefix_count_render(const struct prefix_count *count, struct buffer *out)
{
	if (count->shown_count == 0)
		return;
	buffer_append_text(out, "\nPREFIXES THAT ANSWER AS ONE MACHINE (their hosts are counted above as what they are)\n");
	for (unsigned i = 0; i < count->shown_count; i++) {
		const struct prefix_row *row = &count->shown[i];
		char text[IP_ADDRESS_TEXT_SIZE];

		ip_address_format(row->prefix, text);
		buffer_append_format(out, "%s/%d  %s: ", text, row->prefix.family == IP_FAMILY_4 ? 24 : 64,
		                     prefix_verdict_name(row->verdict));
		if (row->verdict == PREFIX_UNIFORM)
			render_uniform(row, out);
		else
			buffer_append_format(out,
			                     "%" PRIu64 " hosts accept on every port that was asked, %" PRIu64 " say anything, of %" PRIu64
			                     " a canary proved it\n",
			                     row->accepting, row->speaking, row->false_hosts);
	}
	if (count->prefixes[PREFIX_ACCEPTS_EVERYTHING] + count->prefixes[PREFIX_UNIFORM] > count->shown_count)
		buffer_append_format(out, "and %" PRIu64 " more\n",
		                     count->prefixes[PREFIX_ACCEPTS_EVERYTHING] + count->prefixes[PREFIX_UNIFORM] - count->shown_count);
}

void prefix_count_append_json(const struct prefix_count *count, struct buffer *out)
{
	buffer_append_format(out,
	                     ",\"prefixes\":{\"accepts-everything\":{\"prefixes\":%" PRIu64 ",\"hosts\":%" PRIu64
	                     "},\"uniform-prefix\":{\"prefixes\":%" PRIu64 ",\"hosts\":%" PRIu64 "},\"examples\":[",
	                     count->prefixes[PREFIX_ACCEPTS_EVERYTHING], count->hosts[PREFIX_ACCEPTS_EVERYTHING],
	                     count->prefixes[PREFIX_UNIFORM], count->hosts[PREFIX_UNIFORM]);
	for (unsigned i = 0; i < count->shown_count; i++) {
		const struct prefix_row *row = &count->shown[i];
		char text[IP_ADDRESS_TEXT_SIZE];

		ip_address_format(row->prefix, text);
		buffer_append_format(out,
		                     "%s{\"prefix\":\"%s/%d\",\"kind\":\"%s\",\"accepting\":%" PRIu64 ",\"speaking\":%" PRIu64
		                     ",\"false_hosts\":%" PRIu64 ",\"alike\":%" PRIu64 "}",
		                     i > 0 ? "," : "", text, row->prefix.family == IP_FAMILY_4 ? 24 : 64, prefix_verdict_name(row->verdict),
		                     row->accepting, row->speaking, row->false_hosts, row->alike);
	}
	buffer_append_text(out, "]}");
}
