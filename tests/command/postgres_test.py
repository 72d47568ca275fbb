#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Commands with a PostgreSQL database: the same census as in a file, word by word; kills and resumes; and no password in anything that is said or kept.

The server is started here; what is scanned are loopback addresses in a network namespace without an uplink.
usage: postgres_test.py MAILCENSUS RESPONDER
"""
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))
import name_server  # noqa: E402
import namespace  # noqa: E402
import postgres  # noqa: E402

SECRET = "s3cret-W0rd"
# Moments differ between two runs by nature.
TIMES = re.compile(r"(_at|_ms|^at|^timestamp|started|ended|time)$")
failures = 0
count = 0


def check(condition, what, detail=""):
    global failures, count
    count += 1
    failures += not condition
    print(f"{'ok' if condition else 'not ok'} {count} - {what}", flush=True)
    if not condition and detail:
        print("# " + str(detail)[:1500].replace("\n", "\n# "), flush=True)


class Program:
    def __init__(self, path, environment):
        self.path, self.environment, self.said = path, environment, ""

    def run(self, *words, **environment):
        """(exit code, standard output, standard error); all that was ever said is remembered."""
        process = subprocess.run([self.path, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(self.environment, **environment))
        self.said += process.stdout + process.stderr
        return process.returncode, process.stdout, process.stderr


def scan_words(database, *words):
    return ["scan", "--database", database, "--open", "loopback", "--ports", "110,143", "--rate", "20000", "--per-address", "64", "--window", "60", "--gap", "0", "--max-open", "200",
            "--seed", "7", "--progress", "none", *words]


def without_times(value):
    if isinstance(value, dict):
        # A connection is counted when it is about to be made; one that had to wait for a free descriptor is counted again. So their number is a matter of time too.
        return {key: without_times(item) for key, item in value.items() if not TIMES.search(key) and key != "connections"}
    return [without_times(item) for item in value] if isinstance(value, list) else value


def lines_of(text):
    return [without_times(json.loads(line)) for line in text.splitlines()]


def compare(program, file, database):
    for words in (["export"], ["show", "--json"], ["stats", "--json"], ["list", "--json"]):
        results = [program.run(*words, "--database", place) for place in (file, database)]
        texts = [lines_of(output) if code == 0 else error for code, output, error in results]
        different = next((pair for pair in zip(*texts) if pair[0] != pair[1]), None) if texts[0] != texts[1] else None
        check(results[0][0] == 0 and texts[0] == texts[1] and len(texts[0]) > 0, f"{words[0]} says the same of both ({len(texts[0])} lines)", different or texts[1])


def resume_after_kills(program, database, chance):
    """Kills a scan five times and finishes it."""
    kills, words = 0, [*scan_words(database, "--quiet"), "127.30.0.0/23"]
    while kills < 5:
        process = subprocess.Popen([program.path, *words], env=program.environment)
        try:
            process.wait(timeout=chance.uniform(0.3, 1.5))
            break
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills += 1
        if program.run("list", "--json", "--database", database)[1].strip():
            words = scan_words(database, "--quiet", "--resume")
    code, output, said = program.run(*words) if kills == 5 or process.returncode != 0 else (0, "", "")
    # A kill may have come when all was kept and the process was only about to end: then nothing is left to do, and what there is, is compared by whoever asked.
    return kills, (0 if kills > 0 and "no unfinished census" in said else code, output, said)


def check_census(program, server, folder):
    file, database, killed = os.path.join(folder, "census.db"), server.location("census"), server.location("killed")
    targets = "127.30.0.0/23"
    for place in (file, database):
        code, _, said = program.run(*scan_words(place), targets)
        check(code == 0, f"a scan into {'a file' if place == file else 'PostgreSQL'}", said)
    check(f"--database '{database}'" in said, "the hint at the end can be typed", said)
    compare(program, file, database)
    kills, (code, _, said) = resume_after_kills(program, killed, random.Random(20261124))
    check(code == 0, f"a scan that was killed {kills} times goes on", said)
    compare(program, file, killed)
    rows = {line.split("|")[0]: line.split("|")[1:] for line in server.sql("SELECT kind || '/' || value, services, hosts FROM mailcensus.statistics", "census").splitlines()}
    lines = [json.loads(line) for line in program.run("export", "--all", "--database", database)[1].splitlines()]
    lines = [line for line in lines if "canary" not in line["flags"]]
    check(rows.get("all/") == [str(len(lines)), str(len({line["address"] for line in lines}))], "the statistics know how many services and hosts there are", rows.get("all/"))
    for kind, words in (("verdict", lambda line: [line["verdict"]]), ("finding", lambda line: [finding["id"] for finding in line["findings"]])):
        told = {}
        for line in lines:
            for word in words(line):
                told.setdefault(f"{kind}/{word}", []).append(line["address"])
        check(told and all(rows.get(word) == [str(len(addresses)), str(len(set(addresses)))] for word, addresses in told.items()), f"and how many of each {kind}", f"{rows} {told.keys()}")
    code, _, said = program.run(*scan_words(database, "--quiet"), targets)
    looks = server.sql("SELECT count(*), (SELECT count(*) FROM mailcensus.service) FROM mailcensus.look", "census").split("|")
    check(code == 0 and int(looks[0]) * 20 < int(looks[1]), f"a second census of unchanged services costs small rows alone ({looks[0]} looks, {looks[1]} services)", said)
    stretches = server.sql("SELECT count(*) FILTER (WHERE first_census = 1 AND last_census = 2), count(*) FROM mailcensus.service_history", "census").split("|")
    check(stretches[0] == stretches[1] != "0", f"their history is one stretch each ({stretches[0]})", stretches)


def zone(question, kind, times):
    """Every fourth address has a name that leads back, the next one that leads nowhere, the next one names that are none, the next one none."""
    number = question.split(".")[0]
    if kind == name_server.PTR and question.endswith(".30.127.in-addr.arpa"):
        host = name_server.name(f"host-{'-'.join(reversed(question.split('.')[:2]))}.example")
        return [[host], [name_server.name("nowhere.example")], [name_server.labels(b"<a>", b"example")], name_server.NXDOMAIN][int(number) % 4]
    if kind == name_server.A and number.startswith("host-"):
        return [bytes([127, 30, *map(int, number.split("-")[1:])])]
    return name_server.NXDOMAIN


def resolve_words(database, names, *words):
    return ["resolve", "--database", database, "--census", "1", "--dns-server", names.location, "--progress", "none", *words]


def check_names(program, server, folder):
    file, database, killed = os.path.join(folder, "census.db"), server.location("census"), server.location("killed")
    names = name_server.NameServer(zone)
    for place in (file, database):
        code, output, said = program.run(*resolve_words(place, names, "--rate", "1000", "--json"))
        counts = json.loads(output)
        check(code == 0 and (counts["found"], counts["confirmed"], counts["unusable"], counts["none"]) == (256, 128, 128, 128), f"names into {'a file' if place == file else 'PostgreSQL'}", output + said)
    exports = [lines_of(program.run("export", "--census", "1", "--database", place)[1]) for place in (file, database)]
    check(exports[0] == exports[1] and sum(line["hostname"] is not None for line in exports[0]) == 256, "exported, they are the same", exports[0][:1])
    reached = names.after(150)
    process = subprocess.Popen([program.path, *resolve_words(killed, names, "--rate", "120", "--quiet")], env=program.environment)
    while process.poll() is None and not reached.wait(0.05):
        pass
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = int(server.sql("SELECT count(*) FROM mailcensus.hostname", "killed"))
    code, output, said = program.run(*resolve_words(killed, names, "--rate", "1000", "--json"))
    check(code == 0 and 0 < kept < 512 and json.loads(output)["known"] == kept, f"killed, it goes on behind the {kept} that were kept", output + said)
    columns = "SELECT address, outcome, source, hostname, is_confirmed, names, unusable FROM mailcensus.hostname_view ORDER BY address"
    check(server.sql(columns, "killed") == server.sql(columns, "census") != "", "and the table is the same")


def check_passwords(program, server, folder):
    host = f"host={server.folder}"
    server.sql("CREATE DATABASE secret")
    right, wrong = f"postgresql://census:{SECRET}@/secret?{host}", f"postgresql://census:x{SECRET}@/secret?{host}"
    passfile, services = os.path.join(folder, "pgpass"), os.path.join(folder, "services")
    with open(passfile, "w", encoding="ascii") as file:
        file.write(f"*:*:secret:census:{SECRET}\n")
    os.chmod(passfile, 0o600)
    with open(services, "w", encoding="ascii") as file:
        file.write(f"[mine]\nhost={server.folder}\nuser=census\ndbname=secret\npassword={SECRET}\n")
    code, _, said = program.run("list", "--database", right)
    check(code != 0 and "is empty" in said, "a database that no scan wrote to is said to be empty", said)
    code, _, said = program.run(*scan_words(right), "127.30.1.0/30")
    check(code == 0, "a password in the address is taken", said)
    for what, place, environment in (("PGPASSWORD", f"postgresql://census@/secret?{host}", {"PGPASSWORD": SECRET}),
                                     (".pgpass", f"postgresql://census@/secret?{host}", {"PGPASSFILE": passfile}),
                                     ("a service file", "postgresql://?service=mine", {"PGSERVICEFILE": services}),
                                     ("PGHOST and PGUSER", "postgresql:///secret", {"PGHOST": server.folder, "PGUSER": "census", "PGPASSWORD": SECRET})):
        code, output, said = program.run("list", "--database", place, **environment)
        check(code == 0 and output != "", f"{what} works", said)
    for what, place, words in (("no password", f"postgresql://census@/secret?{host}", "wants a password"), ("a wrong password", wrong, "does not take this user with this password"),
                               ("an address that is none", f"postgresql://census:{SECRET}%zz@/secret?{host}", "no address of a PostgreSQL database"),
                               ("no such database", f"postgresql://census:{SECRET}@/nothing?{host}", "make it with createdb"),
                               ("no server", f"postgresql://census:{SECRET}@/secret?host={folder}", "cannot be reached")):
        code, output, said = program.run("list", "--database", place)
        check(code not in (0, 2) and words in said and len(said.strip().splitlines()) == 1, f"{what} is told of in a sentence", said)
    code, _, said = program.run("stats", "--census", "77", "--database", right)
    check(code != 0 and "holds no census 77" in said, "no such census", said)
    check(SECRET not in program.said, "no password is shown", program.said)
    dump = subprocess.run([os.path.join(server.bin, "pg_dump"), "-h", server.folder, "-U", "census", "secret"], stdout=subprocess.PIPE, text=True, env=dict(os.environ, PGPASSWORD=SECRET)).stdout
    check("COPY mailcensus.census " in dump and SECRET not in dump and SECRET.encode().hex() not in dump, "no password is kept")


def main():
    mailcensus, responder = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    program = Program(mailcensus, environment)
    namespace.enter()
    try:
        with postgres.Server(["fsync=off"], authentication="scram-sha-256", password=SECRET) as server, tempfile.TemporaryDirectory() as folder:
            program.environment["PGPASSWORD"] = SECRET
            server.sql("CREATE DATABASE census;\nCREATE DATABASE killed;\n")
            servers = subprocess.Popen([responder, "--ports", "143", "--mix"], stdout=subprocess.PIPE, text=True)
            try:
                servers.stdout.readline()
                check_census(program, server, folder)
                check_names(program, server, folder)
                del program.environment["PGPASSWORD"]
                check_passwords(program, server, folder)
            finally:
                servers.terminate()
                servers.wait()
    except postgres.CannotStart as reason:
        postgres.skip(reason)
    print(f"1..{count}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
