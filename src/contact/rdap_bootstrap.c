/* SPDX-License-Identifier: ISC */
/* Reads IANA's files; there are a few hundred services, so they are walked. */
#include "contact/rdap_bootstrap.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_reader.h"
#include "base/memory.h"
#include "base/text.h"
#include "scope/address_math.h"

enum { SERVICES_MAX = 65536, URLS_MAX = 1 << 20, URL_MAX = 512 };

void rdap_bootstrap_init(struct rdap_bootstrap *bootstrap)
{
	*bootstrap = (struct rdap_bootstrap){.services = NULL};
	buffer_init(&bootstrap->urls, URLS_MAX);
}

void rdap_bootstrap_done(struct rdap_bootstrap *bootstrap)
{
	free(bootstrap->services);
	buffer_done(&bootstrap->urls);
	*bootstrap = (struct rdap_bootstrap){.services = NULL};
}

/* "64496-64511", "64496" */
static bool read_numbers(struct span text, struct rdap_service *service)
{
	size_t dash = span_find_byte(text, '-');
	struct span first = span_part(text, 0, dash), last = dash < text.size ? span_part(text, dash + 1, text.size) : first;
	uint64_t first_number, last_number;

	if (!text_parse_unsigned(first, UINT32_MAX, &first_number) || !text_parse_unsigned(last, UINT32_MAX, &last_number) ||
	    first_number > last_number)
		return false;
	service->match = (struct contact_match){.kind = CONTACT_NETWORK, .asn = (uint32_t)first_number};
	service->last_asn = (uint32_t)last_number;
	return true;
}

static void keep_service(struct rdap_bootstrap *bootstrap, struct span text)
{
	struct rdap_service service = {.match = {.kind = CONTACT_PREFIX}};

	if (bootstrap->count == SERVICES_MAX || (!read_numbers(text, &service) && !ip_range_parse(text, &service.match.range)))
		return;
	if (bootstrap->count == bootstrap->capacity) {
		bootstrap->capacity = bootstrap->capacity > 0 ? 2 * bootstrap->capacity : 256;
		bootstrap->services = memory_resize(bootstrap->services, bootstrap->capacity, sizeof(*bootstrap->services));
	}
	bootstrap->services[bootstrap->count++] = service;
}

static void take_entries(struct json_reader *json, struct rdap_bootstrap *bootstrap)
{
	bool is_first = true;

	while (json_reader_item(json, &is_first))
		keep_service(bootstrap, json_reader_take_scalar(json));
}

static bool is_url(struct span text)
{
	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] <= ' ' || text.data[i] > '~' || text.data[i] == '\\' || text.data[i] == '"')
			return false;
	}
	return text.size > 8 && text.size < URL_MAX;
}

/* The offset of the one that counts; SIZE_MAX: none. */
static size_t take_urls(struct json_reader *json, struct rdap_bootstrap *bootstrap, bool allows_http)
{
	struct buffer text, best;
	bool is_first = true, is_best_secure = false;
	size_t place = SIZE_MAX;

	buffer_init(&text, URL_MAX);
	buffer_init(&best, URL_MAX);
	while (json_reader_item(json, &is_first)) {
		bool is_secure;

		buffer_clear(&text);
		if (!json_unescape(json_reader_take_scalar(json), &text) || !is_url(buffer_view(&text)))
			continue;
		is_secure = span_starts_with_text_ignoring_case(buffer_view(&text), "https://");
		if (!is_secure && (!allows_http || !span_starts_with_text_ignoring_case(buffer_view(&text), "http://")))
			continue;
		if (best.size > 0 && (is_best_secure || !is_secure))
			continue;
		is_best_secure = is_secure;
		buffer_clear(&best);
		buffer_append(&best, buffer_view(&text));
	}
	if (best.size > 0) {
		place = bootstrap->urls.size;
		buffer_append(&bootstrap->urls, buffer_view(&best));
		buffer_append_text(&bootstrap->urls, best.data[best.size - 1] == '/' ? "" : "/");
		buffer_append_byte(&bootstrap->urls, '\0');
	}
	buffer_done(&text);
	buffer_done(&best);
	return place;
}

/* [["192.0.2.0/24"],["https://rdap.example.net/"]] */
static void take_service(struct json_reader *json, struct rdap_bootstrap *bootstrap, bool allows_http)
{
	size_t first = bootstrap->count, url = SIZE_MAX;
	bool is_first = true;

	for (unsigned place = 0; json_reader_item(json, &is_first); place++) {
		if (place == 0)
			take_entries(json, bootstrap);
		else if (place == 1)
			url = take_urls(json, bootstrap, allows_http);
		else
			json_reader_skip(json);
	}
	if (url == SIZE_MAX)
		bootstrap->count = first;
	for (size_t i = first; i < bootstrap->count; i++)
		bootstrap->services[i].url = url;
}

bool rdap_bootstrap_add(struct rdap_bootstrap *bootstrap, struct span content, bool allows_http, struct error *error)
{
	struct json_reader json = json_reader_make(content);
	bool is_first = true, has_services = false;
	size_t count = bootstrap->count;
	struct span key;

	while (json_reader_member(&json, &is_first, &key)) {
		bool is_first_service = true;

		if (!span_equals_text(key, "services")) {
			json_reader_skip(&json);
			continue;
		}
		has_services = true;
		while (json_reader_item(&json, &is_first_service))
			take_service(&json, bootstrap, allows_http);
	}
	if (!json.is_wrong && has_services && !bootstrap->urls.overflowed)
		return true;
	bootstrap->count = count;
	return error_set(error, "it is no bootstrap file of RDAP (RFC 9224), or was not loaded whole");
}

static bool is_for(const struct rdap_service *service, const struct contact_match *match)
{
	if (service->match.kind != match->kind)
		return false;
	if (match->kind == CONTACT_NETWORK)
		return match->asn >= service->match.asn && match->asn <= service->last_asn;
	return ip_range_contains(&service->match.range, match->range.first);
}

static bool is_narrower(const struct rdap_service *service, const struct rdap_service *other)
{
	if (service->match.kind == CONTACT_NETWORK)
		return service->last_asn - service->match.asn < other->last_asn - other->match.asn;
	return range_span(&service->match.range) < range_span(&other->match.range);
}

const char *rdap_bootstrap_find(const struct rdap_bootstrap *bootstrap, const struct contact_match *match,
                                const struct rdap_service **within_out)
{
	const struct rdap_service *best = NULL;

	for (size_t i = 0; i < bootstrap->count; i++) {
		const struct rdap_service *service = &bootstrap->services[i];

		if (is_for(service, match) && (best == NULL || is_narrower(service, best)))
			best = service;
	}
	if (within_out != NULL)
		*within_out = best;
	return best != NULL ? (const char *)bootstrap->urls.data + best->url : NULL;
}
