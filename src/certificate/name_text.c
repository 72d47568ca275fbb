/* SPDX-License-Identifier: ISC */
/* Names of certificates as text: nothing of the parsing is ours, only what becomes of hostile strings. */
#include "certificate/parsed.h"

#include <string.h>

#include "base/attributes.h"

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

bool text_copy_clean(struct span bytes, char *out, size_t out_size, size_t *used)
{
	while (bytes.size > 0) {
		size_t size = character_size(bytes);
		size_t taken = size > 0 ? size : 1;

		if (*used + taken >= out_size)
			return false;
		if (size > 0)
			memcpy(out + *used, bytes.data, size);
		else
			out[*used] = '?';
		*used += taken;
		bytes = span_part(bytes, taken, bytes.size);
	}
	return true;
}

void text_copy(struct span bytes, char *out, size_t out_size)
{
	size_t used = 0;

	(void)text_copy_clean(bytes, out, out_size, &used);
}

struct span asn1_string_view(const ASN1_STRING *string)
{
	int size = ASN1_STRING_length(string);

	return span_make(ASN1_STRING_get0_data(string), size > 0 ? (size_t)size : 0);
}

void object_read(const ASN1_OBJECT *object, char *out, size_t out_size)
{
	int number = OBJ_obj2nid(object);
	char dotted[128] = "";

	if (number != NID_undef)
		text_copy(span_from_text(OBJ_nid2sn(number)), out, out_size);
	else if (OBJ_obj2txt(dotted, sizeof(dotted), object, 1) > 0)
		text_copy(span_from_text(dotted), out, out_size);
}

/* OpenSSL refuses certificates whose names are not valid in their string type, so printing has nothing left to fail at. */
void name_read(const X509_NAME *name, char *out, size_t out_size)
{
	BIO *text = BIO_new(BIO_s_mem());
	char *data = NULL;
	long size = 0;

	if (text != NULL && X509_NAME_print_ex(text, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0)
		size = BIO_get_mem_data(text, &data);
	if (size > 0)
		text_copy(span_make(data, (size_t)size), out, out_size);
	BIO_free(text);
}

/* Appends one value of a name; false when it was cut. */
static bool append_value(const ASN1_STRING *value, char *out, size_t out_size, size_t *used)
{
	unsigned char *text = NULL;
	int size = ASN1_STRING_to_UTF8(&text, value);
	bool is_whole = text_copy_clean(size >= 0 ? span_make(text, (size_t)size) : asn1_string_view(value), out, out_size, used);

	OPENSSL_free(text);
	return is_whole;
}

void name_read_common_name(const X509_NAME *name, char *out, size_t out_size)
{
	size_t used = 0;
	int last = -1;

	for (int i = X509_NAME_get_index_by_NID(name, NID_commonName, -1); i >= 0; i = X509_NAME_get_index_by_NID(name, NID_commonName, i))
		last = i;
	if (last >= 0)
		(void)append_value(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last)), out, out_size, &used);
}

/* All values of one kind, joined. */
static void read_part(const X509_NAME *name, int kind, char *out, size_t out_size)
{
	size_t used = 0;

	for (int i = X509_NAME_get_index_by_NID(name, kind, -1); i >= 0; i = X509_NAME_get_index_by_NID(name, kind, i)) {
		if (used > 0 && !text_copy_clean(span_from_text(", "), out, out_size, &used))
			break;
		if (!append_value(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i)), out, out_size, &used))
			break;
	}
}

void name_read_parts(const X509_NAME *name, struct name_parts *parts)
{
	const struct {
		int kind;
		char *out;
		size_t out_size;
	} rows[] = {
		{NID_commonName, parts->common_name, sizeof(parts->common_name)},
		{NID_countryName, parts->country, sizeof(parts->country)},
		{NID_organizationName, parts->organization_name, sizeof(parts->organization_name)},
		{NID_organizationalUnitName, parts->organization_unit_name, sizeof(parts->organization_unit_name)},
		{NID_localityName, parts->locality_name, sizeof(parts->locality_name)},
		{NID_stateOrProvinceName, parts->state_or_province_name, sizeof(parts->state_or_province_name)},
		{NID_streetAddress, parts->street_address, sizeof(parts->street_address)},
		{NID_postalCode, parts->postal_code, sizeof(parts->postal_code)},
		{NID_pkcs9_emailAddress, parts->email_address, sizeof(parts->email_address)},
		{NID_givenName, parts->given_name, sizeof(parts->given_name)},
		{NID_surname, parts->surname, sizeof(parts->surname)},
		{NID_serialNumber, parts->serial_number, sizeof(parts->serial_number)},
		{NID_businessCategory, parts->business_category, sizeof(parts->business_category)},
	};

	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
		read_part(name, rows[i].kind, rows[i].out, rows[i].out_size);
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

void name_read_hosts(const X509 *certificate, char *out, size_t out_size, bool *has_dns_names)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	size_t used = 0;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
		struct span text;

		if (name->type != GEN_DNS)
			continue;
		*has_dns_names = true;
		text = asn1_string_view(name->d.dNSName);
		if (text.size > 0 && !append_host_name(text, out, out_size, &used))
			break;
	}
	GENERAL_NAMES_free(names);
}
