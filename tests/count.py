#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Says PASSED FAILED SKIPPED of a meson test run, each case of a TAP test counted.

usage: count.py testlog.junit.xml MESON_EXIT_CODE

Believes the worse of the two: a run that meson calls failed has at least one failure, and one without a log is a failure.
"""
import sys
import xml.etree.ElementTree


def main():
    path, is_failed = sys.argv[1], int(sys.argv[2]) != 0
    passed = failed = skipped = 0
    try:
        cases = list(xml.etree.ElementTree.parse(path).iter("testcase"))
    except (OSError, xml.etree.ElementTree.ParseError):
        cases, is_failed = [], True
    for case in cases:
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif case.find("skipped") is not None:
            skipped += 1
        else:
            passed += 1
    if is_failed and failed == 0:
        failed = 1
    print(passed, failed, skipped)


if __name__ == "__main__":
    main()
