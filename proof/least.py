"""The least users of config/, made for real: PostgreSQL's roles, and ClickHouse's user in the engine."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
import urllib.request
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import psycopg2.extensions

from bed import Bed
from cells import wait_until
from stand import ROOT

_SQL = ROOT / "config/postgresql"
_USER = ROOT / "config/clickhouse/iceberg-offload.xml"


@dataclass
class Ledger:
    """A database `ledger` with the three roles, and `deployer`, a person who may become the owner."""

    bed: Bed

    def make(self) -> None:
        self.psql("postgres", "-c", "CREATE DATABASE ledger", database="postgres")
        self.psql("postgres", "-f", str(_SQL / "roles.sql"))
        self.psql("postgres", "-c", "CREATE ROLE deployer LOGIN; GRANT offload_owner TO deployer")
        for role in ("offload_owner", "offload_rw", "offload_ro", "deployer"):
            self.set_password(role)

    def migrate(self, script: str) -> None:
        """As the files in config/ say."""
        grants = str(_SQL / "grants.sql")
        self.psql("deployer", "-c", "SET ROLE offload_owner", "-f", "-", "-f", grants, script=script)

    def password_file(self, role: str) -> Path:
        return self.bed.folder / ("pg-password" if role == "postgres" else f"{role}-password")

    def connect(self, role: str, database: str = "ledger") -> psycopg2.extensions.connection:
        connection = psycopg2.connect(
            host="127.0.0.1",
            port=os.environ["PGPORT"],
            user=role,
            dbname=database,
            password=self.password_file(role).read_text().strip(),
        )
        connection.autocommit = True
        return connection

    def psql(self, role: str, *arguments: str, database: str = "ledger", script: str = "") -> None:
        address = ["-h", "127.0.0.1", "-p", os.environ["PGPORT"], "-U", role, "-d", database]
        password = self.password_file(role).read_text().strip()
        subprocess.run(
            ["psql", "-qX", "--set", "ON_ERROR_STOP=1", *address, *arguments],
            check=True,
            env=os.environ | {"PGPASSWORD": password},
            input=script,
            text=True,
        )

    def set_password(self, role: str) -> None:
        """As \\password does: only the verifier reaches the server."""
        password = secrets.token_hex(16)
        self.password_file(role).touch(mode=0o600)
        self.password_file(role).write_text(password)
        with self.connect("postgres") as connection, connection.cursor() as cursor:
            verifier = psycopg2.extensions.encrypt_password(password, role, connection, "scram-sha-256")
            cursor.execute(f"ALTER ROLE {role} PASSWORD %s", (verifier,))


@contextmanager
def least_clickhouse(bed: Bed, tables: Sequence[str]) -> Iterator[Path]:
    """The bed's ClickHouse run by the shipped user, who may read `tables`; yields the user's password file.

    The engine runs everything as its user `default`, so the shipped one bears that name here. What the user
    may do is the real engine's answer; only the password is the front's to check.
    """
    bed.kill_clickhouse()
    password = bed.folder / "least-clickhouse-password"
    password.write_text(secrets.token_hex(16))
    password.chmod(0o600)
    before = {name: os.environ[name] for name in ("CLICKHOUSE_USER", "OFFLOAD_CH_PASSWORD_FILE")}
    os.environ |= {"CLICKHOUSE_USER": "iceberg_offload", "OFFLOAD_CH_PASSWORD_FILE": str(password)}
    process = _front(bed, _engine_config(bed.folder, tables), password)
    try:
        wait_until(_answers, "ClickHouse of the least user")
        yield password
    finally:
        process.terminate()
        process.wait()
        os.environ |= before
        bed.up()


def _front(bed: Bed, config: Path, password: Path) -> subprocess.Popen[bytes]:
    port = str(urlsplit(os.environ["CLICKHOUSE_URL"]).port)
    place = ["--data", bed.folder / "clickhouse", "--port", port, "--engine-config", config]
    account = ["--user", "iceberg_offload", "--password-file", password]
    return subprocess.Popen(
        [sys.executable, "-m", "clickhouse_front", *place, *account],
        env=os.environ | {"PYTHONPATH": str(ROOT / "testbed"), "PYTHONDONTWRITEBYTECODE": "1"},
    )


def _answers() -> bool:
    try:
        return urllib.request.urlopen(f"{os.environ['CLICKHOUSE_URL']}/ping", timeout=5).status == 200
    except OSError:
        return False


def _engine_config(folder: Path, tables: Sequence[str]) -> Path:
    """A configuration of the engine with the shipped profile, constraints and kind of grants."""
    root = ET.parse(_USER).getroot()
    user = root.find("users/iceberg_offload")
    grants = None if user is None else user.find("grants")
    if user is None or grants is None:
        raise RuntimeError(f"{_USER} has no user iceberg_offload with grants")
    user.tag = "default"
    for name in ("password_sha256_hex", "networks"):
        user.remove(next(user.iter(name)))
    ET.SubElement(user, "password")
    ET.SubElement(ET.SubElement(user, "networks"), "ip").text = "::/0"
    for query in list(grants):
        if not re.fullmatch(r"GRANT SELECT ON \w+\.\w+", query.text or ""):
            raise RuntimeError(f"{_USER} grants more than SELECT on tables: {query.text}")
        grants.remove(query)
    for table in tables:
        ET.SubElement(grants, "query").text = f"GRANT SELECT ON {table}"
    ET.SubElement(root.find("profiles"), "default")
    ET.SubElement(ET.SubElement(root, "quotas"), "default")
    users = folder / "least-users.xml"
    ET.ElementTree(root).write(users)
    config = folder / "least-config.xml"
    config.write_text(f"<clickhouse><users_config>{users}</users_config></clickhouse>")
    return config
