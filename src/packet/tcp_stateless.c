/* SPDX-License-Identifier: ISC */
/* What can be said of a segment without a connection: whether it opens one, and what answers a stranger. */
#include "packet/tcp_client.h"

bool tcp_opening_from(const struct tcp_segment *syn_ack, uint32_t own_sequence, struct tcp_opening *opening_out)
{
	if ((syn_ack->flags & (TCP_SYN | TCP_ACK | TCP_RST)) != (TCP_SYN | TCP_ACK) || syn_ack->acknowledgement != own_sequence + 1)
		return false;
	*opening_out = (struct tcp_opening){
		.own_sequence = own_sequence,
		.host_sequence = syn_ack->sequence,
		.window = syn_ack->window,
		.mss = syn_ack->mss,
		.window_shift = syn_ack->window_shift,
		.has_window_shift = syn_ack->has_window_shift,
		.has_timestamps = syn_ack->has_timestamps,
		.may_sack = syn_ack->may_sack,
		.timestamp = syn_ack->timestamp,
		.timestamp_echo = syn_ack->timestamp_echo,
	};
	return true;
}

bool tcp_reset_for(const struct tcp_segment *segment, struct tcp_segment *reset_out)
{
	uint32_t length = (uint32_t)segment->payload.size + ((segment->flags & TCP_SYN) != 0) + ((segment->flags & TCP_FIN) != 0);

	if ((segment->flags & TCP_RST) != 0)
		return false;
	*reset_out = (struct tcp_segment){
		.source = segment->destination,
		.destination = segment->source,
		.source_port = segment->destination_port,
		.destination_port = segment->source_port,
		.flags = TCP_RST,
	};
	if ((segment->flags & TCP_ACK) != 0) {
		reset_out->sequence = segment->acknowledgement;
	} else {
		reset_out->flags |= TCP_ACK;
		reset_out->acknowledgement = segment->sequence + length;
	}
	return true;
}
