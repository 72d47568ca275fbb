/* SPDX-License-Identifier: ISC */
/* What the servers of the simulated Internet say, word by word as real ones were heard; and the classes of hosts that are made of them. */
#ifndef WORLD_PERSONA_H
#define WORLD_PERSONA_H

#include <stdint.h>

#include "population.h"

/* Replies are whole; in those of IMAP a % stands for the client's tag. NULL: as `other`. */
struct persona {
	const char *name;
	bool is_imap;
	const char *greeting;
	const char *capability; /* to CAPA or CAPABILITY */
	const char *upgrade;    /* to STLS or STARTTLS */
	const char *bare_auth;  /* to AUTH without an argument */
	const char *identity;   /* to ID */
	const char *farewell;   /* to QUIT or LOGOUT; the server then closes */
	const char *other;
};

enum service_kind {
	SERVICE_CLOSED,      /* RST */
	SERVICE_FILTERED,    /* nothing */
	SERVICE_UNREACHABLE, /* ICMP, administratively prohibited */
	SERVICE_DIALOGUE,    /* persona speaks; what follows an agreed upgrade is tls */
	SERVICE_TLS,         /* tls from the first byte */
	SERVICE_SYN_PROXY,   /* accepts with a window of 0 and without options, then nothing */
	SERVICE_MUTE,        /* accepts, then nothing */
	SERVICE_TARPIT,      /* its greeting comes byte by byte, very slowly */
};

/* What answers a hello. */
enum tls_kind {
	TLS_KIND_NONE,    /* it is closed */
	TLS_KIND_ECDSA,   /* TLS 1.2, ECDHE, P-256 */
	TLS_KIND_RSA,     /* TLS 1.2, ECDHE, RSA 2048 */
	TLS_KIND_STATIC,  /* TLS 1.2, RSA key exchange */
	TLS_KIND_TLS_1_0, /* nothing newer than TLS 1.0, RSA key exchange */
};
enum { TLS_KINDS = TLS_KIND_TLS_1_0 + 1 };

struct service {
	enum service_kind kind;
	const struct persona *persona;
	enum tls_kind tls;
	const char *verdict; /* of mailcensus; alternatives separated by | */
};

enum host_group { GROUP_WITHOUT_TLS, GROUP_WITH_TLS, GROUP_OTHER };
enum { GROUPS = GROUP_OTHER + 1 };

struct host_class {
	const char *name;
	enum host_group group;
	uint32_t weight;                           /* share within its group */
	struct service services[POPULATION_PORTS]; /* 110, 143, 993, 995 */
	enum service_kind elsewhere;               /* on all other ports */
	const char *host_verdict;
};

extern const struct host_class HOST_CLASSES[];
extern const uint32_t HOST_CLASS_COUNT;

/* POPULATION_SILENT when there is none of that name. */
uint32_t host_class_by_name(const char *name);
/* What a host of this class is in the world before or after, when that becomes of it; POPULATION_SILENT: not there. What a change cannot happen to stays as it is in both. */
uint32_t host_class_changed(uint32_t class, enum population_change change, bool is_before);
const struct service *host_class_service(uint32_t class, uint16_t port);
enum population_action host_class_action(uint32_t class, uint32_t slot, bool kernel_accepts);

#endif
