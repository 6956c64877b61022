"""External data for query processing: the files of a form, as tables that one query sees.

That the query, formats and structures may be fields of the form, and must come before their file, was compared
with Debian's clickhouse-server 18.16, a real server.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from email.message import Message

from .engine import EngineError, Session
from .multipart import Part, read_parts

# While a form is sent, parameters that end so belong to its files and are no settings.
SUFFIXES = ("_format", "_types", "_structure")


def take_form(
    headers: Message, body: Iterator[bytes], parameters: dict[str, str], session: Session
) -> str:
    """Makes a table of every file in the form; what comes back is the query, as far as the form has it.

    A file's format and structure are in the URL or in fields before it (docs, External Data for Query
    Processing).
    """
    query = ""
    for part in read_parts(headers, body):
        if part.is_file:
            _add_table(part, parameters, session)
            continue
        value = b"".join(part.content).decode("utf-8", "surrogateescape")
        if part.name == "query":
            query += value
        else:
            parameters[part.name] = value
    return query


def _add_table(part: Part, parameters: dict[str, str], session: Session) -> None:
    with tempfile.NamedTemporaryFile(prefix="offload-external-") as file:
        file.writelines(part.content)
        file.flush()
        format_name = parameters.get(f"{part.name}_format", "TabSeparated")
        session.add_table(part.name, _structure(part.name, parameters), format_name, file.name)


def _structure(name: str, parameters: dict[str, str]) -> str:
    if structure := parameters.get(f"{name}_structure"):
        return structure
    if types := parameters.get(f"{name}_types"):
        return ", ".join(f"_{number} {kind}" for number, kind in enumerate(_split(types), 1))
    text = (
        f"Neither structure nor types have not been provided for external table {name}."
        f" Use fields {name}_structure or {name}_types to do so."
    )
    raise EngineError(36, f"Code: 36. DB::Exception: {text} (BAD_ARGUMENTS)")


def _split(types: str) -> Iterator[str]:
    """At the commas outside of every bracket."""
    depth, begin = 0, 0
    for at, sign in enumerate(types):
        depth += (sign == "(") - (sign == ")")
        if sign == "," and depth == 0:
            yield types[begin:at]
            begin = at + 1
    yield types[begin:]
