"""What was decided about a tenant: its policy, what it chose for plugins, and its quotas. The tenant's `ETag` holds."""

from typing import Any

from xyper_engine.access.roles import Action
from xyper_engine.edge.api.tenants import ONE
from xyper_engine.edge.route import Answer, Call, Route, Told
from xyper_engine.plugins import Registry
from xyper_engine.policy import Decided, PluginChoice, Policy
from xyper_engine.runtime import Runtime
from xyper_engine.tenant_rules import PluginRules
from xyper_engine.tenants.decisions import Decisions
from xyper_engine.tenants.quotas import Quotas, Usage
from xyper_engine.tenants.spec import ChoiceSpec, PolicyChange

_POLICY, _PLUGINS, _QUOTAS = f"{ONE}/policy", f"{ONE}/plugins", f"{ONE}/quotas"


class PolicyTold(Told, Decided):
    """What the tenant decided, or the defaults."""


class PluginTold(Told):
    name: str
    transformers: tuple[str, ...]
    """All that the plugin brings."""
    off: tuple[str, ...]
    """Those that this tenant's messages pass by."""
    settings: dict[str, Any]
    """What the tenant set."""
    shape: dict[str, Any] | None
    """JSON Schema of `settings`; null: the plugin has none."""


class PluginList(Told):
    plugins: tuple[PluginTold, ...]


class QuotasTold(Told):
    quotas: Quotas
    usage: Usage


class DecisionsApi:
    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._registry = registry
        self._decisions = Decisions(rt.db, PluginRules(registry))

    def routes(self) -> tuple[Route, ...]:
        read, change = Action.tenants_read, Action.tenants_change
        return (
            Route("GET", _POLICY, read, self.policy, "Read a tenant's policy.", answer=PolicyTold),
            Route("PUT", _POLICY, change, self.put_policy, "Set a policy; what is left out gets its default.",
                  body=PolicyChange, answer=PolicyTold, conditional=True),
            Route("PATCH", _POLICY, change, self.patch_policy, "Change a policy; what is left out stays.",
                  body=PolicyChange, answer=PolicyTold, conditional=True),
            Route("GET", _PLUGINS, read, self.plugins, "List what a tenant can choose for each plugin, and has.",
                  answer=PluginList),
            Route("PUT", f"{_PLUGINS}/{{plugin}}", change, self.choose,
                  "Switch a plugin's transformers, and set it up, for one tenant.", body=ChoiceSpec,
                  answer=PluginTold, conditional=True),
            Route("GET", _QUOTAS, read, self.quotas, "Read a tenant's quotas, and how much of them it uses.",
                  answer=QuotasTold),
            Route("PATCH", _QUOTAS, Action.tenants_limit, self.allow, "Change quotas; null: as many as it likes.",
                  body=Quotas, answer=QuotasTold, conditional=True),
        )  # fmt: skip

    async def policy(self, call: Call) -> Answer:
        policy, version = await self._decisions.policy(call.tenant)
        return Answer(_told(policy), etag=str(version))

    async def put_policy(self, call: Call) -> Answer:
        return await self._decide(call, whole=True)

    async def patch_policy(self, call: Call) -> Answer:
        return await self._decide(call, whole=False)

    async def plugins(self, call: Call) -> Answer:
        policy, version = await self._decisions.policy(call.tenant)
        found = [self._plugin(name, policy.plugins.get(name, PluginChoice())) for name in self._registry.names]
        return Answer(PluginList(plugins=tuple(found)), etag=str(version))

    async def choose(self, call: Call) -> Answer:
        choice = PluginChoice(off=call.body.off, settings=call.body.settings)
        chosen = await self._decisions.choose(call.caller, call.tenant, call.path("plugin"), choice, call.version)
        version = (await self._decisions.policy(call.tenant))[1]
        return Answer(self._plugin(call.path("plugin"), chosen), etag=str(version))

    async def quotas(self, call: Call) -> Answer:
        quotas, usage, version = await self._decisions.quotas(call.tenant)
        return Answer(QuotasTold(quotas=quotas, usage=usage), etag=str(version))

    async def allow(self, call: Call) -> Answer:
        """What is there already stays, also beyond a new quota."""
        values = call.body.model_dump(exclude_unset=True)
        await self._decisions.allow(call.caller, call.tenant, values, call.version)
        return await self.quotas(call)

    async def _decide(self, call: Call, *, whole: bool) -> Answer:
        values = call.body.model_dump(mode="json", exclude_unset=True)
        await self._decisions.decide(call.caller, call.tenant, values, call.version, whole=whole)
        return await self.policy(call)

    def _plugin(self, name: str, choice: PluginChoice) -> PluginTold:
        model = self._registry.tenant_settings.get(name)
        return PluginTold(
            name=name,
            transformers=tuple(sorted(one for one, owner in self._registry.owners.items() if owner == name)),
            off=choice.off,
            settings=dict(choice.settings),
            shape=model.model_json_schema() if model else None,
        )


def _told(policy: Policy) -> Told:
    return PolicyTold.model_validate(policy.model_dump(exclude={"plugins"}))
