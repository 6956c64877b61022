"""The behaviours of ClickHouse's HTTP interface that the product relies on, checked on a testbed."""

from __future__ import annotations

import concurrent.futures
import http.client
import io
import json
import os
import socket
import sys
import time
import traceback
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import pyarrow.parquet

_ADDRESS = urlsplit(os.environ["CLICKHOUSE_URL"]).netloc
_PASSWORD = Path(os.environ["OFFLOAD_CH_PASSWORD_FILE"]).read_text().strip()
_ACCOUNT = {"X-ClickHouse-User": os.environ["CLICKHOUSE_USER"], "X-ClickHouse-Key": _PASSWORD}
_LONG = "SELECT sum(sipHash64(number)) FROM numbers(100000000000)"
_ENDLESS = "SELECT number FROM system.numbers FORMAT TSV"

_CHECKS: list[Callable[[], None]] = []


@dataclass
class Response:
    """One answer; `is_whole` is false where the chunked framing broke off."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes
    is_whole: bool = True

    @property
    def code(self) -> str | None:
        return self.headers["X-ClickHouse-Exception-Code"]


def post(
    sql: str, body: bytes | None = None, headers: dict[str, str] | None = None, **parameters: str
) -> Response:
    """Sends SQL in the body, or in the URL where there is a body of data."""
    if body is not None:
        parameters["query"] = sql
    connection = http.client.HTTPConnection(_ADDRESS, timeout=60)
    connection.request(
        "POST", "/?" + urlencode(parameters), sql if body is None else body, headers or _ACCOUNT
    )
    response = connection.getresponse()
    try:
        return Response(response.status, response.headers, response.read())
    except http.client.IncompleteRead as error:
        return Response(response.status, response.headers, error.partial, is_whole=False)
    finally:
        connection.close()


def get(path: str) -> Response:
    connection = http.client.HTTPConnection(_ADDRESS, timeout=60)
    connection.request("GET", path, headers=_ACCOUNT)
    response = connection.getresponse()
    return Response(response.status, response.headers, response.read())


def rows(sql: str, **parameters: str) -> str:
    response = post(sql, None, None, **parameters)
    assert response.status == 200, response.body
    return response.body.decode()


def start(sql: str, query_id: str) -> http.client.HTTPResponse:
    """Sends a query and reads the headers of its answer, and no more."""
    connection = http.client.HTTPConnection(_ADDRESS, timeout=60)
    connection.request("POST", f"/?query_id={query_id}", sql, _ACCOUNT)
    return connection.getresponse()


def wait_until_running(query_id: str, count: int) -> None:
    deadline = time.monotonic() + 30
    sql = "SELECT count() FROM system.processes WHERE query_id = {id:String}"
    while rows(sql, param_id=query_id) != f"{count}\n":
        assert time.monotonic() < deadline, f"{query_id} is not in system.processes {count} times"


def checked(check: Callable[[], None]) -> Callable[[], None]:
    """Adds a check to the list of all."""
    _CHECKS.append(check)
    return check


@checked
def ping_answers_without_account() -> None:
    response = get("/ping")
    assert (response.status, response.body) == (200, b"Ok.\n")
    assert get("/nosuch").status == 404


@checked
def answer_carries_headers() -> None:
    response = post("SELECT 1 AS x FORMAT JSONEachRow", query_id="check-headers")
    assert response.body == b'{"x":1}\n'
    assert response.headers["X-ClickHouse-Query-Id"] == "check-headers"
    assert response.headers["X-ClickHouse-Format"] == "JSONEachRow"
    assert response.headers["X-ClickHouse-Timezone"] == rows("SELECT timezone()").strip()
    assert response.headers["Transfer-Encoding"] == "chunked"
    assert len(response.headers["X-ClickHouse-Exception-Tag"]) == 16
    assert json.loads(response.headers["X-ClickHouse-Summary"])["read_rows"] == "1"


@checked
def error_has_status_and_code() -> None:
    cases = {
        "SELEC 1": (400, "62"),
        "SELECT * FROM nosuch": (404, "60"),
        "SELECT * FROM nosuch.t": (404, "81"),
        "SELECT nosuch FROM system.one": (404, "47"),
        "SELECT throwIf(1)": (500, "395"),
        "SELECT {x:UInt8}": (500, "456"),
        "SELECT 1 FORMAT NoSuch": (404, "73"),
        "SELECT 1; SELECT 2": (400, "62"),
        "": (400, "62"),
    }
    for sql, expected in cases.items():
        response = post(sql)
        assert (response.status, response.code) == (expected[0], expected[1]), (sql, response)
        assert response.body.startswith(f"Code: {expected[1]}. DB::Exception: ".encode()), response.body
        assert b"(version " in response.body and response.body.endswith(b")\n"), response.body


@checked
def setting_in_url_is_applied() -> None:
    assert rows("SELECT getSetting('max_threads')", max_threads="1") == "1\n"
    assert rows("SELECT toString(toDateTime(0))", session_timezone="Asia/Kolkata") == "1970-01-01 05:30:00\n"
    response = post("SELECT 1", nosuch="1")
    assert (response.status, response.code) == (404, "115"), response
    assert rows("SELECT currentDatabase()", database="system") == "system\n"
    assert post("SELECT 1", database="nosuch").code == "81"


@checked
def parameter_is_tab_separated_text() -> None:
    assert rows("SELECT {x:String} FORMAT RawBLOB", param_x="a\\tb'\\\\c\\'") == "a\tb'\\c'"
    assert (
        rows("SELECT {n:Nullable(Int64)}, {t:Identifier} FROM system.one", param_n="\\N", param_t="dummy")
        == "\\N\t0\n"
    )
    sql = "SELECT {t:DateTime64(9, 'UTC')}"
    assert rows(sql, param_t="2026-01-02 03:04:05.123456789") == "2026-01-02 03:04:05.123456789\n"
    assert post("SELECT {x:UInt8}", param_x="a").code == "457"


@checked
def wrong_password_is_refused() -> None:
    for headers in ({}, _ACCOUNT | {"X-ClickHouse-Key": "wrong"}, {"Authorization": "Basic b2ZmbG9hZDp4"}):
        response = post("SELECT 1", headers=headers or {"Accept": "*/*"})
        assert (response.status, response.code) == (403, "516"), response
        assert b"Authentication failed" in response.body


@checked
def get_is_read_only() -> None:
    assert get("/?query=" + quote("SELECT 1")).body == b"1\n"
    assert get("/?query=" + quote("CREATE DATABASE check_get")).code == "164"


@checked
def exception_in_stream_breaks_framing() -> None:
    for format_name in ("TSV", "Parquet"):
        sql = f"SELECT number, throwIf(number = 3000000) FROM numbers(4000000) FORMAT {format_name}"
        response = post(
            sql, max_block_size="10000", max_threads="1", output_format_parquet_row_group_size="500000"
        )
        tag = response.headers["X-ClickHouse-Exception-Tag"].encode()
        assert response.status == 200 and not response.is_whole
        marker = b"\r\n__exception__\r\n"
        assert response.body.endswith(b" " + tag + marker), response.body[-200:]
        head, _, rest = response.body.removesuffix(b" " + tag + marker).rpartition(marker + tag + b"\r\n")
        message, _, length = rest.rpartition(b"\n")
        assert message.startswith(b"Code: 395.") and int(length) == len(message) + 1 and head


@checked
def waiting_for_end_gives_true_status() -> None:
    sql = "SELECT number, throwIf(number = 3000000) FROM numbers(4000000)"
    response = post(sql, wait_end_of_query="1")
    assert (response.status, response.code) == (500, "395") and response.is_whole


@checked
def rows_in_body_are_inserted() -> None:
    rows("CREATE TABLE check_insert (a Int64, s String) ENGINE = MergeTree ORDER BY a")
    try:
        parquet = post("SELECT toInt64(number) AS a, 'p' AS s FROM numbers(1000) FORMAT Parquet").body
        response = post("INSERT INTO check_insert FORMAT Parquet", parquet)
        assert json.loads(response.headers["X-ClickHouse-Summary"])["written_rows"] == "1000", response
        assert post("INSERT INTO check_insert FORMAT JSONEachRow", b'{"a": 1000, "s": "x"}\n').status == 200
        rows("INSERT INTO check_insert FORMAT TSV\n1001\ttab\\t\n")
        rows("INSERT INTO check_insert (a, s) VALUES (1002, 'it''s'), (1000 + 3, concat('a', 'b'))")
        rows("INSERT INTO check_insert SELECT 1004, 'select'")
        assert post("INSERT INTO check_insert FORMAT TSV", b"9\t\xff\xfe\n").status == 200
        assert (
            rows("SELECT count(), max(a), countIf(NOT isValidUTF8(s)) FROM check_insert") == "1006\t1004\t1\n"
        )
        assert post("INSERT INTO check_insert FORMAT TSV", b"x\ty\n").code == "27"
        assert post("INSERT INTO nosuch FORMAT TSV", b"1\n").status == 404
        assert rows("SELECT name FROM system.columns WHERE table = 'check_insert'") == "a\ns\n"
        assert rows("SELECT sum(rows) FROM system.parts WHERE table = 'check_insert' AND active") == "1006\n"
    finally:
        rows("DROP TABLE check_insert SYNC")


@checked
def connection_is_kept_after_errors() -> None:
    connection = http.client.HTTPConnection(_ADDRESS, timeout=60)
    for sql, status in (("SELECT 1", 200), ("SELEC", 400), ("SELECT 2", 200)):
        connection.request("POST", "/", sql, _ACCOUNT)
        response = connection.getresponse()
        response.read()
        assert response.status == status and not response.will_close
    connection.close()


@checked
def parquet_streams_before_the_end() -> None:
    sql = "SELECT number, toString(number) AS s FROM numbers(6000000) FORMAT Parquet"
    response = start(
        sql + " SETTINGS output_format_parquet_row_group_size = 200000", f"stream-{uuid.uuid4()}"
    )
    first = response.read(4)
    is_running = rows("SELECT count() FROM system.processes WHERE query LIKE '%6000000%Parquet%'") == "2\n"
    table = pyarrow.parquet.read_table(io.BytesIO(first + response.read()))
    assert is_running, "the first bytes came after the end of the query"
    assert table.num_rows == 6000000 and table.column("s")[-1].as_py() is not None


@checked
def kill_ends_a_query() -> None:
    for sql, seen in ((_LONG, (500, "394")), (_ENDLESS, (200, None))):
        query_id = f"kill-{uuid.uuid4()}"
        with concurrent.futures.ThreadPoolExecutor() as pool:
            running = pool.submit(post, sql, query_id=query_id)
            wait_until_running(query_id, 1)
            assert post(_LONG, query_id=query_id).code == "216"
            killed = rows("KILL QUERY WHERE query_id = {id:String} SYNC", param_id=query_id)
            assert killed.startswith("finished\t"), killed
            response = running.result(timeout=30)
            assert (response.status, response.code) == seen, response.body[-500:]
            assert b"Code: 394." in response.body
        wait_until_running(query_id, 0)


@checked
def query_ends_when_client_leaves() -> None:
    query_id = f"leave-{uuid.uuid4()}"
    response = start(_ENDLESS, query_id)
    wait_until_running(query_id, 1)
    assert response.fp is not None
    response.close()
    wait_until_running(query_id, 0)


@checked
def queries_run_in_parallel() -> None:
    stalled = [start(_ENDLESS, f"stalled-{uuid.uuid4()}") for _ in range(8)]
    started = time.monotonic()
    assert rows("SELECT count() FROM system.processes WHERE query_id LIKE 'stalled-%'") == "8\n"
    assert time.monotonic() - started < 5
    for response in stalled:
        response.close()


@checked
def body_may_be_chunked() -> None:
    with socket.create_connection((_ADDRESS.split(":")[0], int(_ADDRESS.split(":")[1]))) as raw:
        account = "".join(f"{name}: {value}\r\n" for name, value in _ACCOUNT.items())
        head = (
            f"POST / HTTP/1.1\r\nHost: x\r\n{account}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        )
        raw.sendall(head.encode() + b"7\r\nSELECT \r\n3\r\n'b'\r\n0\r\n\r\n")
        assert b"\r\nb\n\r\n0\r\n\r\n" in raw.makefile("rb").read()


def form(*parts: tuple[str, bytes], file: tuple[str, bytes] | None = None) -> tuple[bytes, dict[str, str]]:
    """A multipart/form-data body of fields and a file behind them, with the headers for it."""
    heads = [(f'name="{name}"', value) for name, value in parts]
    heads += [(f'name="{file[0]}"; filename="f"', file[1])] if file else []
    body = b"".join(
        f"--bound\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + value + b"\r\n"
        for head, value in heads
    )
    return body + b"--bound--\r\n", _ACCOUNT | {"Content-Type": "multipart/form-data; boundary=bound"}


@checked
def file_in_a_form_is_a_table() -> None:
    parquet = post(
        "SELECT toInt32(number) AS a, if(a % 2 = 0, NULL, concat('\r\n--boun', toString(a))) AS s"
        " FROM numbers(300000) FORMAT Parquet"
    ).body
    sql = "SELECT count(), sum(a), count(s), max(s), toTypeName(any(a)) FROM f"
    expected = b"300000\t44999850000\t150000\t\\r\\n--boun99999\tNullable(Int64)\n"
    structure = "a Nullable(Int64), s Nullable(String)"
    body, headers = form(file=("f", parquet))
    response = post(sql, body, headers, f_format="Parquet", f_structure=structure, wait_end_of_query="1")
    assert (response.status, response.body) == (200, expected), response
    fields = (("query", sql.encode()), ("f_format", b"Parquet"), ("f_structure", structure.encode()))
    body, headers = form(*fields, file=("f", parquet))
    assert post("", body, headers).body == expected
    body, headers = form(*fields, file=("f", parquet[:-100]))
    assert post("", body, headers).status >= 400
    assert post("SELECT count() FROM f").code == "60"


@checked
def file_in_a_form_has_types_or_a_structure() -> None:
    body, headers = form(("f_types", b"UInt8,Tuple(UInt8, String)"), file=("f", b"1\t(2,'x')\n"))
    assert post("SELECT * FROM f", body, headers).body == b"1\t(2,'x')\n"
    assert post("SELECT _2.2, _1 FROM f", body, headers).body == b"x\t1\n"
    body, headers = form(file=("f", b""))
    assert post("SELECT 1", body, headers).code == "36"


def main() -> int:
    failed = 0
    for check in _CHECKS:
        started = time.monotonic()
        try:
            check()
            print(f"ok     {check.__name__} ({time.monotonic() - started:.1f} s)")
        except Exception:  # noqa: BLE001  (whatever it is, the other checks go on)
            failed += 1
            print(f"FAILED {check.__name__}")
            traceback.print_exc(file=sys.stdout)
    print(f"{len(_CHECKS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
