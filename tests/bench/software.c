/* SPDX-License-Identifier: ISC */
/* How many servers a second can be named: greetings, capabilities and identities of real ones, round and round. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/buffer.h"
#include "software/identify.h"

struct said {
	enum wire_protocol protocol;
	const char *greeting, *capabilities, *identity;
};

static const struct said SAID[] = {
	{WIRE_IMAP,
         "* OK [CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ STARTTLS LOGINDISABLED] Dovecot (Debian) ready.", "",
         "name=Dovecot"},
	{WIRE_POP3, "+OK Dovecot ready.", "TOP / UIDL / RESP-CODES / PIPELINING / AUTH-RESP-CODE / STLS / USER / SASL PLAIN", ""},
	{WIRE_POP3, "+OK Hello there.", "STLS / TOP / USER / UIDL / IMPLEMENTATION Courier Mail Server", ""},
	{WIRE_IMAP, "* OK vm Cyrus IMAP 3.6.1-Debian-3.6.1-4+deb12u4 server ready", "IMAP4rev1 LITERAL+ ID ENABLE",
         "name=Cyrus IMAPD;version=3.6.1-Debian-3.6.1-4+deb12u4;environment=Running w/OpenSSL 3.0.20 7 Apr 2026"},
	{WIRE_IMAP, "* OK The Microsoft Exchange IMAP4 service is ready.", "IMAP4 IMAP4rev1 AUTH=PLAIN STARTTLS", ""},
	{WIRE_POP3, "+OK welcome to our mail server, which nobody knows", "USER / UIDL / TOP", ""},
};

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void identify(const struct fingerprints *fingerprints, const struct said *said)
{
	struct observation observation;
	struct software_evidence evidence;
	struct software software;
	struct buffer normalised;

	observation_init(&observation);
	buffer_init(&normalised, 1024);
	observation.protocol = said->protocol;
	buffer_append_text(&observation.greeting, said->greeting);
	buffer_append_text(&observation.capabilities_before, said->capabilities);
	buffer_append_text(&observation.identity, said->identity);
	software_evidence_from(&observation, &normalised, &evidence);
	software_identify(fingerprints, &evidence, (struct timestamp){.unix_ms = INT64_C(1795478400000)}, &software);
	observation_done(&observation);
	buffer_done(&normalised);
}

int main(int argc, char **argv)
{
	size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 200000;
	double start = seconds(), ready, done;
	struct error error;
	struct fingerprints *fingerprints = fingerprints_new(&error);

	if (fingerprints == NULL) {
		fprintf(stderr, "%s\n", error.text);
		return 1;
	}
	ready = seconds();
	for (size_t i = 0; i < count; i++)
		identify(fingerprints, &SAID[i % ARRAY_LENGTH(SAID)]);
	done = seconds();
	printf("%zu fingerprints read and compiled in %.1f ms; %zu servers named in %.2f s, %.0f per second on one processor\n",
	       fingerprints_count(fingerprints).fingerprints, (ready - start) * 1e3, count, done - ready, (double)count / (done - ready));
	fingerprints_free(fingerprints);
	return 0;
}
