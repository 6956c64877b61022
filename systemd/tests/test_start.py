"""What a started scheduler is, has, and is kept from."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from case import MachineCase
from installation import SCHEDULER, STATE, free_port, insert
from machine import HERE, wait_until

_SERVICES = [SCHEDULER, "iceberg-offload-catchup@.service", "iceberg-health-check.service"]
_PASSWORDS = {"clickhouse": "OFFLOAD_CH_PASSWORD_FILE", "postgres": "OFFLOAD_PG_PASSWORD_FILE"}


class StartTests(MachineCase):
    def test_started_means_ready(self) -> None:
        insert(self.table, 0, 100)
        self.machine.systemctl("start", SCHEDULER)
        self.assertEqual(self.machine.systemctl("is-active", SCHEDULER), "active")
        self.assertIn("scheduler_active", self.installation.page("metrics"))
        self.wait_for_rows(100)
        self.assertRegex(
            self.machine.show(SCHEDULER, "StatusText"), r"^(running a cycle since|next cycle at) 20\d\d-"
        )

    def test_metrics_and_health_are_reachable(self) -> None:
        insert(self.table, 0, 100)  # so old that they are told of
        self.start()
        metrics = self.installation.page("metrics")
        self.assertIn("\noffload_tables_configured 1\n", metrics)
        self.assertRegex(metrics, r"\nprocess_resident_memory_bytes [1-9]")
        wait_until(lambda: self.table in self.installation.page("health"), "a look at the table")
        self.assertRegex(self.installation.page("ready"), "^(running a cycle|next cycle)")

    def test_journal_holds_what_happened_and_no_complaint(self) -> None:
        self.installation.configure(self.table, interval="1h")
        insert(self.table, 0, 100)
        self.start()
        self.wait_for_rows(100)
        self.machine.systemctl("stop", SCHEDULER)
        journal = self.machine.journal(SCHEDULER)
        for words in (
            "SCHEDULER STARTED",
            "(100 rows in",
            "OFFLOAD CYCLE COMPLETED",
            "Scheduler stopped gracefully",
        ):
            self.assertIn(words, journal)
        self.assertEqual(re.findall(".*(?:errno|WARN|ERROR|[Ff]ailed to).*", journal), [])

    def test_user_exists_only_while_the_service_runs(self) -> None:
        self.start()
        status = self._of_process("status")
        uid = int(re.search(r"^Uid:\t(\d+)", status, re.MULTILINE)[1])
        self.assertIn(uid, range(61184, 65520))  # of systemd's dynamic users
        for line in (
            "CapBnd:\t0000000000000000",
            "CapEff:\t0000000000000000",
            "NoNewPrivs:\t1",
            "Seccomp:\t2",
        ):
            self.assertIn(line, status)
        self.assertEqual(self.machine.path("/var/lib/private/iceberg-offload/warehouse").stat().st_uid, uid)
        self.machine.run("grep", "iceberg-offload", "/etc/passwd", status=1)

    def test_passwords_are_credentials_of_mode_0400(self) -> None:
        self.start()
        folder = f"/run/credentials/{SCHEDULER}"
        seen = self.machine.run_beside(
            SCHEDULER, "stat", "--format=%a %n", *(f"{folder}/{name}-password" for name in _PASSWORDS)
        )
        self.assertEqual(seen.splitlines(), [f"400 {folder}/{name}-password" for name in _PASSWORDS])
        self.machine.run("runuser", "-u", "nobody", "--", "cat", f"{folder}/postgres-password", status=1)
        self.assertIn(f"CREDENTIALS_DIRECTORY={folder}\0", self._of_process("environ"))
        for place in ("environ", "cmdline"):
            for variable in _PASSWORDS.values():
                password = Path(os.environ[variable]).read_text().strip()
                self.assertNotIn(password, self._of_process(place))

    def test_nothing_but_its_own_folder_can_be_written(self) -> None:
        self.start()
        for folder in ("/etc", "/usr/local/bin", "/var", "/sys/fs/cgroup", f"/run/credentials/{SCHEDULER}"):
            said = self.machine.run_beside(SCHEDULER, "touch", f"{folder}/written", status=1)
            self.assertIn("Read-only file system", said)
        self.machine.run_beside(SCHEDULER, "touch", f"{STATE}/written", "/tmp/written")
        self.assertFalse(self.machine.path("/tmp/written").exists())
        homes = self.machine.run_beside(SCHEDULER, "ls", "/root", "/home")
        self.assertEqual(homes.split(), ["/home:", "/root:"])

    def test_exposure_is_low_in_the_file_and_in_life(self) -> None:
        for service in _SERVICES:
            with self.subTest(service):
                analyze = ["systemd-analyze", "security", "--no-pager", "--threshold=10"]
                subprocess.run(
                    [*analyze, "--offline=true", HERE.parent / service], check=True, stdout=subprocess.PIPE
                )
                self.machine.run(*analyze, service.replace("@.", f"@{self.table}."))

    def _of_process(self, name: str) -> str:
        """A file of the scheduler's in /proc."""
        return self.machine.run("cat", f"/proc/{self.machine.show(SCHEDULER, 'MainPID')}/{name}")


class InstallationTests(MachineCase):
    def test_systemd_understands_every_line(self) -> None:
        units = [*_SERVICES, "iceberg-health-check.timer"]
        self.assertEqual(self.machine.run("systemd-analyze", "verify", *units), "")

    def test_wrong_configuration_fails_at_once(self) -> None:
        self.machine.path("/etc/iceberg-offload/offload.yaml").write_text("tables: 1\n")
        self.machine.systemctl("start", SCHEDULER, status=1)
        self.assertEqual(self.machine.show(SCHEDULER, "ActiveState"), "failed")
        self.assertEqual(self.machine.show(SCHEDULER, "NRestarts"), "0")
        self.assertIn(
            "hint: Correct the file, then run: iceberg-offload config check", self.machine.journal(SCHEDULER)
        )

    def test_postgresql_that_is_away_is_waited_for(self) -> None:
        config = self.machine.path("/etc/iceberg-offload/offload.yaml")
        config.write_text(config.read_text().replace(f":{os.environ['PGPORT']}/", f":{free_port()}/"))
        self.machine.systemctl("start", SCHEDULER)
        wait_until(
            lambda: "waiting for PostgreSQL: " in self.machine.show(SCHEDULER, "StatusText"), "a word of it"
        )
        self.assertIn("Connection refused", self.machine.show(SCHEDULER, "StatusText"))
        self.assertTrue(self.installation.page("ready").startswith("waiting for PostgreSQL: "))
        self.assertEqual(self.machine.show(SCHEDULER, "NRestarts"), "0")
