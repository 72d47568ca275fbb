/* SPDX-License-Identifier: ISC */
/* Makes certificates for tests; whatever fails here is a mistake of the test, and ends it. */
#include "certificate/made_certificate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/core_names.h>
#include <openssl/dsa.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

static const int64_t START = 1767225600, END = 1798761600; /* 2026-01-01 and 2027-01-01 */

static void must(bool is_so, const char *what)
{
	if (is_so)
		return;
	(void)fprintf(stderr, "cannot make a certificate: %s\n", what);
	abort();
}

static void add_extension(X509 *certificate, X509 *issuer, int kind, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;

	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	extension = X509V3_EXT_nconf_nid(NULL, &context, kind, value);
	must(extension != NULL, value);
	must(X509_add_ext(certificate, extension, -1) == 1, value);
	X509_EXTENSION_free(extension);
}

static void add_extensions(X509 *certificate, const struct recipe *recipe)
{
	X509 *issuer = recipe->issuer != NULL ? recipe->issuer : certificate;
	char constraints[64];

	if (recipe->is_authority || recipe->path_length != NULL) {
		(void)snprintf(constraints, sizeof(constraints), "critical,CA:%s%s%s", recipe->is_authority ? "TRUE" : "FALSE",
		               recipe->path_length != NULL ? ",pathlen:" : "", recipe->path_length != NULL ? recipe->path_length : "");
		add_extension(certificate, issuer, NID_basic_constraints, constraints);
	}
	if (!recipe->without_key_ids)
		add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
	if (!recipe->without_key_ids && X509_get0_subject_key_id(issuer) != NULL)
		add_extension(certificate, issuer, NID_authority_key_identifier, "keyid");
	for (size_t i = 0; i < MADE_EXTENSIONS_MAX && recipe->extensions[i].value != NULL; i++)
		add_extension(certificate, issuer, recipe->extensions[i].kind, recipe->extensions[i].value);
}

X509 *made_certificate(const struct recipe *recipe)
{
	X509 *certificate = X509_new();
	X509_NAME *name = X509_NAME_new();
	EVP_PKEY *signer = recipe->signer != NULL ? recipe->signer : recipe->key;
	int default_digest = NID_undef;
	const EVP_MD *digest = recipe->digest;

	must(certificate != NULL && name != NULL, "memory");
	if (recipe->subject != NULL)
		must(X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, (const unsigned char *)recipe->subject, -1, -1, 0) ==
		             1,
		     recipe->subject);
	X509_set_version(certificate, X509_VERSION_3);
	ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), recipe->serial != 0 ? recipe->serial : 1);
	ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)(recipe->start != 0 ? recipe->start : START));
	ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)(recipe->end != 0 ? recipe->end : END));
	X509_set_subject_name(certificate, name);
	X509_set_issuer_name(certificate, recipe->issuer != NULL ? X509_get_subject_name(recipe->issuer) : name);
	must(X509_set_pubkey(certificate, recipe->key) == 1, "its key");
	add_extensions(certificate, recipe);
	if (digest == NULL && EVP_PKEY_get_default_digest_nid(signer, &default_digest) > 0 && default_digest != NID_undef)
		digest = EVP_sha256();
	must(X509_sign(certificate, signer, digest) > 0, "its signature");
	X509_NAME_free(name);
	return certificate;
}

struct span made_der(X509 *certificate)
{
	unsigned char *der = NULL;
	int size = i2d_X509(certificate, &der);

	must(size > 0, "its DER");
	return span_make(der, (size_t)size);
}

void made_der_free(struct span der)
{
	/* OpenSSL allocated it; a span cannot say so. */
	unsigned char *memory;

	memcpy(&memory, &der.data, sizeof(memory));
	OPENSSL_free(memory);
}

static EVP_PKEY *made_dsa_key(void)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "DSA", NULL);
	EVP_PKEY *parameters = NULL, *key = NULL;
	EVP_PKEY_CTX *generator;

	must(EVP_PKEY_paramgen_init(context) == 1 && EVP_PKEY_CTX_set_dsa_paramgen_bits(context, 1024) == 1 &&
	             EVP_PKEY_paramgen(context, &parameters) == 1,
	     "DSA parameters");
	generator = EVP_PKEY_CTX_new_from_pkey(NULL, parameters, NULL);
	must(EVP_PKEY_keygen_init(generator) == 1 && EVP_PKEY_keygen(generator, &key) == 1, "a DSA key");
	EVP_PKEY_CTX_free(generator);
	EVP_PKEY_free(parameters);
	EVP_PKEY_CTX_free(context);
	return key;
}

EVP_PKEY *made_key(const char *name)
{
	EVP_PKEY *key;

	if (strncmp(name, "RSA:", 4) == 0)
		key = EVP_RSA_gen((unsigned)strtoul(name + 4, NULL, 10));
	else if (strcmp(name, "DSA") == 0)
		key = made_dsa_key();
	else if (strncmp(name, "ED", 2) == 0)
		key = EVP_PKEY_Q_keygen(NULL, NULL, name);
	else
		key = EVP_EC_gen(name);
	must(key != NULL, name);
	return key;
}

void made_pem_file(X509 *const *certificates, size_t count, char path_out[64])
{
	const char *folder = getenv("TMPDIR");
	int descriptor;
	FILE *file;

	(void)snprintf(path_out, 64, "%s/mailcensus-XXXXXX", folder != NULL && strlen(folder) < 40 ? folder : "/tmp");
	descriptor = mkstemp(path_out);
	file = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;
	must(file != NULL, path_out);
	for (size_t i = 0; i < count; i++)
		must(PEM_write_X509(file, certificates[i]) == 1, path_out);
	must(fclose(file) == 0, path_out);
}
