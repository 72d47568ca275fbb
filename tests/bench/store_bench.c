/* SPDX-License-Identifier: ISC */
/* What judging and storing costs: hosts of the usual kinds go through the callbacks of the census writer as the prober calls them, without a network.

   usage: store_bench DATABASE KIND HOSTS CHAINS [CENSUS CHANGED]
     KIND    no-tls, tls, or mix (every second host); each host has POP3 on 110 and IMAP on 143
     CHAINS  distinct chains that the TLS hosts show in turn: few are shared by many hosts, as many as hosts are one each
     CENSUS  1, 2, ...: which one of the same hosts (1)
     CHANGED of a thousand hosts, how many are different from what they were in the census before (0)
   Prints one JSON object. Only the callbacks are timed, in CPU time of this process and in seconds that passed; making the conversations is not. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "app/census_writer.h"
#include "base/memory.h"
#include "base/text.h"
#include "certificate/certificate.h"
#include "certificate/chain.h"
#include "certificate/made_certificate.h"
#include "net/clock.h"
#include "protocol/scenario.h"

enum { BATCH = 256, PORTS = 2, SHOWN = 3, DIALOGUE_MAX = 4096 };

static void die(const char *what)
{
	(void)fprintf(stderr, "store_bench: %s\n", what);
	exit(1);
}

static double clock_of(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct spent {
	double cpu, wall;
};

static void spent_begin(struct spent *spent)
{
	spent->cpu -= clock_of(CLOCK_PROCESS_CPUTIME_ID);
	spent->wall -= clock_of(CLOCK_MONOTONIC);
}

static void spent_end(struct spent *spent)
{
	spent->cpu += clock_of(CLOCK_PROCESS_CPUTIME_ID);
	spent->wall += clock_of(CLOCK_MONOTONIC);
}

/* ---- what servers say ---- */

/* %1$s is the host's own name, %2$u a number of this conversation. weight: of 100 hosts. */
static const struct personality {
	unsigned weight;
	const char *pop3, *pop3_capabilities, *imap, *imap_capabilities;
} PERSONALITIES[] = {
	{38, "+OK Dovecot ready.", "TOP\r\nUIDL\r\nRESP-CODES\r\nPIPELINING\r\nAUTH-RESP-CODE\r\nUSER\r\nSASL PLAIN LOGIN",
         "* OK [CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ AUTH=PLAIN AUTH=LOGIN] Dovecot ready.",
         "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ AUTH=PLAIN AUTH=LOGIN"},
	{16, "+OK Dovecot (Debian) ready.", "CAPA\r\nTOP\r\nUIDL\r\nRESP-CODES\r\nPIPELINING\r\nAUTH-RESP-CODE\r\nUSER\r\nSASL PLAIN",
         "* OK [CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ AUTH=PLAIN] Dovecot (Debian) ready.",
         "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ AUTH=PLAIN"},
	{16, "+OK Hello there.", "TOP\r\nUSER\r\nLOGIN-DELAY 10\r\nPIPELINING\r\nUIDL\r\nSASL PLAIN\r\nIMPLEMENTATION Courier Mail Server",
         "* OK [CAPABILITY IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE ACL ACL2=UNION] "
         "Courier-IMAP ready. Copyright 1998-2018 Double Precision, Inc.  See COPYING for distribution information.",
         "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE ACL ACL2=UNION"},
	{10, "+OK %1$s Cyrus POP3 v2.4.17 server ready <%2$u.1795466160@%1$s>",
         "TOP\r\nUIDL\r\nSASL PLAIN\r\nUSER\r\nIMPLEMENTATION Cyrus POP3 server v2.4.17", "* OK %1$s Cyrus IMAP v2.4.17 server ready",
         "IMAP4rev1 LITERAL+ ID ENABLE ACL RIGHTS=kxte QUOTA MAILBOX-REFERRALS NAMESPACE UIDPLUS"},
	{10, "+OK Dovecot ready. <%2$u.5f.6743%2$u@%1$s>", "TOP\r\nUIDL\r\nUSER\r\nSASL PLAIN", "* OK Dovecot ready.",
         "IMAP4rev1 IDLE AUTH=PLAIN"},
	{10, "+OK POP3 server ready on %1$s", "USER\r\nTOP\r\nSASL PLAIN\r\nUIDL", "* OK IMAP4 service ready on %1$s",
         "IMAP4 IMAP4rev1 IDLE LOGIN-REFERRALS AUTH=LOGIN"},
};

