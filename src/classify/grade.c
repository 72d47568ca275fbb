/* SPDX-License-Identifier: ISC */
/* The caps of rulebook 5.5, worst first (rules G-1 to G-3). All of them are findings; A+ asks for facts besides. */
#include "classify/grade.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "classify/questions.h"
#include "model/mail_port.h"

struct cap {
	enum grade grade;
	const char *id;
	enum severity at_least, at_most; /* of the finding */
	bool only_if_long_ago;           /* more than 30 days after the end of the certificate */
};

#define CAP(grade, id)                                                                                                                     \
	{                                                                                                                                  \
		grade, id, SEVERITY_INFO, SEVERITY_CRITICAL, false                                                                         \
	}

static const struct cap CAPS[] = {
	CAP(GRADE_F, "no-tls"),
	CAP(GRADE_F, "plaintext-on-tls-port"),
	{GRADE_F, "starttls-broken", SEVERITY_MEDIUM, SEVERITY_CRITICAL, false}, /* with a login in clear text */
	CAP(GRADE_F, "preauth-open"),
	CAP(GRADE_F, "preauth-tls"),
	{GRADE_F, "sslv3-enabled", SEVERITY_MEDIUM, SEVERITY_CRITICAL, false}, /* the only version */
	CAP(GRADE_F, "cipher-null-anon"),
	CAP(GRADE_E, "tls-obsolete-only"),
	CAP(GRADE_E, "implicit-only-broken"),
	{GRADE_E, "cert-key-weak", SEVERITY_MEDIUM, SEVERITY_CRITICAL, false}, /* RSA below 1024, or known to be weak */
	CAP(GRADE_E, "cipher-export"),
	{GRADE_E, "dh-weak", SEVERITY_MEDIUM, SEVERITY_CRITICAL, false}, /* below 1024 */
	CAP(GRADE_D, "tls-optional"),
	CAP(GRADE_D, "starttls-injection"),
	{GRADE_D, "cert-expired", SEVERITY_INFO, SEVERITY_CRITICAL, true},
	CAP(GRADE_D, "cert-not-yet-valid"),
	CAP(GRADE_D, "cert-self-signed"),
	CAP(GRADE_D, "cert-untrusted"),
	CAP(GRADE_D, "cert-default"),
	CAP(GRADE_D, "cert-name-mismatch"),
	{GRADE_D, "eol-software", SEVERITY_HIGH, SEVERITY_CRITICAL, false}, /* with a certain version */
	CAP(GRADE_D, "sslv3-enabled"),
	CAP(GRADE_C, "tls-obsolete-enabled"),
	CAP(GRADE_C, "cipher-rc4"),
	CAP(GRADE_C, "cipher-3des"),
	CAP(GRADE_C, "cipher-des"),
	CAP(GRADE_C, "cipher-no-pfs"),
	CAP(GRADE_C, "dh-weak"),
	CAP(GRADE_C, "cert-key-weak"),
	CAP(GRADE_C, "cert-sig-weak"),
	CAP(GRADE_C, "cert-expired"),
	CAP(GRADE_C, "cert-chain-incomplete"),
	CAP(GRADE_C, "starttls-not-advertised"),
	CAP(GRADE_C, "starttls-masked"),
	CAP(GRADE_C, "no-secure-renegotiation"),
	CAP(GRADE_C, "tls-compression"),
	CAP(GRADE_B, "host-implicit-absent"),
	CAP(GRADE_B, "implicit-broken"),
	CAP(GRADE_B, "starttls-broken"),
	CAP(GRADE_B, "no-tls13"),
	CAP(GRADE_B, "host-mixed-protection"),
	CAP(GRADE_B, "tls-optional-hashed"),
	CAP(GRADE_B, "no-ems"),
	{GRADE_B, "eol-software", SEVERITY_MEDIUM, SEVERITY_MEDIUM, false}, /* only inferred */
};

static void PRINTF_FORMAT(2, 3) add_reason(struct grade_judgement *judgement, const char *format, ...)
{
	va_list arguments;

	if (judgement->reason_count == GRADE_REASONS_MAX)
		return;
	va_start(arguments, format);
	(void)vsnprintf(judgement->reasons[judgement->reason_count++], GRADE_REASON_SIZE, format, arguments);
	va_end(arguments);
}

/* Does this finding bring this cap? service is NULL for findings of the host. */
static bool applies(const struct cap *cap, const struct finding *finding, const struct service_view *service)
{
	enum { LONG_AGO_DAYS = 30 };
	int64_t days = 0;

	if (strcmp(cap->id, finding->id) != 0 || finding->severity < cap->at_least || finding->severity > cap->at_most)
		return false;
	return !cap->only_if_long_ago || (service != NULL && all_leaves_are_expired(service, &days) && days > LONG_AGO_DAYS);
}

