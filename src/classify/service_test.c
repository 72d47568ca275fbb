/* SPDX-License-Identifier: ISC */
/* What conversations mean: the rows of rulebook 3.2 and 3.3, and that nothing but positive evidence becomes a verdict. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "classify/service.h"

/* A conversation in clear as the tests need it. */
struct dialogue {
	enum wire_protocol protocol;
	const char *capabilities; /* NULL: refused (POP3 without CAPA) */
	enum presence advertised;
	enum upgrade upgrade;
	enum bare_auth bare_auth;
	const char *bare_auth_reply;
	uint32_t flags;
	enum tls_outcome outcome;
	uint16_t version;
};

static void fill(struct observation *observation, const struct dialogue *dialogue)
{
	observation_init(observation);
	observation->protocol = dialogue->protocol;
	observation->flags = dialogue->flags;
	if (dialogue->capabilities != NULL) {
		buffer_append_text(&observation->capabilities_before, dialogue->capabilities);
		observation->capabilities_before_known = true;
	} else {
		observation->flags |= OBSERVED_CAPABILITY_REFUSED;
	}
	observation->starttls_advertised = dialogue->advertised;
	observation->upgrade = dialogue->upgrade;
	observation->bare_auth = dialogue->bare_auth;
	if (dialogue->bare_auth_reply != NULL)
		buffer_append_text(&observation->bare_auth_reply, dialogue->bare_auth_reply);
	observation->ending = dialogue->outcome == TLS_PROVEN      ? ENDING_TLS_OBSERVED
	                      : dialogue->outcome == TLS_NOT_TRIED ? ENDING_COMPLETE
	                                                           : ENDING_TLS_FAILED;
	observation->tls.outcome = dialogue->outcome;
	observation->tls.hello = dialogue->outcome == TLS_NOT_TRIED ? TLS_HELLO_NONE : TLS_HELLO_H1;
	observation->tls.version = dialogue->version;
}

static void check_login(const struct dialogue *dialogue, enum cleartext_login login, enum confidence confidence)
{
	struct observation observation;
	enum confidence found;

	fill(&observation, dialogue);
	assert_string_equal(cleartext_login_name(cleartext_login_judge(&observation, &found)), cleartext_login_name(login));
	assert_int_equal(found, confidence);
	observation_done(&observation);
}

static void check_imap(const char *capabilities, enum cleartext_login login)
{
	check_login(&(struct dialogue){.protocol = WIRE_IMAP, .capabilities = capabilities}, login, CONFIDENCE_HIGH);
}

static void imap_logins_are_judged_by_the_capability_list(void **state)
{
	(void)state;
	check_imap("IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ STARTTLS LOGINDISABLED",
	           CLEARTEXT_LOGIN_DENIED);                                                               /* Dovecot default */
	check_imap("IMAP4rev1 SASL-IR STARTTLS AUTH=PLAIN", CLEARTEXT_LOGIN_ADVERTISED);                  /* Dovecot cleartext allowed */
	check_imap("IMAP4rev1 LOGINDISABLED AUTH=CRAM-MD5 AUTH=DIGEST-MD5", CLEARTEXT_LOGIN_HASHED_ONLY); /* */
	check_imap("IMAP4rev1 LOGINDISABLED AUTH=LOGIN", CLEARTEXT_LOGIN_ADVERTISED);                     /* */
	check_imap("IMAP4rev1 UIDPLUS CHILDREN STARTTLS", CLEARTEXT_LOGIN_IMPLIED);                       /* X-3, Courier default */
	check_imap("IMAP4rev1 auth=plain", CLEARTEXT_LOGIN_ADVERTISED);                                   /* D-18 */
	check_imap("IMAP4rev1 logindisabled", CLEARTEXT_LOGIN_DENIED);
	check_imap("IMAP4rev1 XTLSREQUIRED STARTTLS", CLEARTEXT_LOGIN_DENIED); /* Mailutils, TLS required */
	check_imap("IMAP4rev1 AUTH=PLAIN-CLIENTTOKEN", CLEARTEXT_LOGIN_IMPLIED);
	check_imap("", CLEARTEXT_LOGIN_IMPLIED);
}

