/* SPDX-License-Identifier: ISC */
/* A finding that is not there is absent only where its facts were measured; else it could not be told. */
#include "app/finding_names.h"

#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/memory.h"
#include "model/mail_port.h"
#include "model/suite_trait.h"

enum { NEAR_MAX = 4, NEAR_DISTANCE = 4 };

/* ---- spelling ---- */

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Levenshtein's: how many letters are to be changed, added or left out. */
static size_t distance(const char *a, const char *b)
{
	size_t size = strlen(b), result;
	size_t *row = memory_allocate(size + 1, sizeof(*row));

	for (size_t j = 0; j <= size; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= size; j++) {
			size_t above = row[j];

			row[j] = least(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
			diagonal = above;
		}
	}
	result = row[size];
	free(row);
	return result;
}

static bool is_near(const char *wrong, const char *id)
{
	return strstr(id, wrong) != NULL || strstr(wrong, id) != NULL || distance(wrong, id) <= NEAR_DISTANCE;
}

bool finding_name_check(const char *id, struct error *error)
{
	struct buffer near;
	size_t count = 0;

	if (finding_rule_find(id) != NULL)
		return true;
	buffer_init(&near, 400);
	for (size_t i = 0; strlen(id) > 1 && strlen(id) < 64 && FINDING_RULES[i] != NULL && count < NEAR_MAX; i++) {
		if (is_near(id, FINDING_RULES[i]->id))
			buffer_append_format(&near, "%s%s", count++ > 0 ? ", " : "", FINDING_RULES[i]->id);
	}
	error_set(error, "there is no finding '%.60s'%s%s; docs/findings.md lists them all", id, count > 0 ? "; did you mean: " : "",
	          buffer_text(&near));
	buffer_done(&near);
	return false;
}

/* ---- was it measured? ---- */

static bool is_known(enum answer answer)
{
	return answer != ANSWER_UNKNOWN;
}

/* TLS 1.3 alone: whatever belongs to older versions is not there. */
static bool has_no_older_version(const struct tls_facts *tls)
{
	return tls->versions[TLS_INDEX_SSL_3] == ANSWER_NO && tls->versions[TLS_INDEX_TLS_1_0] == ANSWER_NO &&
	       tls->versions[TLS_INDEX_TLS_1_1] == ANSWER_NO && tls->versions[TLS_INDEX_TLS_1_2] == ANSWER_NO;
}

static bool is_trait_known(const struct tls_facts *tls, uint32_t traits)
{
	return has_no_older_version(tls) || ((tls->traits_accepted | tls->traits_refused) & traits) == traits;
}

static bool knows_sslv3(const struct assessed_service *service)
{
	return is_known(service->tls.versions[TLS_INDEX_SSL_3]);
}

static bool knows_obsolete(const struct assessed_service *service)
{
	return is_known(service->tls.versions[TLS_INDEX_TLS_1_0]) && is_known(service->tls.versions[TLS_INDEX_TLS_1_1]);
}

static bool knows_modern(const struct assessed_service *service)
{
	const enum answer *versions = service->tls.versions;

	return versions[TLS_INDEX_TLS_1_2] == ANSWER_YES || versions[TLS_INDEX_TLS_1_3] == ANSWER_YES ||
	       (is_known(versions[TLS_INDEX_TLS_1_2]) && is_known(versions[TLS_INDEX_TLS_1_3]));
}

static bool knows_tls13(const struct assessed_service *service)
{
	return is_known(service->tls.versions[TLS_INDEX_TLS_1_3]);
}

static bool knows_null(const struct assessed_service *service)
{
	return is_trait_known(&service->tls, SUITE_NULL | SUITE_ANONYMOUS);
}

static bool knows_export(const struct assessed_service *service)
{
	return is_trait_known(&service->tls, SUITE_EXPORT);
}

static bool knows_rc4(const struct assessed_service *service)
{
	return is_trait_known(&service->tls, SUITE_RC4);
}

static bool knows_3des(const struct assessed_service *service)
{
	return is_trait_known(&service->tls, SUITE_3DES);
}

static bool knows_des(const struct assessed_service *service)
{
	return is_trait_known(&service->tls, SUITE_DES);
}

static bool knows_forward_secrecy(const struct assessed_service *service)
{
	return is_trait_known(&service->tls, SUITE_FORWARD_SECRECY);
}

static bool knows_dh(const struct assessed_service *service)
{
	return service->tls.dh_bits != 0 || (service->tls.traits_refused & SUITE_DHE) != 0 || has_no_older_version(&service->tls);
}

static bool knows_secure_renegotiation(const struct assessed_service *service)
{
	return is_known(service->tls.secure_renegotiation) || has_no_older_version(&service->tls);
}

static bool knows_master_secret(const struct assessed_service *service)
{
	return is_known(service->tls.extended_master_secret) || has_no_older_version(&service->tls);
}

static bool knows_compression(const struct assessed_service *service)
{
	return is_known(service->tls.compression) || has_no_older_version(&service->tls);
}

static bool knows_heartbeat(const struct assessed_service *service)
{
	return is_known(service->tls.heartbeat) || has_no_older_version(&service->tls);
}

static bool knows_post_quantum(const struct assessed_service *service)
{
	return is_known(service->tls.post_quantum);
}

static bool knows_alpn(const struct assessed_service *service)
{
	return is_known(service->tls.alpn);
}

