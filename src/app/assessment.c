/* SPDX-License-Identifier: ISC */
/* Asks every question that is asked of a host, in the order in which the answers need each other. */
#include "app/assessment.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "certificate/tls_fingerprint.h"
#include "classify/tls_summary.h"
#include "model/mail_port.h"

enum { NORMALISED_MAX = 1024, SOFTWARE_MAX = 4096 };

void assessor_init(struct assessor *assessor, enum probe_depth depth, struct trust_stores *stores, struct fingerprints *fingerprints,
                   size_t chains_max)
{
	*assessor = (struct assessor){
		.stores = stores,
		.fingerprints = fingerprints,
		.depth = depth,
		.chains = chain_cache_new(stores, chains_max),
		.software = fingerprints != NULL ? software_cache_new(fingerprints, SOFTWARE_MAX) : NULL,
		.room = memory_allocate(FINDINGS_MAX, sizeof(struct finding)),
	};
}

void assessor_done(struct assessor *assessor)
{
	chain_cache_free(assessor->chains);
	software_cache_free(assessor->software);
	free(assessor->room);
	trust_stores_free(assessor->stores);
	fingerprints_free(assessor->fingerprints);
	*assessor = (struct assessor){0};
}

/* ---- while the certificates are at hand ---- */

static const struct leaf_match *find_leaf(const struct assessment_notes *notes, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE])
{
	for (size_t i = 0; i < notes->leaf_count; i++) {
		if (fingerprint_equals(notes->leaves[i].sha256, sha256))
			return &notes->leaves[i];
	}
	return NULL;
}

static void note_leaf(struct assessment_notes *notes, const struct probe_conversation *conversation, const char *reference_name)
{
	const uint8_t *sha256 = conversation->observation->tls.leaf_sha256;
	struct leaf_match *leaf;

	if (reference_name[0] == '\0' || notes->leaf_count == ASSESSMENT_LEAVES_MAX || find_leaf(notes, sha256) != NULL)
		return;
	notes->leaves = memory_resize(notes->leaves, notes->leaf_count + 1, sizeof(*notes->leaves));
	leaf = &notes->leaves[notes->leaf_count++];
	memcpy(leaf->sha256, sha256, sizeof(leaf->sha256));
	leaf->match = chain_match_name(conversation->certificates[0], reference_name);
}

void assessor_take(struct assessor *assessor, const struct probe_conversation *conversation, const char *reference_name,
                   struct assessment_notes *notes)
{
	bool is_cut = (conversation->observation->tls.flags & TLS_CERTIFICATES_CUT) != 0;

	if (conversation->certificate_count == 0)
		return;
	if (chain_cache_find(assessor->chains, conversation->observation->tls.chain_sha256) == NULL) {
		if (assessor->stores != NULL)
			trust_stores_learn_chain(assessor->stores, conversation->certificates, conversation->certificate_count);
		(void)chain_cache_judge(assessor->chains, conversation->certificates, conversation->certificate_count, is_cut);
	}
	if (notes != NULL)
		note_leaf(notes, conversation, reference_name);
}

void assessment_notes_done(struct assessment_notes *notes)
{
	free(notes->leaves);
	*notes = (struct assessment_notes){0};
}

/* ---- one service ---- */

/* A match by any of the chains counts: a client that sends the name gets that one. */
static enum name_match better_match(enum name_match a, enum name_match b)
{
	static const int weight[] = {[NAME_MATCH_UNKNOWN] = 0, [NAME_DIFFERS] = 1, [NAME_MATCHES_COMMON_NAME_ONLY] = 2, [NAME_MATCHES] = 3};

	return weight[b] > weight[a] ? b : a;
}

static void take_chains(const struct assessor *assessor, const struct assessment_notes *notes, struct assessed_service *service)
{
	size_t count = service->tls.chain_count < TLS_FACTS_CHAINS_MAX ? service->tls.chain_count : TLS_FACTS_CHAINS_MAX;

	service->chains = count > 0 ? memory_resize(NULL, count, sizeof(*service->chains)) : NULL;
	for (size_t i = 0; i < count; i++) {
		const struct chain_facts *chain = chain_cache_find(assessor->chains, service->tls.chains[i]);
		const struct leaf_match *leaf = notes != NULL ? find_leaf(notes, service->tls.leaves[i]) : NULL;

		if (chain != NULL)
			service->chains[service->chain_count++] = *chain;
		if (leaf != NULL)
			service->name_match = better_match(service->name_match, leaf->match);
	}
}

