/* SPDX-License-Identifier: ISC */
/* accepts-everything: an open port that means nothing, because all are open and say nothing, or all the same. */
#include "classify/evidence.h"
#include "classify/finding_rule.h"

static bool says_anything(const struct host_view *view)
{
	for (size_t i = 0; i < view->service_count; i++) {
		for (size_t k = 0; k < view->services[i].observation_count; k++) {
			if (view->services[i].observations[k].greeting.size > 0)
				return true;
		}
	}
	return false;
}

static bool holds(const struct host_view *view, struct finding *finding)
{
	bool is_first = true;

	if (view->judgement->verdict != HOST_FALSE)
		return false;
	evidence_say(finding, "connections are accepted, and %s, on port ", says_anything(view) ? "the same is said" : "nothing is said");
	for (size_t i = 0; i < view->service_count; i++) {
		if (view->services[i].judgement->verdict != VERDICT_FALSE_HOST)
			continue;
		evidence_say(finding, "%s%u%s", is_first ? "" : ", ", view->services[i].port,
		             (view->services[i].observations[0].flags & OBSERVED_CANARY) != 0 ? " (which nobody uses)" : "");
		is_first = false;
	}
	return true;
}

const struct finding_rule FINDING_ACCEPTS_EVERYTHING = {
	.id = "accepts-everything",
	.scope = FINDING_OF_HOST,
	.severity = SEVERITY_INFO,
	.title = "Accepts every connection, and says nothing, or the same on each port",
	.rules = "D-7",
	.reference = "Izhikevich et al., LZR, USENIX Security 2021",
	.condition = "Every mail port that was asked accepts connections and stays silent, and so does a random port between 40000 and "
		     "60000; or, in a "
		     "prefix whose addresses all look alike, each port that accepts greets with the same bytes as such a random port.",
	.explanation =
		"Something in front of this address, a SYN proxy, a firewall, a tarpit or a trap, completes connections to any port by "
		"itself. "
		"There is no "
		"mail server behind them, or none that we could reach, so it is counted as none. If mail is meant to be served here, let "
		"the connections through; if not, a firewall that refuses keeps the address out of every scanner's list.",
	.exploit = "",
	.user_sentence = "No mail server answers at this address.",
	.lab = "accepts-everything:143",
	.holds_for_host = holds,
};
