"""Breaks the rules in every small way, one at a time: each mutant must break a unit test of its rule.

A comparison is turned around, or made to include or exclude its boundary; `and`, `or` and arithmetic are
exchanged; a number is one more or one less in its last digit; `for` is a minute more or less; a window is
doubled or halved.

Prints the survivors, then `N passed, N failed`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

_TESTS = Path(__file__).resolve().parent
_RULES = _TESTS.parent / "iceberg-offload.rules.yml"
_OPERATORS = {
    ">": [">=", "<"],
    "<": ["<=", ">"],
    ">=": [">", "<="],
    "<=": ["<", ">="],
    "==": ["!="],
    "and": ["or", "unless"],
    "or": ["and", "unless"],
    "+": ["-"],
    "-": ["+"],
    "*": ["/"],
    "/": ["*"],
    "^": ["*"],
}
# A quoted text, a window, a name, a number or an operator.
_TOKEN = re.compile(r'"[^"]*"|\[\w+\]|[A-Za-z_][\w:]*|\d+(?:\.\d+)?|[<>=!]=|[-<>+*/^]')
_DURATION = re.compile(r"(\d+)([smhd])")


@dataclass
class Rule:
    """A rule as it stands in the file: what it is called, and where its text begins and ends."""

    name: str
    is_alert: bool
    start: int
    end: int


@dataclass
class Mutant:
    rule: Rule
    # From where to where the file is replaced, and by what.
    start: int
    end: int
    text: str

    def apply(self, rules: str) -> str:
        return rules[: self.start] + self.text + rules[self.end :]

    def describe(self, rules: str) -> str:
        line = rules.count("\n", 0, self.start) + 1
        return f"{_RULES.name}:{line}: {self.rule.name}: {rules[self.start:self.end]} -> {self.text}"


def _rules(text: str) -> list[Rule]:
    heads = list(re.finditer(r"^      - (alert|record): (\S+)$", text, re.MULTILINE))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return [Rule(head[2], head[1] == "alert", head.start(), end) for head, end in zip(heads, ends)]


def _mutants(text: str) -> Iterator[Mutant]:
    for rule in _rules(text):
        body = text[rule.start : rule.end]
        expression = re.search(r"expr: (\|\n(?: {10}.*\n)+|.*\n)", body)
        assert expression, f"{rule.name} has no expression"
        for token in _TOKEN.finditer(expression[1]):
            start = rule.start + expression.start(1) + token.start()
            for other in _others(token[0]):
                yield Mutant(rule, start, start + len(token[0]), other)
        for pause in re.finditer(r"^ +(?:for|keep_firing_for): (\d+)m$", body, re.MULTILINE):
            for minutes in (int(pause[1]) - 1, int(pause[1]) + 1):
                yield Mutant(rule, rule.start + pause.start(1), rule.start + pause.end(1), str(minutes))


def _others(token: str) -> list[str]:
    """What may stand in a token's place by mistake."""
    if token.startswith("["):
        count, unit = _DURATION.fullmatch(token[1:-1]).groups()
        seconds = int(count) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[unit]
        return [f"[{seconds * 2}s]", f"[{seconds // 2}s]"]
    if token[0].isdigit():
        number = Decimal(token)
        step = Decimal(1).scaleb(number.as_tuple().exponent)
        return [str(number - step), str(number + step)]
    return _OPERATORS.get(token, [])


def _is_caught(mutant: Mutant, rules: str) -> bool:
    """Runs the unit tests of the rule, with the rules of its name and the recorded series alone."""
    changed = mutant.apply(rules)
    wanted = [rule for rule in _rules(changed) if not rule.is_alert or rule.name == mutant.rule.name]
    with tempfile.TemporaryDirectory(prefix="offload-mutant-") as folder:
        file = Path(folder) / _RULES.name
        file.write_text(
            "groups:\n  - name: mutant\n    rules:\n" + "".join(_isolated(changed, rule) for rule in wanted)
        )
        tests = Path(folder) / "tests"
        tests.symlink_to(_TESTS)
        return any(_fails(tests / test.name) for test in _tests_of(mutant.rule))


def _isolated(text: str, rule: Rule) -> str:
    """A rule without the comments and group headers that may follow it."""
    lines = text[rule.start : rule.end].splitlines(keepends=True)
    return "".join(line for line in lines if line.startswith("      ") and not line.lstrip().startswith("#"))


def _tests_of(rule: Rule) -> list[Path]:
    return sorted(_TESTS.glob(f"{rule.name if rule.is_alert else 'recording'}*.test.yml"))


def _fails(test: Path) -> bool:
    ended = subprocess.run(["promtool", "test", "rules", test], capture_output=True, text=True)
    if "FAILED" not in ended.stdout + ended.stderr and ended.returncode != 0:
        raise RuntimeError(f"promtool: {ended.stdout}{ended.stderr}")
    return ended.returncode != 0


def main() -> int:
    rules = _RULES.read_text()
    for rule in _rules(rules):
        # Or else every mutant of it would seem to be caught.
        if not _tests_of(rule) or _is_caught(Mutant(rule, 0, 0, ""), rules):
            sys.exit(f"{rule.name}: has no unit tests, or they do not pass")
    mutants = list(_mutants(rules))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        caught = list(pool.map(lambda mutant: _is_caught(mutant, rules), mutants))
    for mutant, is_caught in zip(mutants, caught):
        if not is_caught:
            print(f"survived: {mutant.describe(rules)}")
    print(f"{sum(caught)} passed, {len(caught) - sum(caught)} failed")
    return 0 if all(caught) else 1


if __name__ == "__main__":
    sys.exit(main())
