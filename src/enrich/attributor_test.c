/* SPDX-License-Identifier: ISC */
/* Tests of the order in which sources are asked, and of what is told of each value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "enrich/attributor.h"

static char folder[] = "/tmp/attributor_test_XXXXXX";

/* A file in the folder; the name stays valid until the next but three. */
static const char *file_with(const char *name, const char *text)
{
	static char paths[4][256];
	static unsigned next;
	char *path = paths[next++ % 4];
	FILE *file;

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	assert_int_equal(fclose(file), 0);
	return path;
}

static struct attribution look_up(const struct attributor *attributor, const char *text)
{
	struct attribution attribution;
	struct ip_address address;
	char country[3];
	uint32_t asn;

	assert_true(ip_address_parse(span_from_text(text), &address));
	attributor_look_up(attributor, address, &attribution);
	attributor_look_up_network(attributor, address, country, &asn);
	assert_string_equal(country, attribution.country);
	assert_int_equal(asn, attribution.asn);
	return attribution;
}

static void first_that_knows_counts(void **state)
{
	const char *files[] = {file_with("country.csv", "prefix,country\n192.0.2.0/24,DE\n198.51.100.0/24,EU\n"),
	                       file_with("network.csv",
	                                 "prefix,country,asn,as_name\n192.0.0.0/16,FR,64500,One\n198.51.100.0/24,NL,64501,Two\n"
	                                 "203.0.113.0/24,EU,64502,\n"),
	                       file_with("sector.csv", "asn,as_name,sector\n64500,Other,Finance\n64502,Three,\n")};
	struct attributor_options options = {.files = files, .file_count = 3, .without_default = true};
	struct error error = {{0}};
	struct attributor *attributor = attributor_open(&options, &error);
	struct attribution found;

	(void)state;
	assert_non_null(attributor);
	found = look_up(attributor, "192.0.2.1");
	assert_string_equal(found.country, "DE");
	assert_string_equal(found.country_origin->source, "country.csv");
	assert_int_equal(found.asn, 64500);
	assert_string_equal(found.asn_origin->source, "network.csv");
	assert_string_equal(found.as_name, "One");
	assert_string_equal(found.sector, "Finance");
	assert_string_equal(found.sector_origin->source, "sector.csv");
	assert_int_equal(found.prefix_length, 16);   /* of the network, not of the country */
	found = look_up(attributor, "198.51.100.1"); /* EU is no country: the next one is asked */
	assert_string_equal(found.country, "NL");
	assert_string_equal(found.country_reserved, "");
	found = look_up(attributor, "203.0.113.1");
	assert_string_equal(found.country, "");
	assert_string_equal(found.country_reserved, "EU");
	assert_null(found.country_origin);
	assert_string_equal(found.as_name, "Three");
	assert_string_equal(attributor_network_name(attributor, 64501), "Two");
	assert_string_equal(attributor_network_name(attributor, 1), "");
	found = look_up(attributor, "2001:db8::1");
	assert_int_equal(found.asn, 0);
	assert_string_equal(found.as_name, "");
	attributor_close(attributor);
}

static void built_in_data_are_sound(void **state)
{
	struct attributor_options options = {.without_system = true};
	struct attributor *attributor = attributor_open(&options, NULL);
	struct attribution found;

	(void)state;
	assert_non_null(attributor);
	assert_int_equal(attributor_source_count(attributor), 1);
	assert_string_equal(attributor_source_at(attributor, 0).place, "built in");
	found = look_up(attributor, "193.0.6.139"); /* RIPE NCC, which stays where it is */
	assert_string_equal(found.country, "NL");
	assert_int_equal(found.asn, 3333);
	assert_non_null(strstr(found.country_origin->notice, "CC BY-SA 4.0"));
	attributor_close(attributor);
}

static void files_that_cannot_be_read_are_told(void **state)
{
	const char *files[] = {"/nonexistent/file"};
	struct attributor_options options = {.files = files, .file_count = 1};
	struct error error = {{0}};

	(void)state;
	assert_null(attributor_open(&options, &error));
	assert_non_null(strstr(error.text, "/nonexistent/file cannot be read"));
	files[0] = folder;
	assert_null(attributor_open(&options, &error));
	assert_non_null(strstr(error.text, "Is a directory"));
	files[0] = file_with("empty", "");
	assert_null(attributor_open(&options, &error));
	assert_non_null(strstr(error.text, "is no file of a kind"));
	files[0] = file_with("false.snapshot", "MCATTRIB");
	options.directory = folder;
	options.file_count = 0;
	assert_null(attributor_open(&options, &error));
	assert_non_null(strstr(error.text, "false.snapshot"));
	assert_int_equal(unlink(files[0]), 0);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
	static const char *const names[] = {"country.csv", "network.csv", "sector.csv", "empty"};
	char path[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		(void)unlink(path);
	}
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_that_knows_counts),
		cmocka_unit_test(built_in_data_are_sound),
		cmocka_unit_test(files_that_cannot_be_read_are_told),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
