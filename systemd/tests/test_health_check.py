"""iceberg-health-check.sh in every state, by hand and by its timer."""

from __future__ import annotations

import os
import re
import socket
import time

from case import MachineCase
from installation import SCHEDULER, insert
from machine import wait_until

_SECTIONS = ["Scheduler", "Metrics endpoint", "Lag", "Last 3 cycles", "Errors of the last hour", "Components"]
_CONFIG = "/etc/iceberg-offload/offload.yaml"


class HealthCheckTests(MachineCase):
    prefix: tuple[str, ...] = ()

    def test_all_is_well(self) -> None:
        insert(self.table, 0, 10)
        self.start()
        self.wait_for_rows(10)
        self._assert_check(
            0, "OK: all is well", f"   {self.table} ", " success ", ": 200 OK", "✓ ClickHouse answers"
        )

    def test_stopped_scheduler_is_critical(self) -> None:
        self._run_once()
        self._assert_check(
            2,
            "CRITICAL: the scheduler is inactive",
            "nobody listens at the metrics endpoint",
            "✓ PostgreSQL answers",
        )

    def test_hung_scheduler_is_critical(self) -> None:
        self.start()
        self.signal("STOP")
        self._assert_check(2, "CRITICAL: the metrics endpoint 127.0.0.1:")

    def test_failures_are_counted_and_named(self) -> None:
        self.installation.configure(self.table, options={"where": "no_such_column = 1"}, interval="1h")
        self.machine.systemctl("start", SCHEDULER)
        wait_until(lambda: "✗ Offload failed" in self.machine.journal(SCHEDULER), "a failure")
        self._assert_check(
            1, f"WARNING: {self.table}: the last turn failed", "   ! 1; see: journalctl --unit"
        )
        errors = self.machine.run("journalctl", "--unit", SCHEDULER, "--priority", "err", "--output", "cat")
        self.assertEqual(len(errors.splitlines()), 1)

    def test_servers_that_do_not_answer_are_named_in_time(self) -> None:
        self._run_once()
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            self._replace(os.environ["CLICKHOUSE_URL"], f"http://127.0.0.1:{port}")
            self._assert_check(2, "! ClickHouse does not answer", "✓ PostgreSQL answers", " success ")
            self._replace(f":{os.environ['PGPORT']}/", f":{port}/")
            self._assert_check(2, "? iceberg-offload: PostgreSQL did not answer in time")

    def test_unknown_is_told_where_only_the_ledger_is_silent(self) -> None:
        self.start()
        self._replace(f":{os.environ['PGPORT']}/", ":1/")
        self._assert_check(
            3, "UNKNOWN: iceberg-offload: PostgreSQL: ", "Connection refused", "? ClickHouse is not asked"
        )

    def test_wrong_configuration_is_unknown(self) -> None:
        self.machine.path(_CONFIG).write_text("tables: 1\n")
        self.assertIn("hint: Correct the file", self.machine.run("iceberg-health-check.sh", status=3))

    def test_timer_runs_it_in_the_sandbox(self) -> None:
        self._run_once()
        timer = self.machine.path("/etc/systemd/system/iceberg-health-check.timer")
        timer.write_text(
            timer.read_text()
            .replace("*:0/5", "*:*:0/1")
            .replace("RandomizedDelaySec=30", "AccuracySec=100ms")
        )
        self.machine.systemctl("daemon-reload")
        self.machine.systemctl("start", "iceberg-health-check.timer")
        wait_until(
            lambda: "CRITICAL: " in self.machine.journal("iceberg-health-check"), "a verdict in the journal"
        )
        self.assertIn("5. Errors of the last hour\n   ✓ none", self.machine.journal("iceberg-health-check"))
        self.machine.systemctl("stop", "iceberg-health-check.timer")
        self.start()
        start = ("start", "iceberg-health-check.service")
        wait_until(lambda: not self.machine.systemctl(*start, status=None), "a check that is content")

    def test_host_without_systemd_is_judged_by_the_endpoint(self) -> None:
        self.start()
        self.prefix = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /run/systemd && exec "$0" "$@"')
        self._assert_check(0, "OK: all is well", "cycle", "(no systemd runs here)", "? no journal here")
        self.machine.systemctl("stop", SCHEDULER)
        self._assert_check(2, "CRITICAL: no scheduler answers (no systemd runs here)")

    def _run_once(self) -> None:
        """A scheduler that has worked, and was stopped."""
        self.start()
        wait_until(lambda: self.installation.page("ready").startswith("next"), "the end of a cycle")
        self.machine.systemctl("stop", SCHEDULER)

    def _replace(self, old: str, new: str) -> None:
        config = self.machine.path(_CONFIG)
        config.write_text(config.read_text().replace(old, new))

    def _assert_check(self, status: int, *words: str) -> None:
        """The check ends with `status` and says these words, in its six sections and within two seconds.

        A host so busy that it is later, or learns nothing in time, is given a minute of chances.
        """
        deadline = time.monotonic() + 60
        said, took = self._check()
        while time.monotonic() < deadline and not (took < 2 and all(word in said for word in words)):
            said, took = self._check()
        self.assertIn(f"\nexit code {status}\n", said)
        for word in words:
            self.assertIn(word, said)
        sections = [line[3:] for line in said.splitlines() if re.match(r"\d\. ", line)]
        self.assertEqual(sections, _SECTIONS)
        self.assertLess(took, 2)

    def _check(self) -> tuple[str, float]:
        began = time.monotonic()
        said = self.machine.run(*self.prefix, "sh", "-c", "iceberg-health-check.sh; echo exit code $?")
        return said, time.monotonic() - began
