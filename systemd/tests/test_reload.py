"""SIGHUP by `systemctl reload`."""

from __future__ import annotations

from case import MachineCase
from installation import SCHEDULER, insert, make_table
from machine import wait_until


class ReloadTests(MachineCase):
    def test_new_table_is_taken_up_by_the_same_process(self) -> None:
        self.start()
        pid = self.machine.show(SCHEDULER, "MainPID")
        other = make_table()
        insert(other, 0, 30)
        self.installation.configure(self.table, other)
        self.machine.systemctl("reload", SCHEDULER)
        self.wait_for_rows(30, other)
        self.assertEqual(self.machine.show(SCHEDULER, "MainPID"), pid)

    def test_wrong_configuration_is_refused_and_the_old_one_stays(self) -> None:
        self.start()
        self.machine.path("/etc/iceberg-offload/offload.yaml").write_text("tables: 1\n")
        self.machine.systemctl("reload", SCHEDULER)
        wait_until(
            lambda: "The new configuration is refused, the old one stays" in self.machine.journal(SCHEDULER),
            "refusal",
        )
        insert(self.table, 0, 30)
        self.wait_for_rows(30)
        self.assertEqual(self.machine.systemctl("is-active", SCHEDULER), "active")

    def test_reload_right_after_the_start_ends_nothing(self) -> None:
        for _ in range(5):
            self.machine.run("sh", "-c", f"systemctl start {SCHEDULER} && systemctl reload {SCHEDULER}")
            wait_until(lambda: "Configuration reloaded" in self.machine.journal(SCHEDULER), "the reload")
            self.assertEqual(self.machine.show(SCHEDULER, "NRestarts"), "0")
            self.machine.systemctl("stop", SCHEDULER)
