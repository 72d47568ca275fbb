#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""mailcensus check, testssl.sh, sslscan and nmap on the lab: each answer compared with the truth, connections counted on the wire, seconds.

script/bench accuracy [--tool NAME] [--only PATTERN] [--quick|--kinds] [--all-ports] [--keep FOLDER [--resume]] [--json FILE] [--write-docs]. Needs root. Runs in a network
namespace of its own, with the lab in it, unless the lab is up already. testssl.sh needs about a minute per service. docs/accuracy.md explains the table.
"""
import argparse
import concurrent.futures
import json
import os
import platform
import signal
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lab"), os.path.join(HERE, "..", "python")]
import certificates  # noqa: E402
import lab  # noqa: E402
import namespace  # noqa: E402
import places  # noqa: E402
from accuracy import mailcensus, nmap, running, services, sslscan, table, testssl  # noqa: E402

TOOLS = {tool.NAME: tool for tool in (mailcensus, sslscan, nmap, testssl)} # the slow one last
DOCUMENT = os.path.join(HERE, "..", "..", "docs", "accuracy.md")
CAP_S = 300
AT_ONCE = 2


is_stopping = False


def stop(*_):
    """The lab and the tools go down with us."""
    global is_stopping
    is_stopping = True
    running.end_all()


def measure(tool, service, folder, options, is_resumed):
    """What one tool said of one service: ({fact: value}, measured)."""
    place = os.path.join(folder, tool.NAME, service.label)
    result = os.path.join(place, "result.json")
    if is_stopping:
        raise SystemExit("stopped")
    if not (is_resumed and os.path.exists(result)):
        measured = running.run(tool, service, place, CAP_S, options)
        if is_stopping:
            raise SystemExit("stopped")
        with open(result, "w") as file:
            json.dump(measured, file)
    with open(result) as file:
        measured = json.load(file)
    return tool.answers(service, place), measured


def run_tool(tool, chosen, folder, options, is_resumed):
    score = table.Score(tool.NAME, tool.version())
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = [(service, pool.submit(measure, tool, service, folder, options, is_resumed)) for service in chosen]
        for service, job in jobs:
            said, measured = job.result()
            score.add(service, said, measured)
            print(f"{tool.NAME:11} {service.label:34} {measured['connections']:4} connections {measured['seconds']:7.1f} s{' CUT OFF' if measured['is_cut'] else ''}", flush=True)
    return score


def show(scores):
    print("\n" + table.markdown(scores))
    for score in scores:
        for label, fact, said, true in score.errors:
            print(f"{score.name} is wrong at {label}: {fact} is {said} instead of {true}")
        if score.name == "mailcensus":
            for label, fact, true in score.silences:
                print(f"{score.name} cannot tell at {label}: {fact} is {true}")
    lines, is_good = table.goals(scores)
    print("\n".join(lines))
    return is_good


def parse():
    parser = argparse.ArgumentParser(prog="script/bench accuracy", description=__doc__.splitlines()[0])
    parser.add_argument("--tool", action="append", choices=list(TOOLS), help="only this tool (may be given several times)")
    parser.add_argument("--only", default="*", metavar="PATTERN", help="only configurations with such a name, for example 'cert-*'")
    parser.add_argument("--quick", action="store_true", help="eight configurations, one of each kind")
    parser.add_argument("--kinds", action="store_true", help="one configuration of each kind of weakness and of each real server, some thirty: the table in docs/accuracy.md")
    parser.add_argument("--all-ports", action="store_true", help="each port with TLS of each configuration, instead of one by turns")
    parser.add_argument("--keep", metavar="FOLDER", help="leave there what the tools wrote")
    parser.add_argument("--resume", action="store_true", help="with --keep: what is there already is read, not measured again")
    parser.add_argument("--json", metavar="FILE", help="write the figures there too")
    parser.add_argument("--write-docs", action="store_true", help="put the table into docs/accuracy.md")
    return parser.parse_args()


def run(arguments, folder):
    chosen = services.chosen(arguments.only, arguments.all_ports, services.QUICK if arguments.quick else services.KINDS if arguments.kinds else None)
    if not chosen:
        raise SystemExit(f"no configuration with TLS is called like {arguments.only}; script/lab list shows them")
    tools = [TOOLS[name] for name in arguments.tool or TOOLS]
    for tool in tools:
        if not tool.is_there():
            raise SystemExit(f"{tool.NAME} is not here; script/bootstrap bench installs it")
    options = {"authority": certificates.certificate_of("authority")}
    scores = [run_tool(tool, chosen, folder, options, arguments.resume) for tool in tools]
    is_good = show(scores)
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump({"machine": f"{platform.machine()}, {os.cpu_count()} cores", "tools": [score.summary() for score in scores]}, file, indent=1)
    if arguments.write_docs:
        table.write_docs(DOCUMENT, table.markdown(scores))
    return 0 if is_good else 1


def main():
    arguments = parse()
    if os.geteuid() != 0:
        raise SystemExit("the lab and the counting of connections need root: sudo script/bench accuracy ...")
    if arguments.resume and not arguments.keep:
        raise SystemExit("--resume goes with --keep FOLDER")
    signal.signal(signal.SIGTERM, stop)
    is_ours = lab.main(["status", "--quiet"]) != 0
    if is_ours:
        if os.path.exists(places.STATE):
            raise SystemExit("the lab is up in part, or was left by a crash; script/lab down, then again")
        namespace.enter()
        if lab.main(["up"]) != 0:
            raise SystemExit("the lab did not come up")
    try:
        if arguments.keep:
            return run(arguments, os.path.abspath(arguments.keep))
        with tempfile.TemporaryDirectory() as folder:
            return run(arguments, folder)
    finally:
        if is_ours:
            lab.main(["down"])


if __name__ == "__main__":
    sys.exit(main())
