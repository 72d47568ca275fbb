#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The advice command, and that the table in docs/advice.md says what the program says.

usage: advice_test.py PROGRAM ROOT [--write]

With --write the table is made anew.
"""
import json
import pathlib
import subprocess
import sys

BEGIN, END = "<!-- table: made by tests/command/advice_test.py --write -->\n", "<!-- end of table -->\n"


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def note(self, is_good, what, detail=""):
        self.count += 1
        self.failed += not is_good
        print(f"{'ok' if is_good else 'not ok'} {self.count} - {what}")
        if not is_good and detail:
            print("\n".join(f"# {line}" for line in str(detail).splitlines()))


def run(program, *arguments):
    return subprocess.run([program, "advice", *arguments], capture_output=True, text=True, timeout=20)


def pieces_of(program, *arguments):
    return [json.loads(line) for line in run(program, *arguments, "--json").stdout.splitlines()]


def table(pieces):
    lines = ["| advice | software | for | tested with |\n", "|---|---|---|---|\n"]
    for piece in pieces:
        findings = " ".join(f"`{finding}`" for finding in piece["findings"])
        lines.append(f"| `{piece['id']}` | {piece['software'] or 'any'} | {findings} | {piece['tested_with'] or '-'} |\n")
    return "".join(lines)


def parts_of(text):
    """Before, the table, after."""
    before, rest = text.split(BEGIN)
    old, after = rest.split(END)
    return before + BEGIN, old, END + after


def check_document(tap, program, path, is_writing):
    before, old, after = parts_of(path.read_text())
    new = table(pieces_of(program))
    if is_writing and new != old:
        path.write_text(before + new + after)
        old = new
    tap.note(old == new, "docs/advice.md has the table that the program has", "make it anew: tests/command/advice_test.py PROGRAM ROOT --write")


def check_command(tap, program):
    found = pieces_of(program, "no-tls", "--software", "dovecot-2.3", "--host", "imap.example.net", "--port", "143", "--certificate", "/c.pem", "--key", "/k.pem")
    tap.note([piece["id"] for piece in found] == ["dovecot-2.3-require-tls"], "one piece for one software", found)
    tap.note("ssl_cert = </c.pem\nssl_key = </k.pem\n" in found[0]["lines"], "the files that were named are in the lines", found[0]["lines"])
    tap.note(found[0]["verify"].splitlines() == ["mailcensus check imap.example.net:143 --watch-for no-tls",
                                                 "openssl s_client -connect imap.example.net:143 -starttls imap -brief </dev/null"],
             "the commands look at the host and port that were named", found[0]["verify"])
    text = run(program, "cert-expired", "--software", "zimbra").stdout
    tap.note("From documentation; not tested by us." in text, "what was not tested says so", text)
    tap.note(all(len(line) <= 80 or line.startswith("    ") for line in text.splitlines()), "prose fits into 80 columns", text)
    tap.note(run(program).stdout.startswith("ID "), "without a finding there is a list")
    tap.note([piece["software"] for piece in pieces_of(program, "--software", "perdition")] == ["perdition"] * 5, "the list of one software")
    for arguments, words in ((["no-such-finding"], "nothing is known"), (["no-tls", "--software", "x"], "no software 'x'"), (["a", "b"], "one finding at a time"),
                             (["no-tls", "--port", "70000"], "port")):
        answer = run(program, *arguments)
        tap.note(answer.returncode == 2 and words in answer.stderr and not answer.stdout, f"wrong: {' '.join(arguments)}", answer.stderr)


def main():
    program, root = sys.argv[1], pathlib.Path(sys.argv[2])
    tap = Tap()
    check_document(tap, program, root / "docs" / "advice.md", "--write" in sys.argv[3:])
    check_command(tap, program)
    print(f"1..{tap.count}")
    sys.exit(1 if tap.failed else 0)


if __name__ == "__main__":
    main()
