#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Breaks a small tree in every way that a gate must notice: a gate that cannot fail holds nothing.

usage: gates_test.py            needs a C compiler, ar, nm; manual pages only when mandoc is there
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
HEADER = "/* SPDX-License-Identifier: ISC */\n/* What it is. */\n#ifndef {0}\n#define {0}\n\n{1}\n#endif\n"
SOURCE = "/* SPDX-License-Identifier: ISC */\n/* What it is. */\n{0}\n"
LAYERS = """# A small house.
base:
protocol: base
store: base
probe: base protocol
app: everything
only store/sqlite includes sqlite3.h
only probe includes sys/socket.h netinet/
only protocol probe includes protocol/tls/
"""
MANUAL = """.Dd November 1, 2026
.Dt MAILCENSUS-SCAN 1
.Os
.Sh NAME
.Nm mailcensus-scan
.Nd hold conversations
.Sh DESCRIPTION
The options are:
.Bl -tag -width Ds
.It Fl Fl rate Ar number
Connections per second.
.El
"""


class Gate(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="gates-"))
        self.addCleanup(shutil.rmtree, self.root)
        self.write("src/LAYERS", LAYERS)
        self.header("base/span.h")
        self.header("protocol/session.h", '#include "base/span.h"\n')
        self.header("protocol/imap/imap.h")
        self.header("protocol/pop3/pop3.h", '#include "protocol/session.h"\n')
        self.header("protocol/tls/hello.h")
        self.header("store/store.h")
        self.header("store/sqlite/schema.h")
        self.source("protocol/session.c", '#include "protocol/imap/imap.h"\n#include "protocol/tls/hello.h"\n')
        self.source("store/sqlite/sqlite.c", '#include <sqlite3.h>\n#include "store/store.h"\n#include "store/sqlite/schema.h"\n')
        self.source("probe/probe.c", '#include <sys/socket.h>\n#include "protocol/session.h"\n#include "protocol/tls/hello.h"\n')

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def header(self, name, body="int first;\n"):
        body = body if not body.startswith("int first") else f"extern int {name.translate(str.maketrans('/.', '__'))};\n"
        return self.write("src/" + name, HEADER.format(name.upper().translate(str.maketrans("/.", "__")), body))

    def source(self, name, body):
        return self.write("src/" + name, SOURCE.format(body))

    def run_gate(self, gate, *arguments):
        environment = dict(os.environ, PYTHONDONTWRITEBYTECODE="1")
        return subprocess.run([sys.executable, str(HERE / (gate + ".py")), *map(str, arguments)], capture_output=True, text=True, env=environment)

    def accepts(self, gate, *arguments):
        run = self.run_gate(gate, *(arguments or [self.root]))
        self.assertEqual(run.returncode, 0, run.stderr)

    def refuses(self, words, gate, *arguments):
        run = self.run_gate(gate, *(arguments or [self.root]))
        self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
        self.assertIn(words, run.stderr)


class Layers(Gate):
    def test_the_small_house_is_accepted(self):
        self.accepts("layers")

    def test_an_include_without_arrow_is_refused(self):
        self.source("base/span.c", '#include "store/store.h"\n')
        self.refuses("no arrow from base to store", "layers")

    def test_an_arrow_upwards_is_refused(self):
        self.write("src/LAYERS", LAYERS.replace("base:\n", "base: store\n"))
        self.refuses("not listed above it", "layers")

    def test_a_member_must_not_know_its_sibling(self):
        self.source("protocol/pop3/pop3.c", '#include "protocol/imap/imap.h"\n')
        self.refuses("sibling", "layers")
        self.source("protocol/pop3/pop3.c", '#include "protocol/tls/hello.h"\n')
        self.refuses("sibling", "layers")

    def test_a_stranger_must_not_know_a_member(self):
        self.source("app/main.c", '#include "store/sqlite/schema.h"\n')
        self.refuses("include the interface in store/", "layers")

    def test_a_foreign_header_stays_where_it_belongs(self):
        self.source("store/store.c", "#include <sqlite3.h>\n")
        self.refuses("only store/sqlite may include sqlite3.h", "layers")
        self.source("store/store.c", "#  include <netinet/tcp.h>\n")
        self.refuses("only probe may include netinet/tcp.h", "layers")

    def test_everything_is_no_leave_for_foreign_headers_or_members(self):
        self.source("app/main.c", "#include <sqlite3.h>\n")
        self.refuses("only store/sqlite", "layers")
        self.source("app/main.c", '#include "protocol/tls/hello.h"\n')
        self.refuses("only protocol and probe", "layers")

    def test_a_folder_without_a_layer_is_refused(self):
        self.source("misc/x.c", "")
        self.refuses("not in LAYERS", "layers")

    def test_a_relative_include_is_refused(self):
        self.source("base/span.c", '#include "span.h"\n')
        self.refuses("written from src/ on", "layers")

    def test_a_line_that_says_nothing_is_refused(self):
        self.write("src/LAYERS", LAYERS + "store may use probe\n")
        self.refuses("neither", "layers")


