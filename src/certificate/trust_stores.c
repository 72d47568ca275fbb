/* SPDX-License-Identifier: ISC */
/* Loading roots and intermediates, learning intermediates, and asking OpenSSL for a path. */
#include "certificate/trust_stores.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/memory.h"
#include "certificate/certificate.h"
#include "certificate/parsed.h"

static const char MOZILLA_FOLDER[] = "/usr/share/ca-certificates/mozilla"; /* Debian's package ca-certificates */

/* ---- reading files ---- */

/* Where the certificates of a file go: into a store, or to the known authorities. */
struct destination {
	X509_STORE *store;
	struct trust_stores *stores;
	size_t count;
};

static unsigned long subject_hash(const X509_NAME *name)
{
	return X509_NAME_hash_ex(name, NULL, NULL, NULL);
}

static bool is_known(const struct trust_stores *stores, X509 *certificate)
{
	unsigned long hash = subject_hash(X509_get_subject_name(certificate));

	for (const struct known_authority *known = stores->slots[hash % KNOWN_AUTHORITY_SLOTS]; known != NULL; known = known->next) {
		if (known->subject_hash == hash && X509_cmp(known->certificate, certificate) == 0)
			return true;
	}
	return false;
}

/* Takes a reference of its own. What came first is found first, as in a list. */
static void add_known(struct trust_stores *stores, X509 *certificate)
{
	struct known_authority *known, **link;

	if (stores->known_count >= KNOWN_AUTHORITIES_MAX || !certificate_is_authority(certificate) || is_known(stores, certificate) ||
	    X509_up_ref(certificate) != 1)
		return;
	known = memory_allocate(1, sizeof(*known));
	known->certificate = certificate;
	known->subject_hash = subject_hash(X509_get_subject_name(certificate));
	for (link = &stores->slots[known->subject_hash % KNOWN_AUTHORITY_SLOTS]; *link != NULL;)
		link = &(*link)->next;
	*link = known;
	stores->known_count++;
}

static bool read_file(const char *path, struct destination *destination, struct error *error)
{
	BIO *file = BIO_new_file(path, "r");
	X509 *certificate;
	int reason;

	if (file == NULL)
		return error_set(error, "cannot read %s: %s", path, strerror(errno));
	ERR_clear_error();
	while ((certificate = PEM_read_bio_X509(file, NULL, NULL, NULL)) != NULL) {
		if (destination->store == NULL)
			add_known(destination->stores, certificate);
		else if (X509_STORE_add_cert(destination->store, certificate) != 1)
			(void)error_set(error, "cannot use a certificate of %s", path);
		X509_free(certificate);
		destination->count++;
	}
	reason = ERR_GET_REASON(ERR_peek_last_error());
	BIO_free(file);
	return reason == PEM_R_NO_START_LINE ||
	       error_set(error, "%s: certificate %zu of this file cannot be read", path, destination->count + 1);
}

/* Which files were read: systems link to one file under several names. */
struct seen_files {
	struct {
		dev_t device;
		ino_t inode;
	} * files;
	size_t count;
};

static bool is_seen(struct seen_files *seen, const struct stat *status)
{
	for (size_t i = 0; i < seen->count; i++) {
		if (seen->files[i].device == status->st_dev && seen->files[i].inode == status->st_ino)
			return true;
	}
	seen->files = memory_resize(seen->files, seen->count + 1, sizeof(*seen->files));
	seen->files[seen->count].device = status->st_dev;
	seen->files[seen->count++].inode = status->st_ino;
	return false;
}

static bool read_folder(const char *folder, struct destination *destination, struct error *error)
{
	DIR *entries = opendir(folder);
	struct seen_files seen = {.count = 0};
	const struct dirent *entry;
	bool is_good = true;

	if (entries == NULL)
		return error_set(error, "cannot read %s: %s", folder, strerror(errno));
	while (is_good && (entry = readdir(entries)) != NULL) {
		char path[4096];
		struct stat status;
		int size = snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);

		if (size > 0 && (size_t)size < sizeof(path) && stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
		    !is_seen(&seen, &status))
			is_good = read_file(path, destination, error);
	}
	free(seen.files);
	(void)closedir(entries);
	return is_good;
}

