"""A stop in the middle of a window: in time, and without a loss."""

from __future__ import annotations

import time

from case import SLOW, MachineCase
from installation import SCHEDULER, insert

_ROWS = 30


class StopTests(MachineCase):
    def test_stop_waits_for_the_window_at_work(self) -> None:
        self._start_copy(stop_timeout="20s")
        self.machine.systemctl("stop", SCHEDULER)
        self._assert_stopped_in_order()
        self.assertEqual(self.installation.ids(self.table), list(range(_ROWS)))

    def test_stop_outlasts_the_unit_if_the_configuration_wants_it(self) -> None:
        self.installation.drop_in(SCHEDULER, "TimeoutStopSec=100ms")
        self._start_copy(stop_timeout="20s")
        self.machine.systemctl("stop", SCHEDULER)
        self._assert_stopped_in_order()
        self.assertEqual(self.installation.ids(self.table), list(range(_ROWS)))

    def test_window_that_takes_too_long_is_given_up_and_nothing_is_lost(self) -> None:
        self._start_copy(stop_timeout="1s", rows=100)
        began = time.monotonic()
        self.machine.systemctl("stop", SCHEDULER)
        self.assertLess(time.monotonic() - began, 5)
        self._assert_stopped_in_order()
        self.assertEqual(self.installation.ids(self.table), [])
        self._assert_all_there_after_a_start(100)

    def test_process_killed_in_the_middle_loses_and_doubles_nothing(self) -> None:
        self._start_copy(stop_timeout="20s")
        self.signal("KILL")
        self._assert_all_there_after_a_start(_ROWS)

    def _start_copy(self, stop_timeout: str, rows: int = _ROWS) -> None:
        """Returns in the middle of it."""
        insert(self.table, 0, rows)
        self.installation.configure(self.table, options=SLOW, stop_timeout=stop_timeout)
        self.start()
        self.wait_for_copy()

    def _assert_stopped_in_order(self) -> None:
        self.assertEqual(self.machine.show(SCHEDULER, "Result"), "success")
        self.assertIn("Scheduler stopped gracefully", self.machine.journal(SCHEDULER))

    def _assert_all_there_after_a_start(self, rows: int) -> None:
        self.installation.configure(self.table)
        self.machine.systemctl("restart", SCHEDULER)
        self.wait_for_rows(rows)
