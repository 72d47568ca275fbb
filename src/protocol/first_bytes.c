/* SPDX-License-Identifier: ISC */
/* Telling protocols apart by their first bytes. */
#include "protocol/first_bytes.h"

#include "base/attributes.h"

enum {
	RECORD_ALERT = 0x15,
	RECORD_HANDSHAKE = 0x16,
	TELNET_COMMAND = 0xff,
	MYSQL_GREETING_MAX = 1024,
};

struct beginning {
	const char *text;
	enum wire_protocol protocol;
};

/* Compared without regard to case (rule D-18). */
static const struct beginning MAIL_BEGINNINGS[] = {
	{"+OK", WIRE_POP3}, {"-ERR", WIRE_POP3}, {"* OK", WIRE_IMAP}, {"* BYE", WIRE_IMAP}, {"* PREAUTH", WIRE_IMAP},
};

static const struct beginning OTHER_BEGINNINGS[] = {
	{"SSH-", WIRE_SSH},      {"HTTP/1.", WIRE_HTTP},  {"<html", WIRE_HTTP}, {"<!DOCTYPE", WIRE_HTTP},           {"RFB ", WIRE_VNC},
	{"@RSYNCD", WIRE_RSYNC}, {"<stream:", WIRE_XMPP}, {"<?xml", WIRE_XMPP}, {"\"IMPLEMENTATION\"", WIRE_SIEVE}, {"554 ", WIRE_SMTP},
	{"554-", WIRE_SMTP},     {"500 5.5", WIRE_SMTP},
};

static bool is_beginning_of(struct span bytes, const char *text)
{
	struct span whole = span_from_text(text);

	for (size_t i = 0; i < bytes.size && i < whole.size; i++) {
		unsigned char byte = bytes.data[i];

		if (byte >= 'a' && byte <= 'z')
			byte = (unsigned char)(byte - 'a' + 'A');
		if (byte != whole.data[i])
			return false;
	}
	return true;
}

/* WIRE_POP3, WIRE_IMAP; else may_become_out tells whether more bytes could make it one. */
static enum wire_protocol mail_protocol(struct span bytes, bool *may_become_out)
{
	*may_become_out = false;
	for (size_t i = 0; i < ARRAY_LENGTH(MAIL_BEGINNINGS); i++) {
		if (span_starts_with_text_ignoring_case(bytes, MAIL_BEGINNINGS[i].text))
			return MAIL_BEGINNINGS[i].protocol;
		if (is_beginning_of(bytes, MAIL_BEGINNINGS[i].text))
			*may_become_out = true;
	}
	return WIRE_UNKNOWN;
}

static bool is_reply_code(struct span bytes, const char *code)
{
	return span_starts_with_text(bytes, code) && bytes.size > 3 && (bytes.data[3] == ' ' || bytes.data[3] == '-');
}

/* SMTP and FTP greet with the same numbers: only the text tells. "mail" comes last, as names of hosts contain it. */
static enum wire_protocol number_protocol(struct span bytes)
{
	if (span_contains_text_ignoring_case(bytes, "SMTP"))
		return WIRE_SMTP;
	if (span_contains_text_ignoring_case(bytes, "FTP") || span_contains_text_ignoring_case(bytes, "FileZilla"))
		return WIRE_FTP;
	return span_contains_text_ignoring_case(bytes, "mail") ? WIRE_SMTP : WIRE_SMTP_OR_FTP;
}

static unsigned byte_at(struct span bytes, size_t offset)
{
	return offset < bytes.size ? bytes.data[offset] : 0x100u;
}

static bool is_tls(struct span bytes)
{
	if (bytes.size < 3 || byte_at(bytes, 1) != 3 || byte_at(bytes, 2) > 4)
		return false;
	if (byte_at(bytes, 0) == RECORD_HANDSHAKE)
		return true;
	return byte_at(bytes, 0) == RECORD_ALERT && byte_at(bytes, 3) == 0 && byte_at(bytes, 4) == 2;
}

/* A two-byte header with the high bit, then SERVER-HELLO, or ERROR with its code. */
static bool is_sslv2(struct span bytes)
{
	if (bytes.size < 3 || (byte_at(bytes, 0) & 0x80) == 0)
		return false;
	return byte_at(bytes, 2) == 4 ||
	       (byte_at(bytes, 0) == 0x80 && byte_at(bytes, 1) == 3 && byte_at(bytes, 2) == 0 && byte_at(bytes, 3) == 0);
}

/* Packet length (3 bytes, little-endian), packet number 0, protocol version 10. */
static bool is_mysql(struct span bytes)
{
	if (bytes.size < 5 || byte_at(bytes, 3) != 0 || byte_at(bytes, 4) != 10)
		return false;
	return (byte_at(bytes, 0) | byte_at(bytes, 1) << 8 | byte_at(bytes, 2) << 16) <= MYSQL_GREETING_MAX;
}

bool first_bytes_are_text(struct span bytes)
{
	unsigned first = byte_at(bytes, 0);

	return (first >= 0x20 && first < 0x7f) || first == '\r' || first == '\n' || first == '\t';
}

enum wire_protocol first_bytes_protocol(struct span bytes)
{
	bool may_become_mail;
	enum wire_protocol mail = mail_protocol(bytes, &may_become_mail);

	if (mail != WIRE_UNKNOWN || may_become_mail)
		return mail;
	if (is_mysql(bytes))
		return WIRE_MYSQL;
	if (is_tls(bytes))
		return WIRE_TLS;
	if (is_sslv2(bytes))
		return WIRE_SSLV2;
	if (byte_at(bytes, 0) == TELNET_COMMAND && byte_at(bytes, 1) >= 0xfb && byte_at(bytes, 1) <= 0xfe)
		return WIRE_TELNET;
	if (is_reply_code(bytes, "220") || is_reply_code(bytes, "421"))
		return number_protocol(bytes);
	for (size_t i = 0; i < ARRAY_LENGTH(OTHER_BEGINNINGS); i++) {
		if (span_starts_with_text_ignoring_case(bytes, OTHER_BEGINNINGS[i].text))
			return OTHER_BEGINNINGS[i].protocol;
	}
	return first_bytes_are_text(bytes) && span_find_byte(bytes, '\0') == bytes.size ? WIRE_OTHER_TEXT : WIRE_OTHER_BINARY;
}
