"""Reads the runbooks: their scenarios, what they promise, and the commands as they stand there."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

FOLDER = Path(__file__).resolve().parent.parent / "runbooks"
# ```bash {step=diagnose scenario=failure-1 expect="inactive"}
_FENCE = re.compile(
    r"^(?P<indent> *)```bash(?: \{(?P<tags>[^\n]*)\})?\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
# **Alert** [Name](Name.md) · **with it** Other, Another · **recovered within** 20 min
_PROMISE = re.compile(
    r"^\*\*Alert\*\* \[(?P<alert>\w+)\]\(\w+\.md\) · \*\*with it\*\* (?P<beside>[\w, ]+) · "
    r"\*\*recovered within\*\* (?P<minutes>\d+) min$",
    re.MULTILINE,
)
_HEADING = re.compile(r"^### (?P<kind>\w+) (?P<number>\d): (?P<title>.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """Commands of one step. `expect` is found in what they print, `status` is how the last of them ends.

    `within` minutes the block is repeated until it is so; 0: it must be so at once.
    """

    step: str
    text: str
    expect: str = ""
    status: int = 0
    within: float = 0


@dataclass(frozen=True)
class Scenario:
    """One incident of a page. `beside` are pages that its alert comes with."""

    name: str
    title: str
    page: str
    alert: str
    beside: frozenset[str]
    minutes: int
    blocks: list[Block] = field(default_factory=list)

    def steps(self, *names: str) -> list[Block]:
        return [block for block in self.blocks if block.step in names]


def scenarios() -> dict[str, Scenario]:
    """Of all pages, by name, in the order of the pages."""
    pages = [
        "iceberg-offload-failure",
        "iceberg-offload-lag",
        "iceberg-offload-performance",
        "iceberg-offload-watermark-recovery",
        "iceberg-scheduler-recovery",
    ]
    return {scenario.name: scenario for page in pages for scenario in _scenarios(page)}


def blocks(text: str) -> list[tuple[dict[str, str], str]]:
    """Every bash block of a page with its tags."""
    return [
        (dict(tag.split("=", 1) for tag in shlex.split(match["tags"] or "")), dedent(match["text"]))
        for match in _FENCE.finditer(text)
    ]


def _scenarios(page: str) -> list[Scenario]:
    text = (FOLDER / f"{page}.md").read_text()
    found = []
    headings = list(_HEADING.finditer(text))
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    for heading, end in zip(headings, ends):
        part = text[heading.end() : end].partition("\n## ")[0]
        name = f"{heading['kind'].lower()}-{heading['number']}"
        promise = _PROMISE.search(part)
        if not promise:
            raise ValueError(f"{page}.md: {name} does not say its alert and its time")
        beside = frozenset(re.findall(r"Iceberg\w+", promise["beside"]))
        own = [_block(tags, code) for tags, code in blocks(text) if name in tags["scenario"].split(",")]
        found.append(
            Scenario(name, heading["title"], page, promise["alert"], beside, int(promise["minutes"]), own)
        )
    return found


def _block(tags: dict[str, str], text: str) -> Block:
    within = float(tags.get("within", "0m").removesuffix("m"))
    return Block(tags["step"], text, tags.get("expect", ""), int(tags.get("rc", 0)), within)
