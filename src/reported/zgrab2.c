/* SPDX-License-Identifier: ISC */
/* JSON lines of zgrab2's pop3 and imap modules: how the conversation went, what was answered to STARTTLS, and whether TLS came up. */
#include "reported/formats.h"
#include "reported/json_find.h"
#include "reported/objects.h"

static const struct module {
	const char *name;
	enum wire_protocol protocol;
	const char *refusals[3]; /* beginnings of a reply, behind the tag of IMAP */
} MODULES[] = {{"pop3", WIRE_POP3, {"-ERR"}}, {"imap", WIRE_IMAP, {"NO", "BAD"}}};

static bool recognises(struct span text)
{
	struct span object, data;

	if (!objects_take(&text, &object))
		return false;
	data = json_member(object, "data");
	return data.size > 0 && data.data[0] == '{' && (json_member(object, "ip").size > 0 || json_member(object, "domain").size > 0);
}

/* The reply as it stands in JSON: what decides is in front of any escape. */
static bool is_refusal(const struct module *module, struct span reply)
{
	if (reply.size < 2 || reply.data[0] != '"')
		return false;
	reply = span_part(reply, 1, reply.size - 2);
	if (module->protocol == WIRE_IMAP)
		(void)span_take_word(&reply);
	reply = span_trim(reply);
	for (size_t i = 0; module->refusals[i] != NULL; i++) {
		if (span_starts_with_text_ignoring_case(reply, module->refusals[i]))
			return true;
	}
	return false;
}

static bool has_handshake(struct span tls)
{
	struct span log = json_member(tls, "handshake_log");

	return json_member(log, "server_hello").size > 0 || json_member(log, "server_certificates").size > 0;
}

static enum claim_kind kind_of(const struct module *module, struct span found)
{
	struct span status = json_plain(json_member(found, "status")), result = json_member(found, "result");

	if (span_equals_text(status, "connection-refused") || span_equals_text(status, "connection-timeout"))
		return CLAIM_CLOSED;
	if (has_handshake(json_member(result, "tls")))
		return CLAIM_WITH_TLS;
	return span_equals_text(status, "success") && is_refusal(module, json_member(result, "starttls")) ? CLAIM_WITHOUT_TLS : CLAIM_OPEN;
}

static void read_module(const struct module *module, struct span object, struct span found, size_t number, struct claim_sink *sink)
{
	struct span port = json_plain(json_member(found, "port")), status = json_plain(json_member(found, "status"));
	struct claim claim = {.kind = kind_of(module, found),
	                      .protocol = span_equals_text(status, "success") ? module->protocol : WIRE_UNKNOWN};

	if (port.size == 0)
		port = json_plain(json_member(object, "port"));
	claim_sink_take(sink, number, json_plain(json_member(object, "ip")), port, claim);
}

static void read_object(struct span object, size_t number, struct claim_sink *sink)
{
	struct span data = json_member(object, "data");
	bool has_module = false;

	for (size_t i = 0; i < ARRAY_LENGTH(MODULES) && !sink->is_stopped; i++) {
		struct span found = json_member(data, MODULES[i].name);

		if (found.size > 0 && found.data[0] == '{') {
			read_module(&MODULES[i], object, found, number, sink);
			has_module = true;
		}
	}
	if (!has_module && data.size == 0)
		claim_sink_refuse(sink, number);
}

static void read_text(struct span text, struct claim_sink *sink)
{
	objects_read(text, read_object, sink);
}

const struct reported_format ZGRAB2_REPORTED = {.name = "zgrab2", .recognises = recognises, .read = read_text};
