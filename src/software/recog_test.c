/* SPDX-License-Identifier: ISC */
/* XML in recog's format, with patterns of our own, is read for what it is; what is built to hurt is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "software/fingerprints.h"

static const char POP3[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			   "<fingerprints matches=\"pop3.banner\" protocol=\"pop3\" database_type=\"service\" preference=\"0.90\">\n"
			   "  <!-- ours -->\n"
			   "  <fingerprint pattern=\"^Sparrow (\\S+) &lt;.+@(.+)&gt; sings$\">\n"
			   "    <description>Sparrow</description>\n"
			   "    <example service.version=\"1.2\">Sparrow 1.2 &lt;1.2@nest&gt; sings</example>\n"
			   "    <param pos=\"0\" name=\"service.vendor\" value=\"Birds\"/>\n"
			   "    <param pos=\"0\" name=\"service.product\" value=\"Sparrow\"/>\n"
			   "    <param pos=\"1\" name=\"service.version\"/>\n"
			   "    <param pos=\"0\" name=\"service.cpe23\" value=\"cpe:/a:birds:sparrow:{service.version}\"/>\n"
			   "    <param pos=\"2\" name=\"host.name\"/>\n"
			   "  </fingerprint>\n"
			   "  <fingerprint pattern=\"^FINCH$\" flags=\"REG_ICASE,REG_DOT_NEWLINE\" certainty=\"0.3\">\n"
			   "    <description>Finch</description>\n"
			   "    <param pos=\"0\" name=\"service.product\" value=\"Finch\"/>\n"
			   "  </fingerprint>\n"
			   "  <fingerprint pattern=\"^(Wren|Robin) here$\">\n"
			   "    <description>Named by its group</description>\n"
			   "    <param pos=\"1\" name=\"service.product\"/>\n"
			   "  </fingerprint>\n"
			   "  <fingerprint pattern=\"^no product$\"><description>x</description></fingerprint>\n"
			   "  <fingerprint pattern=\"^unknown (flag$\"><description>x</description>\n"
			   "    <param pos=\"0\" name=\"service.product\" value=\"Not a pattern\"/></fingerprint>\n"
			   "  <fingerprint pattern=\"^Dove says$\"><description>x</description>\n"
			   "    <param pos=\"0\" name=\"service.product\" value=\"Dovecot\"/></fingerprint>\n"
			   "</fingerprints>\n";

static const struct timestamp NOW = {.unix_ms = INT64_C(1795478400000)}; /* 2026-11-24 */
static struct fingerprints *fingerprints;
static struct error error;

static int set_up(void **state)
{
	(void)state;
	error = (struct error){.text = ""};
	fingerprints = fingerprints_new(&error);
	assert_string_equal(error.text, "");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fingerprints_free(fingerprints);
	return 0;
}

static struct software identify(enum wire_protocol protocol, const char *line)
{
	struct observation observation;
	struct software_evidence evidence;
	struct software software;
	struct buffer normalised;

	observation_init(&observation);
	buffer_init(&normalised, 1024);
	observation.protocol = protocol;
	buffer_append_text(&observation.greeting, line);
	software_evidence_from(&observation, &normalised, &evidence);
	software_identify(fingerprints, &evidence, NOW, &software);
	observation_done(&observation);
	buffer_done(&normalised);
	return software;
}

static void test_patterns_params_and_templates(void **state)
{
	struct fingerprint_counts before = fingerprints_count(fingerprints), after;
	struct software software;

	(void)state;
	assert_true(fingerprints_add_recog(fingerprints, "pop_banners.xml", span_from_text(POP3), &error));
	after = fingerprints_count(fingerprints);
	assert_int_equal(after.fingerprints, before.fingerprints + 4);
	assert_int_equal(after.ignored, 2);
	software = identify(WIRE_POP3, "+OK Sparrow 1.2 <1.2@nest> sings");
	assert_string_equal(software.product, "Sparrow");
	assert_string_equal(software.version, "1.2");
	assert_string_equal(software.vendor, "Birds");
	assert_string_equal(software.cpe, "cpe:2.3:a:birds:sparrow:1.2:*:*:*:*:*:*:*");
	assert_string_equal(software.fingerprint, "recog:pop3:4");
	assert_int_equal(software.confidence, CONFIDENCE_HIGH);
	assert_int_equal(software.family, FAMILY_OTHER);
	assert_true(software.is_version_certain);
	assert_string_equal(identify(WIRE_POP3, "+OK finch").product, "Finch");
	assert_int_equal(identify(WIRE_POP3, "+OK finch").confidence, CONFIDENCE_LOW);
	assert_string_equal(identify(WIRE_POP3, "+OK finch <1.2@nest>").product,
	                    "Finch"); /* without the stamp, where with it nothing fits */
	assert_string_equal(identify(WIRE_POP3, "+OK Robin here").product, "Robin");
	assert_string_equal(identify(WIRE_POP3, "+OK robin here").product, ""); /* case counts where no flag says otherwise */
	assert_string_equal(identify(WIRE_IMAP, "* OK Robin here").product, "");
}

