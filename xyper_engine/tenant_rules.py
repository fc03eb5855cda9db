"""What the installed plugins demand of tenants: of an account's `config` and secrets, and of settings for a plugin."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from xyper_engine.abilities import DescribesAccounts
from xyper_engine.errors import Invalid
from xyper_engine.model import Direction
from xyper_engine.plugins import Registry
from xyper_engine.policy import PluginChoice
from xyper_engine.tenants.spec import AccountSpec


class PluginRules:
    """Satisfies `tenants.rules.Rules`."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def channel(self, adapter: str, place: str) -> None:
        if adapter not in self._registry.adapters:
            known = ", ".join(sorted(self._registry.adapters))
            raise Invalid({place: f"no plugin brings an adapter {adapter!r}; there are {known}"})

    def account(self, spec: AccountSpec, place: str, *, new: bool) -> Mapping[str, Any]:
        self.channel(spec.adapter, f"{place}adapter")
        adapter = self._registry.adapters[spec.adapter]
        if not isinstance(adapter, DescribesAccounts):
            return spec.config
        names = adapter.account_secrets, adapter.account_extras
        wrong = _secrets(spec, *names, f"{place}secrets", new=new)
        config = _valid(adapter.account_config, spec.config, f"{place}config", wrong)
        return config.model_dump(mode="json", exclude_unset=True)

    def plugin(self, name: str, choice: PluginChoice, place: str) -> PluginChoice:
        if name not in self._registry.names:
            known = ", ".join(self._registry.names)
            raise Invalid({place.rstrip("."): f"there is no plugin {name!r}; there are {known}"})
        self._transformers(name, choice.off, f"{place}off")
        model = self._registry.tenant_settings.get(name)
        if model is None and choice.settings:
            raise Invalid({f"{place}settings": f"the plugin {name!r} has no settings for tenants"})
        if model is not None:
            _valid(model, choice.settings, f"{place}settings", {})
        return choice

    def _transformers(self, plugin: str, names: Sequence[str], place: str) -> None:
        mine = {one for one, owner in self._registry.owners.items() if owner == plugin}
        if unknown := sorted(set(names) - mine):
            known = ", ".join(sorted(mine)) or "none"
            raise Invalid({place: f"{plugin} has no transformer {', '.join(unknown)}; it has {known}"})

    def numbers(self) -> frozenset[str]:
        return frozenset(one.name for one in self._registry.adapters.values() if one.speaks is Direction.inbound)


def _secrets(
    spec: AccountSpec, needed: frozenset[str], extras: frozenset[str], place: str, *, new: bool
) -> dict[str, str]:
    known = needed | extras
    missing = sorted(needed - set(spec.secrets)) if new else []
    unknown = sorted(set(spec.secrets) - known)
    return {
        **{f"{place}.{name}": "needed" for name in missing},
        **{f"{place}.{name}": f"there is no such secret; there are {', '.join(sorted(known))}" for name in unknown},
    }


def _valid(model: type[BaseModel], values: Mapping[str, Any], place: str, wrong: Mapping[str, str]) -> BaseModel:
    """Raises `Invalid` with all that is wrong, also what was found before."""
    try:
        valid = model.model_validate(values)
    except ValidationError as error:
        found = {f"{place}.{field}".rstrip("."): what for field, what in Invalid.of(error).fields.items()}
        raise Invalid({**wrong, **found}) from None
    if wrong:
        raise Invalid(wrong)
    return valid
