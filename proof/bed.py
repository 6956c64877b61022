"""A testbed of a proof's own, whose servers may be killed, restarted and promoted without harm to others."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cells import wait_until
from stand import ROOT, prepare

_BIN = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))


@dataclass
class Bed:
    """The servers of one folder, to which the stand's variables point."""

    folder: Path

    def up(self) -> None:
        """Starts what does not run, on the same ports and data."""
        subprocess.run([ROOT / "testbed/up", "--dir", self.folder], check=True, stdout=subprocess.DEVNULL)

    def kill_clickhouse(self) -> None:
        pid = int((self.folder / "clickhouse.pid").read_text())
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not _runs(pid), "ClickHouse ended")

    def restart_postgres(self, mode: str) -> None:
        """`mode`: `fast` ends every connection in order, `immediate` is as good as a crash."""
        self._pg_ctl(self._primary, "restart", "-m", mode, "-l", self._log)

    def stop_postgres(self, mode: str) -> None:
        self._pg_ctl(self._primary, "stop", "-m", mode)

    def add_standby(self) -> None:
        """A second cluster that follows the first; from now on COMMIT waits until it has the commit too."""
        source = ["-h", "127.0.0.1", "-p", os.environ["PGPORT"], "-U", "postgres"]
        # -R writes down whom to follow; the name of the cluster is its name as a follower.
        self._run("pg_basebackup", *source, "-D", self._standby, "-R", "-X", "stream", "-c", "fast")
        self._start_standby()
        self._superuser("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
        self._superuser("SELECT pg_reload_conf()")
        wait_until(self._is_synchronous, "a synchronous standby")

    def lose_standby(self) -> None:
        """The standby follows no longer, and COMMIT waits for it no longer."""
        self._pg_ctl(self._standby, "stop", "-m", "fast")
        self._superuser("ALTER SYSTEM RESET synchronous_standby_names")
        self._superuser("SELECT pg_reload_conf()")

    def promote(self) -> None:
        """The first server dies, and the second takes its place and address."""
        self.stop_postgres("immediate")
        if not (self._standby / "postmaster.pid").exists():
            self._start_standby()
        self._pg_ctl(self._standby, "promote")
        alone = f"-p {os.environ['PGPORT']} -c synchronous_standby_names="
        self._pg_ctl(self._standby, "restart", "-m", "fast", "-o", alone, "-l", self._log)

    def down(self) -> None:
        for cluster in (self._standby, self._primary):
            if (cluster / "postmaster.pid").exists():
                self._pg_ctl(cluster, "stop", "-m", "immediate")
        subprocess.run([ROOT / "testbed/down", "--dir", self.folder], check=True)

    def _start_standby(self) -> None:
        """On a port of its own until it is promoted."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self._pg_ctl(self._standby, "start", "-o", f"-p {port} -c cluster_name=standby", "-l", self._log)

    @property
    def _primary(self) -> Path:
        return (self.folder / "pg").resolve() / "data"

    @property
    def _standby(self) -> Path:
        return self._primary.parent / "standby"

    @property
    def _log(self) -> str:
        return str(self._primary.parent / "log")

    def _is_synchronous(self) -> bool:
        return self._superuser("SELECT sync_state FROM pg_stat_replication") == "sync"

    def _superuser(self, sql: str) -> str:
        return self._run("psql", "-AtXqc", sql, "-U", "postgres", "-d", "postgres")

    def _pg_ctl(self, cluster: Path, command: str, *options: str) -> None:
        self._run("pg_ctl", command, "--silent", "--wait", "--pgdata", cluster, *options)

    def _run(self, command: str, *arguments: str | Path) -> str:
        """As the server's user: PostgreSQL refuses to run as root. To a file, which a server may keep open."""
        user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        password = (self.folder / "pg-password").read_text().strip()
        with tempfile.TemporaryFile("w+") as output:
            subprocess.run(
                [*user, _BIN / command, *arguments],
                check=True,
                cwd="/",
                env=os.environ | {"PGPASSWORD": password},
                stdin=subprocess.DEVNULL,
                stdout=output,
            )
            output.seek(0)
            return output.read().strip()


@contextmanager
def bed() -> Iterator[Bed]:
    """Servers of one's own, and the stand on them; afterwards the variables are what they were."""
    before = dict(os.environ)
    own = Bed(Path(tempfile.mkdtemp(prefix="offload-bed-")))
    try:
        own.up()
        for line in (own.folder / "env").read_text().splitlines():
            name, _, value = line.removeprefix("export ").partition("=")
            os.environ[name] = shlex.split(value)[0]
        prepare()
        yield own
    finally:
        own.down()
        os.environ.clear()
        os.environ.update(before)


def _runs(pid: int) -> bool:
    """A zombie, which nobody has reaped yet, runs no more."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except FileNotFoundError:
        return False
