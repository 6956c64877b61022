"""Secrets that nobody else has, and the search for them in whatever a process shows to others."""

from __future__ import annotations

import base64
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from stand import Scene


@dataclass
class Secrets:
    """What must not come out, by the name it has in a violation."""

    texts: dict[str, str] = field(default_factory=dict)

    def in_(self, content: str | bytes, place: str) -> list[str]:
        """The secrets that stand there, as they are or as protocols write them."""
        content = content if isinstance(content, bytes) else content.encode(errors="replace")
        return [
            f"{name} stands in {place}"
            for name, text in self.texts.items()
            if any(form in content for form in _forms(text))
        ]

    def in_files(self, folder: Path) -> list[str]:
        found = []
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                found += self.in_(path.read_bytes(), str(path)) + self.in_(path.name, f"the name of {path}")
        return found


def _forms(text: str) -> set[bytes]:
    plain = text.encode()
    # Inside of a longer text, base64 depends on where it begins; its ends depend on the neighbours.
    shifted = (base64.b64encode(b"\0" * lead + plain)[4:-4] for lead in range(3))
    return {plain, quote(text, safe="").encode(), plain.hex().encode(), *shifted}


@dataclass
class Shown:
    """What a command has shown: its outputs, and arguments and environment of it and its children."""

    status: int
    output: str
    programs: str


def traced(command: Sequence[str], timeout: float = 300) -> Shown:
    """Runs a command to its end, with every exec(2) of it and its children written down in full."""
    with tempfile.NamedTemporaryFile("r", prefix="offload-exec-") as trace:
        # -v and -s: every argument and variable, whole.
        strace = ["strace", "-f", "-qq", "-v", "-s", "1000000", "-e", "trace=execve", "-o", trace.name]
        ended = subprocess.run(
            [*strace, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
        )
        return Shown(ended.returncode, ended.stdout, trace.read())


def run(secrets: Secrets, scene: Scene, arguments: Sequence[str], statuses: set[int]) -> list[str]:
    """What a command of the product gives away; it must end with one of these statuses, and say something."""
    shown = traced(scene.command(*arguments))
    found = secrets.in_(shown.output, "its output") + secrets.in_(shown.programs, "arguments or environment")
    if shown.status not in statuses:
        found.append(f"it ended with {shown.status}: {shown.output}")
    if "execve(" not in shown.programs:
        found.append("no exec was recorded")
    return found


def process_leaks(secrets: Secrets, pid: int) -> list[str]:
    """What `ps e` shows of a process and its threads."""
    return [
        leak
        for name in ("cmdline", "environ")
        for leak in secrets.in_(Path(f"/proc/{pid}/{name}").read_bytes(), name)
    ]