static void check_pop3(const char *capabilities, uint32_t flags, enum bare_auth bare_auth, const char *reply, enum cleartext_login login,
                       enum confidence confidence)
{
	check_login(&(struct dialogue){.protocol = WIRE_POP3,
	                               .capabilities = capabilities,
	                               .flags = flags,
	                               .bare_auth = bare_auth,
	                               .bare_auth_reply = reply},
	            login, confidence);
}

static void pop3_logins_are_judged_by_capa_and_bare_auth(void **state)
{
	(void)state;
	check_pop3("TOP / UIDL / STLS / SASL", 0, BARE_AUTH_NOT_ASKED, NULL, CLEARTEXT_LOGIN_DENIED, CONFIDENCE_HIGH); /* vector 8 */
	check_pop3("TOP / STLS / USER / SASL PLAIN LOGIN", 0, BARE_AUTH_NOT_ASKED, NULL, CLEARTEXT_LOGIN_ADVERTISED, CONFIDENCE_HIGH);
	check_pop3("TOP / USER / SASL CRAM-MD5", 0, BARE_AUTH_NOT_ASKED, NULL, CLEARTEXT_LOGIN_ADVERTISED, CONFIDENCE_HIGH);
	check_pop3("STLS / TOP / USER / LOGIN-DELAY 10", 0, BARE_AUTH_REFUSED, "-ERR TLS required to log in.", CLEARTEXT_LOGIN_DENIED,
	           CONFIDENCE_HIGH); /* vector 26 */
	check_pop3("STLS / TOP / USER", 0, BARE_AUTH_REFUSED, "-ERR Invalid command.", CLEARTEXT_LOGIN_ADVERTISED,
	           CONFIDENCE_MEDIUM); /* vector 27 */
	check_pop3("STLS / USER", 0, BARE_AUTH_REFUSED, "-ERR Mate, the command must be one of STLS, CAPA, USER, PASS or QUIT",
	           CLEARTEXT_LOGIN_ADVERTISED, CONFIDENCE_MEDIUM); /* 28 */
	check_pop3("TOP / USER", 0, BARE_AUTH_LISTED, "+OK PLAIN LOGIN", CLEARTEXT_LOGIN_CONFIRMED, CONFIDENCE_HIGH);
	check_pop3("TOP / SASL CRAM-MD5 DIGEST-MD5", OBSERVED_APOP_STAMP, BARE_AUTH_NOT_ASKED, NULL, CLEARTEXT_LOGIN_HASHED_ONLY,
	           CONFIDENCE_HIGH);
	check_pop3("TOP / UIDL", OBSERVED_APOP_STAMP, BARE_AUTH_NOT_ASKED, NULL, CLEARTEXT_LOGIN_HASHED_ONLY, CONFIDENCE_HIGH); /* */
	check_pop3(NULL, 0, BARE_AUTH_REFUSED, "-ERR", CLEARTEXT_LOGIN_IMPLIED, CONFIDENCE_MEDIUM); /* X-8, popa3d */
	check_pop3("TOP / IMPLEMENTATION USER SASL PLAIN", 0, BARE_AUTH_NOT_ASKED, NULL, CLEARTEXT_LOGIN_DENIED,
	           CONFIDENCE_HIGH); /* words inside another line say nothing */
}

static void what_was_cut_off_is_unknown(void **state)
{
	struct observation observation;
	enum confidence confidence;

	(void)state;
	observation_init(&observation);
	observation.protocol = WIRE_IMAP;
	buffer_append_text(&observation.capabilities_before, "IMAP4rev1 AUTH=PLAIN");
	assert_int_equal(cleartext_login_judge(&observation, &confidence), CLEARTEXT_LOGIN_UNKNOWN);
	observation.protocol = WIRE_POP3;
	buffer_clear(&observation.capabilities_before);
	buffer_append_text(&observation.capabilities_before, "TOP / USER");
	assert_int_equal(cleartext_login_judge(&observation, &confidence), CLEARTEXT_LOGIN_UNKNOWN);
	observation.flags = OBSERVED_LIST_UNTERMINATED; /* P-3 */
	assert_int_equal(cleartext_login_judge(&observation, &confidence), CLEARTEXT_LOGIN_ADVERTISED);
	buffer_clear(&observation.capabilities_before);
	buffer_append_text(&observation.capabilities_before, "TOP / UIDL");
	assert_int_equal(cleartext_login_judge(&observation, &confidence), CLEARTEXT_LOGIN_UNKNOWN);
	observation_done(&observation);
}

