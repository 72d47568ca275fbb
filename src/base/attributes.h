/* SPDX-License-Identifier: ISC */
/* What a compiler can check for us: results that must be looked at, printf formats. */
#ifndef BASE_ATTRIBUTES_H
#define BASE_ATTRIBUTES_H

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_FORMAT(format_index, first_index) __attribute__((format(printf, format_index, first_index)))
#define NEVER_NULL __attribute__((returns_nonnull))
#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#endif
