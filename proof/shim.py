"""The library that makes system calls fail (shim.c): compiled, and compared with what the kernel sees."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from pathlib import Path

import trace
from stand import Scene

_SOURCE = Path(__file__).with_name("shim.c")
# What the library calls by a name of its own; the rest it calls as the kernel does, or does not know.
_NAMES = {"openat": "open", "pread64": "pread", "pwrite64": "pwrite", "sendto": "send", "recvfrom": "recv"}


def compiled(folder: Path) -> Path:
    library = folder / "shim.so"
    options = ["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror"]
    subprocess.run(["cc", *options, "-o", str(library), str(_SOURCE), "-ldl"], check=True)
    return library


def unseen(scene: Scene, library: Path) -> list[str]:
    """What of a cycle's calls on the warehouse and on sockets the library did not see, or saw too often."""
    log = library.with_name("seen.log")
    calls = trace.record(scene.command("cycle"), library.parent, LD_PRELOAD=str(library), FAULT_LOG=str(log))
    calls = [call for call in calls if _is_ours(call.arguments) and str(log) not in call.arguments]
    calls = [call for call in calls if call.name != "close"]  # cannot lose anything that an fsync has saved
    by_kernel = Counter(_NAMES.get(call.name, call.name) for call in calls)
    by_library = Counter(line.split()[0] for line in log.read_text().splitlines() if _is_ours(line))
    if by_kernel == by_library:
        return []
    missed, invented = dict(by_kernel - by_library), dict(by_library - by_kernel)
    return [f"strace saw {missed} that the library did not, and the library saw {invented}"]


def _is_ours(text: str) -> bool:
    return os.environ["OFFLOAD_WAREHOUSE"] in text or "socket:[" in text