class Purity(Gate):
    def library(self, body):
        source = self.source("base/pure.c", body)
        subprocess.run(["cc", "-std=c17", "-D_GNU_SOURCE", "-O1", "-c", str(source), "-o", str(self.root / "pure.c.o")], check=True)
        subprocess.run(["ar", "rcs", str(self.root / "libpure.a"), str(self.root / "pure.c.o")], check=True)
        return self.root / "libpure.a"

    def test_bytes_and_memory_are_allowed(self):
        self.accepts("purity", self.library("#include <string.h>\nint same(const char *a, const char *b);\nint same(const char *a, const char *b) { return strcmp(a, b); }\n"))

    def test_the_world_is_refused(self):
        calls = {
            "clock_gettime": "#include <time.h>\nint f(struct timespec *t); int f(struct timespec *t) { return clock_gettime(CLOCK_MONOTONIC, t); }\n",
            "time": "#include <time.h>\ntime_t f(void); time_t f(void) { return time(0); }\n",
            "socket": "#include <sys/socket.h>\nint f(void); int f(void) { return socket(AF_INET, SOCK_STREAM, 0); }\n",
            "getrandom": "#include <sys/random.h>\nssize_t f(void *p); ssize_t f(void *p) { return getrandom(p, 1, 0); }\n",
            "rand": "#include <stdlib.h>\nint f(void); int f(void) { return rand(); }\n",
            "fopen": "#include <stdio.h>\nFILE *f(void); FILE *f(void) { return fopen(\"x\", \"r\"); }\n",
            "getenv": "#include <stdlib.h>\nchar *f(void); char *f(void) { return getenv(\"HOME\"); }\n",
            "printf": "#include <stdio.h>\nint f(int n); int f(int n) { return printf(\"%d\", n); }\n",
        }
        for name, body in calls.items():
            with self.subTest(name):
                self.refuses(f"wants {name}", "purity", self.library(body))

    def test_a_library_that_shows_nothing_is_refused(self):
        self.refuses("sees no name", "purity", self.library("\n"))

    def test_no_library_is_not_pure(self):
        run = self.run_gate("purity")
        self.assertEqual(run.returncode, 1)


class Headers(Gate):
    def test_the_small_house_is_accepted(self):
        self.accepts("headers")

    def test_a_header_that_needs_another_first_is_refused(self):
        self.header("base/late.h", "bool is_late(size_t size);\n")
        self.refuses("does not compile alone", "headers")

    def test_a_guard_of_another_path_is_refused(self):
        self.write("src/base/copy.h", HEADER.format("BASE_SPAN_H", "extern int copy;\n"))
        self.refuses("include guard is not BASE_COPY_H", "headers")


