"""The package's life in a clean Debian under systemd; each check goes on where the one before it ended."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from installation import SCHEDULER, STATE, Installation, insert, make_table
from machine import Machine, wait_until
from package import Package

_CONFIG = "/etc/iceberg-offload/offload.yaml"
_WAREHOUSE = f"{STATE}/warehouse"
# What bash offers after `iceberg-offload cat<TAB>`, as its own completion loader finds it.
_COMPLETE = """
source /usr/share/bash-completion/bash_completion
_completion_loader iceberg-offload
COMP_WORDS=(iceberg-offload cat) COMP_CWORD=1 COMP_LINE='iceberg-offload cat' COMP_POINT=19
$(complete -p iceberg-offload | grep -oP -- '-F \\K\\S+') iceberg-offload cat iceberg-offload
echo "${COMPREPLY[@]}"
"""


class Packaged(Installation):
    """iceberg-offload as the package installs it; what the checks hand to each other."""

    def __init__(self, machine: Machine, package: Package) -> None:
        super().__init__(machine)
        self.package, self.table = package, make_table()

    def install(self, path: Path | None = None) -> None:
        """With all that the package depends on; `path` is another package than that of these checks."""
        shutil.copy(path or self.package.path, self.machine.path("/root/new.deb"))
        self.apt("install", "/root/new.deb")

    def apt(self, *arguments: str) -> str:
        """Runs apt-get as an administrator who keeps what was edited."""
        return self.machine.run(
            "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet", "--yes", "--no-install-recommends",
            "--option=Dpkg::Options::=--force-confold", *arguments, timeout=300,
        )  # fmt: skip

    def is_there(self, path: str) -> bool:
        return os.path.lexists(self.machine.path(path))


def brings_what_it_depends_on(house: Packaged) -> None:
    absent = house.machine.run("dpkg-query", "-W", "libpq5", "libcurl4", status=1)
    assert absent.count("no packages found") == 2, absent
    house.apt("update")
    house.install()
    assert house.machine.run("dpkg", "--verify", "iceberg-offload") == ""
    assert house.machine.run("iceberg-offload", "--version").strip() == house.package.version
    assert re.search(r"^commit [0-9a-f]{40}", house.machine.run("iceberg-offload", "version"), re.M)


def starts_nothing_by_itself(house: Packaged) -> None:
    for unit in (SCHEDULER, "iceberg-health-check.timer"):
        assert house.machine.systemctl("is-enabled", unit, status=1) == "disabled", unit
        assert house.machine.systemctl("is-active", unit, status=3) == "inactive", unit
    units = [name for name in house.package.files if name.endswith((".service", ".timer"))]
    assert house.machine.run("systemd-analyze", "verify", *units) == ""


def has_a_manual_for_every_command(house: Packaged) -> None:
    page = house.machine.run("man", "-w", "iceberg-offload").strip()
    assert "exactly once" in house.machine.run("lexgrog", page), page
    manual = house.machine.run("env", "MANWIDTH=100", "man", "iceberg-offload")
    commands = re.findall(r"^  ([a-z-]+) {2,}", house.machine.run("iceberg-offload", "--help"), re.M)
    assert len(commands) > 10
    assert not [name for name in commands if name not in manual], manual


def bash_completes_its_commands(house: Packaged) -> None:
    offered = house.machine.run("bash", "-c", _COMPLETE)
    assert offered.split() == ["catch-up"], offered


def the_shipped_configuration_asks_for_the_passwords(house: Packaged) -> None:
    answer = house.machine.run("iceberg-offload", "config", "check", status=78)
    assert "clickhouse-password" in answer, answer


def comes_up_and_moves_rows(house: Packaged) -> None:
    house.give_passwords()
    house.configure(house.table)
    insert(house.table, 0, 20)
    house.machine.systemctl("enable", "--now", SCHEDULER)
    assert house.machine.show(SCHEDULER, "ActiveState") == "active"
    wait_until(lambda: house.ids(house.table) == list(range(20)), "20 rows in the table")


def an_upgrade_keeps_what_was_edited(house: Packaged) -> None:
    edited, before = house.machine.path(_CONFIG).read_text(), house.machine.show(SCHEDULER, "MainPID")
    with tempfile.TemporaryDirectory() as folder:
        house.install(house.package.twin(Path(folder), "99.0", config="# of the higher version\n"))
    assert house.machine.run("dpkg-query", "-Wf", "${Version}", "iceberg-offload") == "99.0"
    assert house.machine.path(_CONFIG).read_text() == edited
    assert house.machine.path(f"{_CONFIG}.dpkg-dist").read_text() == "# of the higher version\n"
    assert house.machine.show(SCHEDULER, "MainPID") not in ("0", before), "it was not started anew"
    insert(house.table, 20, 20)
    wait_until(lambda: house.ids(house.table) == list(range(40)), "40 rows after the upgrade")


def removing_it_stops_it_and_keeps_configuration_and_rows(house: Packaged) -> None:
    house.apt("remove", "iceberg-offload")
    assert house.machine.systemctl("is-active", SCHEDULER, status=3) == "inactive"
    assert not house.is_there("/usr/bin/iceberg-offload")
    assert house.is_there(_CONFIG) and house.is_there("/etc/iceberg-offload/postgres-password")
    assert house.ids(house.table) == list(range(40))


def purging_it_keeps_nothing_but_the_warehouse(house: Packaged) -> None:
    said = house.apt("purge", "iceberg-offload")
    assert f"{STATE} is not empty" in said, said
    assert house.ids(house.table) == list(range(40))
    assert traces(house) == [STATE, STATE.replace("/lib/", "/lib/private/")]


def purging_it_keeps_nothing_without_one(house: Packaged) -> None:
    house.install()
    shutil.rmtree(house.machine.path(_WAREHOUSE.replace("/lib/", "/lib/private/")))
    house.apt("purge", "iceberg-offload")
    assert traces(house) == []


def traces(house: Packaged) -> list[str]:
    """Every path on the machine's disk that bears the product's name, but for what is below one that does."""
    find = ("find", "/", "-xdev", "-name", "*iceberg*", "-prune", "-print")
    return sorted(house.machine.run(*find).split())


CHECKS: list[Callable[[Packaged], None]] = [
    brings_what_it_depends_on,
    starts_nothing_by_itself,
    has_a_manual_for_every_command,
    bash_completes_its_commands,
    the_shipped_configuration_asks_for_the_passwords,
    comes_up_and_moves_rows,
    an_upgrade_keeps_what_was_edited,
    removing_it_stops_it_and_keeps_configuration_and_rows,
    purging_it_keeps_nothing_but_the_warehouse,
    purging_it_keeps_nothing_without_one,
]
