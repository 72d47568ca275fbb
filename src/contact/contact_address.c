/* SPDX-License-Identifier: ISC */
/* The grammar of addresses that we are willing to write to, and the table of those that stand for nobody. */
#include "contact/contact_address.h"

#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "base/character.h"

enum { LOCAL_PART_MAX = 64, MAIL_ADDRESS_MAX = 254 };

/* What registries and people write where nothing is told, anywhere in the text. */
static const char *const PLACEHOLDER_WORDS[] = {"redacted", "not disclosed", "notdisclosed", "please query", "please-query", "not-arin@"};
/* Before the @, whole. */
static const char *const PLACEHOLDER_NAMES[] = {
	"noreply", "no-reply", "no_reply", "no.reply", "donotreply", "do-not-reply", "do_not_reply", "nobody", "null",    "devnull",
	"none",    "invalid",  "unread",   "removed",  "example",    "anonymous",    "unknown",      "bounce", "bounces", "mailer-daemon"};
/* Behind the @, and all below. */
static const char *const PLACEHOLDER_DOMAINS[] = {"example", "example.com", "example.net", "example.org", "invalid",
                                                  "test",    "localhost",   "local",       "localdomain", "onion"};
/* Desks of registries, which look after the registry and not after the hosts. */
static const char *const REGISTRY_DESKS[] = {"hostmaster@arin.net",   "hostmaster@ripe.net",  "hostmaster@apnic.net",
                                             "hostmaster@lacnic.net", "noc@arin.net",         "hostmaster@afrinic.net",
                                             "ripe-dbm@ripe.net",     "helpdesk@apnic.net",   "hm-changed@apnic.net",
                                             "hostmaster@nic.ad.jp",  "hostmaster@nic.or.kr", "abuse@iana.org"};

bool contact_domain_read(struct span text, unsigned min_labels, char out[HOSTNAME_SIZE])
{
	unsigned labels = 1;

	if (text.size == 0 || text.size > HOSTNAME_MAX)
		return false;
	for (size_t i = 0; i < text.size; i++) {
		out[i] = (char)character_small(text.data[i]);
		labels += text.data[i] == '.';
	}
	out[text.size] = '\0';
	return hostname_is_valid(span_make(out, text.size)) && labels >= min_labels;
}

static bool is_local_part(struct span text)
{
	if (text.size == 0 || text.size > LOCAL_PART_MAX || text.data[text.size - 1] == '.')
		return false;
	/* Neither an option of a command nor a formula. */
	if (!character_is_letter(text.data[0]) && !character_is_digit(text.data[0]) && text.data[0] != '_')
		return false;
	for (size_t i = 0; i < text.size; i++) {
		unsigned char byte = text.data[i];

		if (byte == '.' && text.data[i + 1] == '.')
			return false;
		if (!character_is_letter(byte) && !character_is_digit(byte) && memchr("._+-=&'/~", byte, 9) == NULL)
			return false;
	}
	return true;
}

static bool is_in_domain(const char *name, const char *domain)
{
	size_t size = strlen(name), tail = strlen(domain);

	return size >= tail && strcmp(name + size - tail, domain) == 0 && (size == tail || name[size - tail - 1] == '.');
}

/* local: before the @; domain: in small letters. */
static bool stands_for_nobody(struct span local, const char *domain, const char *whole)
{
	for (size_t i = 0; i < ARRAY_LENGTH(PLACEHOLDER_NAMES); i++) {
		if (span_equals_text_ignoring_case(local, PLACEHOLDER_NAMES[i]))
			return true;
	}
	for (size_t i = 0; i < ARRAY_LENGTH(PLACEHOLDER_DOMAINS); i++) {
		if (is_in_domain(domain, PLACEHOLDER_DOMAINS[i]))
			return true;
	}
	for (size_t i = 0; i < ARRAY_LENGTH(REGISTRY_DESKS); i++) {
		if (span_equals_text_ignoring_case(span_from_text(whole), REGISTRY_DESKS[i]))
			return true;
	}
	return false;
}

static bool says_nobody(struct span text)
{
	for (size_t i = 0; i < ARRAY_LENGTH(PLACEHOLDER_WORDS); i++) {
		if (span_contains_text_ignoring_case(text, PLACEHOLDER_WORDS[i]))
			return true;
	}
	return false;
}

/* Behind "https://". */
static enum contact_fault read_url(struct span rest, char out[CONTACT_ADDRESS_SIZE])
{
	struct span host = span_part(rest, 0, span_find_byte(rest, '/'));
	struct span port = span_part(host, span_find_byte(host, ':') + 1, host.size);
	char domain[HOSTNAME_SIZE];

