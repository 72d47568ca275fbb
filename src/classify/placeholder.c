/* SPDX-License-Identifier: ISC */
/* Certificates that a vendor or a package put there to be replaced: how their names give them away (rule C-5). */
#include <string.h>
#include <strings.h>

#include "base/attributes.h"
#include "base/character.h"
#include "classify/questions.h"

struct placeholder {
	const char *attribute; /* as in RFC 2253, without regard to case: begins an attribute and ends at a word */
	const char *also;      /* words that have to be there too, or NULL */
};

/* Each of these words could be somebody's name; who has a certificate from a public authority is never asked about it. */
static const struct placeholder PLACEHOLDERS[] = {
	{"cn=localhost", NULL},
	{"o=courier mail server", NULL},
	{"ou=automatically-generated imap ssl key", NULL},
	{"ou=automatically-generated pop3 ssl key", NULL},
	{"cn=imap.example.com", NULL},
	{"cn=mail.example.com", NULL},
	{"ou=imap server", "dovecot"},
	{"cn=plesk", NULL},
	{"o=parallels", NULL},
	{"o=odin", NULL},
	{"cn=parallels panel", NULL},
	{"o=zimbra collaboration", NULL},
	{"ou=zimbra", NULL},
	{"cn=synology", NULL},
	{"cn=qnap nas", NULL},
	{"cn=kerio connect", NULL},
	{"o=internet widgits pty ltd", NULL},
	{"o=someorganization", NULL},
	{"o=iredmail", NULL},
	{"cn=mailcow", NULL},
};

static bool is_part_of_word(char byte)
{
	return character_is_letter((unsigned char)byte) || character_is_digit((unsigned char)byte) || byte == '-' || byte == '_';
}

static bool has_attribute(const char *name, const char *attribute)
{
	size_t size = strlen(attribute);

	for (const char *place = name; *place != '\0'; place++) {
		bool begins = place == name || place[-1] == ',' || place[-1] == '+';

		if (begins && strncasecmp(place, attribute, size) == 0 && !is_part_of_word(place[size]))
			return true;
	}
	return false;
}

static bool has_words(const char *name, const char *words)
{
	size_t size = strlen(words);

	for (; *name != '\0'; name++) {
		if (strncasecmp(name, words, size) == 0)
			return true;
	}
	return false;
}

/* As Debian's package ssl-cert makes it: the machine's short name and nothing else. */
static bool is_snakeoil(const struct certificate_facts *certificate)
{
	return certificate->is_self_signed && certificate->common_name[0] != '\0' && strchr(certificate->common_name, '.') == NULL &&
	       strchr(certificate->common_name, ' ') == NULL && strchr(certificate->common_name, ':') == NULL &&
	       certificate->subject_parts.organization_name[0] == '\0';
}

const char *placeholder_of(const struct certificate_facts *certificate)
{
	const char *const names[] = {certificate->subject, certificate->issuer};

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		for (size_t j = 0; j < ARRAY_LENGTH(PLACEHOLDERS); j++) {
			const struct placeholder *row = &PLACEHOLDERS[j];

			if (has_attribute(names[i], row->attribute) && (row->also == NULL || has_words(names[i], row->also)))
				return row->attribute;
		}
	}
	return is_snakeoil(certificate) ? "a short machine name and no organization, signed by itself" : NULL;
}