static void test_known_products_bring_their_family(void **state)
{
	(void)state;
	assert_true(fingerprints_add_recog(fingerprints, "pop_banners.xml", span_from_text(POP3), &error));
	assert_int_equal(identify(WIRE_POP3, "+OK Dove says").family, FAMILY_DOVECOT);
	assert_string_equal(identify(WIRE_POP3, "+OK Dove says").vendor, "Dovecot");
}

/* Their names differ from ours; advice goes by what our tables make of the same greeting. */
static void test_other_names_keep_the_family(void **state)
{
	static const char XML[] =
		"<fingerprints matches=\"pop3.banner\"><fingerprint pattern=\"^Hello\"><param pos=\"0\" name=\"service.product\" "
		"value=\"Courier by another name\"/></fingerprint></fingerprints>";
	struct software software;

	(void)state;
	assert_true(fingerprints_add_recog(fingerprints, "f", span_from_text(XML), &error));
	software = identify(WIRE_POP3, "+OK Hello there.");
	assert_string_equal(software.product, "Courier by another name");
	assert_int_equal(software.family, FAMILY_COURIER);
	assert_int_equal(identify(WIRE_POP3, "+OK Hello nobody.").family, FAMILY_OTHER);
}

static void test_imap_and_others(void **state)
{
	static const char
		IMAP[] = "<fingerprints matches=\"imap4.banner\"><fingerprint pattern=\"^Lark$\"><param pos=\"0\" name=\"service.product\" "
			 "value=\"Lark\"/></fingerprint></fingerprints>",
		OTHER[] = "<fingerprints matches=\"ssh.banner\"><fingerprint pattern=\"^Lark2$\"><param pos=\"0\" name=\"service.product\" "
			  "value=\"Lark\"/></fingerprint><fingerprint pattern=\"b\"/></fingerprints>";

	(void)state;
	assert_true(fingerprints_add_recog(fingerprints, "i", span_from_text(IMAP), &error));
	assert_string_equal(identify(WIRE_IMAP, "* OK [CAPABILITY IMAP4rev1] Lark").product, "Lark");
	assert_true(fingerprints_add_recog(fingerprints, "o", span_from_text(OTHER), &error));
	assert_string_equal(identify(WIRE_IMAP, "* OK Lark2").product, "");
	assert_int_equal(fingerprints_count(fingerprints).ignored, 2);
}

static void assert_refused(const char *xml, const char *why)
{
	size_t before = fingerprints_count(fingerprints).fingerprints;

	error = (struct error){.text = ""};
	if (fingerprints_add_recog(fingerprints, "f.xml", span_from_text(xml), &error))
		fail_msg("taken: %s", xml);
	if (strstr(error.text, why) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", error.text, why);
	assert_int_equal(fingerprints_count(fingerprints).fingerprints, before);
}

#define GOOD "<fingerprint pattern=\"^g$\"><param pos=\"0\" name=\"service.product\" value=\"G\"/></fingerprint>"

static void test_what_is_refused(void **state)
{
	(void)state;
	assert_refused("", "empty");
	assert_refused("not xml", "not XML");
	assert_refused("<fingerprints matches=\"pop3.banner\">" GOOD, "not XML");
	assert_refused("<html></html>", "outermost");
	assert_refused("<!DOCTYPE a [<!ENTITY b \"c\">]><fingerprints/>", "DOCTYPE");
	assert_refused("<!DOCTYPE a SYSTEM \"file:///etc/hostname\"><fingerprints>&a;</fingerprints>", "DOCTYPE");
	assert_refused("<fingerprints matches=\"pop3.banner\">" GOOD "&made-up;</fingerprints>", "not XML");
	assert_refused("<fingerprints matches=\"pop3.banner\">" GOOD "<fingerprint/></fingerprints>", "without a pattern");
	assert_refused(
		"<fingerprints matches=\"pop3.banner\"><fingerprint pattern=\"a\"><param pos=\"1\" name=\"service.version\"/></fingerprint>"
		"</fingerprints>",
		"does not have");
	assert_refused("<fingerprints matches=\"pop3.banner\"><fingerprint pattern=\"a\"><param name=\"x\"/></fingerprint></fingerprints>",
	               "pos");
	assert_refused("<fingerprints><a><a><a><a><a><a><a><a/></a></a></a></a></a></a></a></fingerprints>", "nested");
}

/* Entities that grow to gigabytes do so only from a DOCTYPE; the size of all and the number of patterns are bounded too. */
static void test_bounds(void **state)
{
	struct buffer xml;

	(void)state;
	buffer_init(&xml, 16u << 20);
	buffer_append_text(&xml, "<fingerprints matches=\"ssh.banner\">");
	for (int i = 0; i <= FINGERPRINTS_MAX; i++)
		buffer_append_text(&xml, "<fingerprint pattern=\"a\"/>");
	buffer_append_text(&xml, "</fingerprints>");
	assert_refused(buffer_text(&xml), "more than 20000");
	while (xml.size <= 8u << 20)
		buffer_append_text(&xml, "                                                                ");
	assert_refused(buffer_text(&xml), "larger than");
	buffer_done(&xml);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_patterns_params_and_templates, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_known_products_bring_their_family, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_other_names_keep_the_family, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_imap_and_others, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bounds, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
