"""An approved template as a form to be filled in."""

from typing import Any

import pytest

from tests.plugins.whatsapp.approved import body, buttons, component, header, kept, shown
from xyper_engine.template import FormButton, FormHeader, FormText, Variable
from xyper_whatsapp.template_shape import shape


def form(*components: dict[str, Any], **changes: Any) -> Any:
    return shape(kept(*components, **changes))


def test_numbered_variables_with_their_examples() -> None:
    shaped = form(
        {**header("Order {{1}}"), "example": {"header_text": ["4711"]}},
        {**body("Hello {{1}}, it comes {{2}}."), "example": {"body_text": [["Ada", "today"]]}},
        component("FOOTER", "Acme"),
    )
    assert shaped.header == FormHeader(kind="text", text="Order {{1}}", variables=(Variable(name="1", example="4711"),))
    assert shaped.body == FormText(
        text="Hello {{1}}, it comes {{2}}.",
        variables=(Variable(name="1", example="Ada"), Variable(name="2", example="today")),
    )
    assert (shaped.footer, shaped.buttons, shaped.why_not) == ("Acme", (), None)


def test_named_variables() -> None:
    examples = [{"param_name": "day", "example": "Monday"}, {"param_name": "who", "example": "Ada"}]
    shaped = form({**body("{{who}}: {{day}}"), "example": {"body_text_named_params": examples}})
    assert shaped.body.variables == (Variable(name="who", example="Ada"), Variable(name="day", example="Monday"))


def test_a_file_above_and_buttons_below() -> None:
    shaped = form(
        shown("IMAGE"), body("Hello"),
        buttons(
            {"type": "URL", "text": "Track", "url": "https://x.example/{{1}}", "example": ["https://x.example/7"]},
            {"type": "QUICK_REPLY", "text": "Later"},
            {"type": "COPY_CODE", "example": "SAVE20"},
        ),
    )  # fmt: skip
    assert shaped.header == FormHeader(kind="image", text="")
    assert shaped.buttons == (
        FormButton(kind="url", text="Track", url="https://x.example/{{1}}",
                   variable=Variable(name="1", example="https://x.example/7")),
        FormButton(kind="quick_reply", text="Later"),
        FormButton(kind="copy_code", text="", variable=Variable(name="1", example="SAVE20")),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("components", "changes", "why"),
    [
        ((body("Hello"),), {"status": "PAUSED"}, "paused"),
        ((body("Hello"), component("CAROUSEL", cards=[{"components": [body("a")]}])), {}, "cannot be filled in"),
        ((body("Hello"), buttons({"type": "MPM", "text": "Shop"})), {}, "cannot be filled in"),
        ((body("Hello"),), {}, None),
    ],
)
def test_why_one_cannot_be_sent(
    components: tuple[dict[str, Any], ...], changes: dict[str, Any], why: str | None
) -> None:
    found = form(*components, **changes).why_not
    assert (found is None) if why is None else (why in found)
