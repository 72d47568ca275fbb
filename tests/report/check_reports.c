/* SPDX-License-Identifier: ISC */
/* Prints reports as JSON lines, hostile ones too, for a validator that is not ours. */
#include <stdio.h>

#include "base/attributes.h"
#include "check_sample.h"
#include "report/check_json.h"

static void print(const struct check_report *report)
{
	struct buffer out;

	buffer_init(&out, CHECK_JSON_MAX);
	check_json_render(report, &out);
	(void)fwrite(out.data, 1, out.size, stdout);
	buffer_done(&out);
}

int main(void)
{
	static const char *const texts[] = {"\033[2J\"\\", "\xe2\x80\xae\xff\xc0\xaf", "\xed\xa0\x80 a\tb\nc", ""};
	static unsigned char every_byte[1024];

	print(sample_bad());
	print(sample_good());
	print(sample_several());
	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++)
		print(sample_hostile(span_from_text(texts[i])));
	for (size_t i = 0; i < sizeof(every_byte); i++)
		every_byte[i] = (unsigned char)(i + 1);
	print(sample_hostile(span_make(every_byte, sizeof(every_byte))));
	return 0;
}
