#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Holds that the pure libraries cannot reach the world: no socket, clock, random number, file or environment.

usage: purity.py LIBRARY.a...

Asks `nm` which names the libraries leave to others. What is not on the list below is refused, so that a new function of the C library
is a decision and not an accident.
"""
import re
import subprocess
import sys

import tree

# Memory, bytes, texts, numbers: the result depends on the arguments alone.
ALLOWED = {
    "malloc", "calloc", "realloc", "free", "abort", "__assert_fail", "__stack_chk_fail",
    "memcpy", "memmove", "memset", "memcmp", "memchr", "memrchr", "memmem", "bcmp", "explicit_bzero",
    "strlen", "strnlen", "strcmp", "strncmp", "strchr", "strrchr", "strstr", "strcasecmp", "strncasecmp", "strdup", "strndup",
    "snprintf", "vsnprintf", "qsort", "bsearch", "gmtime_r", "timegm", "div", "ldiv",
    "__memcpy_chk", "__memmove_chk", "__memset_chk", "__snprintf_chk", "__vsnprintf_chk", "__explicit_bzero_chk",
    "_GLOBAL_OFFSET_TABLE_", "__stack_chk_guard",
}
# What a build with sanitizers, coverage or a fuzzer adds.
ALLOWED_PREFIXES = ("__asan_", "__ubsan_", "__sanitizer_", "__sancov", "__gcov_", "__llvm_", "__start___", "__stop___", "__tsan_")
UNDEFINED = re.compile(r"^\s+[Uwv] (\S+)$")
DEFINED = re.compile(r"^[0-9a-f]+ [A-Z] (\S+)$")  # a name that is local to one file excuses no other
MEMBER = re.compile(r"^(\S+\.o):$")


def names_of(library):
    """What the library defines, and (object, name) for each name it leaves to others."""
    text = subprocess.run(["nm", library], check=True, capture_output=True, text=True).stdout
    member, defined, wanted = "", set(), []
    for line in text.splitlines():
        if MEMBER.match(line):
            member = MEMBER.match(line).group(1)
        elif UNDEFINED.match(line):
            wanted.append((member, UNDEFINED.match(line).group(1).split("@")[0]))
        elif DEFINED.match(line):
            defined.add(DEFINED.match(line).group(1))
    return defined, wanted


def is_allowed(name):
    return name in ALLOWED or name.startswith(ALLOWED_PREFIXES)


def main():
    libraries = sys.argv[1:]
    defined, wanted, unreadable = set(), [], []
    for library in libraries:
        own, others = names_of(library)
        if not own:
            unreadable.append(f"{library}: nm sees no name in it, so nothing can be said of it")
        defined |= own
        wanted += [(library, member, name) for member, name in others]
    problems = unreadable + [f"{library.rpartition('/')[2]}({member}) wants {name}: not allowed in a pure folder"
                             for library, member, name in wanted if name not in defined and not is_allowed(name)]
    if not libraries:
        problems.append("no library given")
    tree.tell("purity", f"{len(libraries)} libraries, {len(defined)} names of their own", problems)


if __name__ == "__main__":
    main()
