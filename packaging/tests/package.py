"""The Debian package as a file: what is in it, and a twin of a higher version."""

from __future__ import annotations

import io
import subprocess
import tarfile
from functools import cached_property
from pathlib import Path


class Package:
    """One .deb."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def files(self) -> dict[str, bytes]:
        """Every regular file by its installed path, unpacked; links are not among them."""
        tar = subprocess.run(["dpkg-deb", "--fsys-tarfile", self.path], check=True, capture_output=True).stdout
        with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
            members = {member.name.removeprefix("."): member for member in archive if member.isfile()}
            return {name: archive.extractfile(member).read() for name, member in members.items()}

    @cached_property
    def version(self) -> str:
        return self.field("Version")

    def field(self, name: str) -> str:
        """A field of its control file."""
        command = ["dpkg-deb", "--field", self.path, name]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def twin(self, folder: Path, version: str, config: str) -> Path:
        """The same package under another version, with `config` as the configuration that it ships."""
        unpacked, path = folder / "unpacked", folder / f"twin_{version}.deb"
        subprocess.run(["dpkg-deb", "--raw-extract", self.path, unpacked], check=True)
        control = unpacked / "DEBIAN/control"
        control.write_text(control.read_text().replace(f"Version: {self.version}\n", f"Version: {version}\n"))
        (unpacked / "etc/iceberg-offload/offload.yaml").write_text(config)
        build = ["dpkg-deb", "--root-owner-group", "-Znone", "--build", unpacked, path]
        subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
        return path
