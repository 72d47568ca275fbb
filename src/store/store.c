/* SPDX-License-Identifier: ISC */
/* Hands each call to the driver that claims the location. */
#include "store/store.h"

#include "base/attributes.h"
#include "store/postgres/postgres_driver.h"
#include "store/sqlite/sqlite_driver.h"
#include "store/store_driver.h"

/* The last claims everything. */
static const struct store_driver *const DRIVERS[] = {&POSTGRES_STORE_DRIVER, &SQLITE_STORE_DRIVER};

struct store *store_open(const char *location, enum store_mode mode, struct error *error)
{
	for (size_t i = 0; i < ARRAY_LENGTH(DRIVERS); i++) {
		if (DRIVERS[i]->claims(location))
			return DRIVERS[i]->open(location, mode, error);
	}
	error_set(error, "no store knows what to do with %s", location);
	return NULL;
}

void store_close(struct store *store)
{
	if (store != NULL)
		store->driver->close(store);
}

bool store_begin(struct store *store, struct error *error)
{
	return store->driver->begin(store, error);
}

bool store_commit(struct store *store, struct error *error)
{
	return store->driver->commit(store, error);
}

void store_rollback(struct store *store)
{
	store->driver->rollback(store);
}

bool store_add_census(struct store *store, struct census_record *census, struct error *error)
{
	return store->driver->add_census(store, census, error);
}

bool store_end_census(struct store *store, census_id census, struct timestamp ended_at, struct error *error)
{
	return store->driver->end_census(store, census, ended_at, error);
}

bool store_set_progress(struct store *store, census_id census, const struct census_progress *progress, struct error *error)
{
	return store->driver->set_progress(store, census, progress, error);
}

bool store_add_conversation(struct store *store, census_id census, const struct conversation_record *conversation, struct error *error)
{
	return store->driver->add_conversation(store, census, conversation, error);
}

bool store_add_service(struct store *store, census_id census, const struct service_record *service, struct error *error)
{
	return store->driver->add_service(store, census, service, error);
}

bool store_add_certificate(struct store *store, const struct certificate_record *certificate, struct error *error)
{
	return store->driver->add_certificate(store, certificate, error);
}

bool store_add_chain(struct store *store, const struct chain_record *chain, struct error *error)
{
	return store->driver->add_chain(store, chain, error);
}

bool store_set_findings(struct store *store, census_id census, const struct ip_address *address, const struct finding_record *findings,
                        size_t count, struct error *error)
{
	return store->driver->set_findings(store, census, address, findings, count, error);
}

bool store_add_contact(struct store *store, const struct contact_record *contact, struct error *error)
{
	return store->driver->add_contact(store, contact, error);
}

bool store_forget_contacts_before(struct store *store, struct timestamp before, struct error *error)
{
	return store->driver->forget_contacts_before(store, before, error);
}

bool store_add_open_host(struct store *store, census_id census, const struct open_host_record *host, struct error *error)
{
	return store->driver->add_open_host(store, census, host, error);
}

bool store_remove_open_host(struct store *store, census_id census, const struct open_host_record *host, struct error *error)
{
	return store->driver->remove_open_host(store, census, host, error);
}

bool store_visit_censuses(struct store *store, const struct store_visitor *visitor, struct error *error)
{
	return store->driver->visit_censuses(store, visitor, error);
}

bool store_visit_services(struct store *store, census_id census, const struct ip_address *only_address, const struct store_visitor *visitor,
                          struct error *error)
{
	return store->driver->visit_services(store, census, only_address, visitor, error);
}

bool store_visit_conversations(struct store *store, census_id census, const struct ip_address *only_address,
                               const struct store_visitor *visitor, struct error *error)
{
	return store->driver->visit_conversations(store, census, only_address, visitor, error);
}

bool store_find_certificate(struct store *store, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE], const struct store_visitor *visitor,
                            struct error *error)
{
	return store->driver->find_certificate(store, sha256, visitor, error);
}

bool store_find_chain(struct store *store, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE], const struct store_visitor *visitor,
                      struct error *error)
{
	return store->driver->find_chain(store, sha256, visitor, error);
}

bool store_visit_findings(struct store *store, census_id census, const struct ip_address *only_address, const struct store_visitor *visitor,
                          struct error *error)
{
	return store->driver->visit_findings(store, census, only_address, visitor, error);
}

bool store_visit_contacts(struct store *store, const struct store_visitor *visitor, struct error *error)
{
	return store->driver->visit_contacts(store, visitor, error);
}

bool store_visit_open_hosts(struct store *store, census_id census, const struct store_visitor *visitor, struct error *error)
{
	return store->driver->visit_open_hosts(store, census, visitor, error);
}

bool store_has_certificate(struct store *store, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE])
{
	return store->driver->has_certificate(store, sha256);
}

bool store_has_chain(struct store *store, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE])
{
	return store->driver->has_chain(store, sha256);
}

bool store_change_census(struct store *store, const struct census_record *census, struct error *error)
{
	return store->driver->change_census(store, census, error);
}

bool store_set_merged(struct store *store, census_id census, const struct merged_record *merged, struct error *error)
{
	return store->driver->set_merged(store, census, merged, error);
}

bool store_visit_merged(struct store *store, census_id census, const struct store_visitor *visitor, struct error *error)
{
	return store->driver->visit_merged(store, census, visitor, error);
}

bool store_add_count(struct store *store, census_id census, const struct count_record *count, struct error *error)
{
	return store->driver->add_count(store, census, count, error);
}

bool store_forget_counts(struct store *store, census_id census, struct error *error)
{
	return store->driver->forget_counts(store, census, error);
}

bool store_visit_counts(struct store *store, census_id census, const char *kind, const struct store_visitor *visitor, struct error *error)
{
	return store->driver->visit_counts(store, census, kind, visitor, error);
}

bool store_set_hostname(struct store *store, const struct hostname_record *hostname, struct error *error)
{
	return store->driver->set_hostname(store, hostname, error);
}

bool store_visit_hostnames(struct store *store, const struct ip_address *only_address, const struct store_visitor *visitor,
                           struct error *error)
{
	return store->driver->visit_hostnames(store, only_address, visitor, error);
}
