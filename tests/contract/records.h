/* SPDX-License-Identifier: ISC */
/* Records full of hostile bytes and extreme numbers, and comparisons that look at every field. */
#ifndef RECORDS_H
#define RECORDS_H

#include "model/records.h"

/* Records whose every field differs with the salt; the texts and spans are static or kept per salt below 8. */
struct census_record sample_census(unsigned salt);
struct service_record sample_service(const char *address, uint16_t port, unsigned salt);
struct conversation_record sample_conversation(const char *address, uint16_t port, unsigned attempt, unsigned salt);
struct certificate_record sample_certificate(unsigned salt);
struct chain_record sample_chain(unsigned salt);
struct finding_record sample_finding(const char *address, uint16_t port, const char *id, unsigned salt);
struct ip_address sample_address(const char *text);

/* Assert that all fields are the same. */
void assert_same_census(const struct census_record *a, const struct census_record *b);
void assert_same_service(const struct service_record *a, const struct service_record *b);
void assert_same_conversation(const struct conversation_record *a, const struct conversation_record *b);
void assert_same_certificate(const struct certificate_record *a, const struct certificate_record *b);
void assert_same_chain(const struct chain_record *a, const struct chain_record *b);
void assert_same_finding(const struct finding_record *a, const struct finding_record *b);

#endif
