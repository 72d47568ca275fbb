#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A report of ten times as many services needs no more memory, in any format, and of thousands of files few are open.

usage: report_memory_test.py REPORT_SAMPLE
"""
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile

FORMATS = ("shadowserver", "intelmq", "jsonl", "html", "markdown", "tables", "zgrab2", "stix", "cef", "xarf", "openmetrics")
FEW, MANY = 12000, 90000  # services; both meet all of the 4,096 networks and 500 products
# What a format kept of each service, be it 64 bytes, would be more. Allocators and the kernel are not exact to the page.
GROWTH_KB = 4000
OPEN_FILES = 100


def peak(sample, folder, form, owner, services):
    """Kilobytes of memory at most, and how many files there are."""
    output = folder / "out"
    environment = dict(os.environ, ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1:detect_leaks=0:malloc_context_size=1")
    done = subprocess.run([sample, form, str(output), owner, "raw", "plain", f"many:{services}"], env=environment, stderr=subprocess.PIPE, text=True,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES)))
    files = len(list(output.iterdir())) if output.is_dir() else 1
    shutil.rmtree(output) if output.is_dir() else output.unlink(missing_ok=True)
    if done.returncode != 0:
        raise SystemExit(f"{form} of {services} services failed: {done.stderr}")
    return int(re.search(r"VmHWM:\s*(\d+) kB", done.stderr).group(1)), files


def main():
    sample, failed = sys.argv[1], 0
    cases = [(form, "all") for form in FORMATS] + [("shadowserver", "asn")]
    print(f"1..{len(cases)}")
    # In memory where there is some: what is measured is the program, not the disk.
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as name:
        for number, (form, owner) in enumerate(cases, 1):
            (few, _), (many, files) = (peak(sample, pathlib.Path(name), form, owner, services) for services in (FEW, MANY))
            good = many - few < GROWTH_KB and (owner == "all" or files > 4096)
            failed += not good
            print(f"{'ok' if good else 'not ok'} {number} - {form} by {owner}: {few} kB for {FEW} services, {many} kB for {MANY}, {files} files")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
