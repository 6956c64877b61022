"""What must be in the package, judged by the file alone."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from package import Package

ROOT = Path(__file__).resolve().parent.parent.parent
_DOCS = "/usr/share/doc/iceberg-offload"
# What is made for those who install it; but for the tests of these, all of it is in the package.
_FOLDERS = ["config", "docs", "runbooks", "systemd"]


def every_file_of_the_tree_is_in_the_package(package: Package) -> None:
    command = ["git", "ls-files", *_FOLDERS]
    tracked = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    wanted = [ROOT / name for name in tracked if "/tests/" not in name and not (ROOT / name).is_symlink()]
    shipped = set(package.files.values())
    missing = [path for path in wanted if as_shipped(path) not in shipped]
    assert len(wanted) > 20 and not missing, f"not in the package: {missing}"


def as_shipped(path: Path) -> bytes:
    text = path.read_bytes()
    return text.replace(b"/usr/local/bin/", b"/usr/bin/") if path.suffix == ".service" else text


def alerts_lead_to_files_of_the_package(package: Package) -> None:
    rules = [text.decode() for name, text in package.files.items() if name.endswith(".rules.yml")]
    links = {link for text in rules for link in re.findall(r"file://(/\S+?\.md)", text)}
    assert links and links <= package.files.keys(), f"not in the package: {links - package.files.keys()}"


def units_start_what_the_package_installs(package: Package) -> None:
    units = {name: text.decode() for name, text in package.files.items() if name.endswith(".service")}
    programs = {program for text in units.values() for program in re.findall(r"^ExecStart=(\S+)", text, re.M)}
    assert programs and programs <= package.files.keys(), f"{programs} are not all in the package"
    assert not [name for name, text in units.items() if "/usr/local" in text]


def no_password_and_no_secret_is_shipped(package: Package) -> None:
    assert [name for name in package.files if name.startswith("/etc/")] == ["/etc/iceberg-offload/offload.yaml"]


def the_bill_of_materials_names_every_part(package: Package) -> None:
    bill = json.loads(package.files[f"{_DOCS}/iceberg-offload.cdx.json"])
    resolved = json.loads((ROOT / "Package.resolved").read_text())["pins"]
    pinned = {(pin["identity"], pin["state"]["version"], pin["state"]["revision"]) for pin in resolved}
    parts = [part for part in bill["components"] if "properties" in part]
    named = {(part["bom-ref"], part["version"], part["properties"][0]["value"]) for part in parts}
    assert named == pinned, f"differ: {named ^ pinned}"
    libraries = {part["name"] for part in bill["components"] if part["purl"].startswith("pkg:deb/")}
    depends = set(re.findall(r"(?:^|, )(lib\S+|zlib1g)", package.field("Depends")))
    assert depends <= libraries, f"the package depends on {depends}, the bill names {libraries}"


def lintian_has_nothing_to_say(package: Package) -> None:
    command = ["lintian", "--allow-root", "--fail-on", "error,warning", package.path]
    report = subprocess.run(command, capture_output=True, text=True)
    assert report.returncode == 0 and not report.stdout, report.stdout + report.stderr


CHECKS = [
    every_file_of_the_tree_is_in_the_package,
    alerts_lead_to_files_of_the_package,
    units_start_what_the_package_installs,
    no_password_and_no_secret_is_shipped,
    the_bill_of_materials_names_every_part,
    lintian_has_nothing_to_say,
]
