/* SPDX-License-Identifier: ISC */
/* The driver's table. */
#include "store/postgres/postgres_driver.h"

#include "store/location.h"
#include "store/postgres/postgres_store.h"

const struct store_driver POSTGRES_STORE_DRIVER = {
	.name = "postgresql",
	.claims = location_is_server,
	.open = postgres_open,
	.close = postgres_close,
	.begin = postgres_begin,
	.commit = postgres_commit,
	.rollback = postgres_rollback,
	.add_census = postgres_add_census,
	.end_census = postgres_end_census,
	.set_progress = postgres_set_progress,
	.add_conversation = postgres_add_conversation,
	.add_service = postgres_add_service,
	.add_certificate = postgres_add_certificate,
	.add_chain = postgres_add_chain,
	.set_findings = postgres_set_findings,
	.add_contact = postgres_add_contact,
	.forget_contacts_before = postgres_forget_contacts_before,
	.add_open_host = postgres_add_open_host,
	.remove_open_host = postgres_remove_open_host,
	.visit_censuses = postgres_visit_censuses,
	.visit_services = postgres_visit_services,
	.visit_conversations = postgres_visit_conversations,
	.find_certificate = postgres_find_certificate,
	.find_chain = postgres_find_chain,
	.visit_findings = postgres_visit_findings,
	.visit_contacts = postgres_visit_contacts,
	.visit_open_hosts = postgres_visit_open_hosts,
	.change_census = postgres_change_census,
	.set_merged = postgres_set_merged,
	.visit_merged = postgres_visit_merged,
	.add_count = postgres_add_count,
	.forget_counts = postgres_forget_counts,
	.visit_counts = postgres_visit_counts,
	.set_hostname = postgres_set_hostname,
	.visit_hostnames = postgres_visit_hostnames,
	.has_certificate = postgres_has_certificate,
	.has_chain = postgres_has_chain,
};
