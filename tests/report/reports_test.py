#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Reads every format of `mailcensus report` with readers that are not ours: golden files byte for byte, hostile strings in every text, the form of every value.

usage: reports_test.py REPORT_SAMPLE ROOT [--update]
"""
import base64
import csv
import datetime
import html.parser
import io
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import uuid
import zipfile

SAMPLE, ROOT = sys.argv[1], pathlib.Path(sys.argv[2])
UPDATE = sys.argv[3:] == ["--update"]
FOLDERS = ("shadowserver", "tables")
FILES = {"intelmq": "jsonl", "jsonl": "jsonl", "html": "html", "markdown": "md", "zgrab2": "jsonl", "stix": "json", "cef": "cef", "xarf": "jsonl",
         "openmetrics": "txt"}
NUMBER = FAILED = 0

DN = "business_category common_name country email_address given_name locality_name organization_name organization_unit_name postal_code " \
     "serial_number state_or_province_name street_address surname"
COLUMNS = ("timestamp severity ip protocol port hostname tag asn geo region city naics hostname_source sector banner "
           "cert_expiration_date cert_expired cert_issue_date cert_length cert_serial_number cert_valid cipher_suite handshake "
           + " ".join("issuer_" + part for part in DN.split())
           + " jarm key_algorithm md5_fingerprint self_signed sha1_fingerprint sha256_fingerprint sha512_fingerprint signature_algorithm ssl_version "
             "sslv3_supported " + " ".join("subject_" + part for part in DN.split()) + " validation_level").split()
TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
FORMS = {
    "timestamp": TIME, "severity": "critical|high|medium|low|info", "ip": r"[0-9a-f.:]+", "protocol": "tcp", "port": r"[1-9]\d{0,4}",
    "hostname": "[^A-Z]*", "tag": "(pop3|imap)(;ssl|;starttls)?", "asn": r"([1-9]\d{0,9})?", "geo": "([A-Z]{2})?", "region": "", "city": "",
    "naics": r"([1-9]\d{1,5})?", "hostname_source": "(ptr)?", "banner": r"(.*\|)?", "cert_expiration_date": f"({TIME})?", "cert_expired": "[YN]?",
    "cert_issue_date": f"({TIME})?", "cert_length": r"([1-9]\d*)?", "cert_serial_number": "(-?([0-9A-F]{2})+)?", "cert_valid": "[YN]?",
    "cipher_suite": "((TLS|SSL)_[A-Z0-9_]+)?", "handshake": r"(SSLv3|TLSv1\.[0-3])?", "jarm": "([0-9a-f]{62})?",
    "md5_fingerprint": "([0-9A-F]{2}(:[0-9A-F]{2}){15})?", "self_signed": "[YN]?", "sha1_fingerprint": "([0-9A-F]{2}(:[0-9A-F]{2}){19})?",
    "sha256_fingerprint": "([0-9A-F]{2}(:[0-9A-F]{2}){31})?", "sha512_fingerprint": "([0-9A-F]{2}(:[0-9A-F]{2}){63})?", "ssl_version": "[0-9]?",
    "sslv3_supported": "[YN]?", "validation_level": "(unknown|DV|OV|EV)?",
}
BARE = {"port", "asn", "naics", "cert_length", "ssl_version"}
NAME_SIZES = {"common_name": 255, "country": 15, "organization_name": 255, "organization_unit_name": 255, "locality_name": 127,
              "state_or_province_name": 127, "street_address": 127, "postal_code": 39, "email_address": 255, "given_name": 63, "surname": 63,
              "serial_number": 63, "business_category": 63}

HOSTILE = [
    b'a "quoted" \'text\', with; separators\tand tabs', b"two\nlines\r\nand\rthree", b"a\x00b", b"\x00", b"\xe2\x80\xaegnp.exe\xe2\x80\xac", b"\xe2\x80\x8bzero\xe2\x80\x8bwidth\xef\xbb\xbf",
    b"=cmd|' /C calc'!A0", b"+OK ready", b"-1+1", b"@SUM(A1)", b"\t=1+1", b"\x01=1+1", b"</script><script>alert(1)</script>", b"]]>--><!--", b"<img src=x onerror=alert(1)>",
    b"&amp;&lt;", b"| a | b |\n|---|", b"[link](http://example.org) *bold* `code` \\", b"\xff\xfe\xfd", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"a=b|c\\d cs1=x",
    b"\x1b[2J\x1b]0;title\x07", "größe Ł 日本語 😀".encode(), b"\xf3\xa0\x80\x81tag", b"\xe2\x80\xa8line\xe2\x80\xa9separator", b"x" * 65536,
    b'"' * 65536, b"\xe2\x82\xac" * 21846, b"\n" * 65536, b"%s%n%x", b"${jndi:ldap://x}", b"' OR 1=1 --", b"# EOF\nmailcensus_hosts 1", b"0", b"unknown", b",", b"''", b'"',
]


def say(good, name, detail=""):
    global NUMBER, FAILED
    NUMBER += 1
    FAILED += not good
    print(f"{'ok' if good else 'not ok'} {NUMBER} - {name}")
    if not good:
        print("".join(f"# {line}\n" for line in str(detail)[:3000].splitlines()), end="")


def run(format_name, output, owner="all", cells="raw", zipped="plain", *hostile):
    subprocess.run([SAMPLE, format_name, str(output), owner, cells, zipped, *hostile], check=True, timeout=60)


def content(path):
    if path.is_dir():
        return {file.name: file.read_bytes() for file in sorted(path.iterdir())}
    return path.read_bytes()


def deceptive(code):
    ranges = ((0, 0x1f), (0x7f, 0x9f), (0xad, 0xad), (0x61c, 0x61c), (0x180e, 0x180e), (0x200b, 0x200f), (0x2028, 0x202e), (0x2060, 0x206f),
              (0xfeff, 0xfeff), (0xfff0, 0xffff), (0xe0000, 0x10ffff))
    return any(first <= code <= last for first, last in ranges)


def steering(text):
    """U+FFFD is what stands for stray bytes."""
    return [char for char in set(text) if deceptive(ord(char)) and char != "\ufffd"]


def characters(data):
    """Each stray byte for itself."""
    for char in data.decode("utf-8", "surrogateescape"):
        yield "\ufffd" if 0xdc80 <= ord(char) <= 0xdcff else char, 0xdc80 <= ord(char) <= 0xdcff


def clean(data, most, bars=False):
    text = re.sub(b"\r\n|\r|\n", b"|", data) if bars else data
    out, used = [], 0
    for char, stray in characters(text):
        kept = char if stray or not deceptive(ord(char)) else ""
        used += len(kept.encode())
        if used > most:
            break
        out.append(kept)
    return "".join(out)


def lossless(data):
    """What text_append_json promises: text as it is, a stray byte as the character of its number."""
    return "".join(chr(ord(char) - 0xdc00) if 0xdc80 <= ord(char) <= 0xdcff else char for char in data.decode("utf-8", "surrogateescape"))


def c_text(data, size=None):
    text = data.split(b"\0")[0]
    return text if size is None else text[:size]


def goldens(folder):
    for name in (*FOLDERS, *FILES):
        golden = ROOT / "tests" / "golden" / "report" / (name if name in FOLDERS else f"{name}.{FILES[name]}")
        made = folder / golden.name
        run(name, golden if UPDATE else made)
        if UPDATE:
            run(name, made)
        say(content(made) == content(golden), f"{name}: as the golden file", f"compare {made} with {golden}")
        first = content(made)
        run(name, made)
        say(content(made) == first, f"{name}: twice the same bytes, over the files of the first time")
    say(not [path for path in folder.rglob("*") if path.name.startswith(".mailcensus")], "nothing is left beside", list(folder.rglob("*")))


def rows_of(data):
    text = data.decode("utf-8")
    return list(csv.reader(io.StringIO(text, newline=""), strict=True)), text


def wrong_values(data, forms=True):
    rows, text = rows_of(data)
    if rows[0] != COLUMNS or text.split("\n")[0] != ",".join(f'"{name}"' for name in COLUMNS):
        yield f"header: {rows[0]}"
    if "\r" in text or not text.endswith("\n") or text.startswith("\ufeff") or "\0" in text:
        yield "line ends, a mark, or NUL"
    for row in rows[1:]:
        if len(row) != len(COLUMNS):
            yield f"{len(row)} cells"
        for name, value in zip(COLUMNS, row):
            if forms and name in FORMS and not re.fullmatch(FORMS[name], value, re.DOTALL):
                yield f"{name}: {value!r}"
            if "\n" in value:
                yield f"{name} has lines"
    for line in text.split("\n")[1:-1]:
        for name, cell in zip(COLUMNS, re.findall(r'("(?:[^"]|"")*"|[^,]*)(?:,|$)', line)):
            if cell and (name in BARE) != (cell[0] != '"'):
                yield f"{name} is {cell[:50]}: quoted, or not, wrongly"


def shadowserver(folder):
    whole = content(folder / "shadowserver")
    names = ["2026-11-23-scan6_pop3-mailcensus-all.csv", "2026-11-23-scan6_pop3_vulnerable-mailcensus-all.csv", "2026-11-23-scan_imap-mailcensus-all.csv",
             "2026-11-23-scan_imap_vulnerable-mailcensus-all.csv", "2026-11-23-scan_pop3-mailcensus-all.csv",
             "2026-11-23-scan_pop3_vulnerable-mailcensus-all.csv"]
    say(sorted(whole) == names, "shadowserver: one file for each report that has rows", sorted(whole))
    readers = (r"^(?:\d{4}-\d{2}-\d{2}-)?(\w+)(-\w+)*\.csv$", r"^(\d{4}-\d{2}-\d{2})-([^-]+)-(.+)\.csv$", r"^(?:\d{4})-(?:\d{2})-(?:\d{2})-(.*)-[^\-]+-[^\-]+.csv$")
    say(all(re.match(reader, name) for reader in readers for name in whole), "shadowserver: three readers understand the names")
    problems = [f"{name}: {problem}" for name, data in whole.items() for problem in wrong_values(data)]
    say(not problems, "shadowserver: header and the form of every value", "\n".join(problems[:20]))
    for owner, keys in (("asn", {"as64500", "as64501", "unknown"}), ("country", {"de", "pl", "unknown"})):
        run("shadowserver", folder / owner, owner)
        split = content(folder / owner)
        say({name.rsplit("-", 1)[1][:-4] for name in split} == keys, f"shadowserver: by {owner}", sorted(split))
        lines = sorted(line for data in split.values() for line in data.split(b"\n")[1:])
        say(set(lines) == {line for data in whole.values() for line in data.split(b"\n")[1:]}, f"shadowserver: by {owner} has all rows")
    run("shadowserver", folder / "zip", zipped="zip")
    zips = content(folder / "zip")
    opened = {}
    for name, data in zips.items():
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            say(archive.namelist() == [name[:-4]] and archive.testzip() is None and archive.infolist()[0].compress_type == zipfile.ZIP_DEFLATED,
                f"shadowserver: {name} holds its file alone", archive.infolist())
            opened[name[:-4]] = archive.read(name[:-4])
    say(opened == whole, "shadowserver: zipped the same as not")
    run("shadowserver", folder / "zip", zipped="zip")
    say(content(folder / "zip") == zips, "shadowserver: zips of two runs are the same")


def by_contact(folder, listed):
    """One file for one owner, in whatever order the addresses come; nobody is told who may not be."""
    whole = content(folder / "shadowserver")
    run("shadowserver", folder / "contact", "contact")
    split = content(folder / "contact")
    keys = {name.rsplit("-", 1)[1][:-4] for name in split}
    readable = {re.sub("_[0-9a-f]{32}$", "", key) for key in keys}
    say(readable == {"abuse_isp_lab", "https_abuse_isp_lab_report", "unknown"}, "shadowserver: by contact", sorted(split))
    say(len(keys) == len({key[-32:] for key in keys}), "shadowserver: one owner, one file of each report", sorted(keys))
    say(all(re.fullmatch("[a-z0-9_]{1,90}", key) for key in keys), "shadowserver: keys of contacts are plain", keys)
    lines = {line for data in split.values() for line in data.split(b"\n")[1:]}
    left_out = {line for data in whole.values() for line in data.split(b"\n")[1:]} - lines
    say({row[2] for row in csv.reader(io.StringIO(b"\n".join(left_out).decode("utf-8")))} == {"198.51.100.3"},
        "shadowserver: whoever is never to be told is in no file, all others are", left_out)
    run("shadowserver", folder / "contact-hostile", "contact", "raw", "plain", listed)
    say(all(re.fullmatch("[A-Za-z0-9_.-]{1,200}", name) for name in content(folder / "contact-hostile")), "shadowserver: no contact steers the name of a file")


def shadowserver_hostile(folder, listed):
    for cells in ("raw", "safe"):
        out = folder / f"hostile-{cells}"
        run("shadowserver", out, "all", cells, "plain", listed)
        problems = []
        for name, data in content(out).items():
            problems += list(wrong_values(data, forms=False))
            rows = [dict(zip(COLUMNS, row)) for row in rows_of(data)[0][1:]]
            if len(rows) != len(HOSTILE):
                problems.append(f"{len(rows)} rows")
            for text, row in zip(HOSTILE, rows):
                wanted = {"banner": clean(text, 1024, bars=True), "sector": clean(c_text(text), 256), "hostname": clean(c_text(text), 256)}
                wanted["banner"] += "|" if wanted["banner"] else ""
                for side in ("subject", "issuer"):
                    wanted.update({f"{side}_{part}": clean(c_text(text, size), 256) for part, size in NAME_SIZES.items()})
                if cells == "safe":
                    wanted = {key: "'" + value if value[:1] in tuple("=+-@") else value for key, value in wanted.items()}
                    problems += [f"a formula: {value[:20]!r}" for value in row.values() if value[:1] in tuple("=+-@\t\r")]
                problems += [f"{key} of {text[:30]!r}: {row[key][:60]!r}, wanted {value[:60]!r}" for key, value in wanted.items() if row[key] != value]
        say(not problems, f"shadowserver: hostile strings, {cells} cells", "\n".join(problems[:10]))


def unique(pairs):
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        raise ValueError(f"a name twice: {names}")
    return dict(pairs)


def json_of(data):
    return json.loads(data, object_pairs_hook=unique)


def json_lines(path):
    data = path.read_bytes()
    bad = steering(data.decode("utf-8").replace("\n", ""))
    if bad:
        raise ValueError(f"steering characters as they are: {bad}")
    return [json_of(line) for line in data.decode("utf-8").split("\n")[:-1]]


def hostile_lines(folder, listed):
    """Formats of JSON lines: where each has which text."""
    def evidence(line):
        return base64.b64decode(line["evidence"][0]["payload"], validate=True)

    def wanted_evidence(text):
        return b"".join(title + b":\n" + text + b"\n" for title in (b"greeting", b"capabilities", b"reply to STARTTLS or STLS")) if text else b""

    formats = {
        "jsonl": [lambda l, t: (l["greeting"], lossless(t)), lambda l, t: (l["reason"], lossless(t)), lambda l, t: (l["starttls"]["reply"], lossless(t)),
                  lambda l, t: (l["as_name"] or "", lossless(c_text(t))), lambda l, t: (l["sector"] or "", lossless(c_text(t))), lambda l, t: (l["hostname"] or "", lossless(c_text(t))),
                  lambda l, t: (l["tls"]["certificate"]["subject"] or "", lossless(c_text(t, 511))),
                  lambda l, t: (l["findings"][0]["evidence"], lossless(t)), lambda l, t: (l["software"]["product"] if l["software"] else "", lossless(c_text(t, 63)))],
        "intelmq": [lambda l, t: (l.get("extra.banner", ""), lossless(t)), lambda l, t: (l["extra.reason"], lossless(t)),
                    lambda l, t: (l.get("extra.capabilities", ""), lossless(t)), lambda l, t: (l.get("source.as_name", ""), lossless(c_text(t))),
                    lambda l, t: (l.get("extra.sector", ""), lossless(c_text(t))), lambda l, t: (l.get("extra.subject", ""), lossless(c_text(t, 511))),
                    lambda l, t: (l.get("extra.software", ""), lossless(c_text(t, 63))), lambda l, t: ("source.reverse_dns" in l, False)],
        "zgrab2": [lambda l, t: (next(iter(l["data"].values()))["result"]["banner"], lossless(t)),
                   lambda l, t: (next(iter(l["data"].values()))["result"].get("starttls", ""), lossless(t)),
                   lambda l, t: (next(iter(l["data"].values()))["result"]["tls"]["handshake_log"]["server_certificates"]["certificate"]["parsed"]["subject_dn"] or "",
                                 lossless(c_text(t, 511)))],
        "xarf": [lambda l, t: (evidence(l), wanted_evidence(t))],
    }
    for name, checks in formats.items():
        path = folder / f"hostile-{name}"
        run(name, path, "all", "raw", "plain", listed)
        lines = json_lines(path)
        problems = [] if len(lines) == 2 * len(HOSTILE) else [f"{len(lines)} lines"]
        for number, line in enumerate(lines):
            for index, check in enumerate(checks):
                have, wanted = check(line, HOSTILE[number // 2])
                if have != wanted:
                    problems.append(f"check {index} of {HOSTILE[number // 2][:30]!r}: {have[:60] if hasattr(have, '__getitem__') else have!r}, wanted {wanted[:60] if hasattr(wanted, '__getitem__') else wanted!r}")
        say(not problems, f"{name}: hostile strings come back as they were", "\n".join(problems[:10]))


def intelmq(folder):
    problems = []
    for event in json_lines(folder / "intelmq.jsonl"):
        identifier, kind = event["classification.identifier"], event["classification.type"]
        if not re.fullmatch("(vulnerable|accessible)-(pop3|imap)", identifier) or (kind == "vulnerable-system") != identifier.startswith("vulnerable"):
            problems.append(f"{identifier} is {kind}")
        problems += [key for key in event if not re.fullmatch(r"__type|[a-z_][a-z_0-9]*(\.[a-z_0-9]+)*", key)]
        problems += [f"{key} is empty: the reader drops it" for key, value in event.items() if value == ""]
        datetime.datetime.fromisoformat(event["time.source"].replace("Z", "+00:00"))
    say(not problems, "intelmq: keys, classification, times", problems)


def stix(folder, listed):
    run("stix", folder / "hostile-stix", "all", "raw", "plain", listed)
    problems = []
    for name in ("stix.json", "hostile-stix"):
        bundle = json_of((folder / name).read_bytes())
        ids = [thing["id"] for thing in bundle["objects"]]
        for thing in bundle["objects"]:
            kind, _, number = thing["id"].partition("--")
            if kind != thing["type"] or str(uuid.UUID(number)) != number or thing["spec_version"] != "2.1":
                problems.append(thing["id"])
            for key, value in thing.items():
                refs = [value] if key.endswith("_ref") else value if key.endswith("_refs") else []
                problems += [f"{key} {ref} is not there" for ref in refs if ref not in ids]
            if "created" in thing and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", thing["created"]):
                problems.append(thing["created"])
        if name == "stix.json" and len(ids) != len(set(ids)):
            problems.append("an identifier twice")
        if name == "hostile-stix":
            notes = [thing["content"] for thing in bundle["objects"] if thing["type"] == "note"]
            if notes != [lossless(text) for text in HOSTILE for _ in range(2)]:
                problems.append("notes are not what was said")
        else:
            name_space = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
            for thing in bundle["objects"]:
                if thing["type"] in ("ipv4-addr", "ipv6-addr", "autonomous-system", "network-traffic"):
                    keys = {"ipv4-addr": ["value"], "ipv6-addr": ["value"], "autonomous-system": ["number"],
                            "network-traffic": ["dst_port", "dst_ref", "protocols"]}[thing["type"]]
                    canonical = json.dumps({key: thing[key] for key in keys}, sort_keys=True, separators=(",", ":"))
                    if thing["id"] != f"{thing['type']}--{uuid.uuid5(name_space, canonical)}":
                        problems.append(f"{thing['id']} is not made of {canonical}")
    say(not problems, "stix: identifiers are what the standard says, references are there, hostile strings come back", problems[:10])


def unescape_cef(text):
    return re.sub(r"\\(.)", lambda match: {"r": "\r", "n": "\n"}.get(match.group(1), match.group(1)), text)


def cef(folder, listed):
    run("cef", folder / "hostile-cef", "all", "raw", "plain", listed)
    problems = []
    for name in ("cef.cef", "hostile-cef"):
        text = (folder / name).read_text(encoding="utf-8")
        lines = text.split("\n")[:-1]
        for number, line in enumerate(lines):
            head = re.match(r"CEF:0\|((?:[^|\\]|\\[\\|])*)\|((?:[^|\\]|\\[\\|])*)\|((?:[^|\\]|\\[\\|])*)\|((?:[^|\\]|\\[\\|])*)\|((?:[^|\\]|\\[\\|])*)\|(\d+)\|", line)
            if head is None or steering(line):
                problems.append(line[:100])
                continue
            rest = line[head.end():]
            fields = dict(re.findall(r"(\w+)=((?:[^=\\]|\\.)*?)(?= \w+=|$)", rest))
            if name == "hostile-cef":
                wanted = "".join(part if part in "\r\n" and part else clean(part.encode("utf-8", "surrogateescape"), 1023)
                                 for part in re.split("(\r|\n)", HOSTILE[number // 2].decode("utf-8", "surrogateescape")))
                if unescape_cef(fields.get("cs3", "")) != wanted:
                    problems.append(f"{HOSTILE[number // 2][:30]!r}: {fields.get('cs3', '')[:60]!r}, wanted {wanted[:60]!r}")
        if name == "hostile-cef" and len(lines) != 2 * len(HOSTILE):
            problems.append(f"{len(lines)} lines")
    say(not problems, "cef: header and extension; hostile strings come back cleaned", "\n".join(problems[:10]))


class Page(html.parser.HTMLParser):
    VOID = {"meta", "br", "path", "rect"}

    def __init__(self):
        super().__init__()
        self.cells, self.open, self.problems, self.tags = [], [], [], set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag not in ("meta", "br"):
            self.open.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name in ("src", "href") or "javascript:" in (value or ""):
                self.problems.append(f"{tag} {name}={value}")
        if tag == "td":
            self.cells.append("")

    def handle_startendtag(self, tag, attrs):
        self.tags.add(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"{tag} closed wrongly")

    def handle_data(self, data):
        if self.open and self.open[-1] == "td":
            self.cells[-1] += data


def pages(folder, listed):
    run("html", folder / "hostile.html", "all", "raw", "plain", listed)
    text = (folder / "hostile.html").read_text(encoding="utf-8")
    page = Page()
    page.feed(text)
    page.close()
    products = {clean(c_text(text, 63), 512) for text in HOSTILE} - {""}
    missing = [product for product in products if product not in page.cells]
    say(not page.problems and not page.open and not page.tags & {"script", "img", "iframe", "link", "object"}, "html: well formed, loads and runs nothing", page.problems)
    say(not missing, "html: hostile names are text, and nothing else", missing)
    say(not steering(text.replace("\n", "")), "html: no steering characters")
    page = Page()
    page.feed((folder / "html.html").read_text(encoding="utf-8"))
    say({"DE", "Germany", "AS64501", "Przykład", "no-tls"} <= set(page.cells), "html: the tables have what was counted", page.cells)
    run("markdown", folder / "hostile.md", "all", "raw", "plain", listed)
    lines = (folder / "hostile.md").read_text(encoding="utf-8").split("\n")
    wanted = {clean(c_text(text, 63), 256) for text in HOSTILE} - {""}
    cells = set()
    for line in lines:
        if line.startswith("| "):
            cells |= {re.sub(r"\\(.)", r"\1", cell).replace("&lt;", "<").replace("&amp;", "&") for cell in re.findall(r" ((?:[^|\\]|\\.)*) (?=\|)", line)}
    say(wanted <= cells, "markdown: hostile names are text", sorted(wanted - cells)[:5])
    for mode in ("raw", "safe"):
        run("tables", folder / f"hostile-tables-{mode}", "all", mode, "plain", listed)
        rows = {row[0] for row in rows_of((folder / f"hostile-tables-{mode}" / "2026-11-23-software.csv").read_bytes())[0][1:]}
        texts = {clean(c_text(text, 63), 400) for text in HOSTILE} - {""}
        texts = {"'" + text if mode == "safe" and text[0] in "=+-@" else text for text in texts}
        say(texts <= rows, f"tables: hostile names, {mode} cells", sorted(texts - rows)[:5])


def openmetrics(folder, listed):
    run("openmetrics", folder / "hostile.txt", "all", "raw", "plain", listed)
    problems = []
    for name in ("openmetrics.txt", "hostile.txt"):
        lines = (folder / name).read_text(encoding="ascii").split("\n")
        if lines[-2:] != ["# EOF", ""]:
            problems.append("no end")
        current = None
        for line in lines[:-2]:
            kind = re.fullmatch(r"# TYPE ([a-z_]+) gauge", line)
            if kind:
                current = kind.group(1)
            elif not re.fullmatch(rf"# HELP {current} .+|{current}(\{{[a-z]+=\"[A-Za-z0-9().-]+\"(,[a-z]+=\"[a-z0-9-]+\")*\}})? \d+", line):
                problems.append(line)
    say(not problems, "openmetrics: every line is of its family, and no text of a server's is in it", problems[:10])


def xarf(folder):
    problems = []
    lines = json_lines(folder / "xarf.jsonl")
    for report in lines:
        required = {"xarf_version", "report_id", "timestamp", "reporter", "sender", "source_identifier", "category", "type", "service"}
        if not required <= set(report) or uuid.UUID(report["report_id"]).version != 4 or (report["category"], report["type"]) != ("vulnerability", "misconfiguration"):
            problems.append(report)
        if set(report["reporter"]) != {"org", "contact", "domain"} or len(report["description"]) > 1000:
            problems.append(report["reporter"])
        problems += [tag for tag in report["tags"] if not re.fullmatch(r"[a-z0-9][a-z0-9_+-]*:[a-z0-9][a-z0-9_+.-]*", tag)]
    say(len(lines) == 3 and not problems, "xarf: what its schema requires, for each service without TLS and no other", problems)


def schema(folder):
    try:
        import jsonschema
    except ImportError:
        print("# python3-jsonschema is missing: the schema is not looked at")
        return
    rules = json.loads((ROOT / "docs" / "export.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(rules)
    validator = jsonschema.Draft202012Validator(rules)
    lines = json_lines(folder / "jsonl.jsonl") + json_lines(folder / "hostile-jsonl")
    problems = [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for line in lines for error in validator.iter_errors(line)]
    say(not problems, "jsonl: as docs/export.schema.json says", "\n".join(problems[:10]))
    for change in (lambda l: l.update(schema="mailcensus.service/2"), lambda l: l.pop("verdict"), lambda l: l.update(port="110"), lambda l: l["tls"].update(proven=1)):
        line = json.loads(json.dumps(lines[0]))
        change(line)
        say(not validator.is_valid(line), "jsonl: the schema can fail")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "hostile").write_text("".join(text.hex() + "\n" for text in HOSTILE), encoding="ascii")
        listed = str(folder / "hostile")
        goldens(folder)
        shadowserver(folder)
        by_contact(folder, listed)
        shadowserver_hostile(folder, listed)
        hostile_lines(folder, listed)
        intelmq(folder)
        stix(folder, listed)
        cef(folder, listed)
        pages(folder, listed)
        openmetrics(folder, listed)
        xarf(folder)
        schema(folder)
    print(f"1..{NUMBER}")
    sys.exit(1 if FAILED else 0)


if __name__ == "__main__":
    main()
