"""Phone numbers that are written in two ways. Source: Meta, "Phone numbers": `wa_id` may not be the number dialled.

Brazil's mobiles may lose the 9 after the area code, Mexico's may carry a 1 after the country code, Argentina's a 9.
"""

import re

_PAIRS = (
    (re.compile(r"tel:\+55(\d\d)9(\d{8})"), r"tel:+55\1\2"),
    (re.compile(r"tel:\+55(\d\d)([6-9]\d{7})"), r"tel:+55\g<1>9\2"),
    (re.compile(r"tel:\+521(\d{10})"), r"tel:+52\1"),
    (re.compile(r"tel:\+52([2-9]\d{9})"), r"tel:+521\1"),
    (re.compile(r"tel:\+549(\d{10})"), r"tel:+54\1"),
    (re.compile(r"tel:\+54([1-8]\d{9})"), r"tel:+549\1"),
)


def twin(urn: str) -> str | None:
    """The other way to write the same number, if there is one."""
    for form, other in _PAIRS:
        if match := form.fullmatch(urn):
            return match.expand(other)
    return None
