/* SPDX-License-Identifier: ISC */
/* Fills the report. */
#include "app/check_document.h"

#include <stdlib.h>
#include <string.h>

#include "app/version.h"
#include "base/memory.h"
#include "classify/advice.h"
#include "model/mail_port.h"

enum { ADVICES_MAX = 6, ADVICE_TEXT_MAX = 16 * 1024 };

static void *allocate(struct check_document *document, size_t count, size_t size)
{
	void *block = memory_allocate(count + 1, size);

	document->blocks = memory_resize(document->blocks, document->block_count + 1, sizeof(*document->blocks));
	document->blocks[document->block_count++] = block;
	return block;
}

/* Whom advice is for. */
struct advised {
	const char *host;
	uint16_t port;
	enum software_family family;
};

static const char *filled(struct check_document *document, const char *text, const struct advised *advised, const char *finding_id)
{
	struct advice_values values = {.host = advised->host, .port = advised->port, .finding_id = finding_id};
	struct buffer out;
	char *copy;

	buffer_init(&out, ADVICE_TEXT_MAX);
	advice_format_with(text, &values, &out);
	copy = allocate(document, out.size, 1);
	if (out.size > 0)
		memcpy(copy, out.data, out.size);
	buffer_done(&out);
	return copy;
}

static void add_advices(struct check_document *document, const struct advised *advised, struct check_finding *finding)
{
	const struct advice *advices[ADVICES_MAX];
	size_t count = advice_find(finding->id, advised->family, advices, ADVICES_MAX);
	struct check_advice *filled_in = allocate(document, count, sizeof(*filled_in));

	for (size_t i = 0; i < count; i++) {
		filled_in[i] = (struct check_advice){
			.id = advices[i]->id,
			.summary = filled(document, advices[i]->summary, advised, finding->id),
			.file = advices[i]->file,
			.lines = filled(document, advices[i]->lines, advised, finding->id),
			.steps = filled(document, advices[i]->steps, advised, finding->id),
			.verify = filled(document, advices[i]->verify, advised, finding->id),
			.tested_with = advices[i]->tested_with,
		};
	}
	finding->advices = filled_in;
	finding->advice_count = count;
}

/* advised NULL: no advice is wanted. */
static const struct check_finding *findings_from(struct check_document *document, const struct finding *findings, size_t count,
                                                 const struct advised *advised)
{
	struct check_finding *out = allocate(document, count, sizeof(*out));

	for (size_t i = 0; i < count; i++) {
		const struct finding_rule *rule = finding_rule_find(findings[i].id);

		out[i] = (struct check_finding){
			.id = findings[i].id,
			.severity = findings[i].severity,
			.confidence = findings[i].confidence,
			.title = rule->title,
			.explanation = rule->explanation,
			.exploit = rule->exploit,
			.user_sentence = rule->user_sentence,
			.reference = rule->reference,
			.rules = rule->rules,
			.evidence = findings[i].evidence,
		};
		if (advised != NULL)
			add_advices(document, advised, &out[i]);
	}
	return out;
}

static struct span identity_of(const struct checked_service *seen)
{
	for (size_t i = 0; i < seen->count; i++) {
		if (seen->observations[i].identity.size > 0)
			return buffer_view(&seen->observations[i].identity);
	}
	return (struct span){0};
}

static struct span capabilities_inside(const struct checked_service *seen, size_t preferred)
{
	if (seen->observations[preferred].capabilities_after.size > 0)
		return buffer_view(&seen->observations[preferred].capabilities_after);
	for (size_t i = 0; i < seen->count; i++) {
		if (seen->observations[i].capabilities_after.size > 0)
			return buffer_view(&seen->observations[i].capabilities_after);
	}
	return (struct span){0};
}

static const struct checked_service *seen_at(const struct checked_host *host, uint16_t port)
{
	for (size_t i = 0; i < host->service_count; i++) {
		if (host->services[i].endpoint.port == port)
			return &host->services[i];
	}
	return NULL; /* every assessed service was seen */
}

static const char *host_for_advice(const struct checked_host *host, const char *address)
{
	return host->target->reference_name[0] != '\0' ? host->target->reference_name : address;
}