@unittest.skipIf(shutil.which("mandoc") is None, "mandoc is not installed")
class Manual(Gate):
    def program(self, options):
        path = self.write("program", "#!/bin/sh\necho 'usage: mailcensus scan [options]'\n" + "".join(f"echo '  --{option} N  what it does'\n" for option in options))
        path.chmod(0o755)
        return path

    def test_a_page_with_all_options_is_accepted(self):
        self.write("man/mailcensus-scan.1", MANUAL)
        self.accepts("manual", self.root, self.program(["rate"]))

    def test_an_option_without_item_is_refused(self):
        self.write("man/mailcensus-scan.1", MANUAL)
        self.refuses("--burst is in", "manual", self.root, self.program(["rate", "burst"]))

    def test_an_item_without_option_is_refused(self):
        self.write("man/mailcensus-scan.1", MANUAL)
        self.refuses("--rate has an item", "manual", self.root, self.program(["burst"]))

    def test_bad_mdoc_is_refused(self):
        self.write("man/mailcensus-scan.1", MANUAL.replace(".El\n", ""))
        self.refuses("mailcensus-scan.1", "manual", self.root)

    def test_a_reference_to_no_page_is_refused(self):
        self.write("man/mailcensus-scan.1", MANUAL + ".Sh SEE ALSO\n.Xr mailcensus-gone 1\n")
        self.refuses("mailcensus-gone(1), which does not exist", "manual", self.root)


class Documents(Gate):
    def test_links_that_exist_are_accepted(self):
        self.write("docs/b.md", "# Some heading\n")
        self.write("README.md", "[b](docs/b.md#some-heading), [away](https://example.org/), `src/LAYERS`, `src/NAME.c`\n\n```\n`src/gone.c`\n```\n")
        self.accepts("documents")

    def test_a_link_to_nothing_is_refused(self):
        self.write("README.md", "[b](docs/b.md)\n")
        self.refuses("link to docs/b.md, which does not exist", "documents")

    def test_a_heading_that_is_not_there_is_refused(self):
        self.write("README.md", "# One\n\n[two](#two)\n")
        self.refuses("no such heading", "documents")

    def test_a_path_that_is_not_there_is_refused(self):
        self.write("README.md", "See `src/gone.c`.\n")
        self.refuses("names `src/gone.c`", "documents")


    def test_a_rule_that_nobody_wrote_down_is_refused(self):
        self.write("docs/rules.md", "| rule | says |\n|---|---|\n| D-1 | Lines. |\n| D-3 | Limits. |\n")
        self.source("base/x.c", "/* rules D-1 and D-3, curve P-256 */")
        self.accepts("documents")
        self.source("base/x.c", "/* rules D-1, D-2 */")
        self.refuses("names rule D-2", "documents")


class Conventions(Gate):
    def test_the_small_house_is_accepted(self):
        self.accepts("conventions")

    def test_a_file_without_licence_is_refused(self):
        self.write("src/base/x.c", "int x;\n")
        self.refuses("does not begin with SPDX", "conventions")

    def test_a_file_that_does_not_say_what_it_is_is_refused(self):
        self.write("src/base/x.c", "/* SPDX-License-Identifier: ISC */\nint x;\n")
        self.refuses("does not say", "conventions")

    def test_an_unfinished_mark_is_refused(self):
        self.source("base/x.c", "/* TO" + "DO: the rest */")
        self.refuses("unfinished mark", "conventions")

    def test_a_huge_file_needs_a_reason(self):
        self.source("base/x.c", "int x;\n" * 900)
        self.refuses("not in large_files", "conventions")
        self.write("tests/architecture/large_files", "src/base/x.c one table\n")
        self.accepts("conventions")

    def test_a_reason_for_a_file_that_is_gone_is_refused(self):
        self.write("tests/architecture/large_files", "src/base/x.c one table\n")
        self.refuses("does not exist", "conventions")

    def test_a_test_that_nobody_runs_is_refused(self):
        self.source("base/span_test.c", "")
        self.write("src/base/meson.build", "foreach name : ['other']\n")
        self.refuses("never runs", "conventions")
        self.write("src/base/meson.build", "foreach name : ['span']\n")
        self.accepts("conventions")


FINDING = """const struct finding_rule FINDING_NO_TLS = {
	.id = "no-tls",
	.title = "No TLS",
	.rules = "D-1, D-3",
	.reference = "RFC 8314 4.1",
	.condition = "It holds when "
		     "it holds.",
	.explanation =
		"A \\"long\\" one.",
	.exploit = "",
	.user_sentence = "Beware.",
	.lab = "dovecot-no-tls:143",
	.holds_for_service = holds,
};
"""


