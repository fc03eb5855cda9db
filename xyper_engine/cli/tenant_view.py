"""How tenants are shown: as tables, or as JSON with the same content."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from xyper_engine.model import now
from xyper_engine.settings import Settings
from xyper_engine.tenants.views import HookView, SecretView, TenantLine, TenantView


def table(lines: Sequence[TenantLine]) -> Table:
    found = Table("id", "name", "state", "accounts", "links", "since")
    for line in lines:
        found.add_row(
            line.id, line.name, line.state, str(line.accounts), str(line.links), f"{line.created_at:%Y-%m-%d}"
        )
    return found


def show(console: Console, view: TenantView, operator: Sequence[HookView], settings: Settings) -> None:
    console.print(f"{view.id}  {view.name}  {view.state}, since {view.created_at:%Y-%m-%d}")
    decided = ", ".join(f"{key} {value}" for key, value in view.policy.model_dump(mode="json").items() if value != "")
    console.print(f"policy: {decided}")
    console.print(_accounts(view))
    for link in view.links:
        console.print(f"linked: {link.customer} (customers) – {link.agent} (agents)")
    console.print(_hooks(view, operator, settings))


def as_json(view: TenantView, operator: Sequence[HookView], settings: Settings) -> dict[str, Any]:
    hooks = [_with_url(hook, settings) for hook in view.hooks]
    return {
        **view.model_dump(mode="json"),
        "hooks": hooks,
        "operator_hooks": [_with_url(one, settings) for one in operator],
    }


def show_generated(generated: Mapping[str, str]) -> None:
    """The one time that secrets are shown: nobody else knows them yet."""
    for place, value in generated.items():
        typer.echo(f"generated {place}: {value}   (copy it now, it is not shown again)")


def _accounts(view: TenantView) -> Table:
    found = Table("account", "name", "below", "settings", "secrets")
    for one in view.accounts:
        config = "\n".join(f"{key} = {value}" for key, value in one.config.items())
        found.add_row(str(one.endpoint), one.name, one.parent or "", config, _secrets(one.secrets))
    return found


def _hooks(view: TenantView, operator: Sequence[HookView], settings: Settings) -> Table:
    found = Table("webhook address, for the vendor's console", "serves", "secrets")
    for hook in view.hooks:
        serves = f"{hook.adapter}/{hook.account}" if hook.account else f"every {hook.adapter} account of {view.id}"
        found.add_row(f"{settings.public_url}{hook.address}", serves, _secrets(hook.secrets))
    for hook in operator:
        found.add_row(f"{settings.public_url}{hook.address}", "every tenant (the operator's)", _secrets(hook.secrets))
    return found


def _secrets(secrets: Sequence[SecretView]) -> str:
    return "\n".join(", ".join((_marked(one), _age(one), *_state(one))) for one in secrets)


def _marked(secret: SecretView) -> str:
    return f"{secret.name} {secret.fingerprint or '(cannot be opened)'}"


def _state(secret: SecretView) -> Sequence[str]:
    return () if secret.state == "current" else (secret.state,)


def _age(secret: SecretView) -> str:
    age: timedelta = now() - secret.created_at
    return f"{age.days} days old" if age.days > 1 else f"{max(0, int(age.total_seconds() // 3600))} hours old"


def _with_url(hook: HookView, settings: Settings) -> dict[str, Any]:
    return {**hook.model_dump(mode="json"), "url": f"{settings.public_url}{hook.address}"}
