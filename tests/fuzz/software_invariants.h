/* SPDX-License-Identifier: ISC */
/* What holds of every struct software, whatever tables and servers say. */
#ifndef FUZZ_SOFTWARE_INVARIANTS_H
#define FUZZ_SOFTWARE_INVARIANTS_H

#include <stdlib.h>
#include <string.h>

#include "software/fingerprints.h"

static const struct timestamp FUZZ_NOW = {.unix_ms = INT64_C(1795478400000)}; /* 2026-11-24 */

static void require(bool is_true)
{
	if (!is_true)
		abort();
}

#define REQUIRE_ENDS(text) require(memchr(text, '\0', sizeof(text)) != NULL)

static void require_same(const struct software *a, const struct software *b)
{
	require(strcmp(a->product, b->product) == 0 && strcmp(a->version, b->version) == 0 && strcmp(a->vendor, b->vendor) == 0);
	require(strcmp(a->fingerprint, b->fingerprint) == 0 && strcmp(a->distribution, b->distribution) == 0);
	require(strcmp(a->front, b->front) == 0 && strcmp(a->library, b->library) == 0 && strcmp(a->cpe, b->cpe) == 0);
	require(a->family == b->family && a->confidence == b->confidence && a->is_version_certain == b->is_version_certain);
	require(a->support == b->support && strcmp(a->support_ends, b->support_ends) == 0);
	require(strcmp(a->support_source, b->support_source) == 0);
	require(a->library_support == b->library_support && strcmp(a->library_ends, b->library_ends) == 0);
}

static void require_sound(const struct software *software)
{
	static const struct software NOTHING = {.family = FAMILY_UNKNOWN};

	REQUIRE_ENDS(software->product);
	REQUIRE_ENDS(software->version);
	REQUIRE_ENDS(software->vendor);
	REQUIRE_ENDS(software->fingerprint);
	REQUIRE_ENDS(software->distribution);
	REQUIRE_ENDS(software->front);
	REQUIRE_ENDS(software->library);
	REQUIRE_ENDS(software->cpe);
	REQUIRE_ENDS(software->support_ends);
	REQUIRE_ENDS(software->support_source);
	REQUIRE_ENDS(software->library_ends);
	require((int)software->family >= 0 && (int)software->family < SOFTWARE_FAMILY_COUNT);
	if (software->product[0] == '\0')
		require_same(software, &NOTHING);
	if (software->confidence == CONFIDENCE_LOW) /* rule V-4 */
		require(software->support == SUPPORT_UNKNOWN && !software->is_version_certain);
	require(!software->is_version_certain || software->version[0] != '\0');
	require(software->cpe[0] == '\0' || strncmp(software->cpe, "cpe:2.3:", 8) == 0);
}

/* The bytes as what a server said: taken apart within their bounds, and judged soundly. */
static void require_sound_for(const struct fingerprints *fingerprints, enum wire_protocol protocol, struct span bytes)
{
	struct observation observation;
	struct software_evidence evidence;
	struct software software, again;
	struct buffer normalised;

	observation_init(&observation);
	buffer_init(&normalised, 1024);
	observation.protocol = protocol;
	observation.flags = OBSERVED_CAPABILITY_REFUSED;
	observation.upgrade = UPGRADE_REFUSED;
	buffer_append(&observation.greeting, bytes);
	buffer_append(&observation.capabilities_before, bytes);
	buffer_append(&observation.identity, bytes);
	buffer_append(&observation.upgrade_reply, bytes);
	software_evidence_from(&observation, &normalised, &evidence);
	require(evidence.greeting.size <= observation.greeting.size && evidence.raw_greeting.size <= observation.greeting.size);
	require(evidence.implementation.size <= observation.capabilities_before.size);
	require(!normalised.overflowed);
	software_identify(fingerprints, &evidence, FUZZ_NOW, &software);
	software_identify(fingerprints, &evidence, FUZZ_NOW, &again);
	require_sound(&software);
	require_same(&software, &again);
	observation_done(&observation);
	buffer_done(&normalised);
}

#endif
