/* SPDX-License-Identifier: ISC */
/* The files of data/ as they were when the program was built. */
#ifndef SOFTWARE_BUILT_IN_H
#define SOFTWARE_BUILT_IN_H

#include <stddef.h>

extern const unsigned char BUILT_IN_FINGERPRINTS[];
extern const size_t BUILT_IN_FINGERPRINTS_SIZE;
extern const unsigned char BUILT_IN_SUPPORT[];
extern const size_t BUILT_IN_SUPPORT_SIZE;
/* Test lines; only the tests are linked with them. */
extern const unsigned char BUILT_IN_SAMPLES[];
extern const size_t BUILT_IN_SAMPLES_SIZE;

#endif