class Findings(Gate):
    def setUp(self):
        super().setUp()
        self.source("classify/findings/no_tls.c", FINDING)
        self.source("classify/findings/some_findings_test.c", 'test_holds("no-tls");\n')
        self.write("src/classify/findings/meson.build", "finding_names = [\n  'no_tls',\n]\nfinding_tests = ['some_findings']\n")
        self.write("docs/rules.md", "| rule | says |\n|---|---|\n| D-1 | Lines. |\n| D-3 | Limits. |\n")
        self.write("tests/lab/truth/dovecot.tsv", "# configuration\tports\tverdict\ndovecot-no-tls\t110,143\tno-tls\n")

    def changed(self, old, new):
        self.assertIn(old, FINDING)
        self.source("classify/findings/no_tls.c", FINDING.replace(old, new))

    def test_a_whole_finding_is_accepted(self):
        self.accepts("findings")

    def test_a_finding_that_nobody_asks_is_refused(self):
        self.write("src/classify/findings/meson.build", "finding_names = []\n")
        self.refuses("is not in finding_names", "findings")

    def test_a_name_without_a_finding_is_refused(self):
        self.write("src/classify/findings/meson.build", "finding_names = ['no_tls', 'gone']\n")
        self.refuses("there is no gone.c", "findings")

    def test_a_name_that_stands_twice_is_refused(self):
        self.write("src/classify/findings/meson.build", "finding_names = ['no_tls', 'no_tls']\n")
        self.refuses("listed twice", "findings")

    def test_a_file_that_defines_another_finding_is_refused(self):
        self.changed("FINDING_NO_TLS", "FINDING_OTHER")
        self.refuses("does not define FINDING_NO_TLS", "findings")

    def test_an_id_of_another_name_is_refused(self):
        self.changed('"no-tls"', '"no_tls"')
        self.refuses("its id is no_tls", "findings")

    def test_every_text_has_to_say_something(self):
        for field, value in (("title", '"No TLS"'), ("rules", '"D-1, D-3"'), ("reference", '"RFC 8314 4.1"'), ("user_sentence", '"Beware."'), ("lab", '"dovecot-no-tls:143"')):
            with self.subTest(field):
                self.changed(f".{field} = {value}", f'.{field} = ""')
                self.refuses(f"says nothing as .{field}", "findings")
        self.changed('"A \\"long\\" one."', '" "')
        self.refuses("says nothing as .explanation", "findings")
        self.changed('"It holds when "\n\t\t     "it holds."', '""')
        self.refuses("says nothing as .condition", "findings")

    def test_who_can_exploit_it_has_to_be_said_even_when_nobody_can(self):
        self.changed('\t.exploit = "",\n', "")
        self.refuses("does not say .exploit", "findings")

    def test_a_rule_that_nobody_wrote_down_is_refused(self):
        self.changed("D-1, D-3", "D-1, D-2")
        self.refuses("names rule D-2", "findings")
        self.changed("D-1, D-3", "common sense")
        self.refuses("names no rule", "findings")

    def test_a_reference_to_nothing_is_refused(self):
        self.changed("RFC 8314 4.1", "see above")
        self.refuses("refers to no RFC", "findings")
        self.changed("RFC 8314 4.1", "No RFC says it, but every vendor does")
        self.accepts("findings")

    def test_a_finding_without_a_test_is_refused(self):
        self.source("classify/findings/some_findings_test.c", 'test_holds("tls");\n')
        self.refuses('no unit test of src/classify names "no-tls"', "findings")

    def test_a_finding_that_no_server_shows_is_refused(self):
        self.changed("dovecot-no-tls:143", "dovecot-no-tls:993")
        self.refuses("no row of tests/lab/truth", "findings")
        self.changed("dovecot-no-tls:143", "unit:gone_test")
        self.refuses("there is no such test", "findings")
        self.changed("dovecot-no-tls:143", "unit:some_findings_test")
        self.accepts("findings")


    def test_a_test_whose_result_is_not_counted_is_refused(self):
        self.source("base/span_test.c", "int main(void) { return cmocka_run_group_tests(tests, 0, 0); }")
        self.write("src/base/meson.build", "foreach name : ['span']\n")
        self.refuses("its result is not counted", "conventions")
        self.source("base/span_test.c", "int main(void) { cmocka_set_message_output(CM_OUTPUT_TAP); return cmocka_run_group_tests(tests, 0, 0); }")
        self.accepts("conventions")