static void apply(const struct cap *cap, const struct finding *finding, const struct service_view *service,
                  struct grade_judgement *judgement)
{
	if (judgement->grade != GRADE_UNKNOWN && judgement->grade != cap->grade)
		return; /* a lower cap decided already */
	if (!applies(cap, finding, service))
		return;
	judgement->grade = cap->grade;
	if (service != NULL)
		add_reason(judgement, "%s on %u", finding->id, (unsigned)service->port);
	else
		add_reason(judgement, "%s", finding->id);
}

static void apply_caps(const struct host_view *view, const struct finding *host_findings, size_t host_finding_count,
                       struct grade_judgement *judgement)
{
	for (size_t i = 0; i < ARRAY_LENGTH(CAPS); i++) {
		for (size_t j = 0; j < view->service_count; j++) {
			for (size_t k = 0; k < view->finding_counts[j]; k++)
				apply(&CAPS[i], &view->findings[j][k], &view->services[j], judgement);
		}
		for (size_t j = 0; j < host_finding_count; j++)
			apply(&CAPS[i], &host_findings[j], NULL, judgement);
	}
}

/* What keeps this service from the best grade: what is bad, and what is not known to be good. */
static void ask_best_of_tls(const struct service_view *service, struct grade_judgement *judgement)
{
	static const enum tls_version_index old[] = {TLS_INDEX_SSL_3, TLS_INDEX_TLS_1_0, TLS_INDEX_TLS_1_1};
	const struct tls_facts *tls = service->tls;
	unsigned port = service->port;

	if (tls->versions[TLS_INDEX_TLS_1_3] != ANSWER_YES)
		add_reason(judgement, "TLS 1.3 on %u: %s", port, answer_name(tls->versions[TLS_INDEX_TLS_1_3]));
	if (tls->post_quantum != ANSWER_YES)
		add_reason(judgement, "post-quantum key exchange on %u: %s", port, answer_name(tls->post_quantum));
	for (size_t i = 0; i < ARRAY_LENGTH(old); i++) {
		if (tls->versions[old[i]] != ANSWER_NO)
			add_reason(judgement, "%s on %u: %s", tls_version_name(tls_index_version(old[i])), port,
			           answer_name(tls->versions[old[i]]));
	}
}

static void ask_best_of_login(const struct service_view *service, struct grade_judgement *judgement)
{
	enum verdict verdict = service->judgement->verdict;

	if (mail_port_is_implicit_tls(service->port) || verdict == VERDICT_CLOSED || verdict == VERDICT_NOT_MAIL ||
	    verdict == VERDICT_TLS_ON_PLAIN_PORT)
		return;
	if (service->judgement->cleartext_login != CLEARTEXT_LOGIN_DENIED)
		add_reason(judgement, "login in clear text on %u: %s", (unsigned)service->port,
		           cleartext_login_name(service->judgement->cleartext_login));
}

/* The port is known to be safe, or known to be closed: one that was not asked may be anything. */
static void ask_for_port(const struct host_view *view, uint16_t port, struct grade_judgement *judgement)
{
	const struct service_view *service = service_at(view, port);

	if (service == NULL)
		add_reason(judgement, "port %u: not asked", (unsigned)port);
	else if (!verdict_is_known(service->judgement->verdict))
		add_reason(judgement, "port %u: %s", (unsigned)port, verdict_name(service->judgement->verdict));
}

static void ask_for_ports(const struct host_view *view, struct grade_judgement *judgement)
{
	if (view->judgement->offers_pop3) {
		ask_for_port(view, 110, judgement);
		ask_for_port(view, 995, judgement);
	}
	if (view->judgement->offers_imap) {
		ask_for_port(view, 143, judgement);
		ask_for_port(view, 993, judgement);
	}
}

void grade_judge(const struct host_view *view, const struct finding *host_findings, size_t host_finding_count,
                 struct grade_judgement *judgement_out)
{
	struct grade_judgement judgement = {.grade = GRADE_UNKNOWN};
	bool is_measured = false;

	apply_caps(view, host_findings, host_finding_count, &judgement);
	for (size_t i = 0; i < view->service_count; i++)
		is_measured = is_measured || verdict_has_working_tls(view->services[i].judgement->verdict);
	/* A cap without any TLS that works, like a broken port beside silent ones, would be too kind a letter for what nobody could measure. */
	if (!is_measured && judgement.grade != GRADE_F && judgement.grade != GRADE_E)
		judgement = (struct grade_judgement){.grade = GRADE_UNKNOWN};
	if (is_measured && judgement.grade == GRADE_UNKNOWN) {
		for (size_t i = 0; i < view->service_count; i++) {
			if (verdict_has_working_tls(view->services[i].judgement->verdict))
				ask_best_of_tls(&view->services[i], &judgement);
			ask_best_of_login(&view->services[i], &judgement);
		}
		ask_for_ports(view, &judgement);
		judgement.grade = judgement.reason_count == 0 ? GRADE_A_PLUS : GRADE_A;
	}
	*judgement_out = judgement;
}
