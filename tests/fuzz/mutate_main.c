/* SPDX-License-Identifier: ISC */
/* Runs a fuzz target on seeds and on seeded pseudo-random mutations of them: the same inputs on every machine, without clang.

   Every input lies in memory of exactly its size, so that a sanitizer sees one byte too far. The input that kills the process is written
   to crash-TARGET-RUN in the current folder and shown in hexadecimal; `TARGET_mutate --input FILE` runs it again. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/memory.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Some targets set themselves up; the others do without. */
__attribute__((weak)) int LLVMFuzzerInitialize(int *count, char ***arguments);
/* Present when a sanitizer is linked. */
/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the name is theirs. */
__attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)(void));

enum {
	SEEDS_MAX = 4096,
	INPUT_SIZE_MAX = 64 * 1024,
	GROWTH_MAX = 4096, /* a mutated seed is at most this much larger: keeps the rate up */
	MUTATIONS_MAX = 8, /* stacked on one input */
	HEX_SHOWN_MAX = 512,
	HANG_SECONDS = 20, /* on one input */
};

struct seed {
	unsigned char *data;
	size_t size;
};

struct options {
	uint64_t runs;
	uint64_t seed;
	const char *input; /* one file, run once */
};

static struct seed seeds[SEEDS_MAX];
static size_t seed_count;

/* What is being run, for whoever has to write down why it died. */
static const char *target_name;
static char crash_name[256];
static size_t crash_name_size;
static const unsigned char *current_data;
static size_t current_size;
static volatile uint64_t current_run;

/* Words that mail servers and TLS stacks say, whole or as their tricky parts. */
static const char *const WORDS[] = {
	"+OK ",
	"-ERR ",
	"+OK\r\n",
	"-ERR\r\n",
	".\r\n",
	"\r\n",
	"\n",
	"\r",
	"* OK ",
	"* PREAUTH ",
	"* BYE ",
	"* CAPABILITY ",
	"[CAPABILITY ",
	"]",
	"m1 OK ",
	"m1 NO ",
	"m1 BAD ",
	"m2 OK\r\n",
	"m4 OK ",
	"m4 NO ",
	"m4 BAD ",
	"m5 OK ",
	"m9 OK ",
	"* BAD ",
	"* NO ",
	"IMAP4rev1",
	"IMAP4rev2",
	"STARTTLS",
	"STLS",
	"LOGINDISABLED",
	"AUTH=PLAIN",
	"AUTH=CRAM-MD5",
	"SASL PLAIN LOGIN",
	"USER",
	"UIDL",
	"TOP",
	"XXXXXXXX",
	"{5}\r\n",
	"{99999}\r\n",
	"{5+}\r\n",
	"[SYS/TEMP]",
	"[AUTH]",
	"[IN-USE]",
	"<1.2@a>",
	"* ID (",
	"NIL",
	"\"",
	"\\",
	"220 ",
	"SSH-2.0-",
	"HTTP/1.1 400 ",
	"RFB 003.008\n",
	"@RSYNCD: ",
	"\xff\xfd\x18",
	"<?xml",
	"\x16\x03\x01",
	"\x16\x03\x03",
	"\x15\x03\x01\x00\x02\x02\x28",
	"\x14\x03\x03\x00\x01\x01",
	"\x17\x03\x03",
	"\x02\x00\x00",
	"\x0b\x00\x00",
	"\x0c\x00\x00",
	"\x0e\x00\x00",
	"\x03\x04",
	"\x00\x2b\x00\x02\x03\x04",
	"\x80\x2e\x04",
	"\x30\x82",
	"\x30\x80",
	"\x06\x03\x55\x04\x03",
	"192.0.2.",
	"/24",
	"/128",
	"::",
	"2001:db8::",
	"[",
	"]:",
	",",
	"-",
	"#",
	"0.0.0.0/0",
	"255.255.255.255",
	"outcome=",
	"alpn=",
	"leaf=",
	"expected=",
	" ",
	"=",
	"\xe2\x80\xae",
	"\xef\xbb\xbf",
	"\xed\xa0\x80",
	"\xf4\x90\x80\x80",
	"\xc0\xaf",
	"\x1b[31m",
};

static const uint32_t INTERESTING[] = {0,        1,          2,          0x7f,       0x80,  0xff,  0x100, 0x7fff, 0x8000, 0xffff, 0x10000,
                                       0xffffff, 0x7fffffff, 0x80000000, 0xffffffff, 16384, 16640, 512,   4096,   8192,   32768};