class Count(Gate):
    """The last line of script/test is only as honest as what counts for it."""

    def said(self, cases, exit_code):
        log = self.write("log.xml", f"<testsuites><testsuite name='x'>{cases}</testsuite></testsuites>")
        run = subprocess.run([sys.executable, str(HERE.parent / "count.py"), str(log), str(exit_code)], capture_output=True, text=True, check=True)
        return run.stdout.strip()

    def test_every_case_is_counted_once(self):
        cases = "<testcase name='a'/><testcase name='b'><failure/></testcase><testcase name='c'><error/></testcase><testcase name='d'><skipped/></testcase>"
        self.assertEqual(self.said(cases, 1), "1 2 1")

    def test_a_run_that_failed_without_a_failed_case_is_a_failure(self):
        self.assertEqual(self.said("<testcase name='a'/>", 1), "1 1 0")

    def test_no_log_is_a_failure(self):
        run = subprocess.run([sys.executable, str(HERE.parent / "count.py"), str(self.root / "none.xml"), "0"], capture_output=True, text=True, check=True)
        self.assertEqual(run.stdout.strip(), "0 1 0")


@unittest.skipUnless(shutil.which("clang-tidy") and shutil.which("ninja"), "needs clang-tidy and ninja")
class Tidy(Gate):
    """What was read without a finding is not read again, but whatever changes it or what it includes is noticed."""

    GOOD, BAD = "static inline int half(int whole) { return whole / 2; }\n", "static inline int half(int whole) { return whole == 0 ? 1 / whole : 2; }\n"

    def setUp(self):
        super().setUp()
        self.write(".clang-tidy", "Checks: '-*,clang-analyzer-core.DivideZero'\nHeaderFilterRegex: '.*'\n")
        self.write("half.h", self.GOOD)
        self.write("one.c", '#include "half.h"\nint one(int whole);\nint one(int whole) { return half(whole); }\n')
        rule = "rule cc\n command = cc $flags -MD -MF $out.d -c $in -o $out\n depfile = $out.d\n deps = gcc\n"
        self.write("build/build.ninja", rule + "build a.o: cc ../one.c\nbuild b.o: cc ../one.c\n flags = -DBAD\n")
        commands = [{"directory": str(self.root / "build"), "file": "../one.c", "output": output, "command": f"cc {flags} -c ../one.c -o {output}"}
                    for output, flags in (("a.o", "-Ifirst"), ("again.o", "-Isecond"), ("b.o", "-DBAD"))]
        self.write("build/compile_commands.json", json.dumps(commands))
        self.compile()

    def compile(self):
        subprocess.run(["ninja", "-C", self.root / "build"], check=True, capture_output=True)

    def read(self):
        return self.run_gate("tidy", self.root, self.root / "build", 2, self.root / "one.c")

    def kept(self):
        return sum(path.is_file() for path in (self.root / "build" / "tidy").iterdir())

    def test_each_way_to_read_a_file_is_read_once_and_kept(self):
        self.assertEqual(self.read().returncode, 0)
        self.assertEqual(self.kept(), 2)
        self.write("build/tidy/none/compile_commands.json", "")
        self.assertEqual((self.read().returncode, self.kept()), (0, 2))

    def test_a_finding_in_what_is_included_is_told_each_time(self):
        self.assertEqual(self.read().returncode, 0)
        self.write("half.h", self.BAD)
        for _ in range(2):
            answer = self.read() # not compiled since
            self.assertEqual(answer.returncode, 1)
            self.assertIn("Division by zero", answer.stdout)
            self.compile()

    def test_a_finding_of_one_program_alone_is_told(self):
        self.write("half.h", f"#ifdef BAD\n{self.BAD}#else\n{self.GOOD}#endif\n")
        self.assertEqual(self.read().returncode, 1)

    def test_other_checks_are_another_reading(self):
        self.assertEqual(self.read().returncode, 0)
        self.write(".clang-tidy", "Checks: '-*,readability-function-size'\nCheckOptions:\n  - {key: readability-function-size.ParameterThreshold, value: '0'}\n")
        self.assertEqual(self.read().returncode, 1)


if __name__ == "__main__":
    unittest.main()