static void check_one(uint16_t port, const struct dialogue *dialogue, enum verdict expected)
{
	struct observation observation;
	struct service_judgement judgement;

	fill(&observation, dialogue);
	service_judge(port, &observation, 1, &judgement);
	assert_string_equal(verdict_name(judgement.verdict), verdict_name(expected));
	assert_true(judgement.reason[0] != '\0');
	observation_done(&observation);
}

static void one_dialogue_gives_the_verdict(void **state)
{
	const char *open = "IMAP4rev1 AUTH=PLAIN", *shut = "IMAP4rev1 LOGINDISABLED";

	(void)state;
	check_one(143, &(struct dialogue){WIRE_IMAP, open, PRESENCE_ABSENT, UPGRADE_REFUSED, .outcome = TLS_NOT_TRIED}, VERDICT_NO_TLS);
	check_one(143, &(struct dialogue){WIRE_IMAP, open, PRESENCE_ABSENT, UPGRADE_REFUSED_NO, .outcome = TLS_NOT_TRIED}, VERDICT_NO_TLS);
	check_one(143, &(struct dialogue){WIRE_IMAP, shut, PRESENCE_ABSENT, UPGRADE_REFUSED, .outcome = TLS_NOT_TRIED},
	          VERDICT_DEAD_PORT); /* vector 31 */
	check_one(110, &(struct dialogue){WIRE_POP3, NULL, PRESENCE_ABSENT, UPGRADE_REFUSED, .outcome = TLS_NOT_TRIED},
	          VERDICT_NO_TLS); /* vector 30 */
	check_one(143, &(struct dialogue){WIRE_IMAP, open, PRESENCE_PRESENT, UPGRADE_REFUSED_NO, .outcome = TLS_NOT_TRIED},
	          VERDICT_STARTTLS_REFUSED);
	check_one(143, &(struct dialogue){WIRE_IMAP, open, PRESENCE_PRESENT, UPGRADE_AGREED, .outcome = TLS_PROVEN, .version = 0x0303},
	          VERDICT_LOGIN_BEFORE_TLS);
	check_one(143, &(struct dialogue){WIRE_IMAP, shut, PRESENCE_PRESENT, UPGRADE_AGREED, .outcome = TLS_PROVEN, .version = 0x0304},
	          VERDICT_TLS_REQUIRED);
	check_one(143, &(struct dialogue){WIRE_IMAP, shut, PRESENCE_ABSENT, UPGRADE_AGREED, .outcome = TLS_PROVEN, .version = 0x0303},
	          VERDICT_STARTTLS_UNADVERTISED);
	check_one(143, &(struct dialogue){WIRE_IMAP, open, PRESENCE_PRESENT, UPGRADE_AGREED, .outcome = TLS_PROVEN, .version = 0x0301},
	          VERDICT_LEGACY_TLS_ONLY);
	check_one(143, &(struct dialogue){WIRE_IMAP, open, PRESENCE_PRESENT, UPGRADE_AGREED, .outcome = TLS_CLOSED}, VERDICT_UNKNOWN);
	check_one(143, &(struct dialogue){WIRE_IMAP, open, PRESENCE_PRESENT, UPGRADE_REFUSED_BUSY, .outcome = TLS_NOT_TRIED},
	          VERDICT_RATE_LIMITED);
	check_one(143, &(struct dialogue){WIRE_IMAP, open, PRESENCE_PRESENT, UPGRADE_UNANSWERED, .outcome = TLS_NOT_TRIED},
	          VERDICT_UNKNOWN);
	check_one(993, &(struct dialogue){WIRE_IMAP, open, PRESENCE_ABSENT, UPGRADE_REFUSED, .outcome = TLS_NOT_TRIED}, VERDICT_NO_TLS);
	check_one(993, &(struct dialogue){WIRE_IMAP, "", PRESENCE_UNKNOWN, UPGRADE_NOT_ASKED, .outcome = TLS_PROVEN, .version = 0x0303},
	          VERDICT_IMPLICIT_TLS);
	check_one(993, &(struct dialogue){WIRE_HTTP, "", PRESENCE_UNKNOWN, UPGRADE_NOT_ASKED, .outcome = TLS_PROVEN, .version = 0x0303},
	          VERDICT_NOT_MAIL);
	check_one(995, &(struct dialogue){WIRE_POP3, "", PRESENCE_UNKNOWN, UPGRADE_NOT_ASKED, .outcome = TLS_PROVEN, .version = 0x0300},
	          VERDICT_LEGACY_TLS_ONLY);
	check_one(110, &(struct dialogue){WIRE_POP3, "", PRESENCE_UNKNOWN, UPGRADE_NOT_ASKED, .outcome = TLS_PROVEN, .version = 0x0303},
	          VERDICT_TLS_ON_PLAIN_PORT);
	check_one(143, &(struct dialogue){WIRE_SSH, "", PRESENCE_UNKNOWN, UPGRADE_NOT_ASKED, .outcome = TLS_NOT_TRIED}, VERDICT_NOT_MAIL);
}

