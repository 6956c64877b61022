#!/usr/bin/env python3
"""Shortens the durations in files by the scale of drills: shorten.py FILE ..."""

from __future__ import annotations

import sys
from pathlib import Path

from scale import scaled, scaled_rules

for file in map(Path, sys.argv[1:]):
    shorten = scaled_rules if file.name.endswith(".rules.yml") else scaled
    file.write_text(shorten(file.read_text()))
