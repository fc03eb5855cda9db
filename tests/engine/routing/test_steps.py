"""Which transformers a tenant's messages pass: all, those that are left, and with what the tenant set."""

from typing import Any, ClassVar, cast

import pluggy
import pytest
from pydantic import BaseModel, ConfigDict

from tests.engine.test_model import MESSAGE
from xyper_engine.contract import Transformer
from xyper_engine.errors import SettingsError
from xyper_engine.model import Direction
from xyper_engine.plugins import Registry
from xyper_engine.policy import PluginChoice, Policy
from xyper_engine.routing.steps import Steps


class Step:
    on_failure: ClassVar[str] = "skip"
    direction = MESSAGE.direction

    def __init__(self, name: str, order: int) -> None:
        self.name = name
        self.order = order


class Marked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    mark: str = "!"


def steps() -> Steps:
    """`mild` brings one transformer, `loud` brings two and has settings for tenants."""
    chain = tuple(cast(Transformer, Step(*one)) for one in (("first", 10), ("second", 20), ("third", 30)))
    owners = {"first": "loud", "second": "mild", "third": "loud"}
    found = {way: chain if way is MESSAGE.direction else () for way in Direction}
    return Steps(Registry({}, found, owners, {"loud": Marked}, ("loud", "mild"), pluggy.PluginManager("xyper")))


def passed(work: Steps, **plugins: PluginChoice) -> list[tuple[str, Any]]:
    return [(step.name, settings) for step, settings in work.of(MESSAGE, Policy(plugins=plugins))]


ASKED = Marked(mark="?")
ALL = [("first", Marked()), ("second", None), ("third", Marked())]


@pytest.mark.parametrize(
    ("plugins", "found"),
    [
        ({}, ALL),
        ({"mild": PluginChoice()}, ALL),
        ({"gone": PluginChoice(off=("first",))}, ALL),
        ({"loud": PluginChoice(off=("first", "third"))}, [ALL[1]]),
        ({"mild": PluginChoice(off=("second",))}, [ALL[0], ALL[2]]),
        (
            {"loud": PluginChoice(settings={"mark": "?"})},
            [("first", Marked(mark="?")), ALL[1], ("third", Marked(mark="?"))],
        ),
    ],
)
def test_what_a_tenant_chose(plugins: dict[str, PluginChoice], found: list[tuple[str, Any]]) -> None:
    assert passed(steps(), **plugins) == found


def test_a_choice_is_worked_out_once_and_again_when_it_is_read_anew() -> None:
    work, policy = steps(), Policy(plugins={"loud": PluginChoice(off=("first",))})
    assert work.of(MESSAGE, policy) is work.of(MESSAGE, policy)
    assert [step.name for step, _ in work.of(MESSAGE, Policy(plugins={"loud": PluginChoice(off=("third",))}))] == [
        "first", "second",
    ]  # fmt: skip


def test_what_a_plugin_no_longer_takes_is_said_with_the_next_step() -> None:
    with pytest.raises(SettingsError, match=r"'loud' does not take .*mork.*`xyper tenants plugins acme loud --set …`"):
        passed(steps(), loud=PluginChoice(settings={"mork": 1}))