static void check_ending(enum ending ending, uint32_t flags, enum verdict expected)
{
	struct observation observation = {.ending = ending, .flags = flags};
	struct service_judgement judgement;

	service_judge(143, &observation, 1, &judgement);
	assert_string_equal(verdict_name(judgement.verdict), verdict_name(expected));
}

static void silence_and_early_ends_are_never_no_tls(void **state)
{
	(void)state;
	check_ending(ENDING_CONNECT_REFUSED, 0, VERDICT_CLOSED);
	check_ending(ENDING_CONNECT_TIMED_OUT, 0, VERDICT_CLOSED);
	check_ending(ENDING_LOCAL_FAILURE, 0, VERDICT_UNKNOWN);
	check_ending(ENDING_SILENT, OBSERVED_SLOW_PASS, VERDICT_UNKNOWN);
	check_ending(ENDING_SILENT, 0, VERDICT_SLOW);
	check_ending(ENDING_TARPIT, OBSERVED_SLOW_PASS, VERDICT_SLOW);
	check_ending(ENDING_CLOSED_SILENT, 0, VERDICT_UNKNOWN);
	check_ending(ENDING_RESET_SILENT, 0, VERDICT_UNKNOWN);
	check_ending(ENDING_SILENT, OBSERVED_CANARY, VERDICT_FALSE_HOST);
	check_ending(ENDING_CLOSED_SILENT, OBSERVED_CANARY, VERDICT_FALSE_HOST);
	check_ending(ENDING_CONNECT_REFUSED, OBSERVED_CANARY, VERDICT_CLOSED);
	check_ending(ENDING_LOCAL_FAILURE, OBSERVED_CANARY, VERDICT_UNKNOWN);
	check_ending(ENDING_WRONG_PROTOCOL, OBSERVED_CANARY, VERDICT_UNKNOWN);
	check_ending(ENDING_COMPLETE, OBSERVED_CANARY, VERDICT_UNKNOWN);
	for (int ending = ENDING_NONE; ending <= ENDING_LOCAL_FAILURE; ending++) {
		struct observation observation = {.ending = (enum ending)ending, .protocol = WIRE_IMAP, .upgrade = UPGRADE_UNANSWERED};
		struct service_judgement judgement;

		service_judge(143, &observation, 1, &judgement);
		assert_int_not_equal(judgement.verdict, VERDICT_NO_TLS);
	}
}

