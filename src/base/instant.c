/* SPDX-License-Identifier: ISC */
/* Arithmetic on instants, and wall time as text (own calendar arithmetic: no environment, no time zone). */
#include "base/instant.h"

#include <stdio.h>

#include "base/character.h"

static const int64_t LAST_MS = 253402300799999; /* 9999-12-31T23:59:59.999Z */

struct instant instant_after_ms(struct instant start, int64_t ms)
{
	return (struct instant){.ns = start.ns + ms * 1000000};
}

int64_t instant_ms_between(struct instant earlier, struct instant later)
{
	int64_t ns = later.ns - earlier.ns;

	return ns >= 0 ? ns / 1000000 : -((-ns + 999999) / 1000000);
}

bool instant_is_before(struct instant a, struct instant b)
{
	return a.ns < b.ns;
}

struct instant instant_earlier_of(struct instant a, struct instant b)
{
	return instant_is_before(b, a) ? b : a;
}

struct instant instant_later_of(struct instant a, struct instant b)
{
	return instant_is_before(a, b) ? b : a;
}

void timestamp_format(struct timestamp timestamp, char text[TIMESTAMP_TEXT_SIZE])
{
	int64_t ms = timestamp.unix_ms < 0 ? 0 : timestamp.unix_ms > LAST_MS ? LAST_MS : timestamp.unix_ms;
	int64_t seconds = ms / 1000;
	int64_t second_of_day = seconds % 86400;
	/* Days to civil date in the proleptic Gregorian calendar, counted from 0000-03-01 so that the leap day comes last. */
	int64_t days = seconds / 86400 + 719468;
	int64_t era = days / 146097;
	int64_t day_of_era = days - era * 146097;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t shifted_month = (5 * day_of_year + 2) / 153;
	int64_t day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
	int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
	int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);

	(void)snprintf(text, TIMESTAMP_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", (int)year, (int)month, (int)day,
	               (int)(second_of_day / 3600), (int)(second_of_day / 60 % 60), (int)(second_of_day % 60), (int)(ms % 1000));
}

/* Exactly so many digits from the front of the text. */
static bool take_number(struct span *text, size_t digits, int64_t minimum, int64_t maximum, int64_t *number_out)
{
	int64_t number = 0;

	if (text->size < digits)
		return false;
	for (size_t i = 0; i < digits; i++) {
		if (!character_is_digit(text->data[i]))
			return false;
		number = 10 * number + (text->data[i] - '0');
	}
	*text = span_part(*text, digits, text->size);
	*number_out = number;
	return number >= minimum && number <= maximum;
}

static bool take_byte(struct span *text, char byte)
{
	if (text->size == 0 || text->data[0] != (unsigned char)byte)
		return false;
	*text = span_part(*text, 1, text->size);
	return true;
}

static bool take_day(struct span *text, int64_t *days_out)
{
	static const int LENGTHS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int64_t year, month, day, shifted_year, shifted_month;
	bool is_leap_year;

	if (!take_number(text, 4, 1970, 9999, &year) || !take_byte(text, '-') || !take_number(text, 2, 1, 12, &month) ||
	    !take_byte(text, '-'))
		return false;
	is_leap_year = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	if (!take_number(text, 2, 1, LENGTHS[month - 1] + (month == 2 && is_leap_year ? 1 : 0), &day))
		return false;
	shifted_year = month > 2 ? year : year - 1;
	shifted_month = month > 2 ? month - 3 : month + 9;
	*days_out = 365 * shifted_year + shifted_year / 4 - shifted_year / 100 + shifted_year / 400 + (153 * shifted_month + 2) / 5 + day -
	            1 - 719468;
	return true;
}

static bool take_fraction(struct span *text, int64_t *ms_out)
{
	int64_t worth = 100;

	*ms_out = 0;
	if (!take_byte(text, '.'))
		return true;
	if (text->size == 0 || !character_is_digit(text->data[0]))
		return false;
	for (; text->size > 0 && character_is_digit(text->data[0]); worth /= 10) {
		*ms_out += worth * (text->data[0] - '0');
		*text = span_part(*text, 1, text->size);
	}
	return true;
}

static bool take_offset(struct span *text, int64_t *minutes_out)
{
	int64_t hours, minutes;
	bool is_behind = text->size > 0 && text->data[0] == '-';

	*minutes_out = 0;
	if (take_byte(text, 'Z') || take_byte(text, 'z'))
		return true;
	if ((!is_behind && !take_byte(text, '+')) || (is_behind && !take_byte(text, '-')))
		return false;
	if (!take_number(text, 2, 0, 23, &hours) || !take_byte(text, ':') || !take_number(text, 2, 0, 59, &minutes))
		return false;
	*minutes_out = (is_behind ? -1 : 1) * (60 * hours + minutes);
	return true;
}

bool timestamp_parse(struct span text, struct timestamp *timestamp_out)
{
	int64_t days, hours, minutes, seconds, ms, offset;

	if (!take_day(&text, &days))
		return false;
	timestamp_out->unix_ms = days * 86400 * 1000;
	if (text.size == 0)
		return true;
	if (!take_byte(&text, 'T') && !take_byte(&text, 't') && !take_byte(&text, ' '))
		return false;
	if (!take_number(&text, 2, 0, 23, &hours) || !take_byte(&text, ':') || !take_number(&text, 2, 0, 59, &minutes) ||
	    !take_byte(&text, ':') || !take_number(&text, 2, 0, 60, &seconds) || !take_fraction(&text, &ms) || !take_offset(&text, &offset))
		return false;
	timestamp_out->unix_ms += ((hours * 60 + minutes - offset) * 60 + seconds) * 1000 + ms;
	return text.size == 0 && timestamp_out->unix_ms >= 0 && timestamp_out->unix_ms <= LAST_MS;
}
