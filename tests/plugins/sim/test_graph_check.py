"""The schemas against the request examples of the very file they were taken from (MIT, see the simulator's data)."""

import json
from pathlib import Path
from typing import Any

import pytest

from xyper_sim.graph_check import Checker, essentials
from xyper_sim.graph_errors import GraphError

EXAMPLES: dict[str, Any] = json.loads(Path(__file__).with_name("meta_send_examples.json").read_text("utf-8"))[
    "requests"
]
WRONG = {
    "Send Multi-Product Message": 131009,  # its header's type is a placeholder
    "Send Reply to List Message": 131008,  # it lacks `type`
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_metas_own_examples_pass_but_for_two_that_are_wrong(name: str) -> None:
    essentials(EXAMPLES[name])
    if name not in WRONG:
        Checker().check(EXAMPLES[name])
        return
    with pytest.raises(GraphError) as refused:
        Checker().check(EXAMPLES[name])
    assert refused.value.error["code"] == WRONG[name]