static bool is_better_software(const struct software *candidate, const struct software *kept)
{
	if ((candidate->product[0] != '\0') != (kept->product[0] != '\0'))
		return candidate->product[0] != '\0';
	if (candidate->confidence != kept->confidence)
		return candidate->confidence > kept->confidence;
	return candidate->version[0] != '\0' && kept->version[0] == '\0';
}

/* Every dialogue can show more than another: inside TLS other capabilities, a busy moment a poorer greeting. The one that says most is believed. */
static void identify_software(const struct assessor *assessor, const struct assessment_service *input, struct timestamp now,
                              struct assessed_service *service)
{
	struct buffer normalised;

	if (assessor->fingerprints == NULL)
		return;
	buffer_init(&normalised, NORMALISED_MAX);
	for (size_t i = 0; i < input->count; i++) {
		const struct observation *observation = &input->observations[i];
		struct software_evidence evidence;
		struct software software = {.product = ""};

		if ((observation->flags & OBSERVED_LADDER) != 0 || !wire_protocol_is_mail(observation->protocol))
			continue;
		software_evidence_from(observation, &normalised, &evidence);
		evidence.ladder = service->tls.ladder;
		if (service->chain_count > 0) {
			evidence.certificate_subject = service->chains[0].leaf.subject;
			evidence.certificate_issuer = service->chains[0].leaf.issuer;
		}
		software_cache_identify(assessor->software, &evidence, now, &software);
		if (is_better_software(&software, &service->software))
			service->software = software;
	}
	buffer_done(&normalised);
}

void assess_service(const struct assessor *assessor, const struct assessment_service *from, const struct assessment_notes *notes,
                    struct timestamp now, struct assessed_service *service)
{
	*service = (struct assessed_service){.endpoint = from->endpoint};
	service_judge(from->endpoint.port, from->observations, from->count, &service->judgement);
	tls_summary(from->observations, from->count, assessor->depth, &service->tls);
	tls_fingerprints(from->observations, from->count, &service->tls);
	take_chains(assessor, notes, service);
	identify_software(assessor, from, now, service);
}

void assessed_service_forget_chains(struct assessed_service *service)
{
	free(service->chains);
	service->chains = NULL;
	service->chain_count = 0;
}

/* ---- the host ---- */

static bool tls_answered(const struct observation *observations, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		enum tls_outcome outcome = observations[i].tls.outcome;

		if (outcome == TLS_ALERT || outcome == TLS_HELLO_ONLY || outcome == TLS_PROVEN)
			return true;
	}
	return false;
}

/* Verdicts that depend on other ports are revised, then the host is judged. */
static void judge_host(const struct assessment_service *const *sorted, struct assessed_host *out)
{
	struct host_service *services = memory_allocate(out->service_count + 1, sizeof(*services));

	for (size_t i = 0; i < out->service_count; i++) {
		const struct service_judgement *judgement = &out->services[i].judgement;
		const struct observation *deciding = &sorted[i]->observations[judgement->deciding];

		services[i] = (struct host_service){
			.port = out->services[i].endpoint.port,
			.protocol = judgement->protocol,
			.verdict = judgement->verdict,
			.ending = deciding->ending,
			.cleartext_login = judgement->cleartext_login,
			.tls_answered = tls_answered(sorted[i]->observations, sorted[i]->count),
			.is_perdition = host_greeting_is_perdition(buffer_view(&deciding->greeting)),
			.is_canary = (sorted[i]->observations[0].flags & OBSERVED_CANARY) != 0,
			.greeting = buffer_view(&deciding->greeting),
		};
	}
	host_judge(services, out->service_count, &out->judgement);
	for (size_t i = 0; i < out->service_count; i++) {
		out->services[i].judgement.verdict = services[i].verdict;
		out->services[i].judgement.cleartext_login = services[i].cleartext_login;
		if (services[i].reason != NULL)
			out->services[i].judgement.reason = services[i].reason;
	}
	free(services);
}

/* One daemon serves POP3 and IMAP: where one of them shows the branch, it is that of the other too (rule V-5 knows it from IMAP's capabilities alone). */
static void share_branch(struct assessed_host *host)
{
	for (size_t i = 0; i < host->service_count; i++) {
		struct software *software = &host->services[i].software;

		for (size_t k = 0; software->family == FAMILY_DOVECOT && k < host->service_count; k++) {
			const struct software *other = &host->services[k].software;

			if (other->family != FAMILY_DOVECOT_2_3 && other->family != FAMILY_DOVECOT_2_4)
				continue;
			if (strcmp(other->product, software->product) == 0 && strcmp(other->distribution, software->distribution) == 0) {
				software->family = other->family;
				software->confidence = other->confidence < CONFIDENCE_MEDIUM ? other->confidence : CONFIDENCE_MEDIUM;
			}
		}
	}
}

