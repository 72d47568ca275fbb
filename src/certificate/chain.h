/* SPDX-License-Identifier: ISC */
/* Judges the list of certificates that a server sent: order, what is missing, trust by this system's store and by Mozilla's, strength, names. By OpenSSL. */
#ifndef CERTIFICATE_CHAIN_H
#define CERTIFICATE_CHAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/span.h"
#include "model/certificate_facts.h"

struct trust_stores;

/* Loads the stores: system NULL is OpenSSL's default place, mozilla NULL is Debian's /usr/share/ca-certificates/mozilla; both may be a file of PEM certificates or a folder
   of such files. intermediates: a PEM file of known intermediates, or NULL. A default place that is missing is left out (trust is then unknown); a place that was named and
   is missing, and what is unreadable, is an error: NULL. */
struct trust_stores *trust_stores_new(const char *system, const char *mozilla, const char *intermediates, struct error *error) MUST_CHECK;
void trust_stores_free(struct trust_stores *stores); /* NULL is fine */
/* A certificate of an authority that some server sent: helps to say later which one is missing from another chain. Bounded to 4096; ignores what is no CA, and a CA that
   leads to no root by what is known already: nobody can plant one. */
void trust_stores_learn(struct trust_stores *stores, struct span der);
/* Learns from all certificates but the first of a list that was sent, from the last one on. */
void trust_stores_learn_chain(struct trust_stores *stores, const struct span *certificates, size_t count);

/* Digest over the digests; zeros when count is 0. */
void chain_fingerprint(const struct span *certificates, size_t count, uint8_t sha256_out[CERTIFICATE_FINGERPRINT_SIZE]);
/* Never fails: what cannot be told is unknown. stores may be NULL. Bounded work whatever was sent. One thread at a time with the same stores. */
void chain_judge(const struct trust_stores *stores, const struct span *certificates, size_t count, bool is_cut,
                 struct chain_facts *facts_out);
/* Rules N-10 to N-12 (RFC 9525 6, RFC 7817 3): does the leaf name this host? An address literal is compared with iPAddress SANs. */
enum name_match chain_match_name(struct span leaf_der, const char *reference_name);

#endif
