/* SPDX-License-Identifier: ISC */
/* What several findings ask of a service or a host. Each says yes only of what was seen. */
#ifndef CLASSIFY_QUESTIONS_H
#define CLASSIFY_QUESTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "classify/finding_rule.h"

/* A password may be sent in clear: announced, implied or confirmed. */
bool may_log_in_in_clear(const struct service_view *view);
/* A conversation begun in clear with POP3 or IMAP in which STARTTLS brought TLS up; NULL: none. */
const struct observation *starttls_that_works(const struct service_view *view);
/* The first conversation with this flag (enum observation_flag), or NULL. */
const struct observation *observation_with(const struct service_view *view, uint32_t flag);
/* The conversation that decided the verdict. NULL when there is none. */
const struct observation *deciding_observation(const struct service_view *view);
/* A suite with one of these traits that the server chose; 0: none was seen by its number. */
uint16_t suite_chosen_with(const struct service_view *view, uint32_t traits);
/* The server accepts a suite with one of these traits; the evidence is which one it chose. */
bool accepts_suites_with(const struct service_view *view, uint32_t traits, struct finding *finding);
/* Greeted as logged in (PREAUTH), in clear or inside TLS, without words like "read-only" or "test"; fills evidence and confidence. where: goes behind the greeting. */
bool is_open_without_login(const struct service_view *view, bool inside_tls, const char *where, struct finding *finding);
/* "the server greeted with "..."" of this conversation. */
void evidence_of_greeting(const struct observation *observation, struct finding *finding);
/* What it announces before TLS, and that a password may be sent then. */
void evidence_of_cleartext_login(const struct service_view *view, struct finding *finding);
/* Versions that it accepts, as far as known: "accepts TLSv1.0, TLSv1.1". */
void evidence_of_versions(const struct service_view *view, struct finding *finding);

/* The next chain from *index on whose leaf is readable, and that a client would be shown which names the host; NULL: no more. Increments *index. */
const struct chain_facts *next_chain(const struct service_view *view, size_t *index);
/* Every chain that is known to have been shown was read. */
bool all_chains_are_known(const struct service_view *view);
/* The end of the certificate has passed on every leaf, by at least so many days; days_out: of the one that ended last. */
bool all_leaves_are_expired(const struct service_view *view, int64_t *days_out);
/* Subject in quotes and the beginning of the fingerprint. */
void evidence_of_leaf(const struct chain_facts *chain, struct finding *finding);
/* Nobody's store leads to it: it signed itself, or it has no path to a root of Mozilla's. Unknown trust is false. */
bool chain_is_untrusted(const struct chain_facts *chain);
/* A placeholder of a vendor (rule C-5): its words in the table, or NULL. */
const char *placeholder_of(const struct certificate_facts *certificate);
/* Whose 1024-bit prime this is (rule T-17), or NULL: none that we know. */
const char *common_prime_name(const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE]);

/* TLS works on it, whatever else is wrong. */
bool verdict_has_working_tls(enum verdict verdict);
/* What the service speaks, or else what its port is for. */
enum wire_protocol protocol_of(const struct service_view *view);
/* The service on that port, or NULL. */
const struct service_view *service_at(const struct host_view *view, uint16_t port);
/* A finding of that service, or NULL. */
const struct finding *finding_of(const struct host_view *view, size_t service, const char *id);
/* Asked and answered: its verdict says something of TLS or that nothing is there. */
bool verdict_is_known(enum verdict verdict);
/* Logs people in without TLS, in the host's sense (service_is_without_tls). */
bool is_without_tls(const struct service_view *view);

#endif
