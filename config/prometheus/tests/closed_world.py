"""Whether everything that names a metric names one that exists, and every metric that exists is explained."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from exposition import Family

_ROOT = Path(__file__).resolve().parents[3]
_PAGE = "docs/metrics.md"
_OWN = "config/prometheus/tests/"
# Where people and machines are told to look at a metric.
_PLACES = ["config", "runbooks", "systemd", "drills", "packaging", "docs", "demo", "README.md"]
_NAME = re.compile(
    r"\b(?:offload_[a-z_]*[a-z]|iceberg_offload:[a-z0-9_:]+|watermark_timestamp_seconds|process_[a-z]+_[a-z_]+)\b"
)
_ROW = re.compile(r"^\| `(\w+)` \| (\w+) \| (.*?) ?\| .+ \| .+ \|$", re.MULTILINE)


def problems(exported: dict[str, Family]) -> list[str]:
    """What a scrape and the repository disagree about."""
    return _unknown(exported) + _unexplained(exported)


def names(text: str) -> list[str]:
    """What looks like a metric of ours."""
    return _NAME.findall(text)


def recorded() -> list[str]:
    """The series that the rules add."""
    rules = (_ROOT / "config/prometheus/iceberg-offload.rules.yml").read_text()
    return re.findall(r"- record: (\S+)", rules)


def _unknown(exported: dict[str, Family]) -> list[str]:
    known = {name for family in exported.values() for name in [family.name, *family.sample_names]}
    known |= {*recorded(), *_of_postgresql()}
    found = []
    for path in _files():
        for number, line in enumerate((_ROOT / path).read_text().splitlines(), start=1):
            unknown = [name for name in names(line) if name not in known]
            found += [f"{path}:{number}: nobody exports {name}" for name in unknown]
    return found


def _of_postgresql() -> set[str]:
    """Tables, columns, sequences and roles of PostgreSQL are called alike."""
    migrations = (_ROOT / "Sources/OffloadIO/Migrations").glob("*.sql")
    texts = [file.read_text() for file in migrations]
    roles = re.findall(r"CREATE ROLE (\w+)", (_ROOT / "config/postgresql/roles.sql").read_text())
    tables = {name for text in texts for name in re.findall(r"\boffload_\w+", text)}
    return {"offload_schema_migrations", *roles, *tables}


def _files() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate", "--", *_PLACES],
        cwd=_ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    return [path for path in listed if (_ROOT / path).is_file() and not path.startswith(_OWN)]


def _unexplained(exported: dict[str, Family]) -> list[str]:
    text = (_ROOT / _PAGE).read_text()
    rows = {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in _ROW.findall(text)}
    found = [f"{_PAGE}: {name} is not explained" for name in exported if name not in rows]
    found += [f"{_PAGE}: {name} is not explained" for name in recorded() if f"| `{name}` | " not in text]
    for name, (kind, labels) in rows.items():
        family = exported.get(name)
        if not family:
            found.append(f"{_PAGE}: nobody exports {name}")
        elif family.kind != kind or (family.has_samples and family.labels != labels):
            found.append(f"{_PAGE}: {name} is a {family.kind} with the labels {sorted(family.labels)}")
    return found