	if (rest.size + 9 > CONTACT_ADDRESS_SIZE)
		return CONTACT_IS_MALFORMED;
	for (size_t i = 0; i < rest.size; i++) {
		if (!character_is_letter(rest.data[i]) && !character_is_digit(rest.data[i]) &&
		    memchr("-._~:/?#&=+%@", rest.data[i], 13) == NULL)
			return CONTACT_IS_MALFORMED;
	}
	for (size_t i = 0; i < port.size; i++) {
		if (!character_is_digit(port.data[i]))
			return CONTACT_IS_MALFORMED;
	}
	if (port.size > 5 || !contact_domain_read(span_part(host, 0, span_find_byte(host, ':')), 2, domain))
		return CONTACT_IS_MALFORMED;
	(void)snprintf(out, CONTACT_ADDRESS_SIZE, "https://%s%.*s", domain, (int)(rest.size - strlen(domain)),
	               (const char *)rest.data + strlen(domain));
	return stands_for_nobody(span_make(NULL, 0), domain, out) ? CONTACT_IS_PLACEHOLDER : CONTACT_IS_GOOD;
}

enum contact_fault contact_address_read(struct span text, char out[CONTACT_ADDRESS_SIZE])
{
	struct span local;
	char domain[HOSTNAME_SIZE];

	text = span_trim(text);
	if (says_nobody(text))
		return CONTACT_IS_PLACEHOLDER;
	if (span_starts_with_text_ignoring_case(text, "https://"))
		return read_url(span_part(text, 8, text.size), out);
	if (span_starts_with_text_ignoring_case(text, "mailto:"))
		text = span_part(text, 7, text.size);
	local = span_part(text, 0, span_find_byte(text, '@'));
	if (text.size > MAIL_ADDRESS_MAX || !is_local_part(local) || local.size == text.size)
		return CONTACT_IS_MALFORMED;
	/* One label is a placeholder, too: root@localhost. */
	if (!contact_domain_read(span_part(text, local.size + 1, text.size), 1, domain))
		return CONTACT_IS_MALFORMED;
	(void)snprintf(out, CONTACT_ADDRESS_SIZE, "%.*s@%s", (int)local.size, (const char *)local.data, domain);
	if (stands_for_nobody(local, domain, out))
		return CONTACT_IS_PLACEHOLDER;
	return strchr(domain, '.') != NULL ? CONTACT_IS_GOOD : CONTACT_IS_MALFORMED;
}

static bool has_already(const struct contact_list *list, const char *address)
{
	struct span rest = span_from_text(list->text);

	while (rest.size > 0) {
		size_t end = span_find_byte(rest, ',');

		if (span_equals_text_ignoring_case(span_part(rest, 0, end), address))
			return true;
		rest = span_part(rest, end + 1, rest.size);
	}
	return false;
}

void contact_list_add(struct contact_list *list, struct span text)
{
	char address[CONTACT_ADDRESS_SIZE];
	enum contact_fault fault = contact_address_read(text, address);
	size_t size = strlen(list->text);

	if (fault == CONTACT_IS_PLACEHOLDER)
		list->placeholders++;
	else if (fault == CONTACT_IS_MALFORMED || size + strlen(address) + 2 > sizeof(list->text))
		list->malformed++;
	else if (list->count < CONTACT_ADDRESSES_MAX && !has_already(list, address)) {
		(void)snprintf(list->text + size, sizeof(list->text) - size, "%s%s", list->count > 0 ? "," : "", address);
		list->count++;
	}
}

static bool is_separator(unsigned char byte)
{
	return byte == ',' || byte == ';' || byte == ' ' || byte == '\t';
}

bool contact_list_read(struct span text, struct contact_list *list_out, struct error *error)
{
	unsigned parts = 0;
	bool has_url = false;

	*list_out = (struct contact_list){.count = 0};
	if (says_nobody(text) && span_find_byte(text, '@') == text.size) {
		list_out->placeholders++;
		return true;
	}
	for (size_t at = 0; at < text.size;) {
		size_t end = at;
		struct span part;

		while (end < text.size && !is_separator(text.data[end]))
			end++;
		part = span_part(text, at, end - at);
		at = end + 1;
		if (part.size == 0)
			continue;
		if (++parts > CONTACT_ADDRESSES_MAX)
			return error_set(error, "names more than %d contacts", CONTACT_ADDRESSES_MAX);
		has_url = has_url || span_starts_with_text_ignoring_case(part, "https://");
		contact_list_add(list_out, part);
	}
	if (has_url && parts > 1)
		return error_set(error, "names an https URL beside other contacts; it stands alone");
	return true;
}
