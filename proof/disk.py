"""What a loss of power would leave of the files of a traced process, by the rules of fsync(2).

An fsync of a file saves the bytes that were written before it began; an fsync of a folder saves the names in
it as they were when it began. Anything older than the trace is safe, but a folder that the process found
where it would have made it: its maker may have died before the fsync.
"""

from __future__ import annotations

from pathlib import Path

from trace import Call

_WRITES = {"write", "writev", "pwrite64", "pwritev", "ftruncate", "fallocate"}
SYNCS = {"fsync", "fdatasync"}


class Disk:
    """Below `root`; apply() takes the calls in the order in which they ended."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        # Files by number: a file has as many names as were linked to it.
        self._files: dict[str, int] = {}
        self._open: dict[int, tuple[str, int]] = {}
        # When a file's bytes, or the name at a path, last changed and were saved; its folder saves a name.
        self._written: dict[int, int] = {}
        self._saved: dict[int, int] = {}
        self._renamed: dict[str, int] = {}
        self._folders_saved: dict[str, int] = {}

    def apply(self, call: Call) -> None:
        paths = [text for text in call.strings if text.startswith(self._root)]
        if call.name in ("open", "openat", "creat"):
            self._apply_open(call, paths)
        elif call.name in ("mkdir", "mkdirat") and paths:
            self._apply_mkdir(call, paths[0])
        elif call.name.startswith(("link", "rename", "unlink", "rmdir")):
            self._apply_names(call, paths)
        elif call.name == "close":
            self._open.pop(call.descriptor, None)
        elif call.name in _WRITES | SYNCS and call.descriptor in self._open and call.result >= 0:
            path, file = self._open[call.descriptor]
            if call.name in _WRITES:
                self._written[file] = call.ended
            else:
                self._saved[file] = self._folders_saved[path] = call.begun

    def loss(self, path: str) -> str | None:
        """What would be lost of the file at a path, in words; None: nothing."""
        if path in self._renamed and path not in self._files:
            return f"{path} is gone"
        file = self._files.get(path, -1)
        if self._written.get(file, -1) > self._saved.get(file, -1):
            return f"bytes of {path} would be lost"
        names = [path, *(str(parent) for parent in Path(path).parents if len(str(parent)) > len(self._root))]
        lost = [name for name in names if not self._is_name_safe(name)]
        return f"{path} would be lost: the name {lost[-1]} is not saved" if lost else None

    def written_path(self, descriptor: int) -> str | None:
        """A name of an open file that was written to; None when it has none any more."""
        file = self._open.get(descriptor, ("", -1))[1]
        names = (path for path, other in self._files.items() if other == file and file in self._written)
        return next(names, None)

    def revenants(self) -> list[str]:
        """Files that were removed and would be there again."""
        return [path for path in self._renamed if path not in self._files and not self._is_name_safe(path)]

    def _is_name_safe(self, path: str) -> bool:
        return self._renamed.get(path, -1) <= self._folders_saved.get(str(Path(path).parent), -1)

    def _apply_open(self, call: Call, paths: list[str]) -> None:
        if call.result < 0 or not paths:
            return
        path = paths[0]
        if path not in self._files:
            self._files[path] = call.ended
            if "O_CREAT" in call.arguments:
                self._renamed[path] = call.ended
        self._open[call.result] = (path, self._files[path])

    def _apply_mkdir(self, call: Call, path: str) -> None:
        if call.result == 0 or path not in self._renamed:
            self._files.setdefault(path, call.ended)
            self._renamed[path] = call.ended

    def _apply_names(self, call: Call, paths: list[str]) -> None:
        if call.result != 0 or not paths:
            return
        old = paths[0]
        if call.name.startswith(("link", "rename")):
            self._files[paths[-1]] = self._files.setdefault(old, call.ended)
            self._renamed[paths[-1]] = call.ended
        if not call.name.startswith("link"):
            self._files.pop(old, None)
            self._renamed[old] = call.ended
