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

/* The small one of a capital; any other byte stays as it is. */
static inline unsigned char character_small(unsigned char byte)
{
	return byte >= 'A' && byte <= 'Z' ? (unsigned char)(byte - 'A' + 'a') : byte;
}

/* What a hexadecimal digit of either case is worth; -1: it is none. */
static inline int character_hex_value(unsigned char byte)
{
	if (character_is_digit(byte))
		return byte - '0';
	if (byte >= 'a' && byte <= 'f')
		return byte - 'a' + 10;
	if (byte >= 'A' && byte <= 'F')
		return byte - 'A' + 10;
	return -1;
}

#endif
