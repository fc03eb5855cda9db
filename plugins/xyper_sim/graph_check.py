"""Checks a request against Meta's own schemas (`data/README.md`) and puts what is wrong in Meta's words."""

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from xyper_sim.graph_errors import GraphError

_MISSING, _INVALID, _WRONG = 131008, 131009, 100
_CODES = {"required": _MISSING, "type": _WRONG, "additionalProperties": _WRONG}


class Checker:
    """Compiles the schemas once. `essentials` is for every body, this for one that has passed it."""

    def __init__(self) -> None:
        text = resources.files("xyper_sim").joinpath("data", "messages.json").read_text("utf-8")
        whole = json.loads(text)
        self._validators = {
            kind: Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": whole["$defs"]})
            for kind, name in whole["kinds"].items()
        }

    def check(self, body: Mapping[str, Any]) -> None:
        """Raises `GraphError` 100, 131008 or 131009."""
        kind = "read" if "status" in body else body.get("type", "text")
        validator = self._validators.get(kind)
        if validator is None:
            raise GraphError(
                _WRONG, f"Unexpected type {kind!r}", message=f"(#100) Param type must be one of {self._kinds}"
            )
        if (error := best_match(validator.iter_errors(body))) is not None:
            raise _in_metas_words(error)

    @property
    def _kinds(self) -> str:
        return "{" + ", ".join(kind.upper() for kind in self._validators if kind != "read") + "}"


def essentials(body: Mapping[str, Any]) -> None:
    """What Meta asks for before it looks at anything else. Raises `GraphError` 100."""
    missing = "messaging_product" if "messaging_product" not in body else ""
    if not missing and "status" not in body and not (body.get("to") or body.get("recipient")):
        missing = "to"
    if missing:
        raise GraphError(_WRONG, message=f"(#100) The parameter {missing} is required.")
    if not isinstance(body.get("type", "text"), str):
        raise GraphError(_WRONG, "type must be a string")


def _in_metas_words(error: ValidationError) -> GraphError:
    """One schema fault; the value itself is not repeated."""
    place = ".".join(str(step) for step in error.absolute_path) or "body"
    match error.validator:
        case "required":
            known: Any = error.instance
            wanted: Any = error.validator_value
            absent = next((name for name in wanted if name not in known), "?")
            details = f"Parameter of type {place} is missing '{absent}'"
        case "additionalProperties":
            details = f"Unexpected key on param {place}"
        case "type":
            details = f"Param {place} must be of type {error.validator_value}"
        case rule:
            details = f"Param {place} breaks the rule {rule} {json.dumps(error.validator_value)[:200]}"
    return GraphError(_CODES.get(str(error.validator), _INVALID), details)
