"""`xyper dead`: what could not be handled, by its cause and one by one."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from xyper_engine.access.caller import Caller
from xyper_engine.cli.dead_replays import cancel, discard, replay, replays
from xyper_engine.cli.dead_shown import facts, groups_table, letters_table
from xyper_engine.cli.frame import AsJson, Config, console, prepared, run, say_json
from xyper_engine.cli.letters import all_groups, listed, with_office
from xyper_engine.dead_office import DeadOffice, message_of, readable
from xyper_engine.errors import Conflict, SettingsError
from xyper_engine.mending import shown
from xyper_engine.state.dead_letters import DeadLetter, State
from xyper_engine.state.dead_search import Wanted

app = typer.Typer(
    no_args_is_help=True,
    help="Messages that could not be handled: why, and once more. They stay until retention drops them.",
)

Tenant = Annotated[str | None, typer.Option("--tenant", "-t", help="Only this tenant's.")]
Reason = Annotated[str | None, typer.Option("--reason", help="Only those that died of this.")]
Code = Annotated[str | None, typer.Option("--code", help="Only those with this code of the vendor's.")]
Become = Annotated[State, typer.Option("--state", help="What became of them since.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="The id, or its beginning.")]


@app.command()
def groups(tenant: Tenant = None, state: Become = "waiting", as_json: AsJson = False, config: Config = None) -> None:
    """Count them by what killed them, the most frequent cause first.

    Examples:

    - `xyper dead groups`
    - `xyper dead groups --tenant acme --json`
    """
    found = run(with_office(prepared(config), lambda office: all_groups(office, Wanted(state=state, tenant=tenant))))
    if as_json:
        say_json([facts(group) for group in found])
    elif not found:
        typer.echo("There are no dead letters.")
    else:
        console().print(groups_table(found))


@app.command("list")
def list_(
    tenant: Tenant = None,
    reason: Reason = None,
    code: Code = None,
    state: Become = "waiting",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many.")] = 50,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """List them, newest first.

    Examples:

    - `xyper dead list --tenant acme`
    - `xyper dead list --reason rejected --code 131009`
    - `xyper dead list --json | jq -r '.[].id'`
    """
    wanted = Wanted(state=state, tenant=tenant, reason=reason, code=code)
    letters = run(with_office(prepared(config), lambda office: listed(office, wanted, limit)))
    if as_json:
        say_json([facts(letter) for letter in letters])
    elif not letters:
        typer.echo("There are no dead letters.")
    else:
        console().print(letters_table(letters))


@app.command()
def show(
    letter: Id,
    raw: Annotated[
        bool, typer.Option("--raw", help="Show the body too, which the audit notes: it holds what customers wrote.")
    ] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show one, with the reason and its body; what customers wrote is hidden unless `--raw`.

    Examples:

    - `xyper dead show 019a3f`
    - `xyper dead show 019a3f --raw`
    """
    found, original = run(with_office(prepared(config), lambda office: _shown(office, letter, raw)))
    body = readable(found.body, whole=raw)
    if as_json:
        before = None if original is None else readable(original, whole=True)
        say_json({**facts(found), "body": body, "original": before})
        return
    for name, value in facts(found).items():
        typer.echo(f"{name:>13}  {'' if value is None else value}")
    typer.echo(f"{'body':>13}  {'' if raw else '(what people wrote is hidden; --raw shows it)'}")
    say_json(body)


@app.command()
def edit(
    letter: Id,
    text: Annotated[str | None, typer.Option("--text", help="What its one text says instead.")] = None,
    parts: Annotated[
        Path | None, typer.Option("--parts", metavar="FILE", help="Its parts as JSON, some of them changed.")
    ] = None,
    config: Config = None,
) -> None:
    """Change what one says, so that it can be delivered; the first wording is kept. Then replay it.

    Without an option its parts are printed, to be changed and given back with `--parts`. Only texts, choices and the
    values of templates can be changed, and nothing of which a part may have been sent.

    Examples:

    - `xyper dead edit 019a3f --text "Your order 17 is on its way."`
    - `xyper dead edit 019a3f > parts.json`, and then `xyper dead edit 019a3f --parts parts.json`
    """
    if text is not None and parts is not None:
        raise SettingsError("Give --text or --parts, not both.")
    given = _json(parts) if parts else None
    changed = run(with_office(prepared(config), lambda office: _edit(office, letter, text, given)))
    if isinstance(changed, DeadLetter):
        typer.echo(f"Changed. Now: xyper dead replay {changed.id}")
    else:
        say_json(changed)


async def _shown(office: DeadOffice, letter: str, raw: bool) -> tuple[DeadLetter, bytes | None]:
    return await office.revealed(Caller.host(), None, letter) if raw else (await office.one(None, letter), None)


async def _edit(
    office: DeadOffice, letter: str, text: str | None, given: list[dict[str, Any]] | None
) -> DeadLetter | list[dict[str, Any]]:
    found, _ = await office.revealed(Caller.host(), None, letter)
    message = message_of(found)
    if message is None:
        raise Conflict("It holds no message that could be changed: replay it once its cause is mended.")
    parts = shown(message)
    if text is not None:
        texts = [part for part in parts if part["type"] == "text"]
        if len(texts) != 1:
            raise Conflict(f"It has {len(texts)} texts: change its parts, see `xyper dead edit --help`.")
        texts[0]["text"] = text
        given = parts
    if given is None:
        return parts
    return await office.mend(Caller.host(), None, found.id, given, found.version)


def _json(file: Path) -> list[dict[str, Any]]:
    try:
        parts = json.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise SettingsError(f"--parts: {file} is not JSON: {error}.") from None
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise SettingsError(f"--parts: {file} must hold a list of parts, as `xyper dead edit ID` prints it.")
    return parts


for command in (replay, replays, cancel, discard):
    app.command()(command)
