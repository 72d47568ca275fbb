/* SPDX-License-Identifier: ISC */
/* Reads a census back host by host, with the host's judgement beside its services. */
#ifndef APP_CENSUS_READER_H
#define APP_CENSUS_READER_H

#include <stdbool.h>

#include "app/options.h"
#include "base/error.h"
#include "classify/host.h"
#include "model/certificate_facts.h"
#include "report/jsonl.h"
#include "store/store.h"

/* The common options of all verbs that read. */
struct reader_options {
	const char *database;
	struct optional_unsigned census;
};

#define READER_OPTION_ROWS(type)                                                                                                           \
	{"database",                                                                                                                       \
	 "FILE",                                                                                                                           \
	 OPTION_TEXT,                                                                                                                      \
	 offsetof(type, reader.database),                                                                                                  \
	 0,                                                                                                                                \
	 0,                                                                                                                                \
	 NULL,                                                                                                                             \
	 false,                                                                                                                            \
	 "Keeps the censuses: a file (mailcensus.db), or postgresql://..."},                                                               \
	{                                                                                                                                  \
		"census", "N", OPTION_OPTIONAL_UNSIGNED, offsetof(type, reader.census), 1, INT64_MAX, NULL, false,                         \
			"Which census (the newest)."                                                                                       \
	}

struct census_reader {
	struct store *store;
	census_id census;
	struct census_record record; /* texts are copies, owned here */
	struct census_progress progress;
	char *texts[3];
	struct certificate_facts *facts; /* of certificates that were read lately, each where its fingerprint says */
};

/* All censuses of a database, which is closed again. */
bool census_reader_visit_censuses(const char *database, const struct store_visitor *visitor, struct error *error) MUST_CHECK;
/* Opens the database for reading and finds the census. */
bool census_reader_open(const struct reader_options *options, struct census_reader *reader_out, struct error *error) MUST_CHECK;
/* The same for whoever wants to write to reader_out->store too. */
bool census_reader_open_as(const struct reader_options *options, enum store_mode mode, struct census_reader *reader_out,
                           struct error *error) MUST_CHECK;
void census_reader_close(struct census_reader *reader);

/* One service with what belongs to it; valid during the visit. The verdict is already revised by the host's judgement.
   What was not wanted, or is not kept, is NULL or 0. */
struct census_service {
	const struct service_record *service;
	const struct certificate_record *certificate; /* of tls.leaf_sha256 */
	const struct host_judgement *host;
	bool is_first_of_host;
	bool is_without_tls;                   /* in Shadowserver's sense, see classify/host.h */
	enum wire_protocol counts_for;         /* POP3 or IMAP, heard or meant; else WIRE_UNKNOWN */
	const struct chain_record *chain;      /* of tls.chain_sha256 */
	const struct finding_record *findings; /* of the service, worst first, then by id */
	size_t finding_count;
	const struct finding_record *host_findings; /* of the host itself, likewise */
	size_t host_finding_count;
	const struct hostname_record *hostname; /* of the address; outcome failed: nothing is known */
};

/* The same as what a line of JSON is made of. */
struct jsonl_service census_service_line(const struct census_reader *reader, const struct census_service *service);

/* What the DER of a kept certificate says; neighbours often share one, which is then not read again. Valid until the next call. NULL: unreadable. */
const struct certificate_facts *census_reader_facts(struct census_reader *reader, const struct certificate_record *certificate);
/* The host's name where it also leads back to the address, else "". Who owns an address says what it is called: only such a name may lead to whoever
   owns the name. */
const char *census_service_confirmed_name(const struct census_service *service);

/* What is looked up for each service or host, each a little dearer. Software and TLS facts are always there. */
enum census_wants {
	CENSUS_WANTS_CERTIFICATES = 1 << 0,
	CENSUS_WANTS_CHAINS = 1 << 1,
	CENSUS_WANTS_FINDINGS = 1 << 2,
	/* Of certificates only issuer, is_readable and is_self_signed, the rest is empty: one that was met lately is not looked up again. Not together with certificates. */
	CENSUS_WANTS_ISSUERS = 1 << 4,
	CENSUS_WANTS_HOSTNAMES = 1 << 3,
	CENSUS_WANTS_ALL = CENSUS_WANTS_CERTIFICATES | CENSUS_WANTS_CHAINS | CENSUS_WANTS_FINDINGS | CENSUS_WANTS_HOSTNAMES,
};

/* Visits all services ordered by address and port; false from visit stops early. wants: enum census_wants. */
bool census_reader_visit(struct census_reader *reader, const struct ip_address *only_address, unsigned wants,
                         bool (*visit)(void *context, const struct census_service *service), void *context, struct error *error) MUST_CHECK;

#endif
