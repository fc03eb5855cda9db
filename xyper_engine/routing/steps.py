"""Which transformers an event passes: those its tenant did not switch off, each with what is set for its plugin."""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ValidationError

from xyper_engine.contract import Transformer
from xyper_engine.errors import SettingsError
from xyper_engine.model import Direction, Utterance
from xyper_engine.plugins import Registry
from xyper_engine.policy import PluginChoice, Policy
from xyper_engine.settings import in_words

Step = tuple[Transformer, BaseModel | None]

_NOTHING: Mapping[str, PluginChoice] = {}


class Steps:
    """Worked out once per tenant, and again when what it chose is read anew."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._usual = {way: tuple(self._steps("", way, _NOTHING)) for way in Direction}
        self._known: dict[tuple[str, Direction], tuple[Mapping[str, PluginChoice], Sequence[Step]]] = {}

    def of(self, event: Utterance, policy: Policy) -> Sequence[Step]:
        """In their order. Raises `SettingsError` where a plugin no longer takes what the tenant set for it."""
        chosen = policy.plugins
        if not chosen:
            return self._usual[event.direction]
        known = self._known.get((event.tenant, event.direction))
        if known is None or known[0] is not chosen:
            steps = tuple(self._steps(event.tenant, event.direction, chosen))
            known = self._known[event.tenant, event.direction] = chosen, steps
        return known[1]

    def _steps(self, tenant: str, way: Direction, chosen: Mapping[str, PluginChoice]) -> Sequence[Step]:
        steps: list[Step] = []
        for transformer in self._registry.transformers[way]:
            plugin = self._registry.owners[transformer.name]
            choice = chosen.get(plugin) or PluginChoice()
            if transformer.name not in choice.off:
                steps.append((transformer, self._settings(tenant, plugin, choice)))
        return steps

    def _settings(self, tenant: str, plugin: str, choice: PluginChoice) -> BaseModel | None:
        model = self._registry.tenant_settings.get(plugin)
        try:
            return model.model_validate(choice.settings) if model else None
        except ValidationError as error:
            raise SettingsError(
                f"Tenant {tenant}: the plugin {plugin!r} does not take what was set for it ({in_words(error)}): "
                f"correct it with `xyper tenants plugins {tenant} {plugin} --set …`."
            ) from None
