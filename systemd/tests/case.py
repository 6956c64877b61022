"""A test in a machine of its own, in which iceberg-offload has just been installed."""

from __future__ import annotations

import unittest

from installation import SCHEDULER, Installation, make_table
from machine import Machine, wait_until


# Options of a table: each query over 50 rows takes 1 s.
SLOW = {"where": "sleepEachRow(0.02) = 0"}


class MachineCase(unittest.TestCase):
    """`table` is configured and has no rows yet; no unit has been started."""

    def setUp(self) -> None:
        self.machine = Machine()
        self.addCleanup(self.machine.end)
        self.installation = Installation(self.machine)
        self.installation.install()
        self.installation.give_passwords()
        self.table = make_table()
        self.installation.configure(self.table)

    def start(self) -> None:
        """Starts the scheduler, and returns when it runs cycles."""
        self.machine.systemctl("start", SCHEDULER)
        wait_until(self.installation.is_active, "the scheduler runs cycles")

    def wait_for_rows(self, count: int, table: str = "") -> None:
        """Returns when the rows 0, 1, ... of a table are in Iceberg, each of them once."""
        table = table or self.table
        wait_until(lambda: len(self.installation.ids(table)) >= count, f"{count} rows of {table}")
        self.assertEqual(self.installation.ids(table), list(range(count)))

    def wait_for_copy(self) -> None:
        """Returns when ClickHouse is about to send rows."""
        data = self.machine.path("/var/lib/private/iceberg-offload/warehouse")
        wait_until(lambda: any(data.rglob("*.parquet")), "a data file")

    def signal(self, name: str) -> None:
        """Sends a signal, such as KILL, to the scheduler itself, past systemd."""
        self.machine.run("sh", "-c", f"kill -{name} {self.machine.show(SCHEDULER, 'MainPID')}")
