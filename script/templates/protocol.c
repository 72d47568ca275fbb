/* SPDX-License-Identifier: ISC */
/* @name@ before login: its greeting, its capabilities, its word for STARTTLS, its farewell. Say here which RFC it follows. */
#include "protocol/@name@/@name@.h"

enum step {
	STEP_GREETING,
};

static const char *step_name(unsigned step)
{
	static const char *const names[] = {
		[STEP_GREETING] = "@name@-awaits-greeting",
	};

	return names[step];
}

/* Rule K-1: every line that we may ever say, with its end, and no login among them. */
static bool may_say(struct span line)
{
	return span_equals_text(line, "LOGOUT\r\n");
}

static void on_line(struct session *session, const struct line *line)
{
	session_keep(&session->observation->greeting, line->text);
	session_leave(session, ENDING_COMPLETE);
}

static void on_deadline(struct session *session)
{
	session_time_out(session, false);
}

/* TLS is up: what was said before is forgotten (rule D-16). */
static void on_secured(struct session *session)
{
	session_leave(session, ENDING_COMPLETE);
}

const struct protocol PROTOCOL_@NAME@ = {
	.name = "@name@",
	.wire = WIRE_@NAME@,
	.port_clear = 0,   /* the port where a conversation begins in clear text */
	.port_secured = 0, /* the port of implicit TLS; 0: none */
	.leave_command = "LOGOUT\r\n",
	.on_line = on_line,
	.on_deadline = on_deadline,
	.on_secured = on_secured,
	.step_name = step_name,
	.may_say = may_say,
};
