"""What a program exports, read from a scrape in Prometheus's text format."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? \S+$")
_LABEL = re.compile(r'(\w+)="(?:[^"\\]|\\.)*"')
_ENDINGS = {"histogram": ["_bucket", "_sum", "_count"], "summary": ["", "_sum", "_count"]}


@dataclass
class Family:
    """A metric of a scrape."""

    name: str
    kind: str
    # What its samples were told apart by; none if it had no sample.
    labels: set[str] = field(default_factory=set)
    has_samples: bool = False

    @property
    def sample_names(self) -> list[str]:
        return [self.name + ending for ending in _ENDINGS.get(self.kind, [""])]


def families(text: str) -> dict[str, Family]:
    """Every metric by name, also those without a sample."""
    found: dict[str, Family] = {}
    by_sample: dict[str, Family] = {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            found[name] = Family(name, kind)
            by_sample.update(dict.fromkeys(found[name].sample_names, found[name]))
        elif sample := _SAMPLE.match(line):
            family = by_sample[sample[1]]
            family.has_samples = True
            # A bucket's bound and a quantile are the format's own.
            family.labels |= set(_LABEL.findall(sample[2] or "")) - {"le", "quantile"}
    return found