struct script {
	struct transcript transcript;
	uint32_t at_ms;
};

static void note(struct script *script, enum transcript_kind kind, const char *text)
{
	transcript_add(&script->transcript, kind, script->at_ms, span_from_text(text));
}

static void say(struct script *script, enum transcript_kind kind, const char *format, const char *name, unsigned number)
{
	char line[DIALOGUE_MAX];
	int size;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the formats are those above */
	size = snprintf(line, sizeof(line), format, name, number);
#pragma GCC diagnostic pop
	if (size < 0 || (size_t)size + 3 > sizeof(line))
		die("a line is too long");
	memcpy(line + size, "\r\n", 3);
	note(script, kind, line);
}

static void say_dialogue(struct script *script, const struct personality *who, bool is_imap, bool has_tls, const char *name,
                         unsigned number)
{
	char line[DIALOGUE_MAX];

	note(script, TRANSCRIPT_OPENING,
	     is_imap ? "expected=imap tls=upgrade pace=fast bare-auth=yes hello=h1 port=143"
	             : "expected=pop3 tls=upgrade pace=fast bare-auth=yes hello=h1 port=110");
	script->at_ms += 40 + number % 97;
	note(script, TRANSCRIPT_CONNECTED, "");
	script->at_ms += 10 + number % 31;
	say(script, TRANSCRIPT_RECEIVED, is_imap ? who->imap : who->pop3, name, number);
	if (is_imap) {
		script->at_ms += 150;
		note(script, TRANSCRIPT_DEADLINE, "");
		note(script, TRANSCRIPT_SENT, "m1 CAPABILITY\r\n");
		(void)snprintf(line, sizeof(line), "* CAPABILITY %s%s\r\nm1 OK Completed.\r\n", who->imap_capabilities,
		               has_tls ? " STARTTLS" : "");
		script->at_ms += 41;
		note(script, TRANSCRIPT_RECEIVED, line);
		note(script, TRANSCRIPT_SENT, "m4 STARTTLS\r\n");
		script->at_ms += 39;
		note(script, TRANSCRIPT_RECEIVED,
		     has_tls ? "m4 OK Begin TLS negotiation now.\r\n" : "m4 BAD Error in IMAP command received by server.\r\n");
		return;
	}
	note(script, TRANSCRIPT_SENT, "CAPA\r\n");
	(void)snprintf(line, sizeof(line), "+OK\r\n%s%s\r\n.\r\n", who->pop3_capabilities, has_tls ? "\r\nSTLS" : "");
	script->at_ms += 38;
	note(script, TRANSCRIPT_RECEIVED, line);
	note(script, TRANSCRIPT_SENT, "STLS\r\n");
	script->at_ms += 40;
	note(script, TRANSCRIPT_RECEIVED, has_tls ? "+OK Begin TLS negotiation now.\r\n" : "-ERR Unknown command.\r\n");
}

/* ---- certificates ---- */

struct chain {
	struct span certificates[SHOWN];
	struct tls_observation tls;
};

struct made_chains {
	struct chain *items;
	size_t count;
	struct trust_stores *stores;
};

static struct made_chains make_chains(size_t count)
{
	struct made_chains made = {.items = memory_allocate(count + 1, sizeof(*made.items)), .count = count};
	EVP_PKEY *authority_key = made_key("P-256"), *leaf_key = made_key("RSA:2048");
	X509 *root = made_certificate(&(struct recipe){.subject = "Root", .key = authority_key, .is_authority = true});
	X509 *middle = made_certificate(&(struct recipe){
		.subject = "Issuing", .issuer = root, .key = authority_key, .signer = authority_key, .is_authority = true});
	struct span middle_der = made_der(middle), root_der = made_der(root);
	struct error error = {{0}};
	char path[64];