/* A file or a folder. What does not exist is fine only where nobody asked for it by name. */
static bool read_place(const char *path, bool is_wanted, struct destination *destination, struct error *error)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return (errno == ENOENT && !is_wanted) || error_set(error, "cannot read %s: %s", path, strerror(errno));
	return S_ISDIR(status.st_mode) ? read_folder(path, destination, error) : read_file(path, destination, error);
}

/* ---- the stores ---- */

static X509_STORE *new_store(void)
{
	X509_STORE *store = X509_STORE_new();
	X509_VERIFY_PARAM *parameters;

	if (store == NULL)
		return NULL;
	parameters = X509_STORE_get0_param(store);
	/* Time is for whoever knows what time it is; what is weak is a finding of ours, not a reason to see no path. */
	(void)X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_NO_CHECK_TIME | X509_V_FLAG_TRUSTED_FIRST);
	X509_VERIFY_PARAM_set_auth_level(parameters, 0);
	(void)X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_SERVER);
	return store;
}

/* The store that is read from path, or from the defaults when it is NULL; *store_out is NULL when there is nothing. */
static bool load_store(const char *path, const char *const *defaults, X509_STORE **store_out, struct error *error)
{
	struct destination destination = {.store = new_store()};
	bool is_good = destination.store != NULL;

	if (path != NULL) {
		is_good = is_good && read_place(path, true, &destination, error);
		if (is_good && destination.count == 0)
			is_good = error_set(error, "there is no certificate in %s", path);
	}
	for (; path == NULL && is_good && *defaults != NULL; defaults++)
		is_good = read_place(*defaults, false, &destination, error);
	if (is_good && destination.count > 0) {
		*store_out = destination.store;
		return true;
	}
	X509_STORE_free(destination.store);
	return is_good;
}

static const char *default_place(const char *variable, const char *path)
{
	const char *value = getenv(variable);

	return value != NULL && value[0] != '\0' ? value : path;
}

static bool is_contained(STACK_OF(X509) * certificates, const X509 *wanted)
{
	for (int i = 0; i < sk_X509_num(certificates); i++) {
		if (X509_cmp(sk_X509_value(certificates, i), wanted) == 0)
			return true;
	}
	return false;
}

static bool are_same_stores(X509_STORE *a, X509_STORE *b)
{
	STACK_OF(X509) *first = a != NULL ? X509_STORE_get1_all_certs(a) : NULL;
	STACK_OF(X509) *second = b != NULL ? X509_STORE_get1_all_certs(b) : NULL;
	bool are_same = first != NULL && second != NULL && sk_X509_num(first) == sk_X509_num(second);

	for (int i = 0; are_same && i < sk_X509_num(first); i++)
		are_same = is_contained(second, sk_X509_value(first, i));
	sk_X509_pop_free(first, X509_free);
	sk_X509_pop_free(second, X509_free);
	return are_same;
}

struct trust_stores *trust_stores_new(const char *system, const char *mozilla, const char *intermediates, struct error *error)
{
	const char *system_places[] = {default_place(X509_get_default_cert_file_env(), X509_get_default_cert_file()),
	                               default_place(X509_get_default_cert_dir_env(), X509_get_default_cert_dir()), NULL};
	const char *mozilla_places[] = {MOZILLA_FOLDER, NULL};
	struct trust_stores *stores = memory_allocate(1, sizeof(*stores));
	struct destination known = {.stores = stores};
	bool is_good;

	stores->parsed = memory_allocate(PARSED_SLOTS, sizeof(*stores->parsed));
	ERR_set_mark();
	is_good = load_store(system, system_places, &stores->system, error) &&
	          load_store(mozilla, mozilla_places, &stores->mozilla, error) &&
	          (intermediates == NULL || read_place(intermediates, true, &known, error));
	ERR_pop_to_mark();
	if (!is_good) {
		trust_stores_free(stores);
		return NULL;
	}
	stores->are_same = are_same_stores(stores->system, stores->mozilla);
	return stores;
}

