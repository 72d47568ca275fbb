# SPDX-License-Identifier: ISC
# usage: script/bench packet_cost [COUNT]
#
# What one packet costs to build and to read, in nanoseconds of processor time and without a kernel: cookies, SYNs from the template, segments, checksums.
exec "${MAILCENSUS%/src/app/mailcensus}/tests/bench/packet_cost" "$@"
