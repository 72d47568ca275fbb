/* SPDX-License-Identifier: ISC */
/* A merge join over two streams. An absent row means something only by what the census tells of its targets. */
#include "app/census_diff.h"

#include <stdlib.h>
#include <string.h>

#include "app/finding_names.h"
#include "base/memory.h"

enum { SERVICES_MAX = 128 }; /* of one host, in both together */

struct side {
	struct census_reader *reader;
	struct census_stream *stream;
	struct census_reach *reach;
	const struct stream_host *next; /* NULL: no more */
};

struct census_diff {
	struct side sides[DIFF_SIDES];
	bool has_findings;
	bool has_same_rules; /* made by the same version of the program */
	struct diff_service services[SERVICES_MAX];
	struct service_pair pairs[SERVICES_MAX];
	struct assessed_service assessed; /* what a stored service is asked with for what was measured */
	struct chain_facts chain;
};

static const char *const DETAILS[DETAIL_COUNT] = {"verdict", "login", "protocol", "certificate", "software"};

const char *diff_detail_name(uint32_t bit)
{
	for (unsigned i = 0; i < DETAIL_COUNT; i++) {
		if (bit == 1u << i)
			return DETAILS[i];
	}
	return NULL;
}

const char *diff_service_doubt(const struct diff_service *service)
{
	const enum standing standings[DIFF_SIDES] = {service->pair.old, service->pair.new};
	static const char *const untold[DIFF_SIDES] = {"the old census could not tell", "the new census could not tell"};

	if (service->pair.change != CHANGE_UNTOLD)
		return NULL;
	for (unsigned side = 0; side < DIFF_SIDES; side++) {
		if (standings[side] == STANDING_UNASKED)
			return reach_sentence(service->reach[side]);
	}
	return untold[standings[DIFF_OLD] == STANDING_UNTOLD ? DIFF_OLD : DIFF_NEW];
}

/* ---- opening ---- */

struct census_diff *census_diff_open(struct census_reader *old, struct census_reader *new, bool has_findings, struct error *error)
{
	struct census_diff *diff = memory_allocate(1, sizeof(*diff));
	struct census_reader *const readers[DIFF_SIDES] = {old, new};

	diff->has_findings = has_findings;
	diff->has_same_rules = strcmp(old->record.tool_version, new->record.tool_version) == 0;
	for (unsigned side = 0; side < DIFF_SIDES; side++) {
		diff->sides[side].reader = readers[side];
		diff->sides[side].reach = census_reach_open(readers[side], error);
		if (diff->sides[side].reach == NULL) {
			census_diff_close(diff);
			return NULL;
		}
	}
	return diff;
}

void census_diff_close(struct census_diff *diff)
{
	if (diff == NULL)
		return;
	for (unsigned side = 0; side < DIFF_SIDES; side++) {
		census_stream_close(diff->sides[side].stream);
		census_reach_close(diff->sides[side].reach);
	}
	free(diff);
}

/* ---- one service ---- */

static enum standing standing_of(const struct stream_service *row, enum reach reach)
{
	struct host_service service;

	if (row == NULL)
		return reach == REACH_ASKED ? STANDING_SILENT : STANDING_UNASKED;
	service = (struct host_service){.port = row->port,
	                                .protocol = row->protocol,
	                                .verdict = row->verdict,
	                                .ending = row->ending,
	                                .cleartext_login = row->cleartext_login};
	return standing_of_service(&service, row->tls_proven);
}

static bool is_other_software(const struct software *old, const struct software *new)
{
	if (old->product[0] == '\0' || new->product[0] == '\0')
		return false;
	if (strcmp(old->product, new->product) != 0)
		return true;
	return old->version[0] != '\0' && new->version[0] != '\0' && strcmp(old->version, new->version) != 0;
}

static bool is_seen(const struct service_pair *pair)
{
	return pair->old > STANDING_SILENT && pair->new > STANDING_SILENT;
}

