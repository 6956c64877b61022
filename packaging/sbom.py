"""Writes the CycloneDX 1.6 bill of materials of the program, and fails when what it wrote is not valid.

Three sorts of parts: the Swift packages that are resolved, the Swift runtime, which is linked as they are, and
the Debian libraries that the program loads. The same tree gives the same bytes: the time is given, and the
serial number follows from version and commit.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import uuid
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from cyclonedx.model import ExternalReference, ExternalReferenceType, Property, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

# How the first line of a licence's text reads, and its SPDX name.
LICENCES = {"Apache License": "Apache-2.0", "The MIT License": "MIT"}


def main() -> None:
    options = arguments()
    tree = json.loads(output("swift", "package", "show-dependencies", "--format", "json"))
    text = document(options.program, tree, options.time)
    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if problem is not None:
        raise SystemExit(f"the bill of materials is not valid CycloneDX 1.6: {problem}")
    options.output.write_text(text)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=Path, required=True, help="the release binary")
    parser.add_argument("--time", type=int, required=True, help="seconds since 1970, such as the commit's")
    parser.add_argument("--output", type=Path, required=True)
    return parser.parse_args()


def document(program: Path, tree: dict[str, Any], seconds: int) -> str:
    """The bill of materials as JSON."""
    versions = json.loads(output(str(program), "version", "--json"))
    name, version, commit = tree["name"], versions["version"], versions["commit"]
    bom = Bom(serial_number=uuid.uuid5(uuid.NAMESPACE_URL, f"{name}/{version}/{commit}"))
    bom.metadata.timestamp = datetime.fromtimestamp(seconds, timezone.utc)
    product = Component(
        type=ComponentType.APPLICATION, name=name, version=version, bom_ref=name,
        properties=[Property(name="commit", value=commit)])
    bom.metadata.component = product
    packages = swift_packages(tree, pins())
    others = [swift_runtime(), *debian_libraries(program)]
    bom.components = [*packages.values(), *others]
    direct = [packages[node["identity"]] for node in tree["dependencies"]]
    bom.register_dependency(product, [*direct, *others])
    for node in walk(tree):
        bom.register_dependency(
            packages[node["identity"]], [packages[below["identity"]] for below in node["dependencies"]])
    return make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=2) + "\n"


def walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every package below this one; one that several need comes several times."""
    for below in node["dependencies"]:
        yield below
        yield from walk(below)


def pins() -> dict[str, str]:
    """The commit of each resolved package, by its identity."""
    resolved = json.loads(Path("Package.resolved").read_text())
    return {pin["identity"]: pin["state"]["revision"] for pin in resolved["pins"]}


def swift_packages(tree: dict[str, Any], revisions: dict[str, str]) -> dict[str, Component]:
    return {
        node["identity"]: Component(
            type=ComponentType.LIBRARY, name=node["name"], version=node["version"], bom_ref=node["identity"],
            purl=PackageURL.from_string(f"pkg:swift/{place(node['url'])}@{node['version']}"),
            licenses=[licence(Path(node["path"]))],
            external_references=[ExternalReference(type=ExternalReferenceType.VCS, url=XsUri(node["url"]))],
            properties=[Property(name="commit", value=revisions[node["identity"]])])
        for node in walk(tree)
    }


def place(url: str) -> str:
    """`github.com/apple/swift-nio` for any way of writing it."""
    return url.removeprefix("https://").removesuffix(".git")


def licence(checkout: Path) -> DisjunctiveLicense:
    """By the first line of the licence's text; a new kind of licence is for people to read first."""
    (file,) = checkout.glob("LICENSE*")
    first = file.read_text().strip().splitlines()[0].strip()
    for beginning, name in LICENCES.items():
        if first.startswith(beginning):
            return DisjunctiveLicense(id=name)
    raise SystemExit(f"{checkout.name}: its licence is not one that packaging/sbom.py knows: {first}")


def swift_runtime() -> Component:
    match = re.search(r"Swift version ([0-9.]+)", output("swift", "--version"))
    if match is None:
        raise SystemExit("swift --version does not say which it is")
    version = match[1]
    return Component(
        type=ComponentType.FRAMEWORK, name="swift-runtime", version=version, bom_ref="swift-runtime",
        purl=PackageURL.from_string(f"pkg:swift/github.com/swiftlang/swift@{version}"),
        licenses=[LicenseExpression("Apache-2.0 WITH Swift-exception")],
        description="Standard library, Foundation and Dispatch, linked statically")


def debian_libraries(program: Path) -> list[Component]:
    """The packages of the shared libraries that the program names; what those load in turn is Debian's."""
    needed = re.findall(r"NEEDED\s+(\S+)", output("objdump", "-p", str(program)))
    # As `libcurl4:amd64: /usr/lib/x86_64-linux-gnu/libcurl.so.4`.
    lines = output("dpkg-query", "-S", *(f"*/{name}" for name in needed)).splitlines()
    return [debian_library(owner) for owner in sorted({line.split(": ")[0] for line in lines})]


def debian_library(owner: str) -> Component:
    name, version, architecture = output(
        "dpkg-query", "-Wf", "${Package} ${Version} ${Architecture}", owner).split()
    return Component(
        type=ComponentType.LIBRARY, name=name, version=version, bom_ref=f"debian/{name}",
        purl=PackageURL("deb", "debian", name, version, {"arch": architecture}),
        description="Shared library of Debian, not in the package")


def output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
