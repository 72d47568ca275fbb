# SPDX-License-Identifier: ISC
# What the scripts share; sourced, not run. Each script's --help is the comment at its top.

set -eu
ROOT=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# Debian's meson belongs to Debian's Python; some machines have another one first.
PATH=/usr/bin:$PATH
LC_ALL=C.UTF-8
export PATH LC_ALL

if [ -t 2 ] && [ "${CI:-}" = "" ] && [ "${NO_COLOR:-}" = "" ]; then
	BOLD=$(printf '\033[1m') PLAIN=$(printf '\033[0m')
else
	BOLD='' PLAIN=''
fi

say() {
	printf '%s==> %s%s\n' "$BOLD" "$*" "$PLAIN" >&2
}

# fail CODE SENTENCE: 1 something failed, 2 called wrongly.
fail() {
	code=$1
	shift
	printf '%s: %s\n' "$(basename -- "$0")" "$*" >&2
	exit "$code"
}

# The comment at the top of the script, without its marks.
show_help() {
	awk 'NR > 2 && !/^#/ { exit } NR > 2 { sub(/^# ?/, ""); print }' "$0"
}

is_root() {
	[ "$(id -u)" -eq 0 ]
}

# All C sources and headers that are ours, one path a line.
our_sources() {
	find "$ROOT/src" "$ROOT/tests" -name '*.[ch]' | sort
}

case ${1:-} in
-h | --help | help)
	show_help
	exit 0
	;;
esac
