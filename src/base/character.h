/* SPDX-License-Identifier: ISC */
/* Kinds of ASCII bytes, whatever the locale is. */
#ifndef BASE_CHARACTER_H
#define BASE_CHARACTER_H

#include <stdbool.h>

static inline bool character_is_digit(unsigned char byte)
{
	return byte >= '0' && byte <= '9';
}

static inline bool character_is_letter(unsigned char byte)
{
	return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

#endif
