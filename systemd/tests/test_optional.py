"""The optional drop-ins that this systemd knows."""

from __future__ import annotations

import shutil

from case import MachineCase
from installation import SCHEDULER, insert
from machine import HERE


class OptionalTests(MachineCase):
    def test_warehouse_elsewhere_is_written_and_its_readers_may_read_it(self) -> None:
        self._add("warehouse-elsewhere.conf", "iceberg-offload-.service.d")
        self.machine.run("useradd", "--system", "--user-group", "iceberg-offload")
        self.machine.run("install", "--directory", "--owner=iceberg-offload", "/srv/warehouse")
        config = self.machine.path("/etc/iceberg-offload/offload.yaml")
        config.write_text(config.read_text().replace("/var/lib/iceberg-offload/warehouse", "/srv/warehouse"))
        insert(self.table, 0, 10)
        self.machine.run("iceberg-offload", "migrate")
        self.machine.systemctl("start", f"iceberg-offload-catchup@{self.table}")
        files = self.machine.run("find", "/srv/warehouse", "-name", "*.parquet", "-printf", "%u %g %m\n")
        self.assertEqual(files, "iceberg-offload iceberg-offload 640\n")

    def test_web_configuration_is_among_the_credentials(self) -> None:
        self._add("web-config.conf", f"{SCHEDULER}.d")
        names = ["tls.crt", "tls.key", "web.yaml"]
        for name in names:
            self.machine.path(f"/etc/iceberg-offload/{name}").write_text(name)
        self.start()
        folder = f"/run/credentials/{SCHEDULER}"
        said = self.machine.run_beside(SCHEDULER, "cat", *(f"{folder}/{name}" for name in names))
        self.assertEqual(said, "".join(names))

    def _add(self, name: str, folder: str) -> None:
        path = self.machine.path(f"/etc/systemd/system/{folder}")
        path.mkdir(exist_ok=True)
        shutil.copyfile(HERE.parent / "optional" / name, path / name)
        self.machine.systemctl("daemon-reload")