static void broken_needs_three_failures(void **state)
{
	struct observation seen[3];
	struct service_judgement judgement;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		fill(&seen[i], &(struct dialogue){WIRE_IMAP, "IMAP4rev1 STARTTLS", PRESENCE_PRESENT, UPGRADE_AGREED,
		                                  .outcome = i == 1 ? TLS_CLOSED : TLS_ALERT});
	service_judge(143, seen, 2, &judgement);
	assert_int_equal(judgement.verdict, VERDICT_UNKNOWN);
	service_judge(143, seen, 3, &judgement);
	assert_int_equal(judgement.verdict, VERDICT_STARTTLS_BROKEN);
	seen[2].tls.alert_description = 112; /* a name is wanted: TLS is there */
	service_judge(143, seen, 3, &judgement);
	assert_int_equal(judgement.verdict, VERDICT_UNKNOWN);
	seen[2].tls = (struct tls_observation){.outcome = TLS_PROVEN, .hello = TLS_HELLO_H5, .version = 0x0300};
	service_judge(143, seen, 3, &judgement);
	assert_int_equal(judgement.verdict, VERDICT_LEGACY_TLS_ONLY);
	for (size_t i = 0; i < 3; i++)
		observation_done(&seen[i]);
}

static void an_implicit_port_is_broken_after_three_hellos(void **state)
{
	struct observation seen[3];
	struct service_judgement judgement;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		seen[i] = (struct observation){.ending = ENDING_TLS_FAILED,
		                               .tls = {.hello = i == 0 ? TLS_HELLO_SESSION : TLS_HELLO_H1, .outcome = TLS_CLOSED}};
	service_judge(993, seen, 3, &judgement);
	assert_int_equal(judgement.verdict, VERDICT_IMPLICIT_BROKEN);
	service_judge(993, seen, 2, &judgement);
	assert_int_equal(judgement.verdict, VERDICT_UNKNOWN);
	seen[1].tls.outcome = TLS_CLIENT_FAILED; /* our own library: says nothing of the server */
	service_judge(993, seen, 3, &judgement);
	assert_int_equal(judgement.verdict, VERDICT_UNKNOWN);
}

static void text_on_a_tls_port_is_judged_as_what_it_is(void **state)
{
	struct observation seen[2];
	struct service_judgement judgement;

	(void)state;
	fill(&seen[0], &(struct dialogue){WIRE_IMAP, "", PRESENCE_UNKNOWN, UPGRADE_NOT_ASKED, .outcome = TLS_GARBAGE});
	fill(&seen[1], &(struct dialogue){WIRE_IMAP, "IMAP4rev1 AUTH=PLAIN", PRESENCE_ABSENT, UPGRADE_REFUSED, .outcome = TLS_NOT_TRIED});
	service_judge(993, seen, 2, &judgement);
	assert_int_equal(judgement.verdict, VERDICT_NO_TLS);
	assert_true(judgement.plaintext_on_tls_port);
	observation_done(&seen[0]);
	observation_done(&seen[1]);
}

static void an_exchange_that_was_opened_decides(void **state)
{
	(void)state;
	check_login(&(struct dialogue){WIRE_IMAP, "IMAP4rev1 AUTH=PLAIN", .flags = OBSERVED_CONFIRM_TRIED | OBSERVED_CONFIRM_ACCEPTED},
	            CLEARTEXT_LOGIN_CONFIRMED, CONFIDENCE_HIGH);
	check_login(&(struct dialogue){WIRE_IMAP, "IMAP4rev1 AUTH=PLAIN", .flags = OBSERVED_CONFIRM_TRIED | OBSERVED_CONFIRM_DENIED},
	            CLEARTEXT_LOGIN_DENIED, CONFIDENCE_HIGH);
	check_login(&(struct dialogue){WIRE_POP3, "USER / SASL PLAIN", .flags = OBSERVED_CONFIRM_TRIED | OBSERVED_CONFIRM_DENIED},
	            CLEARTEXT_LOGIN_DENIED, CONFIDENCE_HIGH);
	check_login(&(struct dialogue){WIRE_POP3, NULL, .flags = OBSERVED_CONFIRM_TRIED | OBSERVED_CONFIRM_ACCEPTED},
	            CLEARTEXT_LOGIN_CONFIRMED, CONFIDENCE_HIGH); /* by the list of the bare AUTH */
	check_login(&(struct dialogue){WIRE_IMAP, "IMAP4rev1 AUTH=PLAIN", .flags = OBSERVED_CONFIRM_TRIED}, CLEARTEXT_LOGIN_ADVERTISED,
	            CONFIDENCE_HIGH); /* inconclusive */
}

