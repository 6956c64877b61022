"""What ends a scheduler against its will, and how long that lasts."""

from __future__ import annotations


from case import MachineCase
from installation import SCHEDULER, insert
from machine import wait_until


class RestartTests(MachineCase):
    def test_hung_scheduler_works_again_after_watchdog_and_pause(self) -> None:
        # The unit's own 60 and 5 seconds, scaled down; the start is not, and a busy host needs some seconds.
        watchdog, pause, start = 2.0, 0.5, 10.0
        self.installation.drop_in(SCHEDULER, f"WatchdogSec={watchdog}", f"RestartSec={pause}")
        self.start()
        self.signal("STOP")
        insert(self.table, 0, 50)
        wait_until(lambda: self.machine.show(SCHEDULER, "NRestarts") == "1", "another process")
        seconds = wait_until(self.installation.is_active, "the scheduler runs cycles again")
        self.wait_for_rows(50)
        self.assertIn("Watchdog timeout (limit 2s)!", self.machine.journal(SCHEDULER))
        self.assertLess(seconds, watchdog + pause + start)

    def test_killed_scheduler_goes_on_where_it_was(self) -> None:
        insert(self.table, 0, 50)
        self.installation.drop_in(SCHEDULER, "RestartSec=0")
        self.start()
        self.wait_for_rows(50)
        self.signal("KILL")
        wait_until(lambda: self.machine.show(SCHEDULER, "NRestarts") == "1", "another process")
        insert(self.table, 50, 50)
        self.wait_for_rows(100)

    def test_start_limit_ends_what_no_start_mends(self) -> None:
        self.installation.drop_in(SCHEDULER, "RestartSec=0")
        limit = self.machine.show(SCHEDULER, "StartLimitBurst")
        self.machine.systemctl("start", SCHEDULER)
        while self._state() == "active":
            pid = self.machine.show(SCHEDULER, "MainPID")
            self.signal("KILL")
            wait_until(lambda pid=pid: self._is_settled(but=pid), "another scheduler, or none")
        self.assertEqual(self._state(), "failed")
        self.assertEqual(self.machine.show(SCHEDULER, "NRestarts"), limit)
        self.assertIn("Start request repeated too quickly", self.machine.journal(SCHEDULER))
        self.machine.systemctl("reset-failed", SCHEDULER)
        self.start()

    def _is_settled(self, but: str) -> bool:
        return self.machine.show(SCHEDULER, "MainPID") != but and self._state() in ("active", "failed")

    def _state(self) -> str:
        return self.machine.show(SCHEDULER, "ActiveState")
