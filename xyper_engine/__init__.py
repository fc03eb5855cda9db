"""Xyper: the bridge between WhatsApp and Genesys Cloud.

A reader begins in `engine.py`; an integrator in `contract.py` and `hookspecs.py`.
"""

import pluggy

__version__ = "0.7.3"

hookimpl = pluggy.HookimplMarker("xyper")
"""Marks a plugin module's hook functions; see `hookspecs.py` for the hooks there are."""
