/* SPDX-License-Identifier: ISC */
/* X.509 by OpenSSL: nothing of the parsing is ours, only what becomes of hostile strings. */
#include "certificate/certificate.h"

#include <assert.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

void certificate_fingerprint(struct span der, uint8_t sha256_out[CERTIFICATE_FINGERPRINT_SIZE])
{
	unsigned size = 0;

	if (EVP_Digest(der.size > 0 ? (const void *)der.data : "", der.size, sha256_out, &size, EVP_sha256(), NULL) != 1 ||
	    size != CERTIFICATE_FINGERPRINT_SIZE)
		assert(false && "SHA-256 fails only without memory");
}

/* ---- hostile text ---- */

/* Size of the UTF-8 character (RFC 3629) that bytes begin with; 0: none, or a control character. */
static size_t character_size(struct span bytes)
{
	unsigned char first = bytes.data[0];
	size_t size = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;

	if (size == 0 || size > bytes.size || first < 0x20 || first == 0x7f)
		return 0;
	for (size_t i = 1; i < size; i++) {
		if ((bytes.data[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((first == 0xe0 && bytes.data[1] < 0xa0) || (first == 0xed && bytes.data[1] > 0x9f) || (first == 0xf0 && bytes.data[1] < 0x90) ||
	    (first == 0xf4 && bytes.data[1] > 0x8f))
		return 0;
	return first == 0xc2 && bytes.data[1] < 0xa0 ? 0 : size; /* U+0080..U+009F are controls too */
}

/* Copies text of any bytes into out[out_size], which holds zeros: cut at a whole character, '?' for what is none. */
static void copy_text(struct span bytes, char *out, size_t out_size)
{
	size_t used = 0;

	while (bytes.size > 0) {
		size_t size = character_size(bytes);

		if (used + (size > 0 ? size : 1) >= out_size)
			return;
		if (size > 0)
			memcpy(out + used, bytes.data, size);
		else
			out[used] = '?';
		used += size > 0 ? size : 1;
		bytes = span_part(bytes, size > 0 ? size : 1, bytes.size);
	}
}

static struct span string_view(const ASN1_STRING *string)
{
	int size = ASN1_STRING_length(string);

	return span_make(ASN1_STRING_get0_data(string), size > 0 ? (size_t)size : 0);
}

/* ---- names ---- */

/* RFC 2253, with UTF-8 left as it is. OpenSSL refuses certificates whose names are not valid in their string type, so printing has nothing left to fail at. */
static void read_name(const X509_NAME *name, char *out, size_t out_size)
{
	BIO *text = BIO_new(BIO_s_mem());
	char *data = NULL;
	long size = 0;

	if (text != NULL && X509_NAME_print_ex(text, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0)
		size = BIO_get_mem_data(text, &data);
	if (size > 0)
		copy_text(span_make(data, (size_t)size), out, out_size);
	BIO_free(text);
}

static void read_common_name(const X509_NAME *name, char *out, size_t out_size)
{
	int last = -1;
	unsigned char *text = NULL;
	const ASN1_STRING *value;
	int size;

	for (int i = X509_NAME_get_index_by_NID(name, NID_commonName, -1); i >= 0; i = X509_NAME_get_index_by_NID(name, NID_commonName, i))
		last = i;
	if (last < 0)
		return;
	value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last));
	size = ASN1_STRING_to_UTF8(&text, value);
	if (size >= 0)
		copy_text(span_make(text, (size_t)size), out, out_size);
	else
		copy_text(string_view(value), out, out_size);
	OPENSSL_free(text);
}

/* Appends one name; false when it does not fit whole. */
static bool append_host_name(struct span name, char *out, size_t out_size, size_t *used)
{
	size_t separator = *used > 0 ? 1 : 0;

	if (name.size >= out_size || *used + separator + name.size >= out_size)
		return false;
	if (separator > 0)
		out[(*used)++] = ' ';
	for (size_t i = 0; i < name.size; i++)
		out[(*used)++] = (char)(name.data[i] > 0x20 && name.data[i] < 0x7f ? name.data[i] : '?');
	return true;
}

static void read_host_names(const X509 *certificate, char *out, size_t out_size)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	size_t used = 0;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
		struct span text;

		if (name->type != GEN_DNS)
			continue;
		text = string_view(name->d.dNSName);
		if (text.size > 0 && !append_host_name(text, out, out_size, &used))
			break;
	}
	GENERAL_NAMES_free(names);
}

/* ---- the rest ---- */

static void read_time(const ASN1_TIME *time, struct timestamp *out)
{
	struct tm broken_down = {.tm_year = 0};

	if (ASN1_TIME_to_tm(time, &broken_down) == 1)
		out->unix_ms = (int64_t)timegm(&broken_down) * 1000;
}

static void read_serial(const ASN1_INTEGER *serial, char *out, size_t out_size)
{
	static const char DIGITS[] = "0123456789abcdef";
	struct span bytes = string_view(serial);
	size_t used = 0;

	if (ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER)
		out[used++] = '-';
	for (size_t i = 0; i < bytes.size && used + 2 < out_size; i++) {
		out[used++] = DIGITS[bytes.data[i] >> 4];
		out[used++] = DIGITS[bytes.data[i] & 15];
	}
}

/* The short name of an algorithm, or its number in dots. */
static void read_algorithm(const ASN1_OBJECT *object, char *out, size_t out_size)
{
	int number = OBJ_obj2nid(object);
	char dotted[128] = "";

	if (number != NID_undef)
		copy_text(span_from_text(OBJ_nid2sn(number)), out, out_size);
	else if (OBJ_obj2txt(dotted, sizeof(dotted), object, 1) > 0)
		copy_text(span_from_text(dotted), out, out_size);
}

static void read_key(const X509 *certificate, struct certificate_facts *facts)
{
	EVP_PKEY *key = X509_get0_pubkey(certificate);
	const char *type = key != NULL ? EVP_PKEY_get0_type_name(key) : NULL;
	ASN1_OBJECT *algorithm = NULL;
	int bits = key != NULL ? EVP_PKEY_get_bits(key) : 0;

	facts->key_bits = bits > 0 ? (unsigned)bits : 0;
	if (type != NULL)
		copy_text(span_from_text(type), facts->key_type, sizeof(facts->key_type));
	else if (X509_PUBKEY_get0_param(&algorithm, NULL, NULL, NULL, X509_get_X509_PUBKEY(certificate)) == 1)
		read_algorithm(algorithm, facts->key_type, sizeof(facts->key_type));
}

static bool is_signed_by_itself(X509 *certificate, unsigned key_bits)
{
	EVP_PKEY *key = X509_get0_pubkey(certificate);

	return key != NULL && key_bits <= CERTIFICATE_VERIFIED_KEY_BITS_MAX &&
	       X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0 &&
	       X509_verify(certificate, key) == 1;
}

static void read_facts(X509 *certificate, struct certificate_facts *facts)
{
	const X509_ALGOR *signature = NULL;
	const ASN1_OBJECT *algorithm = NULL;

	read_name(X509_get_subject_name(certificate), facts->subject, sizeof(facts->subject));
	read_name(X509_get_issuer_name(certificate), facts->issuer, sizeof(facts->issuer));
	read_common_name(X509_get_subject_name(certificate), facts->common_name, sizeof(facts->common_name));
	read_host_names(certificate, facts->names, sizeof(facts->names));
	read_time(X509_get0_notBefore(certificate), &facts->not_before);
	read_time(X509_get0_notAfter(certificate), &facts->not_after);
	read_serial(X509_get0_serialNumber(certificate), facts->serial, sizeof(facts->serial));
	read_key(certificate, facts);
	X509_get0_signature(NULL, &signature, certificate);
	X509_ALGOR_get0(&algorithm, NULL, NULL, signature);
	read_algorithm(algorithm, facts->signature_algorithm, sizeof(facts->signature_algorithm));
	facts->is_self_signed = is_signed_by_itself(certificate, facts->key_bits);
}

void certificate_read(struct span der, struct certificate_facts *facts_out)
{
	const unsigned char *cursor = der.data;
	X509 *certificate = NULL;

	*facts_out = (struct certificate_facts){.is_readable = false};
	certificate_fingerprint(der, facts_out->sha256);
	ERR_set_mark(); /* what OpenSSL complains of here is nobody else's concern */
	if (der.size > 0 && der.size <= CERTIFICATE_DER_MAX)
		certificate = d2i_X509(NULL, &cursor, (long)der.size);
	if (certificate != NULL && cursor == der.data + der.size) {
		facts_out->is_readable = true;
		read_facts(certificate, facts_out);
	}
	X509_free(certificate);
	ERR_pop_to_mark();
}