	made_pem_file(&root, 1, path);
	made.stores = trust_stores_new(path, path, NULL, &error);
	(void)unlink(path);
	if (made.stores == NULL)
		die(error.text);
	for (size_t i = 0; i < count; i++) {
		struct chain *chain = &made.items[i];
		char subject[64], names[128];
		X509 *leaf;

		(void)snprintf(subject, sizeof(subject), "mail%zu.example.org", i);
		(void)snprintf(names, sizeof(names), "DNS:mail%zu.example.org,DNS:imap%zu.example.org", i, i);
		leaf = made_certificate(&(struct recipe){.subject = subject,
		                                         .issuer = middle,
		                                         .key = leaf_key,
		                                         .signer = authority_key,
		                                         .serial = i + 1,
		                                         .extensions = {{NID_subject_alt_name, names}}});
		chain->certificates[0] = made_der(leaf);
		chain->certificates[1] = middle_der;
		chain->certificates[2] = root_der;
		X509_free(leaf);
		chain->tls = (struct tls_observation){.outcome = TLS_PROVEN,
		                                      .hello = TLS_HELLO_H1,
		                                      .version = VERSION_TLS_1_2,
		                                      .cipher_suite = 0xc02f,
		                                      .group = 0x1d,
		                                      .flags = TLS_HAS_SECURE_RENEGOTIATION | TLS_HAS_EXTENDED_MASTER_SECRET,
		                                      .certificate_count = SHOWN,
		                                      .legacy_version = VERSION_TLS_1_2,
		                                      .signature_scheme = 0x0804,
		                                      .extension_count = 3,
		                                      .extensions = {0xff01, 0x17, 0x0b}};
		certificate_fingerprint(chain->certificates[0], chain->tls.leaf_sha256);
		chain_fingerprint(chain->certificates, SHOWN, chain->tls.chain_sha256);
	}
	return made;
}

/* ---- a host as the prober tells of it ---- */

struct told_service {
	struct script script;
	struct observation observation;
	struct probe_conversation conversation;
};

struct told_host {
	struct probe_assignment assignment;
	struct told_service services[PORTS];
};

/* Which census it is, and how many of a thousand hosts change from one to the next. */
struct series {
	unsigned census, changed;
};

static unsigned mix(unsigned number)
{
	return (number ^ number >> 15) * 2654435761u >> 8;
}

static const struct personality *personality_of(unsigned number, const struct series *series)
{
	unsigned left = number * 2654435761u >> 8;
	size_t at = 0;

	for (left %= 100; left >= PERSONALITIES[at].weight; at++)
		left -= PERSONALITIES[at].weight;
	for (unsigned census = 2; census <= series->census; census++)
		at += mix(number * 64 + census) % 1000 < series->changed ? 1 : 0;
	return &PERSONALITIES[at % ARRAY_LENGTH(PERSONALITIES)];
}

