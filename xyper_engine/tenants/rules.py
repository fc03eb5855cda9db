"""What plugins demand of a tenant: asked by the service, answered by `tenant_rules.py`, which knows the plugins."""

from collections.abc import Mapping
from typing import Any, Protocol

from xyper_engine.policy import PluginChoice
from xyper_engine.tenants.spec import AccountSpec


class Rules(Protocol):
    """All raise `Invalid` with `place` before the name of each wrong field."""

    def channel(self, adapter: str, place: str) -> None:
        """There must be a plugin that brings this adapter."""

    def account(self, spec: AccountSpec, place: str, *, new: bool) -> Mapping[str, Any]:
        """The `config` that an account of this adapter may have; a new one must bring the secrets it needs."""

    def plugin(self, name: str, choice: PluginChoice, place: str) -> PluginChoice:
        """What a tenant may choose for a plugin."""

    def numbers(self) -> frozenset[str]:
        """The adapters whose accounts customers write to."""
