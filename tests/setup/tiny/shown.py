"""What start.py starts in the tiny project: prints how it was started, as one line of JSON."""

from __future__ import annotations

import json
import os
import sys


def main() -> None:
    """Print the arguments, the folder, and what is set for tbtwatch."""
    settings = {name: value for name, value in os.environ.items() if name.startswith("TBTWATCH_")}
    print(json.dumps({"arguments": sys.argv[1:], "folder": os.getcwd(), "settings": settings}))  # noqa: PTH109