static struct check_service service_from(struct check_document *document, const struct checked_host *host,
                                         const struct assessed_service *service, const char *address, bool wants_advice)
{
	const struct checked_service *seen = seen_at(host, service->endpoint.port);
	const struct observation *deciding = &seen->observations[service->judgement.deciding];
	struct advised advised = {host_for_advice(host, address), service->endpoint.port, service->software.family};

	return (struct check_service){
		.endpoint = service->endpoint,
		.protocol = service->judgement.protocol,
		.verdict = service->judgement.verdict,
		.confidence = service->judgement.confidence,
		.cleartext_login = service->judgement.cleartext_login,
		.reason = service->judgement.reason,
		.ending = deciding->ending,
		.starttls_advertised = deciding->starttls_advertised,
		.upgrade = deciding->upgrade,
		.plaintext_on_tls_port = service->judgement.plaintext_on_tls_port,
		.tls_proven = service->judgement.tls_proven,
		.greeting = buffer_view(&deciding->greeting),
		.capabilities_before = buffer_view(&deciding->capabilities_before),
		.capabilities_after = capabilities_inside(seen, service->judgement.tls_deciding),
		.upgrade_reply = buffer_view(&deciding->upgrade_reply),
		.identity = identity_of(seen),
		.tls = &service->tls,
		.chains = service->chains,
		.chain_count = service->chain_count,
		.name_match = service->name_match,
		.software = &service->software,
		.findings = findings_from(document, service->findings, service->finding_count, wants_advice ? &advised : NULL),
		.finding_count = service->finding_count,
		.connections = service->tls.connections,
	};
}

/* What is said of the host as a whole is mended in its software: that of the first service whose software is known. */
static struct advised advised_host(const struct checked_host *host, const char *address)
{
	struct advised advised = {host_for_advice(host, address), 0, FAMILY_UNKNOWN};

	for (size_t i = 0; i < host->assessed.service_count; i++) {
		const struct assessed_service *service = &host->assessed.services[i];

		if (!wire_protocol_is_mail(service->judgement.protocol))
			continue;
		if (advised.port == 0 || (advised.family == FAMILY_UNKNOWN && service->software.family != FAMILY_UNKNOWN)) {
			advised.port = service->endpoint.port;
			advised.family = service->software.family;
		}
	}
	return advised;
}

static void fill_services(struct check_document *document, const struct checked_host *host, const char *address, bool wants_advice,
                          struct check_host *out)
{
	struct check_service *services = allocate(document, host->assessed.service_count, sizeof(*services));

	for (size_t i = 0; i < host->assessed.service_count; i++)
		services[i] = service_from(document, host, &host->assessed.services[i], address, wants_advice);
	out->services = services;
	out->service_count = host->assessed.service_count;
}

static void fill_host(struct check_document *document, const struct checked_host *host, bool wants_advice, struct check_host *out)
{
	const struct assessed_host *assessed = &host->assessed;
	char *address = allocate(document, IP_ADDRESS_TEXT_SIZE, 1);
	const char **reasons;
	struct advised advised;

	*out = (struct check_host){
		.asked = host->target->asked, .reference_name = host->target->reference_name, .trouble = host->target->trouble};
	if (!host->is_assessed) {
		if (out->trouble[0] == '\0')
			out->trouble = "it was not looked at: the check was stopped before";
		return;
	}
	out->has_address = true;
	out->address = assessed->address;
	ip_address_format(assessed->address, address);
	out->verdict = assessed->judgement.verdict;
	out->is_strict = assessed->judgement.is_strict;
	fill_services(document, host, address, wants_advice, out);
	advised = advised_host(host, address);
	out->findings = findings_from(document, assessed->findings, assessed->finding_count, wants_advice ? &advised : NULL);
	out->finding_count = assessed->finding_count;
	out->grade = assessed->grade.grade;
	reasons = allocate(document, assessed->grade.reason_count, sizeof(*reasons));
	for (size_t i = 0; i < assessed->grade.reason_count; i++)
		reasons[i] = assessed->grade.reasons[i];
	out->reasons = reasons;
	out->reason_count = assessed->grade.reason_count;
}

void check_document_build(const struct check_run *run, enum probe_depth depth, bool wants_advice, struct check_document *out)
{
	struct check_host *hosts;

	*out = (struct check_document){.blocks = NULL};
	hosts = allocate(out, run->host_count, sizeof(*hosts));
	for (size_t i = 0; i < run->host_count; i++)
		fill_host(out, &run->hosts[i], wants_advice, &hosts[i]);
	out->report = (struct check_report){
		.tool_version = MAILCENSUS_VERSION,
		.started_at = run->started_at,
		.duration_ms = run->duration_ms,
		.depth = depth,
		.was_stopped = run->was_stopped,
		.connections = (unsigned)run->connections,
		.hosts = hosts,
		.host_count = run->host_count,
	};
}

void check_document_done(struct check_document *document)
{
	for (size_t i = 0; i < document->block_count; i++)
		free(document->blocks[i]);
	free(document->blocks);
	*document = (struct check_document){.blocks = NULL};
}
