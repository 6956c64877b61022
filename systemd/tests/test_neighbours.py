"""Several processes on one host: a second scheduler, a catch-up, and commands by hand."""

from __future__ import annotations

from case import SLOW, MachineCase
from installation import SCHEDULER, free_port, insert, make_table
from machine import wait_until

_OTHER = "iceberg-offload-standby.service"


class NeighbourTests(MachineCase):
    def test_second_scheduler_stands_by_until_the_first_stops(self) -> None:
        self.start()
        port = free_port()
        config = "/etc/iceberg-offload/standby.yaml"
        self.installation.configure(self.table, file=config, port=port)
        unit = self.machine.path(f"/etc/systemd/system/{SCHEDULER}").read_text()
        self.machine.path(f"/etc/systemd/system/{_OTHER}").write_text(
            unit.replace("/etc/iceberg-offload/offload.yaml", config)
        )
        self.machine.systemctl("start", _OTHER)
        wait_until(lambda: "standing by for" in self.machine.show(_OTHER, "StatusText"), "a standby")
        self.assertTrue(self.installation.is_active())
        self.assertFalse(self.installation.is_active(port))
        self.machine.systemctl("stop", SCHEDULER)
        wait_until(lambda: self.installation.is_active(port), "the standby takes over")
        insert(self.table, 0, 20)
        self.wait_for_rows(20)

    def test_catch_up_works_off_one_table_beside_the_scheduler(self) -> None:
        other = make_table()
        self.installation.configure(self.table, other, interval="1h")
        self.start()
        wait_until(
            lambda: self.installation.page("ready").startswith("next cycle"), "the end of the first cycle"
        )
        for table in (self.table, other):
            insert(table, 0, 40)
        self.machine.systemctl("start", f"iceberg-offload-catchup@{other}")
        self.assertEqual(self.installation.ids(other), list(range(40)))
        self.assertEqual(self.installation.ids(self.table), [])
        self.assertIn(
            f"✓ {other}: 40 rows in 1 window", self.machine.journal(f"iceberg-offload-catchup@{other}")
        )

    def test_catch_up_may_be_stopped_in_the_middle(self) -> None:
        unit = f"iceberg-offload-catchup@{self.table}"
        insert(self.table, 0, 50)
        self.installation.configure(self.table, options=SLOW)
        self.machine.run("iceberg-offload", "migrate")
        self.machine.systemctl("start", "--no-block", unit)
        self.wait_for_copy()
        self.machine.systemctl("stop", unit)
        self.assertEqual(self.machine.show(unit, "ActiveState"), "inactive")
        self.installation.configure(self.table)
        self.start()
        self.wait_for_rows(50)

    def test_catch_up_of_an_unknown_table_fails_and_names_those_there_are(self) -> None:
        unit = "iceberg-offload-catchup@units.nothing"
        self.machine.systemctl("start", unit, status=1)
        self.assertIn(self.table, self.machine.journal(unit))

    def test_command_by_hand_leaves_nothing_that_locks_the_service_out(self) -> None:
        self.start()
        self.machine.systemctl("stop", SCHEDULER)
        insert(self.table, 0, 10)
        self.machine.run("sh", "-c", "umask 077 && iceberg-offload cycle")
        self.assertEqual(self.installation.ids(self.table), list(range(10)))
        insert(self.table, 10, 10)
        self.machine.systemctl("start", SCHEDULER)
        self.wait_for_rows(20)
