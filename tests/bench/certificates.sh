#!/bin/sh
# SPDX-License-Identifier: ISC
# usage: script/bench certificates
#
# How many chains are judged in a second of CPU time, each for the first time and again from the cache.
exec "$(dirname -- "$0")/../../build/release/tests/bench/judge_chains"
