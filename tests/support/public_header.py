"""The public header for tests that hold something against it: parse(PATH), by the parser of the bindings."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "abi/bindings"))
from header import parse  # noqa: E402, F401
