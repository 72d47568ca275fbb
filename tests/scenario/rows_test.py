#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Holds that every row of the rulebook's dialogue and quirk tables for POP3 and IMAP has a scenario: its first comment lines name the rows it shows.

usage: rows_test.py ROOT
"""
import pathlib
import re
import sys

RULES = {"D": 18, "P": 10, "I": 14, "W": 5}
VECTORS = [*range(1, 18), *range(20, 33)]  # 18 and 19 are of SMTP and ManageSieve
RECORDED = {  # the servers of table 3.3
    "imap": ["dovecot23-default", "dovecot23-plain-allowed", "dovecot23-ssl-required", "dovecot23-nossl-allowed", "dovecot23-nossl-forbidden", "dovecot23-cram-apop-nossl",
             "dovecot24-default", "dovecot24-cleartext-allowed", "courier-default", "courier-tls-required", "courier-no-tls", "cyrus-plain-allowed", "cyrus-plain-forbidden",
             "cyrus-no-certificate", "mailutils-default", "mailutils-tls-required", "nginx-starttls-on", "nginx-starttls-only", "nginx-starttls-off", "perdition-tls-optional",
             "perdition-tls-forced"],
}
RECORDED["pop3"] = RECORDED["imap"] + ["popa3d", "solid-pop3d", "stunnel"]


def main():
    folders = pathlib.Path(sys.argv[1]) / "src" / "protocol"
    named = set()
    for path in folders.glob("*/scenarios/*.scenario"):
        comment = " ".join(line for line in path.read_text(encoding="ascii").splitlines() if line.startswith("#"))
        named.update(re.findall(r"\b[DPIW]-\d+\b", comment))
        for numbers in re.findall(r"[Vv]ectors? (\d+(?:(?:, | and )\d+)*)", comment):
            named.update(f"vector {number}" for number in re.findall(r"\d+", numbers))
    wanted = [f"{letter}-{number}" for letter, last in RULES.items() for number in range(1, last + 1)] + [f"vector {number}" for number in VECTORS]
    problems = [f"no scenario names {row}" for row in wanted if row not in named]
    for protocol, servers in RECORDED.items():
        problems += [f"{protocol}: no scenario of {server}" for server in servers if not (folders / protocol / "scenarios" / f"3-3-{server}.scenario").is_file()]
    for problem in problems:
        print(f"rows: {problem}", file=sys.stderr)
    print(f"rows: {len(wanted)} rows and {sum(map(len, RECORDED.values()))} recorded servers, {len(problems)} problems")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
