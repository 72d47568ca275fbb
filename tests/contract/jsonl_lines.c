/* SPDX-License-Identifier: ISC */
/* Writes JSON lines of hostile and random services to the standard output, for a judge that is not ours (check_jsonl.py). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "records.h"
#include "report/jsonl.h"

enum { LINES = 2000 };

int main(void)
{
	static unsigned char noise[4096];
	static char names[1024];
	static const struct attribution_origin origin = {.source = "a\"file\n.csv", .date = {1787356800000}};
	uint32_t random = 1;
	struct buffer out;

	buffer_init(&out, JSONL_LINE_MAX);
	for (unsigned i = 0; i < LINES; i++) {
		struct service_record service = sample_service(i % 2 == 0 ? "192.0.2.1" : "2001:db8::1", 143, i % 24);
		struct certificate_record certificate = sample_certificate(i % 24);
		struct chain_record chain = sample_chain(i % 24);
		struct finding_record findings[3] = {sample_finding("192.0.2.1", 143, "no-tls", i % 24),
		                                     sample_finding("192.0.2.1", 143, "eol-software", (i + 1) % 24),
		                                     sample_finding("192.0.2.1", 0, "host-mixed", (i + 2) % 24)};
		struct contact_step step = {.match = names, .contact = "abuse@isp.lab,b@isp.lab", .source = names};
		struct contact_chain contact = {.is_never = i % 5 == 0, .to = i % 5 == 0 ? NULL : &step, .copy = i % 3 == 0 ? &step : NULL};
		struct attribution attribution = {.country = "DE",
		                                  .asn = 64500,
		                                  .as_name = names,
		                                  .sector = names,
		                                  .naics = "517",
		                                  .flags = i % 3 == 0 ? ATTRIBUTION_ANYCAST : 0,
		                                  .prefix_length = (int16_t)(i % 33),
		                                  .country_origin = &origin,
		                                  .asn_origin = &origin,
		                                  .name_origin = &origin,
		                                  .prefix_origin = &origin,
		                                  .rpki_origin = &origin,
		                                  .sector_origin = &origin};
		struct hostname_record hostname = {.outcome = (enum hostname_outcome)(i % 4),
		                                   .name = names,
		                                   .is_confirmed = (enum answer)(i / 4 % 3),
		                                   .names = i,
		                                   .unusable = i / 2,
		                                   .looked_up_at = {1795466160123}};
		struct jsonl_service line = {(census_id)i + 1,
		                             &service,
		                             i % 5 == 0 ? NULL : &certificate,
		                             (enum host_verdict)(i % HOST_VERDICT_COUNT),
		                             i % 2 == 0,
		                             i % 7 == 0 ? NULL : &chain,
		                             findings,
		                             i % 3,
		                             &findings[2],
		                             i % 2,
		                             i % 11 == 0 ? NULL : &attribution,
		                             i % 13 == 0 ? NULL : &hostname,
		                             i % 7 == 0 ? NULL : &contact};

		/* What a summary never says: accepted and refused. */
		service.tls_facts.traits_refused = ~service.tls_facts.traits_accepted;
		service.tls_facts.groups_refused = ~service.tls_facts.groups_accepted;

		for (size_t at = 0; at < sizeof(noise); at++) {
			random = random * 1664525u + 1013904223u;
			noise[at] = (unsigned char)(random >> (i % 3 == 0 ? 24 : 25));
		}
		for (size_t at = 0; at + 1 < sizeof(names); at++)
			names[at] = (char)(noise[at] != 0 ? noise[at] : ' ');
		if (i >= 24) {
			service.greeting = service.upgrade_reply = span_make(noise, i % 512);
			service.capabilities_before = span_make(noise, i * 2 % sizeof(noise));
			certificate.names = names;
			chain.missing_issuer = names;
			findings[0].evidence = findings[2].evidence = span_make(noise, i % 480);
		}
		buffer_clear(&out);
		jsonl_append_service(&line, &out);
		if (out.overflowed || fwrite(out.data, 1, out.size, stdout) != out.size)
			return 1;
	}
	buffer_done(&out);
	return 0;
}
