/* SPDX-License-Identifier: ISC */
/* Does a certificate name a host? Rules N-10 to N-12; bytes are compared with their size, so that a NUL ends nothing. */
#include "certificate/chain.h"

#include <string.h>

#include <openssl/err.h>

#include "base/character.h"
#include "base/text.h"
#include "certificate/parsed.h"
#include "model/ip_address.h"

enum { HOST_NAME_MAX_SIZE = 253, LABEL_MAX_SIZE = 63 };

static struct span without_trailing_dot(struct span name)
{
	return name.size > 1 && name.data[name.size - 1] == '.' ? span_part(name, 0, name.size - 1) : name;
}

static bool is_label_byte(unsigned char byte)
{
	return character_is_letter(byte) || character_is_digit(byte) || byte == '-' || byte == '_';
}

/* A-labels and other letters, digits, hyphens; underscores, which some hosts have. Not yet a wildcard. */
static bool is_host_name(struct span name)
{
	size_t label = 0;

	if (name.size == 0 || name.size > HOST_NAME_MAX_SIZE)
		return false;
	for (size_t i = 0; i < name.size; i++) {
		if (name.data[i] == '.' && label > 0)
			label = 0;
		else if (is_label_byte(name.data[i]) && label < LABEL_MAX_SIZE)
			label++;
		else
			return false;
	}
	return label > 0;
}

/* From the first dot on. */
static struct span parent_of(struct span name)
{
	return span_part(name, span_find_byte(name, '.'), name.size);
}

/* Rule N-12. A wildcard stands for exactly one label, and never for what stands directly below the root. */
static bool does_name_match(struct span presented, struct span reference)
{
	struct span parent;

	presented = without_trailing_dot(presented);
	if (is_host_name(presented))
		return span_equals_ignoring_case(presented, reference);
	if (presented.size < 2 || presented.data[0] != '*' || presented.data[1] != '.' ||
	    !is_host_name(span_part(presented, 2, presented.size)))
		return false;
	parent = parent_of(presented);
	return span_find_byte(span_part(parent, 1, parent.size), '.') < parent.size - 1 &&
	       span_equals_ignoring_case(parent, parent_of(reference));
}

static bool does_address_match(const ASN1_OCTET_STRING *presented, struct ip_address reference)
{
	return span_equals(asn1_string_view(presented), span_make(reference.bytes, ip_address_size(reference)));
}

struct reference {
	bool is_address;
	struct ip_address address;
	struct span name;
};

static bool read_reference(const char *text, struct reference *out)
{
	struct span name = text != NULL ? span_from_text(text) : span_make(NULL, 0);

	*out = (struct reference){.is_address = false};
	if (name.size > 2 && name.data[0] == '[' && name.data[name.size - 1] == ']')
		name = span_part(name, 1, name.size - 2);
	out->is_address = ip_address_parse(name, &out->address);
	out->name = without_trailing_dot(name);
	return out->is_address || is_host_name(out->name);
}

/* NAME_MATCH_UNKNOWN: there is no name of the kind that is asked for. */
static enum name_match match_alternative_names(const X509 *certificate, const struct reference *reference)
{
	int state = -1;
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, &state, NULL);
	enum name_match match = NAME_MATCH_UNKNOWN;

	if (names == NULL && state != -1)
		return NAME_DIFFERS; /* there are names, even twice, but nobody can read them */
	for (int i = 0; i < sk_GENERAL_NAME_num(names) && match != NAME_MATCHES; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type == GEN_DNS && !reference->is_address)
			match = does_name_match(asn1_string_view(name->d.dNSName), reference->name) ? NAME_MATCHES : NAME_DIFFERS;
		else if (name->type == GEN_IPADD && reference->is_address)
			match = does_address_match(name->d.iPAddress, reference->address) ? NAME_MATCHES : NAME_DIFFERS;
	}
	GENERAL_NAMES_free(names);
	return match;
}

/* The most specific common name, as clients looked at it before RFC 9525. */
static bool does_common_name_match(const X509 *certificate, struct span reference)
{
	const X509_NAME *subject = X509_get_subject_name(certificate);
	unsigned char *text = NULL;
	int last = -1, size;
	bool matches;

	for (int i = X509_NAME_get_index_by_NID(subject, NID_commonName, -1); i >= 0;
	     i = X509_NAME_get_index_by_NID(subject, NID_commonName, i))
		last = i;
	if (last < 0)
		return false;
	size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, last)));
	matches = size > 0 && does_name_match(span_make(text, (size_t)size), reference);
	OPENSSL_free(text);
	return matches;
}

enum name_match chain_match_name(struct span leaf_der, const char *reference_name)
{
	struct reference reference;
	enum name_match match = NAME_MATCH_UNKNOWN;
	X509 *certificate;

	if (!read_reference(reference_name, &reference))
		return NAME_MATCH_UNKNOWN;
	ERR_set_mark();
	certificate = certificate_parse(leaf_der);
	if (certificate != NULL) {
		match = match_alternative_names(certificate, &reference);
		if (match == NAME_MATCH_UNKNOWN)
			match = !reference.is_address && does_common_name_match(certificate, reference.name) ? NAME_MATCHES_COMMON_NAME_ONLY
			                                                                                     : NAME_DIFFERS;
	}
	X509_free(certificate);
	ERR_pop_to_mark();
	return match;
}