void trust_stores_free(struct trust_stores *stores)
{
	if (stores == NULL)
		return;
	X509_STORE_free(stores->system);
	X509_STORE_free(stores->mozilla);
	for (size_t i = 0; i < KNOWN_AUTHORITY_SLOTS; i++) {
		while (stores->slots[i] != NULL) {
			struct known_authority *known = stores->slots[i];

			stores->slots[i] = known->next;
			X509_free(known->certificate);
			free(known);
		}
	}
	for (size_t i = 0; i < PARSED_SLOTS; i++)
		X509_free(stores->parsed[i].certificate);
	free(stores->parsed);
	free(stores);
}

X509 *trust_stores_parse(const struct trust_stores *stores, struct span der, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE])
{
	struct parsed_certificate *slot;
	X509 *certificate;

	if (stores == NULL || der.size > PARSED_DER_MAX)
		return certificate_parse(der);
	slot = &stores->parsed[(sha256[0] << 8 | sha256[1]) % PARSED_SLOTS];
	if (slot->certificate == NULL || !fingerprint_equals(slot->sha256, sha256)) {
		certificate = certificate_parse(der);
		if (certificate == NULL)
			return NULL;
		X509_free(slot->certificate);
		slot->certificate = certificate;
		memcpy(slot->sha256, sha256, sizeof(slot->sha256));
	}
	return X509_up_ref(slot->certificate) == 1 ? slot->certificate : NULL;
}

/* ---- paths ---- */

void trust_stores_find_issuers(const struct trust_stores *stores, X509 *certificate, STACK_OF(X509) * candidates, size_t room)
{
	const X509_NAME *issuer = X509_get_issuer_name(certificate);
	unsigned long hash = subject_hash(issuer);

	for (const struct known_authority *known = stores->slots[hash % KNOWN_AUTHORITY_SLOTS]; known != NULL && room > 0;
	     known = known->next) {
		if (known->subject_hash != hash || X509_check_issued(known->certificate, certificate) != X509_V_OK)
			continue;
		room--;
		if (certificate_is_signed_by(certificate, known->certificate))
			(void)X509_add_cert(candidates, known->certificate, X509_ADD_FLAG_UP_REF | X509_ADD_FLAG_NO_DUP);
	}
}

STACK_OF(X509) * trust_stores_find_path(X509_STORE *store, X509 *leaf, STACK_OF(X509) * untrusted)
{
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	STACK_OF(X509) *path = NULL;

	if (context != NULL && X509_STORE_CTX_init(context, store, leaf, untrusted) == 1 && X509_verify_cert(context) == 1)
		path = X509_STORE_CTX_get1_chain(context);
	X509_STORE_CTX_free(context);
	return path;
}

/* Is there a path from this authority to a root? An authority that nobody trusts helps with no chain; and whoever could make us keep one with the
   name of a real one would make us choose it in the real one's stead. */
static bool is_trusted_authority(const struct trust_stores *stores, X509 *authority)
{
	STACK_OF(X509) *known = sk_X509_new_null();
	STACK_OF(X509) *path = NULL;

	trust_stores_find_issuers(stores, authority, known, CHAIN_CERTIFICATES_MAX);
	if (stores->mozilla != NULL)
		path = trust_stores_find_path(stores->mozilla, authority, known);
	if (path == NULL && stores->system != NULL && !stores->are_same)
		path = trust_stores_find_path(stores->system, authority, known);
	sk_X509_pop_free(known, X509_free);
	sk_X509_pop_free(path, X509_free);
	return path != NULL;
}

void trust_stores_learn(struct trust_stores *stores, struct span der)
{
	X509 *certificate;

	if (stores->known_count >= KNOWN_AUTHORITIES_MAX)
		return;
	ERR_set_mark();
	certificate = certificate_parse(der);
	if (certificate != NULL && certificate_is_authority(certificate) && !is_known(stores, certificate) &&
	    X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) != 0 &&
	    is_trusted_authority(stores, certificate))
		add_known(stores, certificate);
	X509_free(certificate);
	ERR_pop_to_mark();
}

void trust_stores_learn_chain(struct trust_stores *stores, const struct span *certificates, size_t count)
{
	/* From the last to the first: who is signed by a known one is trusted by then. */
	for (size_t i = count < CHAIN_CERTIFICATES_MAX ? count : CHAIN_CERTIFICATES_MAX; i > 1; i--)
		trust_stores_learn(stores, certificates[i - 1]);
}