static void confirmation_makes_the_verdict(void **state)
{
	struct dialogue dialogue = {WIRE_IMAP,      "IMAP4rev1 STARTTLS AUTH=PLAIN", PRESENCE_PRESENT,
	                            UPGRADE_AGREED, .outcome = TLS_PROVEN,           .version = 0x0303};

	(void)state;
	dialogue.flags = OBSERVED_CONFIRM_TRIED | OBSERVED_CONFIRM_DENIED;
	check_one(143, &dialogue, VERDICT_TLS_REQUIRED);
	dialogue.flags = OBSERVED_CONFIRM_TRIED | OBSERVED_CONFIRM_ACCEPTED;
	check_one(143, &dialogue, VERDICT_LOGIN_BEFORE_TLS);
}

static void an_announcement_does_not_undo_an_exchange(void **state)
{
	struct observation seen[3];
	struct service_judgement judgement;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		fill(&seen[i], &(struct dialogue){WIRE_IMAP, "IMAP4rev1 STARTTLS AUTH=PLAIN", PRESENCE_PRESENT, UPGRADE_AGREED,
		                                  .outcome = TLS_PROVEN, .version = 0x0303});
	seen[1].flags = OBSERVED_CONFIRM_TRIED | OBSERVED_CONFIRM_DENIED;
	service_judge(143, seen, 3, &judgement);
	assert_int_equal(judgement.cleartext_login, CLEARTEXT_LOGIN_DENIED);
	assert_int_equal(judgement.verdict, VERDICT_TLS_REQUIRED);
	seen[2].flags = OBSERVED_CONFIRM_TRIED | OBSERVED_CONFIRM_ACCEPTED; /* the last one counts */
	service_judge(143, seen, 3, &judgement);
	assert_int_equal(judgement.cleartext_login, CLEARTEXT_LOGIN_CONFIRMED);
	for (size_t i = 0; i < 3; i++)
		observation_done(&seen[i]);
}

enum { ASIDES = 5 };

/* The same judgement with and without what was held for TLS alone, wherever it stands and whatever it shows. */
static void check_unmoved_by(uint16_t port, const struct dialogue *deciding, const struct observation *aside)
{
	struct observation seen[1 + ASIDES];
	struct service_judgement alone, among;

	fill(&seen[0], deciding);
	for (size_t i = 1; i <= ASIDES; i++)
		seen[i] = *aside;
	service_judge(port, seen, 1, &alone);
	service_judge(port, seen, 1 + ASIDES, &among);
	assert_string_equal(verdict_name(among.verdict), verdict_name(alone.verdict));
	assert_string_equal(among.reason, alone.reason);
	assert_int_equal(among.deciding, 0);
	assert_int_equal(among.tls_deciding, 0);
	assert_int_equal(among.tls_proven, alone.tls_proven);
	assert_int_equal(among.protocol, alone.protocol);
	assert_int_equal(among.cleartext_login, alone.cleartext_login);
	assert_int_equal(among.plaintext_on_tls_port, alone.plaintext_on_tls_port);
	observation_done(&seen[0]);
}