/* SplitMix64: every seed is a good one. */
static uint64_t random_state;

static uint64_t random_next(void)
{
	uint64_t value = random_state += 0x9e3779b97f4a7c15u;

	value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
	value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
	return value ^ (value >> 31);
}

/* 0 .. limit-1; 0 when limit is 0. */
static size_t random_below(size_t limit)
{
	return limit == 0 ? 0 : (size_t)(random_next() % limit);
}

/* write() only, from here to on_tick: these are called while the process dies. */
static void say(const char *text)
{
	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		return;
}

/* Writes number before end and gives its first digit; no printf in a signal handler. */
static char *digits_before(char *end, uint64_t number)
{
	do {
		*--end = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	return end;
}

static void say_number(uint64_t number)
{
	char digits[24];

	digits[sizeof(digits) - 1] = '\0';
	say(digits_before(digits + sizeof(digits) - 1, number));
}

static void say_input(void)
{
	static const char digits[] = "0123456789abcdef";
	char pair[3] = "";
	size_t shown = current_size < HEX_SHOWN_MAX ? current_size : HEX_SHOWN_MAX;

	for (size_t i = 0; i < shown; i++) {
		pair[0] = digits[current_data[i] >> 4];
		pair[1] = digits[current_data[i] & 15];
		say(pair);
	}
	say(shown < current_size ? "...\n" : "\n");
}

/* crash_name was made before the first run, with room for the number of the run at its end. */
static void keep_input(void)
{
	char number[24];
	char *first;
	int file;

	number[sizeof(number) - 1] = '\0';
	first = digits_before(number + sizeof(number) - 1, current_run);
	memcpy(crash_name + crash_name_size, first, strlen(first) + 1);
	file = open(crash_name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (file < 0)
		return;
	if (write(file, current_data, current_size) == (ssize_t)current_size) {
		say("kept as ");
		say(crash_name);
		say("\n");
	}
	(void)close(file);
}

static void tell_death(void)
{
	static bool told;

	if (told || current_data == NULL)
		return;
	told = true;
	say("\n");
	say(target_name);
	say(": run ");
	say_number(current_run);
	say(" died of an input of ");
	say_number(current_size);
	say(" bytes:\n");
	say_input();
	keep_input();
}

static void on_death(int signal_number)
{
	tell_death();
	(void)signal(signal_number, SIG_DFL);
	(void)raise(signal_number);
}

static void on_tick(int signal_number)
{
	static uint64_t last_run;
	static unsigned seconds;

	(void)signal_number;
	seconds = current_run == last_run ? seconds + 1 : 0;
	last_run = current_run;
	if (seconds >= HANG_SECONDS) {
		say("hangs: ");
		tell_death();
		_exit(1);
	}
}

static void watch_for_death(void)
{
	const struct itimerval every_second = {.it_interval = {.tv_sec = 1}, .it_value = {.tv_sec = 1}};

	(void)signal(SIGABRT, on_death);
	if (__sanitizer_set_death_callback != NULL) {
		__sanitizer_set_death_callback(tell_death);
	} else {
		(void)signal(SIGSEGV, on_death);
		(void)signal(SIGBUS, on_death);
		(void)signal(SIGFPE, on_death);
		(void)signal(SIGILL, on_death);
	}
	(void)signal(SIGALRM, on_tick);
	(void)setitimer(ITIMER_REAL, &every_second, NULL);
}

static void run_once(const unsigned char *data, size_t size)
{
	/* A fresh allocation of this size; one byte for the empty input, never read. */
	unsigned char *copy = memory_allocate(size > 0 ? size : 1, 1);

	if (size > 0)
		memcpy(copy, data, size);
	current_data = copy;
	current_size = size;
	(void)LLVMFuzzerTestOneInput(copy, size);
	current_data = NULL;
	current_run++;
	free(copy);
}

static bool read_whole(const char *path, struct seed *seed_out)
{
	FILE *file = fopen(path, "rb");
	size_t size;

	if (file == NULL)
		return false;
	seed_out->data = memory_allocate(INPUT_SIZE_MAX, 1);
	size = fread(seed_out->data, 1, INPUT_SIZE_MAX, file);
	(void)fclose(file);
	seed_out->data = memory_resize(seed_out->data, size > 0 ? size : 1, 1);
	seed_out->size = size;
	return true;
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* In the order of names, so that the runs are the same everywhere. */
static bool read_folder(const char *folder)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, NULL, compare_names);

	if (count < 0) {
		(void)fprintf(stderr, "%s: %s\n", folder, strerror(errno));
		return false;
	}
	for (int i = 0; i < count; i++) {
		char path[4096];
		struct stat status;

		(void)snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		if (seed_count < SEEDS_MAX && stat(path, &status) == 0 && S_ISREG(status.st_mode) && read_whole(path, &seeds[seed_count]))
			seed_count++;
		free(entries[i]);
	}
	free(entries);
	return true;
}

struct input {
	unsigned char data[INPUT_SIZE_MAX];
	size_t size;
	size_t max;
};

static void input_insert(struct input *input, size_t at, const void *bytes, size_t size)
{
	if (size > input->max - input->size)
		size = input->max - input->size;
	memmove(input->data + at + size, input->data + at, input->size - at);
	memcpy(input->data + at, bytes, size);
	input->size += size;
}

static void input_delete(struct input *input, size_t at, size_t size)
{
	memmove(input->data + at, input->data + at + size, input->size - at - size);
	input->size -= size;
}

/* Mostly short, sometimes as long as it can be. */
static size_t random_length(size_t available)
{
	size_t limit = random_below(4) > 0 && available > 32 ? 32 : available;

	return limit == 0 ? 0 : 1 + random_below(limit);
}

static void mutate_flip_bit(struct input *input)
{
	if (input->size > 0)
		input->data[random_below(input->size)] ^= (unsigned char)(1u << random_below(8));
}

static void mutate_set_byte(struct input *input)
{
	if (input->size > 0)
		input->data[random_below(input->size)] = (unsigned char)random_next();
}

static void mutate_insert_bytes(struct input *input)
{
	unsigned char bytes[64] = {0};
	size_t size = 1 + random_below(sizeof(bytes));
	bool is_repeated = random_below(2) == 0;

	for (size_t i = 0; i < size; i++)
		bytes[i] = is_repeated && i > 0 ? bytes[0] : (unsigned char)random_next();
	input_insert(input, random_below(input->size + 1), bytes, size);
}

static void mutate_delete_block(struct input *input)
{
	size_t at = random_below(input->size);

	if (input->size > 0)
		input_delete(input, at, random_length(input->size - at));
}

static void mutate_cut(struct input *input)
{
	input->size = random_below(input->size + 1);
}

static void mutate_copy_block(struct input *input)
{
	unsigned char block[1024];
	size_t from = random_below(input->size);
	size_t size = random_length(input->size - from);

	if (input->size == 0)
		return;
	if (size > sizeof(block))
		size = sizeof(block);
	memcpy(block, input->data + from, size);
	if (random_below(2) == 0) {
		input_insert(input, random_below(input->size + 1), block, size);
	} else {
		size_t to = random_below(input->size);

		memcpy(input->data + to, block, size < input->size - to ? size : input->size - to);
	}
}

static void mutate_integer(struct input *input)
{
	size_t width = (size_t)1 << random_below(3);
	uint32_t value = INTERESTING[random_below(ARRAY_LENGTH(INTERESTING))];
	bool is_big_endian = random_below(3) > 0;
	size_t at;

	if (input->size < width)
		return;
	at = random_below(input->size - width + 1);
	for (size_t i = 0; i < width; i++)
		input->data[at + i] = (unsigned char)(value >> (8 * (is_big_endian ? width - 1 - i : i)));
}

static void mutate_nudge_byte(struct input *input)
{
	if (input->size > 0)
		input->data[random_below(input->size)] +=
			(unsigned char)(random_below(2) == 0 ? 1 + random_below(16) : 256 - 1 - random_below(16));
}

static void mutate_word(struct input *input)
{
	const char *word = WORDS[random_below(ARRAY_LENGTH(WORDS))];

	input_insert(input, random_below(input->size + 1), word, strlen(word));
}

/* The front of this input and the back of another seed, or a piece of it in the middle. */
static void mutate_splice(struct input *input)
{
	const struct seed *other = &seeds[random_below(seed_count)];
	size_t from = random_below(other->size);

	if (other->size == 0)
		return;
	if (random_below(2) == 0) {
		input->size = random_below(input->size + 1);
		input_insert(input, input->size, other->data + from, other->size - from);
	} else {
		input_insert(input, random_below(input->size + 1), other->data + from, random_length(other->size - from));
	}
}

static void mutate(struct input *input)
{
	static void (*const mutations[])(struct input *) = {mutate_flip_bit, mutate_set_byte,   mutate_insert_bytes, mutate_delete_block,
	                                                    mutate_cut,      mutate_copy_block, mutate_integer,      mutate_nudge_byte,
	                                                    mutate_word,     mutate_word,       mutate_splice};
	size_t times = 1 + random_below(MUTATIONS_MAX);

	for (size_t i = 0; i < times; i++)
		mutations[random_below(ARRAY_LENGTH(mutations))](input);
}

/* Half of the inputs are mutated seeds, half are mutated once more from the input before: they wander further. */
static void run_mutations(uint64_t runs)
{
	static struct input input;

	while (current_run < runs) {
		if (input.max == 0 || random_below(2) == 0) {
			const struct seed *seed = &seeds[random_below(seed_count)];

			input.size = seed->size;
			input.max = seed->size + GROWTH_MAX < INPUT_SIZE_MAX ? seed->size + GROWTH_MAX : INPUT_SIZE_MAX;
			if (seed->size > 0)
				memcpy(input.data, seed->data, seed->size);
		}
		mutate(&input);
		run_once(input.data, input.size);
	}
}

static void show_help(void)
{
	(void)printf(
		"usage: %s [--runs N] [--seed N] FOLDER...\n"
		"       %s --input FILE\n"
		"Runs the fuzz target on every file of the folders, then on mutations of them until N inputs were run (default 20000).\n"
		"The same seed (default 1) and files give the same inputs. Exit code 0: nothing was found.\n",
		target_name, target_name);
}

static bool parse_options(int count, char **arguments, struct options *options)
{
	for (int i = 1; i < count; i++) {
		bool has_value = i + 1 < count;

		if (strcmp(arguments[i], "--help") == 0) {
			show_help();
			exit(0);
		}
		if (has_value && (strcmp(arguments[i], "--runs") == 0 || strcmp(arguments[i], "--seed") == 0)) {
			uint64_t *number = arguments[i][2] == 'r' ? &options->runs : &options->seed;

			if (!text_parse_unsigned(span_from_text(arguments[++i]), UINT64_MAX, number))
				return false;
		} else if (has_value && strcmp(arguments[i], "--input") == 0) {
			options->input = arguments[++i];
		} else if (arguments[i][0] == '-' || !read_folder(arguments[i])) {
			return false;
		}
	}
	return options->input != NULL || seed_count > 0;
}

static double seconds_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int run_one_file(const char *path)
{
	struct seed seed;

	if (!read_whole(path, &seed)) {
		(void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return 2;
	}
	run_once(seed.data, seed.size);
	(void)printf("%s: %zu bytes from %s, nothing found\n", target_name, seed.size, path);
	free(seed.data);
	return 0;
}

int main(int count, char **arguments)
{
	struct options options = {.runs = 20000, .seed = 1};
	const char *slash = strrchr(arguments[0], '/');
	double began, took;

	target_name = slash != NULL ? slash + 1 : arguments[0];
	if (!parse_options(count, arguments, &options)) {
		(void)fprintf(stderr, "%s: no seeds, or an argument that is none; see --help\n", target_name);
		return 2;
	}
	if (LLVMFuzzerInitialize != NULL)
		(void)LLVMFuzzerInitialize(&count, &arguments);
	(void)snprintf(crash_name, sizeof(crash_name) - 24, "crash-%s-", target_name);
	crash_name_size = strlen(crash_name);
	watch_for_death();
	if (options.input != NULL)
		return run_one_file(options.input);
	random_state = options.seed;
	began = seconds_now();
	run_once((const unsigned char *)"", 0);
	for (size_t i = 0; i < seed_count; i++)
		run_once(seeds[i].data, seeds[i].size);
	run_mutations(options.runs);
	took = seconds_now() - began;
	(void)printf("%s: %llu inputs (%zu seeds) in %.1f s, %.0f per second, nothing found\n", target_name,
	             (unsigned long long)current_run, seed_count, took, took > 0 ? (double)current_run / took : 0.0);
	for (size_t i = 0; i < seed_count; i++)
		free(seeds[i].data);
	return 0;
}
