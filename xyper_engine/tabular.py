"""Tables as text, for spreadsheets."""

import csv
import io
from collections.abc import Sequence


def row(cells: Sequence[object]) -> bytes:
    """One line of CSV (RFC 4180)."""
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()
