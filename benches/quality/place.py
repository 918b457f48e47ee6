"""Where these scripts keep what they fetch, and how they come by their libraries."""

import os
import subprocess
import sys
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", HOUSE / "target"))
FOLDER = TARGET / "quality"
BINARY = TARGET / "release" / "dragoman"


def with_packages(name, packages):
    """Goes on in a virtual environment that has these packages, made once under `target/quality`."""
    place = FOLDER / name
    python = place / "bin" / "python"
    done = place / "installed"
    wanted = "\n".join(packages)
    if not done.exists() or done.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", place], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
        done.write_text(wanted)
    if Path(sys.prefix).resolve() != place.resolve():
        os.execv(python, [python, *sys.argv])
