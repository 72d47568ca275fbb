/* SPDX-License-Identifier: ISC */
/* What a store must do to keep the promise of store.h. One driver per folder; store.c chooses by the location. */
#ifndef STORE_STORE_DRIVER_H
#define STORE_STORE_DRIVER_H

#include "store/store.h"

struct store_driver;

/* Every driver's struct begins with this. */
struct store {
	const struct store_driver *driver;
};

struct store_driver {
	const char *name;
	bool (*claims)(const char *location); /* is this location ours? The last driver of the list claims everything. */
	struct store *(*open)(const char *location, enum store_mode mode, struct error *error);
	void (*close)(struct store *store);
	bool (*begin)(struct store *store, struct error *error);
	bool (*commit)(struct store *store, struct error *error);
	void (*rollback)(struct store *store);
	bool (*add_census)(struct store *store, struct census_record *census, struct error *error);
	bool (*end_census)(struct store *store, census_id census, struct timestamp ended_at, struct error *error);
	bool (*set_progress)(struct store *store, census_id census, const struct census_progress *progress, struct error *error);
	bool (*add_conversation)(struct store *store, census_id census, const struct conversation_record *conversation,
	                         struct error *error);
	bool (*add_service)(struct store *store, census_id census, const struct service_record *service, struct error *error);
	bool (*add_certificate)(struct store *store, const struct certificate_record *certificate, struct error *error);
	bool (*add_chain)(struct store *store, const struct chain_record *chain, struct error *error);
	bool (*set_findings)(struct store *store, census_id census, const struct ip_address *address, const struct finding_record *findings,
	                     size_t count, struct error *error);
	bool (*add_contact)(struct store *store, const struct contact_record *contact, struct error *error);
	bool (*forget_contacts_before)(struct store *store, struct timestamp before, struct error *error);
	bool (*add_open_host)(struct store *store, census_id census, const struct open_host_record *host, struct error *error);
	bool (*remove_open_host)(struct store *store, census_id census, const struct open_host_record *host, struct error *error);
	bool (*visit_censuses)(struct store *store, const struct store_visitor *visitor, struct error *error);
	bool (*visit_services)(struct store *store, census_id census, const struct ip_address *only_address,
	                       const struct store_visitor *visitor, struct error *error);
	bool (*visit_conversations)(struct store *store, census_id census, const struct ip_address *only_address,
	                            const struct store_visitor *visitor, struct error *error);
	bool (*find_certificate)(struct store *store, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE],
	                         const struct store_visitor *visitor, struct error *error);
	bool (*find_chain)(struct store *store, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE], const struct store_visitor *visitor,
	                   struct error *error);
	bool (*visit_findings)(struct store *store, census_id census, const struct ip_address *only_address,
	                       const struct store_visitor *visitor, struct error *error);
	bool (*visit_contacts)(struct store *store, const struct store_visitor *visitor, struct error *error);
	bool (*visit_open_hosts)(struct store *store, census_id census, const struct store_visitor *visitor, struct error *error);
	bool (*change_census)(struct store *store, const struct census_record *census, struct error *error);
	bool (*set_merged)(struct store *store, census_id census, const struct merged_record *merged, struct error *error);
	bool (*visit_merged)(struct store *store, census_id census, const struct store_visitor *visitor, struct error *error);
	bool (*add_count)(struct store *store, census_id census, const struct count_record *count, struct error *error);
	bool (*forget_counts)(struct store *store, census_id census, struct error *error);
	bool (*visit_counts)(struct store *store, census_id census, const char *kind, const struct store_visitor *visitor,
	                     struct error *error);
	bool (*set_hostname)(struct store *store, const struct hostname_record *hostname, struct error *error);
	bool (*visit_hostnames)(struct store *store, const struct ip_address *only_address, const struct store_visitor *visitor,
	                        struct error *error);
	bool (*has_certificate)(struct store *store, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE]);
	bool (*has_chain)(struct store *store, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE]);
};

#endif
