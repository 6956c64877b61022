"""A bed whose every secret is known, whose PostgreSQL writes down what it is told, and which can go wrong."""

from __future__ import annotations

import crypt
import os
import secrets
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from bed import Bed
from leaks import Secrets
from least import Ledger
from stand import Scene

POSTGRES, CLICKHOUSE = "PostgreSQL's password", "ClickHouse's password"
_WEB = """
tls_server_config: {{cert_file: {folder}/tls.crt, key_file: {folder}/tls.key}}
basic_auth_users: {{scraper: {hash}}}
"""


@dataclass
class CanaryBed:
    """A bed's servers, and one secret of every kind that the product takes."""

    bed: Bed
    password: str = field(default_factory=lambda: secrets.token_hex(16))

    def __post_init__(self) -> None:
        self.folder = self.bed.folder
        salt = crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=1 << 5)
        hashed = crypt.crypt(self.password, salt)
        self._make_certificate()
        self.web = self.file("web.yaml", _WEB.format(folder=self.folder, hash=hashed))
        self.wrong = self.file("wrong-password", secrets.token_hex(16))
        self.secrets = Secrets(
            {
                POSTGRES: (self.folder / "pg-password").read_text().strip(),
                CLICKHOUSE: (self.folder / "clickhouse-password").read_text().strip(),
                "a wrong password": self.wrong.read_text(),
                "the scraper's password": self.password,
                "the scraper's hash": hashed,
                "the private key": (self.folder / "tls.key").read_text().splitlines()[1],
            }
        )

    def log_everything(self) -> None:
        """Every statement with its parameters, and every connection."""
        settings = {"log_statement": "all", "log_connections": "on", "log_min_messages": "debug1"}
        for name, value in settings.items():
            self.as_superuser(f"ALTER SYSTEM SET {name} = '{value}'")
        self.as_superuser("SELECT pg_reload_conf()")

    def as_superuser(self, sql: str) -> None:
        Ledger(self.bed).psql("postgres", "-o", "/dev/null", "-c", sql, database="postgres")

    @property
    def server_log(self) -> bytes:
        return ((self.folder / "pg").resolve() / "log").read_bytes()

    def dump(self) -> bytes:
        """The whole ledger as text."""
        return subprocess.run(["pg_dump", "--inserts"], check=True, capture_output=True).stdout

    def file(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(text)
        return path

    def scene(self, name: str, changes: dict[str, str] | None = None) -> Scene:
        """With TLS and a password for scrapers, and all that is worth a line in the log."""
        usual = {
            'metrics: {listen: "127.0.0.1:0"}': f'metrics: {{listen: "127.0.0.1:0", web_config: {self.web}}}',
            "tables:": "log: {level: trace}\ntables:",
        }
        return Scene(f"{name.replace(' ', '_')}_{time.time_ns()}", changes=usual | (changes or {}))

    def outages(self) -> dict[str, dict[str, str]]:
        """What can be wrong with a server, as changes of the configuration."""
        wrong = str(self.wrong)
        return {
            "postgres refuses": {str(self.folder / "pg-password"): wrong},
            "clickhouse refuses": {str(self.folder / "clickhouse-password"): wrong},
            "postgres is away": {f":{os.environ['PGPORT']}/": f":{_closed_port()}/"},
            "clickhouse is away": {f":{urlsplit(os.environ['CLICKHOUSE_URL']).port}": f":{_closed_port()}"},
        }

    def mistakes(self) -> dict[str, dict[str, str]]:
        """Secrets where they do not belong, and files that cannot be used, as changes like those."""
        postgres, clickhouse = self.secrets.texts[POSTGRES], self.secrets.texts[CLICKHOUSE]
        key = (self.folder / "tls.key").read_text()
        password_file = f"password_file: {self.folder}/"
        return {
            "password in postgres.url": {"postgresql://offload@": f"postgresql://offload:{postgres}@"},
            "password in its options": {'/offload"': f'/offload?password={postgres}"'},
            "password in clickhouse.url": {"http://127": f"http://offload:{clickhouse}@127"},
            "password written out": {f"{password_file}clickhouse-password": f"password: {clickhouse}"},
            "no YAML": {f"{password_file}pg-password": f"password: {postgres}: ["},
            "unknown key": {f"{password_file}pg-password": f"pasword: {postgres}"},
            "open password file": {str(self.folder / "pg-password"): str(self._open(postgres))},
            "no bcrypt hash": self._web("plain.yaml", f"basic_auth_users: {{scraper: {self.password}}}"),
            "half a key": self._web(
                "half.yaml",
                f"tls_server_config: {{cert_file: tls.crt, key_file: {self.file('half.key', key[:90])}}}",
            ),
        }

    def _open(self, password: str) -> Path:
        path = self.file("open-password", password)
        path.chmod(0o644)
        return path

    def _web(self, name: str, text: str) -> dict[str, str]:
        return {str(self.web): str(self.file(name, text))}

    def _make_certificate(self) -> None:
        self.file("tls.key", "")
        subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
        files = ["-keyout", self.folder / "tls.key", "-out", self.folder / "tls.crt"]
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        subprocess.run(["openssl", "req", "-x509", *curve, *subject, *files], check=True, capture_output=True)


def _closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]