static void make_service(struct told_service *service, const struct told_host *host, unsigned number, bool is_imap,
                         const struct chain *chain, const struct series *series)
{
	struct error error = {{0}};
	struct buffer words;
	char name[64];

	(void)snprintf(name, sizeof(name), "mx%u.provider%u.example", number % 100000, number % 7919);
	transcript_init(&service->script.transcript);
	service->script.at_ms = 0;
	/* What is a stamp is another one each time. */
	say_dialogue(&service->script, personality_of(number, series), is_imap, chain != NULL, name,
	             number + 1000003 * (series->census - 1));
	service->script.at_ms += 44;
	if (chain != NULL) {
		note(&service->script, TRANSCRIPT_HELLO, "h1");
		buffer_init(&words, DIALOGUE_MAX);
		tls_observation_format(&chain->tls, &words);
		note(&service->script, TRANSCRIPT_TLS, buffer_text(&words));
		buffer_done(&words);
		note(&service->script, TRANSCRIPT_LEFT, "");
	} else {
		note(&service->script, TRANSCRIPT_SENT, is_imap ? "m9 LOGOUT\r\n" : "QUIT\r\n");
		note(&service->script, TRANSCRIPT_RECEIVED,
		     is_imap ? "* BYE Logging out\r\nm9 OK Logout completed.\r\n" : "+OK Logging out\r\n");
		note(&service->script, TRANSCRIPT_CLOSED, "");
	}
	if (!session_replay(buffer_view(&service->script.transcript.bytes), &service->observation, NULL, &error))
		die(error.text);
	service->conversation = (struct probe_conversation){
		.endpoint = {host->assignment.host.address, is_imap ? 143 : 110},
		.attempt = 1,
		.started_at = clock_wall(),
		.duration_ms = service->script.at_ms,
		.observation = &service->observation,
		.transcript = buffer_view(&service->script.transcript.bytes),
		.certificates = chain != NULL ? chain->certificates : NULL,
		.certificate_count = chain != NULL ? SHOWN : 0,
	};
}

static void tell(const struct probe_owner *owner, struct told_host *hosts, size_t count)
{
	struct ip_address addresses[BATCH];

	for (size_t port = 0; port < PORTS; port++) {
		for (size_t i = 0; i < count; i++)
			addresses[i] = hosts[i].assignment.host.address;
		if (!owner->before_contacts(owner->context, addresses, count))
			die("contacts were not kept");
		for (size_t i = 0; i < count; i++) {
			struct told_service *service = &hosts[i].services[port];

			if (!owner->may_contact(owner->context, addresses[i]))
				die("an address is excluded");
			owner->on_conversation(owner->context, &service->conversation);
			owner->on_service(owner->context, hosts[i].assignment.number, service->conversation.endpoint, &service->observation,
			                  1);
			if (port + 1 == PORTS)
				owner->on_host_done(owner->context, hosts[i].assignment.number);
		}
		if (!owner->on_tick(owner->context))
			die("the store failed");
	}
}

struct figures {
	struct spent telling, ending;
	uint64_t hosts, services;
	long kilobytes_early, kilobytes_late;
};

