/* SPDX-License-Identifier: ISC */
/* masscan -oJ: {"ip":"192.0.2.7","ports":[{"port":143,"proto":"tcp","status":"open"}]}, in an array. */
#include "reported/formats.h"
#include "reported/json_find.h"
#include "reported/objects.h"

static bool recognises(struct span text)
{
	struct span object;

	return objects_take(&text, &object) && json_member(object, "ip").size > 0 && json_member(object, "ports").size > 0;
}

static void read_port(struct span address, struct span port, size_t number, struct claim_sink *sink)
{
	struct span transport = json_plain(json_member(port, "proto")), status = json_plain(json_member(port, "status"));
	struct span digits = json_plain(json_member(port, "port"));
	struct claim claim = {.kind = span_equals_text(status, "closed") ? CLAIM_CLOSED : CLAIM_OPEN};

	if (digits.size == 0)
		claim_sink_refuse(sink, number);
	/* A banner stands in an element without a status: the port has one of its own. */
	else if ((transport.size == 0 || span_equals_text(transport, "tcp")) && status.size > 0)
		claim_sink_take(sink, number, address, digits, claim);
}

static void read_object(struct span object, size_t number, struct claim_sink *sink)
{
	struct span address = json_plain(json_member(object, "ip")), ports = json_member(object, "ports"), port;

	if (json_member(object, "finished").size > 0)
		return;
	if (address.size == 0 || ports.size == 0)
		claim_sink_refuse(sink, number);
	while (!sink->is_stopped && address.size > 0 && json_next_element(&ports, &port))
		read_port(address, port, number, sink);
}

static void read_text(struct span text, struct claim_sink *sink)
{
	objects_read(text, read_object, sink);
}

const struct reported_format MASSCAN_JSON_REPORTED = {.name = "masscan-json", .recognises = recognises, .read = read_text};
