/* SPDX-License-Identifier: ISC */
/* Named groups for key exchange (IANA registry "TLS Supported Groups"; RFC 8422, RFC 7919, RFC 8446 4.2.7), each with a bit of its own for sets. */
#ifndef MODEL_TLS_GROUP_H
#define MODEL_TLS_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TLS_GROUP_BITS_MAX = 32 };

/* Position in the list of all groups that we offer, which is also its bit in a set: never reordered, only appended. -1: not in the list. */
int tls_group_bit(uint16_t group);
/* The reverse; 0 beyond the list. */
uint16_t tls_group_at(unsigned bit);
/* "X25519MLKEM768", "x25519", "secp256r1", ...; NULL: unknown. */
const char *tls_group_name(uint16_t group);
/* A group with ML-KEM in it, alone or as hybrid (rule T-33); the retired Kyber drafts are not. */
bool tls_group_is_post_quantum(uint16_t group);
/* The retired drafts 0x6399 and 0x639a. */
bool tls_group_is_post_quantum_draft(uint16_t group);
/* Bits of the strength as a classical group: 255 for x25519, 256, 2048 ...; 0: unknown. */
unsigned tls_group_bits(uint16_t group);
/* Sets by which the ladder asks: all that TLS 1.3 may use, and the post-quantum ones of these (drafts too). */
uint32_t tls_groups_all(void);
uint32_t tls_groups_post_quantum(void);

#endif
