/* SPDX-License-Identifier: ISC */
/* Digests over what servers answered: JA3S, our own hash of the ladder, JARM. */
#ifndef CERTIFICATE_TLS_FINGERPRINT_H
#define CERTIFICATE_TLS_FINGERPRINT_H

#include <stddef.h>

#include "model/observation.h"
#include "model/tls_facts.h"

/* Fills facts->ja3s, facts->ladder and facts->jarm from the same observations that facts came from; "" where the hellos that it takes were not sent.

   ja3s    MD5 over "version,suite,extension-extension" of the ServerHello that answered H1, in decimal (github.com/salesforce/ja3)
   ladder  rule T-41: the first 16 hexadecimal digits of SHA-256 over "H1:...|H2:...|H3:...", each "version.suite.group.extension-extension" in hexadecimal, or "a" and
           the number of the alert, "eof" for a closed or reset connection, "-" for nothing
   jarm    rule T-40: of the hellos TLS_HELLO_JARM_1 to _10; 62 zeros when all were refused, or one was not answered in time */
void tls_fingerprints(const struct observation *observations, size_t count, struct tls_facts *facts);

#endif
