#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Reads C files with clang-tidy, several at a time; any finding fails. script/lint is the word for people.

A file that several programs are built from is read once. What was read without a finding is not read again in this build folder while
neither the file, nor what it includes, nor its flags, nor .clang-tidy, nor clang-tidy itself is another.
usage: tidy.py ROOT BUILD_FOLDER JOBS FILE...
"""
import concurrent.futures
import functools
import hashlib
import json
import os
import shlex
import subprocess
import sys

# Options of a command that say where its output goes, and how many words follow each.
OUTPUT_OPTIONS = {"-o": 1, "-MF": 1, "-MQ": 1, "-MD": 0, "-c": 0}


def flags_of(entry):
    """The command without its program, its outputs and its source: what decides how the file is read."""
    words = entry["arguments"] if "arguments" in entry else shlex.split(entry["command"])
    flags, skipped = [], 0
    for word in words[1:]:
        if skipped:
            skipped -= 1
        elif word in OUTPUT_OPTIONS:
            skipped = OUTPUT_OPTIONS[word]
        elif word != entry["file"]:
            flags.append(word)
    return flags


def meaning_of(flags):
    """Two commands that differ in folders of headers alone read the same file: a header's name says its folder."""
    return tuple(flag for flag in flags if not flag.startswith("-I"))


def entries_of(folder):
    """absolute path: the commands that read it differently. What the build does not compile has no flags to be read with."""
    found = {}
    with open(os.path.join(folder, "compile_commands.json"), encoding="utf-8") as file:
        for entry in json.load(file):
            path = os.path.normpath(os.path.join(entry["directory"], entry["file"]))
            found.setdefault(path, {}).setdefault(meaning_of(flags_of(entry)), entry)
    return {path: list(entries.values()) for path, entries in found.items()}


def read_includes(folder):
    """output: all files that were read to compile it, as ninja noted them."""
    found, output = {}, None
    for line in subprocess.run(["ninja", "-C", folder, "-t", "deps"], check=True, capture_output=True, text=True).stdout.splitlines():
        if line.startswith("    "):
            found[output].append(os.path.normpath(os.path.join(folder, line.strip())))
        elif ": #deps " in line:
            output = line.split(": #deps ")[0]
            found[output] = []
    return found


class Reader:
    def __init__(self, root, folder):
        self.folder, self.place, self.includes = folder, os.path.join(folder, "tidy"), read_includes(folder)
        os.makedirs(self.place, exist_ok=True)
        version = subprocess.run(["clang-tidy", "--version"], check=True, capture_output=True).stdout
        self.common = version.decode() + self.digest(os.path.join(root, ".clang-tidy"))

    @functools.lru_cache(None)
    def digest(self, path):
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()

    def key(self, path, entry):
        """Names all that a reading depends on. None: this was not compiled since it changed, so nobody knows what it includes now."""
        try:
            includes = self.includes[entry["output"]]
            compiled_at = os.stat(os.path.join(self.folder, entry["output"])).st_mtime_ns
            if not includes or max(os.stat(include).st_mtime_ns for include in includes) > compiled_at:
                return None
            parts = [self.common, path, *flags_of(entry), *(include + self.digest(include) for include in includes)]
        except (KeyError, OSError):
            return None
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def read(self, path, entry):
        """What clang-tidy has against a file; nothing when all is well."""
        key = self.key(path, entry)
        clean = os.path.join(self.place, key) if key else None
        if clean and os.path.exists(clean):
            return ""
        # One command a process: clang-tidy 14 mistakes va_start from the second one on.
        with_flags = os.path.join(self.place, hashlib.sha256(f"{path}\0{entry['output']}".encode()).hexdigest()[:16])
        os.makedirs(with_flags, exist_ok=True)
        with open(os.path.join(with_flags, "compile_commands.json"), "w", encoding="utf-8") as file:
            json.dump([entry], file)
        answer = subprocess.run(["clang-tidy", "--quiet", "-p", with_flags, "--warnings-as-errors=*", path], capture_output=True, text=True)
        if answer.returncode != 0:
            return answer.stdout or f"{path}: clang-tidy ended with {answer.returncode}\n{answer.stderr}"
        if clean and not answer.stdout:
            open(clean, "w", encoding="utf-8").close()
        return ""


def main():
    root, folder, jobs, *files = sys.argv[1:]
    entries = entries_of(folder)
    reader = Reader(root, folder)
    work = [(path, entry) for path in {os.path.abspath(file) for file in files} for entry in entries.get(path, [])]
    # The longest first, so that nobody waits for one at the end.
    work.sort(key=lambda item: (-os.path.getsize(item[0]), item[0]))
    findings = 0
    with concurrent.futures.ThreadPoolExecutor(int(jobs)) as pool:
        for said in pool.map(lambda item: reader.read(*item), work):
            findings += bool(said)
            print(said, end="", flush=True)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
