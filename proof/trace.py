"""The system calls of a run of the product, recorded by strace, in the order in which they ended."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

_CALLS = (
    "openat,open,creat,pread64,preadv,write,writev,pwrite64,pwritev,truncate,ftruncate,fallocate,"
    "fsync,fdatasync,sync,syncfs,sync_file_range,rename,renameat,renameat2,link,linkat,symlink,mkdir,mkdirat,"
    "unlink,unlinkat,rmdir,close,sendto,sendmsg,recvfrom,recvmsg"
)
_WHOLE = re.compile(r"(\d+) +(\w+)\((.*)\) += (-?\d+)")
_BEGUN = re.compile(r"(\d+) +(\w+)\((.*) <unfinished \.\.\.>$")
_ENDED = re.compile(r"(\d+) +<\.\.\. (\w+) resumed>(.*)\) += (-?\d+)")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True)
class Call:
    """One call; `begun` and `ended` are the numbers of its lines in the recording."""

    name: str
    arguments: str
    result: int
    begun: int
    ended: int

    @property
    def strings(self) -> list[str]:
        """Its paths, or the bytes it sends, as strace spells them."""
        return _STRING.findall(self.arguments)

    @property
    def descriptor(self) -> int:
        return int(re.match(r"\d+", self.arguments)[0])


def record(command: list[str], folder: Path, **environment: str) -> list[Call]:
    """Runs a command, and raises when it fails; descriptors come with their paths. Doubles its time."""
    file = folder / "trace"
    strace = ["strace", "-f", "-y", "-s", "4096", "-o", str(file), "-e", f"trace={_CALLS}"]
    strace += ["-e", "signal=none"]
    strace += [f"--env={name}={value}" for name, value in environment.items()]
    ended = subprocess.run([*strace, *command], capture_output=True, text=True)
    if ended.returncode != 0:
        raise RuntimeError(f"{command}: {ended.stdout}{ended.stderr}")
    return calls(file.read_text())


def calls(text: str) -> list[Call]:
    """The calls of a recording; those that never ended, because the process did, are left out."""
    begun: dict[tuple[str, str], tuple[int, str]] = {}
    found = []
    for number, line in enumerate(text.splitlines()):
        if match := _BEGUN.match(line):  # first, for SQL in its arguments may read like the end of a whole call
            thread, name, arguments = match.groups()
            begun[thread, name] = (number, arguments)
        elif match := _WHOLE.match(line):
            _, name, arguments, result = match.groups()
            found.append(Call(name, arguments, int(result), number, number))
        elif match := _ENDED.match(line):
            thread, name, arguments, result = match.groups()
            first, before = begun.pop((thread, name))
            found.append(Call(name, before + arguments, int(result), first, number))
    return found
