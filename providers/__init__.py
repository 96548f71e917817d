"""Banks and acquirers, their wires and their simulators."""

from __future__ import annotations

# Whole, and before Qt: pydantic imports itself piece by piece, and PySide6's import hook (6.11) makes the pieces
# that come after it fail ("cannot import name 'import_string' from partially initialized module").
import pydantic.types  # noqa: F401
