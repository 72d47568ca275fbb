/* SPDX-License-Identifier: ISC */
/* Says in a sentence what the verdicts of a host mean for a password. */
#include "report/check_answer.h"

enum { PORTS_MAX = 64 };

void check_ports_text(const uint16_t *ports, size_t count, struct buffer *out)
{
	if (count == 0) {
		buffer_append_text(out, "the whole host");
		return;
	}
	buffer_append_text(out, count == 1 ? "port " : "ports ");
	for (size_t i = 0; i < count; i++)
		buffer_append_format(out, "%s%u", i == 0 ? "" : i + 1 == count ? " and " : ", ", ports[i]);
}

bool check_service_is_open(const struct check_service *service)
{
	return service->cleartext_login == CLEARTEXT_LOGIN_CONFIRMED || service->cleartext_login == CLEARTEXT_LOGIN_ADVERTISED ||
	       service->cleartext_login == CLEARTEXT_LOGIN_IMPLIED;
}

static bool has_no_tls(const struct check_service *service)
{
	return service->verdict == VERDICT_NO_TLS || service->plaintext_on_tls_port ||
	       ((service->verdict == VERDICT_STARTTLS_BROKEN || service->verdict == VERDICT_STARTTLS_REFUSED) &&
	        check_service_is_open(service));
}

static bool is_optional(const struct check_service *service)
{
	return check_service_is_open(service);
}

static void append_ports(const struct check_host *host, bool (*holds)(const struct check_service *service), struct buffer *out)
{
	uint16_t ports[PORTS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < host->service_count && count < PORTS_MAX; i++) {
		if (holds(&host->services[i]))
			ports[count++] = host->services[i].endpoint.port;
	}
	if (count > 0) {
		buffer_append_text(out, " (");
		check_ports_text(ports, count, out);
		buffer_append_text(out, ")");
	}
}

static void protected_answer(const struct check_host *host, struct buffer *out)
{
	enum severity worst;

	buffer_append_text(out, "No: every service that could be judged takes passwords inside TLS only.");
	(void)check_host_worst(host, &worst);
	if (worst >= SEVERITY_MEDIUM)
		buffer_append_text(out, " But something else is wrong that may make them readable all the same: see the first finding.");
	else if (worst == SEVERITY_LOW)
		buffer_append_text(out, " Somebody who can also change the traffic has an easier time than necessary: see the findings.");
}

void check_answer(const struct check_host *host, struct buffer *out)
{
	switch (host->verdict) {
	case HOST_NO_TLS:
		buffer_append_text(out, "Yes: it lets people log in without TLS");
		append_ports(host, has_no_tls, out);
		buffer_append_text(out, ", so everybody who can watch the traffic can read their passwords and their mail.");
		return;
	case HOST_LOGIN_BEFORE_TLS:
		buffer_append_text(
			out, "Yes, of people whose mail program is not set to use TLS: it has TLS, but takes passwords without it too");
		append_ports(host, is_optional, out);
		buffer_append_text(out, ".");
		return;
	case HOST_LEGACY_TLS:
		buffer_append_text(out,
		                   "With effort: passwords are encrypted, but only with TLS 1.1 or older, which is known to be breakable.");
		return;
	case HOST_PROTECTED:
		protected_answer(host, out);
		return;
	case HOST_NOT_MAIL:
		buffer_append_text(out, "There is nothing to read: no POP3 or IMAP speaks on these ports.");
		return;
	case HOST_CLOSED:
		buffer_append_text(out, "There is nothing to read: none of these ports accepts a connection from here.");
		return;
	case HOST_FALSE:
		buffer_append_text(out, "There is nothing to read: connections are accepted on every port, but nothing ever speaks. "
		                        "Something in front of the address answers, not a mail server.");
		return;
	case HOST_UNKNOWN:
		break;
	}
	buffer_append_text(out, "Could not tell: something answers, but not enough to judge it.");
}

void check_answer_for_user(const struct check_host *host, struct buffer *out)
{
	enum severity worst;

	(void)check_host_worst(host, &worst);
	switch (host->verdict) {
	case HOST_NO_TLS:
		buffer_append_text(
			out, "Your password and your mail can be read by others on their way to this server, for example in the wireless "
			     "network of a hotel, because part of it does not encrypt.");
		return;
	case HOST_LOGIN_BEFORE_TLS:
		buffer_append_text(
			out, "Your password is safe on its way only if your mail program is set to always encrypt. This server does not "
			     "insist on it.");
		return;
	case HOST_LEGACY_TLS:
		buffer_append_text(out, "Your password is encrypted on its way to this server, but in a way that is out of date.");
		return;
	case HOST_PROTECTED:
		buffer_append_text(out, worst >= SEVERITY_MEDIUM
		                                ? "Your password is encrypted on its way to this server, but its encryption has a fault "
		                                  "that the operator should mend soon."
		                                : "Your password is encrypted on its way to this server.");
		return;
	case HOST_NOT_MAIL:
	case HOST_CLOSED:
	case HOST_FALSE:
		buffer_append_text(out, "This is not a server from which mail can be fetched, at least not from here. Is the name right?");
		return;
	case HOST_UNKNOWN:
		break;
	}
	buffer_append_text(out, "It could not be told whether your password is safe on its way to this server. Try again later.");
}