static void what_was_held_for_tls_alone_decides_nothing(void **state)
{
	static const struct dialogue deciding[] = {
		{WIRE_IMAP, "IMAP4rev1 AUTH=PLAIN", PRESENCE_PRESENT, UPGRADE_AGREED, .outcome = TLS_PROVEN, .version = 0x0303},
		{WIRE_IMAP, "IMAP4rev1 AUTH=PLAIN", PRESENCE_ABSENT, UPGRADE_REFUSED, .outcome = TLS_NOT_TRIED},
		{WIRE_IMAP, "IMAP4rev1 AUTH=PLAIN", PRESENCE_PRESENT, UPGRADE_AGREED, .outcome = TLS_CLOSED},
		{WIRE_IMAP, "", PRESENCE_UNKNOWN, UPGRADE_NOT_ASKED, .outcome = TLS_PROVEN, .version = 0x0304},
		{WIRE_UNKNOWN, "", PRESENCE_UNKNOWN, UPGRADE_NOT_ASKED, .outcome = TLS_CLOSED},
		{WIRE_SSH, "", PRESENCE_UNKNOWN, UPGRADE_NOT_ASKED, .outcome = TLS_NOT_TRIED},
	};
	static const struct tls_observation shown[] = {
		{.outcome = TLS_PROVEN, .hello = TLS_HELLO_H5, .version = 0x0300},
		{.outcome = TLS_PROVEN, .hello = TLS_HELLO_SESSION, .version = 0x0304},
		{.outcome = TLS_ALERT, .hello = TLS_HELLO_H3, .alert_level = 2, .alert_description = 70},
		{.outcome = TLS_CLOSED, .hello = TLS_HELLO_H4},
		{.outcome = TLS_GARBAGE, .hello = TLS_HELLO_H6},
		{.outcome = TLS_NOT_TRIED},
	};
	static const uint16_t ports[] = {143, 993};
	static const uint32_t flags[] = {OBSERVED_LADDER, OBSERVED_INJECTION_TRIED,
	                                 OBSERVED_LADDER | OBSERVED_INJECTION_TRIED | OBSERVED_INJECTION_LATE};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(deciding) * ARRAY_LENGTH(shown) * ARRAY_LENGTH(ports) * ARRAY_LENGTH(flags) * 2; i++) {
		size_t rest = i / 2;
		struct observation aside = {.protocol = WIRE_IMAP, .flags = flags[rest % ARRAY_LENGTH(flags)]};

		rest /= ARRAY_LENGTH(flags);
		aside.tls = shown[rest % ARRAY_LENGTH(shown)];
		aside.ending = aside.tls.outcome == TLS_PROVEN      ? ENDING_TLS_OBSERVED
		               : aside.tls.outcome == TLS_NOT_TRIED ? ENDING_BUSY
		                                                    : ENDING_TLS_FAILED;
		aside.upgrade = i % 2 == 0 ? UPGRADE_AGREED : aside.tls.outcome == TLS_NOT_TRIED ? UPGRADE_REFUSED : UPGRADE_NOT_ASKED;
		rest /= ARRAY_LENGTH(shown);
		check_unmoved_by(ports[rest % ARRAY_LENGTH(ports)], &deciding[rest / ARRAY_LENGTH(ports)], &aside);
	}
}

static void a_service_is_not_broken_by_what_was_held_aside(void **state)
{
	struct observation seen[3];
	struct service_judgement judgement;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		fill(&seen[i],
		     &(struct dialogue){WIRE_IMAP, "IMAP4rev1 STARTTLS", PRESENCE_PRESENT, UPGRADE_AGREED, .outcome = TLS_CLOSED});
	service_judge(143, seen, 3, &judgement);
	assert_int_equal(judgement.verdict, VERDICT_STARTTLS_BROKEN);
	seen[1].flags |= OBSERVED_LADDER;
	service_judge(143, seen, 3, &judgement);
	assert_int_equal(judgement.verdict, VERDICT_UNKNOWN);
	seen[1].flags = OBSERVED_INJECTION_TRIED;
	seen[1].ending = ENDING_CLEAR_AFTER_UPGRADE;
	service_judge(143, seen, 3, &judgement);
	assert_int_equal(judgement.verdict, VERDICT_UNKNOWN);
	assert_int_equal(judgement.deciding, 2);
	for (size_t i = 0; i < 3; i++)
		observation_done(&seen[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_exchange_that_was_opened_decides),
		cmocka_unit_test(confirmation_makes_the_verdict),
		cmocka_unit_test(an_announcement_does_not_undo_an_exchange),
		cmocka_unit_test(what_was_held_for_tls_alone_decides_nothing),
		cmocka_unit_test(a_service_is_not_broken_by_what_was_held_aside),
		cmocka_unit_test(imap_logins_are_judged_by_the_capability_list),
		cmocka_unit_test(pop3_logins_are_judged_by_capa_and_bare_auth),
		cmocka_unit_test(what_was_cut_off_is_unknown),
		cmocka_unit_test(one_dialogue_gives_the_verdict),
		cmocka_unit_test(silence_and_early_ends_are_never_no_tls),
		cmocka_unit_test(broken_needs_three_failures),
		cmocka_unit_test(an_implicit_port_is_broken_after_three_hellos),
		cmocka_unit_test(text_on_a_tls_port_is_judged_as_what_it_is),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
