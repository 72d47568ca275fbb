# SPDX-License-Identifier: ISC
"""Compares what tools said with the truth, and shows it."""
import statistics
from dataclasses import dataclass, field

from accuracy import services

RIGHT, WRONG, SILENT = "right", "wrong", "cannot tell"
MARK_BEGIN, MARK_END = "<!-- table: written by script/bench accuracy --write-docs -->", "<!-- end of table -->"


def judge(fact, said, true):
    """One of the three words."""
    if said in (None, ""):
        return SILENT
    if fact == "signature of certificate":
        return RIGHT if true in said.lower().replace("-", "") else WRONG
    return RIGHT if said in true.split("|") else WRONG


@dataclass
class Score:
    """What one tool did on all services."""
    name: str
    version: str
    counts: dict = field(default_factory=dict) # (fact, word): how often
    errors: list = field(default_factory=list) # (label, fact, said, true)
    silences: list = field(default_factory=list)
    connections: list = field(default_factory=list)
    seconds: list = field(default_factory=list)
    cut: int = 0

    def add(self, service, said, measured):
        for fact, true in service.truth:
            word = judge(fact, said.get(fact), true)
            self.counts[fact, word] = self.counts.get((fact, word), 0) + 1
            if word == WRONG:
                self.errors.append((service.label, fact, said[fact], true))
            elif word == SILENT:
                self.silences.append((service.label, fact, true))
        self.connections.append(measured["connections"])
        self.seconds.append(measured["seconds"])
        self.cut += measured["is_cut"]

    def total(self, word):
        return sum(count for (_, each), count in self.counts.items() if each == word)

    def summary(self):
        return {"tool": self.name, "version": self.version, "services": len(self.seconds), "right": self.total(RIGHT), "wrong": self.total(WRONG), "cannot_tell": self.total(SILENT),
                "connections": sum(self.connections), "connections_median": statistics.median(self.connections), "connections_most": max(self.connections),
                "seconds": round(sum(self.seconds), 1), "seconds_median": round(statistics.median(self.seconds), 2), "cut_off": self.cut,
                "by_fact": {fact: {word: self.counts.get((fact, word), 0) for word in (RIGHT, WRONG, SILENT)} for fact in services.FACTS
                            if any(self.counts.get((fact, word)) for word in (RIGHT, WRONG, SILENT))},
                "errors": [list(each) for each in self.errors], "silences": [list(each) for each in self.silences]}


def markdown(scores):
    head = ["", *(f"{score.name} {score.version}" for score in scores)]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]

    def row(title, cell):
        lines.append(f"| {title} | " + " | ".join(cell(score) for score in scores) + " |")
    row("**right**", lambda score: f"**{score.total(RIGHT)}**")
    row("**wrong**", lambda score: f"**{score.total(WRONG)}**")
    row("**cannot tell**", lambda score: f"**{score.total(SILENT)}**")
    row("services", lambda score: str(len(score.seconds)))
    row("connections, all", lambda score: f"{sum(score.connections):,}")
    row("connections, median and most per service", lambda score: f"{statistics.median(score.connections):g}, {max(score.connections)}")
    row("seconds, all", lambda score: f"{sum(score.seconds):,.0f}")
    row("seconds, median per service", lambda score: f"{statistics.median(score.seconds):.1f}")
    if any(score.cut for score in scores):
        row("cut off after the longest time", lambda score: str(score.cut))
    lines += ["", "Fact by fact, as right / wrong / cannot tell:", "", lines[0].replace("| |", "| fact |", 1), lines[1]]
    for fact in services.FACTS:
        if any(score.counts.get((fact, word)) for score in scores for word in (RIGHT, WRONG, SILENT)):
            row(services.TITLES.get(fact, fact), lambda score, fact=fact: " / ".join(str(score.counts.get((fact, word), 0)) for word in (RIGHT, WRONG, SILENT)))
    return "\n".join(lines) + "\n"


def goals(scores):
    """Lines about what mailcensus is meant to reach, and whether all were."""
    by_name = {score.name: score for score in scores}
    ours, theirs = by_name.get("mailcensus"), by_name.get("testssl.sh")
    if ours is None:
        return [], True
    lines = [(ours.total(WRONG) == 0 and ours.total(SILENT) == 0, f"right everywhere: {ours.total(WRONG)} wrong, {ours.total(SILENT)} cannot tell"),
             (max(ours.connections) <= 20, f"at most 20 connections to a service: {max(ours.connections)}")]
    if theirs is not None and len(theirs.seconds) == len(ours.seconds):
        lines += [(sum(ours.connections) * 6 <= sum(theirs.connections), f"at most a sixth of testssl.sh's connections: {sum(ours.connections)} of {sum(theirs.connections)}"),
                  (sum(ours.seconds) * 10 <= sum(theirs.seconds), f"at most a tenth of its time: {sum(ours.seconds):.0f} s of {sum(theirs.seconds):.0f} s")]
    return [("reached: " if is_good else "NOT reached: ") + text for is_good, text in lines], all(is_good for is_good, _ in lines)


def write_docs(path, text):
    with open(path) as file:
        before, _, rest = file.read().partition(MARK_BEGIN)
    after = rest.partition(MARK_END)[2]
    with open(path, "w") as file:
        file.write(f"{before}{MARK_BEGIN}\n\n{text}\n{MARK_END}{after}")