static unsigned details_of(const struct stream_service *old, const struct stream_service *new)
{
	unsigned details = 0;

	if (old->verdict != new->verdict)
		details |= DETAIL_VERDICT;
	if (old->cleartext_login != CLEARTEXT_LOGIN_UNKNOWN && new->cleartext_login != CLEARTEXT_LOGIN_UNKNOWN &&
	    old->cleartext_login != new->cleartext_login)
		details |= DETAIL_LOGIN;
	if (old->protocol != WIRE_UNKNOWN && new->protocol != WIRE_UNKNOWN && old->protocol != new->protocol)
		details |= DETAIL_PROTOCOL;
	if (old->has_certificate && new->has_certificate && !fingerprint_equals(old->leaf_sha256, new->leaf_sha256))
		details |= DETAIL_CERTIFICATE;
	if (is_other_software(&old->software, &new->software))
		details |= DETAIL_SOFTWARE;
	return details;
}

static void compare_service(const struct census_diff *diff, struct ip_address address, const struct stream_host *const hosts[DIFF_SIDES],
                            struct diff_service *service)
{
	enum standing standings[DIFF_SIDES];

	for (unsigned side = 0; side < DIFF_SIDES; side++) {
		if (service->rows[side] != NULL && census_reach_is_open(diff->sides[side].reach, address))
			service->rows[side] = NULL;
		if (service->rows[side] == NULL)
			service->reach[side] = census_reach_of(diff->sides[side].reach, address, service->port, hosts[side] != NULL);
		standings[side] = standing_of(service->rows[side], service->reach[side]);
	}
	service->pair = (struct service_pair){.old = standings[DIFF_OLD], .new = standings[DIFF_NEW]};
	if (is_seen(&service->pair))
		service->details = details_of(service->rows[DIFF_OLD], service->rows[DIFF_NEW]);
	service->pair.is_different = service->details != 0;
	service_pair_judge(&service->pair);
}

/* ---- one host ---- */

/* The next port that one of both has; the rows that have it are taken. */
static bool next_port(const struct stream_host *const rows[DIFF_SIDES], size_t at[DIFF_SIDES], struct diff_service *service_out)
{
	unsigned port = UINT16_MAX + 1u;

	for (unsigned side = 0; side < DIFF_SIDES; side++) {
		if (rows[side] != NULL && at[side] < rows[side]->service_count && rows[side]->services[at[side]].port < port)
			port = rows[side]->services[at[side]].port;
	}
	if (port > UINT16_MAX)
		return false;
	*service_out = (struct diff_service){.port = (uint16_t)port};
	for (unsigned side = 0; side < DIFF_SIDES; side++) {
		if (rows[side] != NULL && at[side] < rows[side]->service_count && rows[side]->services[at[side]].port == port)
			service_out->rows[side] = &rows[side]->services[at[side]++];
	}
	return true;
}

static void compare_host(struct census_diff *diff, struct ip_address address, const struct stream_host *const rows[DIFF_SIDES],
                         struct diff_host *host_out)
{
	size_t at[DIFF_SIDES] = {0}, count = 0;
	struct diff_service service;

	while (count < SERVICES_MAX && next_port(rows, at, &service)) {
		compare_service(diff, address, rows, &service);
		if (service.pair.change == CHANGE_NONE)
			continue;
		diff->pairs[count] = service.pair;
		diff->services[count++] = service;
	}
	*host_out = (struct diff_host){.address = address,
	                               .rows = {rows[DIFF_OLD], rows[DIFF_NEW]},
	                               .change = host_change_judge(diff->pairs, count),
	                               .services = diff->services,
	                               .service_count = count};
}

static bool advance(struct side *side, struct error *error)
{
	if (!census_stream_next(side->stream, &side->next, error))
		return false;
	if (side->next != NULL)
		census_reach_note_family(side->reach, side->next->address.family);
	return true;
}