static long peak_kilobytes(void)
{
	struct rusage usage;

	(void)getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

static void tell_all(const struct probe_owner *owner, const char *kind, uint64_t host_count, const struct made_chains *made,
                     const struct series *series, struct figures *figures)
{
	struct told_host *hosts = memory_allocate(BATCH, sizeof(*hosts));
	size_t shown = 0;

	while (figures->hosts < host_count) {
		size_t count = 0;

		spent_begin(&figures->telling);
		while (count < BATCH && owner->next_host(owner->context, &hosts[count].assignment))
			count++;
		spent_end(&figures->telling);
		for (size_t i = 0; i < count; i++) {
			unsigned number = (unsigned)(figures->hosts + i);
			bool has_tls = strcmp(kind, "tls") == 0 || (strcmp(kind, "mix") == 0 && number % 2 == 0);
			const struct chain *chain = has_tls ? &made->items[shown++ % made->count] : NULL;

			for (size_t port = 0; port < PORTS; port++)
				make_service(&hosts[i].services[port], &hosts[i], number, port == 1, chain, series);
		}
		spent_begin(&figures->telling);
		tell(owner, hosts, count);
		spent_end(&figures->telling);
		for (size_t i = 0; i < count; i++) {
			for (size_t port = 0; port < PORTS; port++) {
				observation_done(&hosts[i].services[port].observation);
				transcript_done(&hosts[i].services[port].script.transcript);
			}
		}
		figures->hosts += count;
		figures->services += PORTS * count;
		if (figures->hosts <= host_count / 4 + BATCH)
			figures->kilobytes_early = peak_kilobytes();
		if (count == 0)
			die("the hosts ran out");
	}
	free(hosts);
	figures->kilobytes_late = peak_kilobytes();
}

static bool goes_on(void *context)
{
	(void)context;
	return true;
}

static void run(const char *database, const char *kind, uint64_t host_count, size_t chain_count, const struct series *series)
{
	struct error error = {{0}};
	struct port_list ports = {.ports = {110, 143}, .count = 2}, none = {.count = 0};
	struct exclusion_list *exclusions = exclusion_list_new();
	struct target_set *targets = target_set_new(&ports);
	struct census_record census = {.tool_version = "bench", .scope_text = "bench", .options_text = "", .seed = 7, .shard_count = 1};
	struct census_writer_setup setup = {
		.exclusions = exclusions, .targets = targets, .host_limit = UINT64_MAX, .window_ms = 600000, .on_tick = goes_on};
	struct made_chains made = make_chains(chain_count);
	struct fingerprints *fingerprints = fingerprints_new(&error);
	struct figures figures = {0};
	struct assessor assessor;
	struct probe_owner owner;
	struct ip_range range;
	struct span name;

	if (fingerprints == NULL || target_parse(span_from_text("240.0.0.0/6"), &range, &none, &name, &error) != TARGET_RANGE)
		die(error.text);
	exclusion_list_seal(exclusions);
	target_set_add(targets, &range, &none);
	if (!target_set_seal(targets, exclusions, &error))
		die(error.text);
	assessor_init(&assessor, PROBE_DEPTH_VERDICT, made.stores, fingerprints, 4096);
	setup.assessor = &assessor;
	setup.store = store_open(database, STORE_READ_WRITE, &error);
	census.started_at = clock_wall();
	census.host_count = target_set_count(targets);
	if (setup.store == NULL || !store_begin(setup.store, &error) || !store_add_census(setup.store, &census, &error) ||
	    !store_commit(setup.store, &error))
		die(error.text);
	setup.census = census.id;
	target_walk_init(&setup.walk, census.host_count, census.seed, 0, 1);
	struct census_writer *writer = census_writer_new(&setup);

	owner = census_writer_owner(writer);
	tell_all(&owner, kind, host_count, &made, series, &figures);
	spent_begin(&figures.ending);
	if (!census_writer_finish(writer, &error) || !store_begin(setup.store, &error) ||
	    !store_end_census(setup.store, census.id, clock_wall(), &error) || !store_commit(setup.store, &error))
		die(error.text);
	census_writer_free(writer);
	store_close(setup.store);
	spent_end(&figures.ending);
	(void)printf(
		"{\"services\":%" PRIu64 ",\"us_per_service\":%.2f,\"us_of_the_end\":%.2f,\"seconds\":%.2f,\"seconds_of_the_end\":%.2f,"
		"\"peak_megabytes_at_a_quarter\":%.1f,\"peak_megabytes\":%.1f}\n",
		figures.services, 1e6 * figures.telling.cpu / (double)figures.services, 1e6 * figures.ending.cpu / (double)figures.services,
		figures.telling.wall, figures.ending.wall, (double)figures.kilobytes_early / 1024, (double)figures.kilobytes_late / 1024);
	assessor_done(&assessor);
	target_set_free(targets);
	exclusion_list_free(exclusions);
	for (size_t i = 0; i < made.count; i++)
		made_der_free(made.items[i].certificates[0]);
	free(made.items);
}

static bool is_number(const char *text, uint64_t least, uint64_t *number_out)
{
	return text_parse_unsigned(span_from_text(text), UINT32_MAX, number_out) && *number_out >= least;
}

int main(int argc, char **argv)
{
	uint64_t hosts = 0, chains = 0, census = 1, changed = 0;
	struct series series;

	if ((argc != 5 && argc != 7) || !is_number(argv[3], 1, &hosts) || !is_number(argv[4], 1, &chains) ||
	    (argc == 7 && (!is_number(argv[5], 1, &census) || !is_number(argv[6], 0, &changed))))
		die("usage: store_bench DATABASE no-tls|tls|mix HOSTS CHAINS [CENSUS CHANGED]");
	series = (struct series){.census = (unsigned)census, .changed = (unsigned)changed};
	run(argv[1], argv[2], hosts, (size_t)chains, &series);
	return 0;
}
