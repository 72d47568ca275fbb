#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What show, stats and export tell of a census whose services have findings, software, chains and TLS facts.

usage: facts_test.py MAILCENSUS FACTS_DATABASE
"""
import json
import os
import subprocess
import sys
import tempfile

NUMBER = 0
FAILED = 0


def say(good, name, detail=""):
    global NUMBER, FAILED
    NUMBER += 1
    FAILED += not good
    print(f"{'ok' if good else 'not ok'} {NUMBER} - {name}")
    if not good:
        print("".join(f"# {line}\n" for line in str(detail).splitlines()), end="")


def missing_lines(text, lines):
    """Those that are not there, however their blanks are."""
    have = {" ".join(line.split()) for line in text.splitlines()}
    return [line for line in lines if line not in have]


def main():
    mailcensus, filler = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        database = os.path.join(folder, "facts.db")
        subprocess.run([filler, database], check=True)

        def run(*words):
            return subprocess.run([mailcensus, *words, "--database", database], capture_output=True, text=True, check=True, timeout=60).stdout

        shown = run("show", "192.0.2.1")
        for name, text, lines in (
            ("show tells TLS, chain, software and findings by their names", shown, [
                "low host-mixed: 143 differs from 110",
                "TLS proven (hello h1), TLSv1.2, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, group x25519",
                "key EC 256 bits, prime256v1, RSA-SHA256",
                "trust system incomplete, Mozilla none",
                "missing CN=Example CA",
                "versions TLSv1.0 TLSv1.2 TLSv1.3",
                "refused SSLv3",
                "weakest suite TLS_RSA_WITH_RC4_128_SHA",
                "suites with aead rc4",
                "never with export",
                "groups X25519MLKEM768 x25519",
                "post-quantum yes",
                "has secure renegotiation",
                "has not command injection",
                "looked at depth full, in 14 conversations",
                "software Dovecot 2.2.36\\x1b (by its habits), of Debian",
                "support ended, vendor's date 2025-01-24",
                "medium login-before-tls (low confidence): -ERR \\x00 AUTH=PLAIN before TLS\\x1b[2J",
                "info tls-no-post-quantum",
            ]),
            ("stats counts each beside what it could be told of", run("stats"), [
                "login-before-tls medium 1 3 33.3 %",
                "host-mixed low 1 2 50.0 %",
                "none 2 3 66.7 %",
                "Dovecot 1 3 33.3 %",
                "(unknown) 2 3 66.7 %",
                "TLSv1.0 1 1 100.0 % 2",
                "TLSv1.2 3 3 100.0 % 0",
                "SSLv3 0 1 0.0 % 2",
                "post-quantum 1 3 33.3 % 0",
            ]),
        ):
            missing = missing_lines(text, lines)
            say(not missing, name, f"missing: {missing}\nin:\n{text}")
        say("gone-the-second-time" not in shown, "findings of an earlier judgement are gone", shown)
        say(shown.index("login-before-tls (") < shown.index("tls-no-post-quantum"), "the worst finding comes first", shown)
        say("\x1b" not in shown, "nothing steers the terminal", repr(shown))

        stats = json.loads(run("stats", "--json"))
        say(stats["assessed"] == {"services": 3, "hosts": 2, "mail_services": 3, "tls_services": 3}, "stats --json tells how many were looked at", stats)
        say(stats["findings"][0] == {"name": "login-before-tls", "severity": "medium", "services": 1, "of": 3}, "stats --json begins with the worst", stats)
        say(stats["tls_accepts"]["TLSv1.0"] == {"yes": 1, "no": 0, "unknown": 2}, "stats --json never counts unknown as no", stats)

        lines = [json.loads(line) for line in run("export", "--format", "jsonl").splitlines()]
        deep = [line for line in lines if line["address"] == "192.0.2.1" and line["port"] == 143][0]
        plain = [line for line in lines if line["address"] == "192.0.2.2" and line["port"] == 993][0]
        say([finding["id"] for finding in deep["findings"]] == ["login-before-tls", "tls-no-post-quantum"], "export has the findings, worst first", deep)
        say([finding["id"] for finding in deep["host"]["findings"]] == ["host-mixed"], "export has the host's own findings", deep)
        say(deep["chain"]["trust"] == {"system": "incomplete", "mozilla": "none"} and deep["chain"]["judged_at"] == "2026-11-23T20:36:00.123Z", "export has the chain, judged once", deep)
        say(deep["software"]["support"]["state"] == "ended" and deep["tls"]["certificate"]["curve"] == "prime256v1", "export has software and certificate", deep)
        say(plain["tls_facts"] is None and plain["software"] is None and plain["findings"] == [] and plain["chain"] is None, "what was never looked at is null", plain)
    print(f"1..{NUMBER}")
    return 1 if FAILED else 0


if __name__ == "__main__":
    sys.exit(main())
