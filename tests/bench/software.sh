# SPDX-License-Identifier: ISC
# usage: script/bench software [COUNT]
#
# How many servers a second can be named by what they said, and what reading the fingerprints costs.
exec "${MAILCENSUS%/src/app/mailcensus}/tests/bench/software_bench" "$@"