static bool is_talking(const struct assessed_host *host)
{
	for (size_t i = 0; i < host->service_count; i++) {
		if (wire_protocol_is_mail(host->services[i].judgement.protocol) || host->services[i].judgement.tls_proven)
			return true;
	}
	return false;
}

static struct service_view view_of(const struct assessed_host *host, const struct assessed_service *service,
                                   const struct assessment_service *from, struct timestamp now, bool is_host_talking)
{
	return (struct service_view){
		.port = service->endpoint.port,
		.observations = from->observations,
		.observation_count = from->count,
		.judgement = &service->judgement,
		.tls = &service->tls,
		.chains = service->chains,
		.chain_count = service->chain_count,
		.name_match = service->name_match,
		.reference_name = host->reference_name,
		.software = &service->software,
		.now = now,
		.is_host_talking = is_host_talking,
	};
}

static struct finding *keep_findings(const struct finding *findings, size_t count)
{
	struct finding *kept = memory_allocate(count + 1, sizeof(*kept));

	if (count > 0)
		memcpy(kept, findings, count * sizeof(*kept));
	return kept;
}

static void find(const struct assessor *assessor, const struct assessment_service *const *sorted, struct timestamp now,
                 struct assessed_host *out)
{
	struct finding *room = assessor->room;
	struct service_view *views = memory_allocate(out->service_count + 1, sizeof(*views));
	const struct finding **findings = memory_allocate(out->service_count + 1, sizeof(const struct finding *));
	size_t *counts = memory_allocate(out->service_count + 1, sizeof(*counts));
	struct host_view host = {.services = views,
	                         .service_count = out->service_count,
	                         .judgement = &out->judgement,
	                         .findings = findings,
	                         .finding_counts = counts};
	bool is_host_talking = is_talking(out);

	for (size_t i = 0; i < out->service_count; i++) {
		struct assessed_service *service = &out->services[i];

		views[i] = view_of(out, service, sorted[i], now, is_host_talking);
		service->finding_count = findings_of_service(&views[i], room);
		service->findings = keep_findings(room, service->finding_count);
		findings[i] = service->findings;
		counts[i] = service->finding_count;
	}
	out->finding_count = findings_of_host(&host, room);
	out->findings = keep_findings(room, out->finding_count);
	grade_judge(&host, out->findings, out->finding_count, &out->grade);
	free(counts);
	free(findings);
	free(views);
}

static const struct assessment_service **sort_by_port(const struct assessment_input *input)
{
	const struct assessment_service **sorted = memory_allocate(input->service_count + 1, sizeof(const struct assessment_service *));

	for (size_t i = 0; i < input->service_count; i++) {
		size_t at = i;

		for (; at > 0 && sorted[at - 1]->endpoint.port > input->services[i].endpoint.port; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = &input->services[i];
	}
	return sorted;
}

/* A service that was assessed when it was over is not assessed again; its chains are looked up anew, as nobody keeps copies of them for so long. */
static void take_or_assess(const struct assessor *assessor, const struct assessment_service *from, const struct assessment_input *input,
                           struct assessed_service *service)
{
	if (from->assessed == NULL) {
		assess_service(assessor, from, input->notes, input->now, service);
		return;
	}
	*service = *from->assessed;
	take_chains(assessor, input->notes, service);
}

void assess_host(const struct assessor *assessor, const struct assessment_input *input, struct assessed_host *out)
{
	const struct assessment_service **sorted = sort_by_port(input);
	size_t name_size = strlen(input->reference_name);

	*out = (struct assessed_host){.address = input->address, .service_count = input->service_count};
	if (name_size < sizeof(out->reference_name))
		memcpy(out->reference_name, input->reference_name, name_size + 1);
	out->services = memory_allocate(input->service_count + 1, sizeof(*out->services));
	for (size_t i = 0; i < input->service_count; i++)
		take_or_assess(assessor, sorted[i], input, &out->services[i]);
	share_branch(out);
	judge_host(sorted, out);
	find(assessor, sorted, input->now, out);
	free(sorted);
}

void assessed_host_done(struct assessed_host *host)
{
	for (size_t i = 0; i < host->service_count; i++) {
		free(host->services[i].findings);
		free(host->services[i].chains);
	}
	free(host->services);
	free(host->findings);
	*host = (struct assessed_host){0};
}
