#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Holds that each header compiles alone and has the include guard of its path.

usage: headers.py ROOT [COMPILER]
"""
import concurrent.futures
import os
import subprocess
import sys

import tree

FLAGS = ["-fsyntax-only", "-x", "c", "-std=c17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-Wno-pragma-once-outside-header"]


def folders_of(packages):
    """Where headers of packages are that lie in a folder of their own."""
    run = subprocess.run(["pkg-config", "--cflags-only-I", *packages], capture_output=True, text=True)
    return run.stdout.split()


FLAGS += folders_of(["libpq"])


def problem_with(compiler, source, path):
    relative = path.relative_to(source).as_posix()
    guard = relative.upper().replace("/", "_").replace(".", "_").replace("-", "_")
    text = tree.text_of(path)
    if f"#ifndef {guard}\n#define {guard}\n" not in text:
        return f"src/{relative}: include guard is not {guard}"
    run = subprocess.run([compiler, *FLAGS, f"-I{source}", str(path)], capture_output=True, text=True)
    if run.returncode != 0:
        first = next((line for line in run.stderr.splitlines() if "error" in line), run.stderr.strip()[:200])
        return f"src/{relative}: does not compile alone: {first}"
    return None


def main():
    source = tree.pathlib.Path(sys.argv[1]) / "src"
    compiler = sys.argv[2] if len(sys.argv) > 2 else "cc"
    paths = tree.files(source, ".h")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(lambda path: problem_with(compiler, source, path), paths)
    tree.tell("headers", f"{len(paths)} headers", [problem for problem in found if problem])


if __name__ == "__main__":
    main()
