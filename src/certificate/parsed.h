/* SPDX-License-Identifier: ISC */
/* What the files of this folder share about certificates that OpenSSL has parsed. Nobody else sees it: other folders know no OpenSSL. */
#ifndef CERTIFICATE_PARSED_H
#define CERTIFICATE_PARSED_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/span.h"
#include "model/certificate_facts.h"

/* NULL: not readable, too large, or bytes stand behind it. The caller frees with X509_free. */
X509 *certificate_parse(struct span der);
/* All facts of a parsed certificate into facts_out; der is what it was parsed from. */
void certificate_facts_read(X509 *certificate, struct span der, struct certificate_facts *facts_out);
/* Whether the signature of `subject` was made by the key of `issuer`; names are not looked at. False for keys too large to verify with. */
bool certificate_is_signed_by(X509 *subject, X509 *issuer);
/* Issued by itself: names and signature. */
bool certificate_is_self_signed(X509 *certificate);
/* basicConstraints CA; a certificate that is broken in OpenSSL's eyes is none. */
bool certificate_is_authority(X509 *certificate);
/* The short name of the hash that the signature is over, "" when there is none. Static memory. */
const char *certificate_signature_hash(X509 *certificate);

/* Left as it is when OpenSSL cannot read it. */
void time_read(const ASN1_TIME *time, struct timestamp *out);

/* ---- name_text.c: hostile text ---- */

struct span asn1_string_view(const ASN1_STRING *string);
/* Copies text of any bytes to out[*used..], which holds zeros there: cut at a whole character, '?' for what is none. False when something was cut. */
bool text_copy_clean(struct span bytes, char *out, size_t out_size, size_t *used);
/* The short name of an algorithm, or its number in dots. */
void object_read(const ASN1_OBJECT *object, char *out, size_t out_size);
/* text_copy_clean into an empty out. */
void text_copy(struct span bytes, char *out, size_t out_size);
/* RFC 2253, with UTF-8 left as it is. */
void name_read(const X509_NAME *name, char *out, size_t out_size);
void name_read_common_name(const X509_NAME *name, char *out, size_t out_size);
void name_read_parts(const X509_NAME *name, struct name_parts *parts);
/* The dNSName SANs into names and whether there are any. */
void name_read_hosts(const X509 *certificate, char *out, size_t out_size, bool *has_dns_names);

/* ---- key_facts.c ---- */

/* Type, size, curve, SPKI and known weakness. */
void key_read(const X509 *certificate, struct certificate_facts *facts);
/* Bits of an RSA key (RSA-PSS too); 0: it is none. */
unsigned key_rsa_bits(const X509 *certificate);

#endif
