/* SPDX-License-Identifier: ISC */
/* A census host by host, taken when it is wanted: two of them can be read side by side in flat memory.
   Stores hand their rows out by visits, so each stream has a thread that reads ahead a little, on a connection of its own. */
#ifndef APP_CENSUS_STREAM_H
#define APP_CENSUS_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "app/census_reader.h"
#include "model/certificate_facts.h"

/* A service as far as a comparison needs it; all is a copy. */
struct stream_service {
	uint16_t port;
	enum wire_protocol protocol;
	enum verdict verdict; /* revised by the host's judgement */
	enum cleartext_login cleartext_login;
	enum ending ending;
	bool tls_proven;
	bool has_certificate;
	uint8_t leaf_sha256[CERTIFICATE_FINGERPRINT_SIZE];
	enum chain_trust mozilla; /* of the chain; unknown when it is not kept */
	struct tls_facts tls;
	struct software software;
	const char *const *findings; /* ids, valid as long as the stream */
	size_t finding_count;
};

struct stream_host {
	struct ip_address address;
	enum host_verdict verdict;
	const struct stream_service *services; /* by port, without canaries (rule D-7) */
	size_t service_count;
};

struct census_stream;

/* Begins to read; the reader is the stream's own until it is closed. has_findings: they are read too, and whose trust the chains have, which costs as much again. */
struct census_stream *census_stream_open(struct census_reader *reader, bool has_findings);
/* The next host in order of addresses, valid until the next call; NULL at the end. False: the census cannot be read. */
bool census_stream_next(struct census_stream *stream, const struct stream_host **host_out, struct error *error) MUST_CHECK;
/* Also before the end. NULL is fine. */
void census_stream_close(struct census_stream *stream);

#endif