/* Rows of both at the lower of both addresses. */
static struct ip_address take_address(const struct census_diff *diff, const struct stream_host *rows_out[DIFF_SIDES])
{
	const struct stream_host *old = diff->sides[DIFF_OLD].next, *new = diff->sides[DIFF_NEW].next;
	int order = old == NULL ? 1 : new == NULL ? -1 : ip_address_compare(old->address, new->address);

	rows_out[DIFF_OLD] = order <= 0 ? old : NULL;
	rows_out[DIFF_NEW] = order >= 0 ? new : NULL;
	return order <= 0 ? old->address : new->address;
}

bool census_diff_visit(struct census_diff *diff, bool (*visit)(void *context, const struct diff_host *host), void *context,
                       struct error *error)
{
	struct side *old = &diff->sides[DIFF_OLD], *new = &diff->sides[DIFF_NEW];

	old->stream = census_stream_open(old->reader, diff->has_findings);
	new->stream = census_stream_open(new->reader, diff->has_findings);
	if (!advance(old, error) || !advance(new, error))
		return false;
	while (old->next != NULL || new->next != NULL) {
		const struct stream_host *rows[DIFF_SIDES];
		struct ip_address address = take_address(diff, rows);
		struct diff_host host;

		compare_host(diff, address, rows, &host);
		if (!visit(context, &host))
			return true;
		if ((rows[DIFF_OLD] != NULL && !advance(old, error)) || (rows[DIFF_NEW] != NULL && !advance(new, error)))
			return false;
	}
	return true;
}

/* ---- findings ---- */

static bool has_finding(const struct stream_service *row, const char *id)
{
	for (size_t i = 0; row != NULL && i < row->finding_count; i++) {
		if (strcmp(row->findings[i], id) == 0)
			return true;
	}
	return false;
}

static bool was_measured(struct census_diff *diff, const struct stream_service *row, const char *id)
{
	struct assessed_service *assessed = &diff->assessed;

	diff->chain = (struct chain_facts){.mozilla = row->mozilla, .leaf = {.is_readable = row->has_certificate}};
	*assessed = (struct assessed_service){
		.judgement = {.verdict = row->verdict,
	                      .cleartext_login = row->cleartext_login,
	                      .protocol = row->protocol,
	                      .tls_proven = row->tls_proven},
		.tls = row->tls,
		.chains = &diff->chain,
		.chain_count = row->has_certificate ? 1 : 0,
		.name_match = NAME_MATCH_UNKNOWN,
		.software = row->software,
	};
	return diff->has_same_rules && row->tls.connections > 0 && finding_is_told(id, assessed);
}

static enum change change_of_finding(struct census_diff *diff, const struct diff_service *service, const char *id, bool is_in_new)
{
	const struct stream_service *other = service->rows[is_in_new ? DIFF_OLD : DIFF_NEW];

	switch (service->pair.change) {
	case CHANGE_NEW:
	case CHANGE_GONE:
		return service->pair.change;
	case CHANGE_UNTOLD:
	case CHANGE_NONE:
		return CHANGE_UNTOLD;
	case CHANGE_UNCHANGED:
	case CHANGE_CHANGED:
	case CHANGE_FIXED:
	case CHANGE_REGRESSED:
		break;
	}
	if (other == NULL || !was_measured(diff, other, id))
		return CHANGE_UNTOLD;
	if (!is_in_new && service->pair.new == STANDING_OTHER)
		return CHANGE_GONE;
	return is_in_new ? CHANGE_NEW : CHANGE_FIXED;
}

void census_diff_findings(struct census_diff *diff, const struct diff_service *service,
                          void (*visit)(void *context, const char *id, enum change change), void *context)
{
	for (unsigned side = 0; side < DIFF_SIDES; side++) {
		const struct stream_service *row = service->rows[side];

		for (size_t i = 0; row != NULL && i < row->finding_count; i++) {
			if (!has_finding(service->rows[side == DIFF_OLD ? DIFF_NEW : DIFF_OLD], row->findings[i]))
				visit(context, row->findings[i], change_of_finding(diff, service, row->findings[i], side == DIFF_NEW));
		}
	}
}
