/* SPDX-License-Identifier: ISC */
/* X.509 by OpenSSL: nothing of the parsing is ours. Names are read in name_text.c, keys in key_facts.c. */
#include "certificate/certificate.h"

#include <assert.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/attributes.h"
#include "certificate/parsed.h"

enum { RECENT_CERTIFICATES = 64, RECENT_DER_MAX = 16 * 1024 };

void certificate_fingerprint(struct span der, uint8_t sha256_out[CERTIFICATE_FINGERPRINT_SIZE])
{
	static _Thread_local EVP_MD *fetched; /* looking for it each time costs more than a short digest */
	unsigned size = 0;

	if (fetched == NULL)
		fetched = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (EVP_Digest(der.size > 0 ? (const void *)der.data : "", der.size, sha256_out, &size, fetched != NULL ? fetched : EVP_sha256(),
	               NULL) != 1 ||
	    size != CERTIFICATE_FINGERPRINT_SIZE)
		assert(false && "SHA-256 fails only without memory");
}

/* Lower-case hexadecimal; out_size is two digits a byte and a NUL. */
static void read_digest(struct span der, const EVP_MD *kind, char *out, size_t out_size)
{
	static const char DIGITS[] = "0123456789abcdef";
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned size = 0;

	if (EVP_Digest(der.data, der.size, digest, &size, kind, NULL) != 1 || out_size != 2 * (size_t)size + 1)
		return; /* a system that has no MD5 any more */
	for (size_t i = 0; i < size; i++) {
		out[2 * i] = DIGITS[digest[i] >> 4];
		out[2 * i + 1] = DIGITS[digest[i] & 15];
	}
}

void time_read(const ASN1_TIME *time, struct timestamp *out)
{
	struct tm broken_down = {.tm_year = 0};

	if (ASN1_TIME_to_tm(time, &broken_down) == 1)
		out->unix_ms = (int64_t)timegm(&broken_down) * 1000;
}

static void read_serial(const ASN1_INTEGER *serial, char *out, size_t out_size)
{
	static const char DIGITS[] = "0123456789abcdef";
	struct span bytes = asn1_string_view(serial);
	size_t used = 0;

	if (ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER)
		out[used++] = '-';
	for (size_t i = 0; i < bytes.size && used + 2 < out_size; i++) {
		out[used++] = DIGITS[bytes.data[i] >> 4];
		out[used++] = DIGITS[bytes.data[i] & 15];
	}
}

bool certificate_is_signed_by(X509 *subject, X509 *issuer)
{
	EVP_PKEY *key = X509_get0_pubkey(issuer);

	return key != NULL && EVP_PKEY_get_bits(key) <= CERTIFICATE_VERIFIED_KEY_BITS_MAX && X509_verify(subject, key) == 1;
}

bool certificate_is_self_signed(X509 *certificate)
{
	return X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0 &&
	       certificate_is_signed_by(certificate, certificate);
}

bool certificate_is_authority(X509 *certificate)
{
	return (X509_get_extension_flags(certificate) & (EXFLAG_CA | EXFLAG_INVALID)) == EXFLAG_CA;
}

/* What the algorithm is called is not asked: of RSA-PSS the hash stands in the parameters. */
const char *certificate_signature_hash(X509 *certificate)
{
	int hash = NID_undef;

	(void)X509_get_signature_info(certificate, &hash, NULL, NULL,
	                              NULL); /* refuses hashes that OpenSSL cannot compute any more, but names them */
	return hash != NID_undef ? OBJ_nid2sn(hash) : "";
}

/* By the policies of the CA/Browser Forum, and what authorities used before they existed for what is now 2.23.140.1.1. */
static const char *validation_level(const X509 *certificate)
{
	static const struct {
		const char *policy, *level;
	} ROWS[] = {
		{"2.23.140.1.1", "EV"},
		{"2.16.840.1.114412.2.1", "EV"},        /* DigiCert */
		{"2.16.840.1.114028.10.1.2", "EV"},     /* Entrust */
		{"1.3.6.1.4.1.4146.1.1", "EV"},         /* GlobalSign */
		{"1.3.6.1.4.1.6449.1.2.1.5.1", "EV"},   /* Sectigo */
		{"2.16.840.1.114413.1.7.23.3", "EV"},   /* Go Daddy */
		{"2.16.840.1.114414.1.7.23.3", "EV"},   /* Starfield */
		{"1.3.6.1.4.1.8024.0.2.100.1.2", "EV"}, /* QuoVadis */
		{"2.16.756.1.89.1.2.1.1", "EV"},        /* SwissSign */
		{"2.23.140.1.2.2", "OV"},
		{"2.23.140.1.2.3", "OV"}, /* a person whose identity was verified, instead of an organization */
		{"2.23.140.1.2.1", "DV"},
	};
	CERTIFICATEPOLICIES *policies = X509_get_ext_d2i(certificate, NID_certificate_policies, NULL, NULL);
	size_t best = ARRAY_LENGTH(ROWS);

	for (int i = 0; i < sk_POLICYINFO_num(policies); i++) {
		char dotted[64] = "";

		(void)OBJ_obj2txt(dotted, sizeof(dotted), sk_POLICYINFO_value(policies, i)->policyid, 1);
		for (size_t row = 0; row < best; row++) {
			if (span_equals_text(span_from_text(dotted), ROWS[row].policy))
				best = row;
		}
	}
	CERTIFICATEPOLICIES_free(policies);
	return best < ARRAY_LENGTH(ROWS) ? ROWS[best].level : "";
}