static bool knows_client_certificate(const struct assessed_service *service)
{
	return is_known(service->tls.client_certificate);
}

static bool knows_injection(const struct assessed_service *service)
{
	return is_known(service->tls.injection) || service->judgement.verdict == VERDICT_IMPLICIT_TLS;
}

static bool knows_certificate(const struct assessed_service *service)
{
	for (size_t i = 0; i < service->chain_count; i++) {
		if (service->chains[i].leaf.is_readable)
			return true;
	}
	return false;
}

static bool knows_trust(const struct assessed_service *service)
{
	return knows_certificate(service) && service->chains[0].mozilla != TRUST_UNKNOWN;
}

static bool knows_name(const struct assessed_service *service)
{
	return service->name_match != NAME_MATCH_UNKNOWN;
}

static bool knows_software(const struct assessed_service *service)
{
	return service->software.product[0] != '\0' && service->software.support != SUPPORT_UNKNOWN;
}

static bool never(const struct assessed_service *service)
{
	(void)service;
	return false;
}

enum need {
	NEED_TLS,  /* asked of services on which TLS was seen; elsewhere the finding is absent */
	NEED_MAIL, /* of services that speak POP3 or IMAP */
};

static const struct watch_row {
	const char *id;
	enum need need;
	bool (*is_known)(const struct assessed_service *service);
} ROWS[] = {
	{"sslv3-enabled", NEED_TLS, knows_sslv3},
	{"tls-obsolete-enabled", NEED_TLS, knows_obsolete},
	{"tls-obsolete-only", NEED_TLS, knows_modern},
	{"no-tls13", NEED_TLS, knows_tls13},
	{"cipher-null-anon", NEED_TLS, knows_null},
	{"cipher-export", NEED_TLS, knows_export},
	{"cipher-rc4", NEED_TLS, knows_rc4},
	{"cipher-3des", NEED_TLS, knows_3des},
	{"cipher-des", NEED_TLS, knows_des},
	{"cipher-no-pfs", NEED_TLS, knows_forward_secrecy},
	{"dh-weak", NEED_TLS, knows_dh},
	{"dh-common-1024", NEED_TLS, knows_dh},
	{"no-secure-renegotiation", NEED_TLS, knows_secure_renegotiation},
	{"no-ems", NEED_TLS, knows_master_secret},
	{"tls-compression", NEED_TLS, knows_compression},
	{"heartbeat-offered", NEED_TLS, knows_heartbeat},
	{"pqc-absent", NEED_TLS, knows_post_quantum},
	{"alpn-absent", NEED_TLS, knows_alpn},
	{"client-cert-required", NEED_TLS, knows_client_certificate},
	{"starttls-injection", NEED_TLS, knows_injection},
	{"starttls-masked", NEED_MAIL, never},         /* takes a look from another place */
	{"path-dependent-starttls", NEED_MAIL, never}, /* likewise */
	{"cert-key-shared", NEED_TLS, never},          /* takes a census */
	{"cert-untrusted", NEED_TLS, knows_trust},
	{"cert-chain-incomplete", NEED_TLS, knows_trust},
	{"cert-lifetime", NEED_TLS, knows_trust},
	{"cert-name-mismatch", NEED_TLS, knows_name},
	{"eol-software", NEED_MAIL, knows_software},
	{"host-eol", NEED_MAIL, knows_software},
};

static bool is_decided(const struct assessed_service *service)
{
	return service->judgement.verdict != VERDICT_UNKNOWN && service->judgement.verdict != VERDICT_SLOW &&
	       service->judgement.verdict != VERDICT_RATE_LIMITED;
}

static bool is_told_by(const struct watch_row *row, const struct assessed_service *service)
{
	if (row->need == NEED_TLS && !service->tls.is_seen && !service->judgement.tls_proven)
		return true;
	if (row->need == NEED_MAIL && !wire_protocol_is_mail(service->judgement.protocol))
		return true;
	return row->is_known(service);
}

bool finding_is_told(const char *id, const struct assessed_service *service)
{
	static const struct watch_row certificate = {"cert-", NEED_TLS, knows_certificate};

	if (!is_decided(service))
		return false;
	for (size_t i = 0; i < ARRAY_LENGTH(ROWS); i++) {
		if (strcmp(ROWS[i].id, id) == 0)
			return is_told_by(&ROWS[i], service);
	}
	if (strncmp(id, certificate.id, strlen(certificate.id)) == 0 || strcmp(id, "host-cert-differs") == 0)
		return is_told_by(&certificate, service);
	return true; /* follows from the dialogue that the verdict follows from */
}

static bool has(const struct finding *findings, size_t count, const char *id)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(findings[i].id, id) == 0)
			return true;
	}
	return false;
}

enum watch_state finding_watch(const struct assessed_host *host, const char *id)
{
	bool is_told_everywhere = host->grade.grade != GRADE_UNKNOWN;

	if (has(host->findings, host->finding_count, id))
		return WATCH_PRESENT;
	for (size_t i = 0; i < host->service_count; i++) {
		if (has(host->services[i].findings, host->services[i].finding_count, id))
			return WATCH_PRESENT;
		is_told_everywhere = is_told_everywhere && finding_is_told(id, &host->services[i]);
	}
	return is_told_everywhere ? WATCH_ABSENT : WATCH_UNTOLD;
}
