# SPDX-License-Identifier: ISC
# usage: script/bench frames [FRAMES [ROUNDS]]
#
# What a frame costs by each way of sending and receiving, without and with the kernel's receive work, beside sendmmsg. Needs root for namespaces of its own.
exec "${MAILCENSUS%/src/app/mailcensus}/tests/bench/frames_bench" "$@"
