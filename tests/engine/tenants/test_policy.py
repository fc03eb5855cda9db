"""A tenant's policy, as a person writes it: what cannot be meant is refused in words."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from xyper_engine.policy import Policy, WindowPolicy
from xyper_engine.tenants.spec import PolicySpec, TenantSpec


def spec(**policy: Any) -> TenantSpec:
    return TenantSpec.model_validate({"id": "acme", "name": "Acme", "policy": policy})


def test_what_is_left_out_has_its_default() -> None:
    assert spec().policy == PolicySpec()
    assert TenantSpec(id="acme", name="Acme").policy is None


def test_a_template_for_the_closed_window() -> None:
    policy = spec(window="template", window_template="hello", window_language="en_US").policy
    assert policy is not None
    assert (policy.window, policy.window_template) == (WindowPolicy.template, "hello")


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ({"langauge": "de"}, r"langauge\n +Extra inputs"),
        ({"language": "tlh"}, "language must be one of de, en, es, fr, it, pt"),
        ({"window": "template"}, "needs window_template and window_language"),
        ({"window": "ignore"}, "refuse"),
        ({"plugins": {}}, r"plugins\n +Extra inputs"),
        ({"media_days": "soon"}, "integer"),
    ],
)
def test_what_cannot_be_meant(policy: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        spec(**policy)


def test_every_decision_is_in_the_example_with_its_default() -> None:
    text = (Path(__file__).parents[3] / "config/tenant.example.toml").read_text("utf-8")
    usual = Policy().model_dump(mode="json", exclude={"plugins"})
    assert tomllib.loads(text)["policy"] == {name: value for name, value in usual.items() if value is not None}
    assert all(f"\n# {name} = " in text for name, value in usual.items() if value is None)