void certificate_facts_read(X509 *certificate, struct span der, struct certificate_facts *facts)
{
	const X509_NAME *subject = X509_get_subject_name(certificate), *issuer = X509_get_issuer_name(certificate);
	const X509_ALGOR *signature = NULL;
	const ASN1_OBJECT *algorithm = NULL;

	facts->is_readable = true;
	facts->version = (unsigned)X509_get_version(certificate);
	name_read(subject, facts->subject, sizeof(facts->subject));
	name_read(issuer, facts->issuer, sizeof(facts->issuer));
	name_read_common_name(subject, facts->common_name, sizeof(facts->common_name));
	name_read_parts(subject, &facts->subject_parts);
	name_read_parts(issuer, &facts->issuer_parts);
	name_read_hosts(certificate, facts->names, sizeof(facts->names), &facts->has_dns_names);
	time_read(X509_get0_notBefore(certificate), &facts->not_before);
	time_read(X509_get0_notAfter(certificate), &facts->not_after);
	read_serial(X509_get0_serialNumber(certificate), facts->serial, sizeof(facts->serial));
	key_read(certificate, facts);
	X509_get0_signature(NULL, &signature, certificate);
	X509_ALGOR_get0(&algorithm, NULL, NULL, signature);
	object_read(algorithm, facts->signature_algorithm, sizeof(facts->signature_algorithm));
	text_copy(span_from_text(certificate_signature_hash(certificate)), facts->signature_hash, sizeof(facts->signature_hash));
	facts->is_self_signed = certificate_is_self_signed(certificate);
	facts->is_authority = certificate_is_authority(certificate);
	text_copy(span_from_text(validation_level(certificate)), facts->validation_level, sizeof(facts->validation_level));
	read_digest(der, EVP_md5(), facts->md5, sizeof(facts->md5));
	read_digest(der, EVP_sha1(), facts->sha1, sizeof(facts->sha1));
	read_digest(der, EVP_sha512(), facts->sha512, sizeof(facts->sha512));
}

static X509 *parse(struct span der)
{
	const unsigned char *cursor = der.data;
	X509 *certificate = NULL;

	if (der.size > 0 && der.size <= CERTIFICATE_DER_MAX)
		certificate = d2i_X509(NULL, &cursor, (long)der.size);
	if (certificate != NULL && cursor == der.data + der.size)
		return certificate;
	X509_free(certificate);
	return NULL;
}

/* A certificate that is new is wanted several times within a moment: its key for the flight's signature, its facts, its chain. Most of the time that parsing takes is OpenSSL's
   search for a decoder of the key. */
X509 *certificate_parse(struct span der)
{
	static _Thread_local struct {
		X509 *certificate;
		uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE];
	} recent[RECENT_CERTIFICATES], *slot;
	uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE];
	X509 *certificate;

	if (der.size > RECENT_DER_MAX)
		return parse(der);
	certificate_fingerprint(der, sha256);
	slot = &recent[sha256[1] % RECENT_CERTIFICATES];
	if (slot->certificate != NULL && fingerprint_equals(slot->sha256, sha256))
		return X509_up_ref(slot->certificate) == 1 ? slot->certificate : NULL;
	certificate = parse(der);
	if (certificate == NULL || X509_up_ref(certificate) != 1)
		return certificate;
	X509_free(slot->certificate);
	slot->certificate = certificate;
	memcpy(slot->sha256, sha256, sizeof(sha256));
	return certificate;
}

void certificate_read(struct span der, struct certificate_facts *facts_out)
{
	X509 *certificate;

	memset(facts_out, 0, sizeof(*facts_out)); /* bytes between the members too: facts can be compared as a whole */
	certificate_fingerprint(der, facts_out->sha256);
	ERR_set_mark(); /* what OpenSSL complains of here is nobody else's concern */
	certificate = certificate_parse(der);
	if (certificate != NULL)
		certificate_facts_read(certificate, der, facts_out);
	X509_free(certificate);
	ERR_pop_to_mark();
}
