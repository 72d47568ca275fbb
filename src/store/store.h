/* SPDX-License-Identifier: ISC */
/* Keep and find what a census saw: one promise, kept by every store.
   Nothing that was committed is lost, whenever the process is killed; every record has an identity, so giving it twice keeps it once. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/instant.h"
#include "base/span.h"
#include "model/records.h"

struct store;

struct store_visitor {
	void *context;
	/* Each returns false to stop early. */
	bool (*on_census)(void *context, const struct census_record *census, const struct census_progress *progress);
	bool (*on_service)(void *context, const struct service_record *service);                /* ordered by address, then port */
	bool (*on_conversation)(void *context, const struct conversation_record *conversation); /* ordered by address, port, attempt */
	bool (*on_certificate)(void *context, const struct certificate_record *certificate);
	bool (*on_contact)(void *context, const struct contact_record *contact);
	bool (*on_open_host)(void *context, const struct open_host_record *host); /* ordered by number */
	bool (*on_chain)(void *context, const struct chain_record *chain);
	bool (*on_finding)(void *context, const struct finding_record *finding); /* ordered by address, then port (the host's own first) */
	bool (*on_merged)(void *context, const struct merged_record *merged);    /* ordered by shard */
	bool (*on_count)(void *context, const struct count_record *count);       /* ordered by value, as bytes */
	bool (*on_hostname)(void *context, const struct hostname_record *hostname); /* ordered by address */
};

enum store_mode {
	STORE_READ_ONLY,  /* must exist */
	STORE_READ_WRITE, /* is made when it does not exist; migrated when it is older */
};

/* Opens a project file. The error says what to do: no such file, no permission, read-only file system, not a database, made by a newer mailcensus, locked by another scan. */
struct store *store_open(const char *location, enum store_mode mode, struct error *error) MUST_CHECK;
/* Commits nothing that was not committed. NULL is fine. */
void store_close(struct store *store);

/* Everything between begin and commit is kept together or not at all. A full disk fails the commit and leaves the file as before. */
bool store_begin(struct store *store, struct error *error) MUST_CHECK;
bool store_commit(struct store *store, struct error *error) MUST_CHECK;
void store_rollback(struct store *store);

/* Writing, inside a transaction. Records with a known identity replace what was kept, certificates stay as they are.
   Findings belong into the transaction of the last service of their host.
   A contact has no identity: two of one address in one millisecond are two, so that the budget is never counted too low.
   After a failure nothing more is taken until store_rollback or store_commit, which then keeps nothing and fails too. */
bool store_add_census(struct store *store, struct census_record *census, struct error *error) MUST_CHECK; /* fills census->id */
bool store_end_census(struct store *store, census_id census, struct timestamp ended_at, struct error *error) MUST_CHECK;
bool store_set_progress(struct store *store, census_id census, const struct census_progress *progress, struct error *error) MUST_CHECK;
bool store_add_conversation(struct store *store, census_id census, const struct conversation_record *conversation,
                            struct error *error) MUST_CHECK;
bool store_add_service(struct store *store, census_id census, const struct service_record *service, struct error *error) MUST_CHECK;
bool store_add_certificate(struct store *store, const struct certificate_record *certificate, struct error *error) MUST_CHECK;
bool store_add_chain(struct store *store, const struct chain_record *chain, struct error *error) MUST_CHECK;
/* All findings of a host and its services, in place of those that were kept before; their addresses are not looked at. */
bool store_set_findings(struct store *store, census_id census, const struct ip_address *address, const struct finding_record *findings,
                        size_t count, struct error *error) MUST_CHECK;
/* Statistics of a census that has ended. They are forgotten in the transaction in which a record of the census is added, or the census is ended, so that what is there
   is of the records that are there. */
bool store_add_count(struct store *store, census_id census, const struct count_record *count, struct error *error) MUST_CHECK;
bool store_forget_counts(struct store *store, census_id census, struct error *error) MUST_CHECK;
bool store_add_contact(struct store *store, const struct contact_record *contact, struct error *error) MUST_CHECK;
bool store_forget_contacts_before(struct store *store, struct timestamp before, struct error *error) MUST_CHECK;
bool store_add_open_host(struct store *store, census_id census, const struct open_host_record *host, struct error *error) MUST_CHECK;
bool store_remove_open_host(struct store *store, census_id census, const struct open_host_record *host, struct error *error) MUST_CHECK;
/* What was learnt of the name of an address, which belongs to no census. Of two of one address the later one holds (the second of two of one moment), but never a failure
   instead of an answer. */
bool store_set_hostname(struct store *store, const struct hostname_record *hostname, struct error *error) MUST_CHECK;

/* Changes a census that is merged out of others: its beginning, shard, shard_count and host_count; and says what was merged so far. */
bool store_change_census(struct store *store, const struct census_record *census, struct error *error) MUST_CHECK;
bool store_set_merged(struct store *store, census_id census, const struct merged_record *merged, struct error *error) MUST_CHECK;

/* Reading. Records are valid only during the visit. */
bool store_visit_censuses(struct store *store, const struct store_visitor *visitor, struct error *error) MUST_CHECK;
bool store_visit_services(struct store *store, census_id census, const struct ip_address *only_address, const struct store_visitor *visitor,
                          struct error *error) MUST_CHECK;
bool store_visit_conversations(struct store *store, census_id census, const struct ip_address *only_address,
                               const struct store_visitor *visitor, struct error *error) MUST_CHECK;
bool store_find_certificate(struct store *store, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE], const struct store_visitor *visitor,
                            struct error *error) MUST_CHECK;
bool store_find_chain(struct store *store, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE], const struct store_visitor *visitor,
                      struct error *error) MUST_CHECK;
bool store_visit_findings(struct store *store, census_id census, const struct ip_address *only_address, const struct store_visitor *visitor,
                          struct error *error) MUST_CHECK;
bool store_visit_counts(struct store *store, census_id census, const char *kind, const struct store_visitor *visitor,
                        struct error *error) MUST_CHECK;
bool store_visit_contacts(struct store *store, const struct store_visitor *visitor, struct error *error) MUST_CHECK;
bool store_visit_open_hosts(struct store *store, census_id census, const struct store_visitor *visitor, struct error *error) MUST_CHECK;
bool store_visit_merged(struct store *store, census_id census, const struct store_visitor *visitor, struct error *error) MUST_CHECK;
bool store_visit_hostnames(struct store *store, const struct ip_address *only_address, const struct store_visitor *visitor,
                           struct error *error) MUST_CHECK;

/* True when this certificate or chain is already kept (also inside the open transaction). */
bool store_has_certificate(struct store *store, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE]);
bool store_has_chain(struct store *store, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE]);

#endif
