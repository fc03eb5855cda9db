"""Takes the request schemas of "send message" and "mark as read" out of Meta's OpenAPI file.

    python plugins/xyper_sim/data/extract.py business-messaging-api_v23.0.yaml

writes `messages.json` beside this script. README.md says where the input comes from and what is corrected, and why.
Needs PyYAML (a development dependency).
"""

import json
import sys
from pathlib import Path
from typing import Any

import yaml

_PREFIX = "#/components/schemas/"
_NOISE = {"description", "example", "examples", "format", "discriminator"}
_KINDS = ("text", "audio", "document", "image", "location", "video", "sticker", "reaction", "interactive", "template")
_INTERACTIVE = (
    "cta_url", "carousel", "location_request_message", "address_message", "request_contact_info", "voice_call",
    "order_details", "order_status", "media_carousel", "product_carousel",
)  # fmt: skip


def main(source: Path, target: Path) -> None:
    """Extract, correct, write."""
    schemas = yaml.safe_load(source.read_text("utf-8"))["components"]["schemas"]
    roots = {**{kind: f"{kind.title()}Message" for kind in _KINDS}, "contacts": "ContactsMessage"}
    roots["read"] = "MarkMessageRequestPayload"
    needed: dict[str, Any] = {}
    for name in roots.values():
        _collect(schemas, name, needed)
    _correct(needed)
    note = "From facebook/openapi business-messaging-api_v23.0.yaml, commit ecba623. MIT License; see LICENSE.txt."
    whole = {"$comment": note, "kinds": roots, "$defs": dict(sorted(needed.items()))}
    target.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _collect(schemas: dict[str, Any], name: str, needed: dict[str, Any]) -> None:
    if name not in needed:
        needed[name] = {}
        needed[name] = _clean(schemas, schemas[name], needed)


def _clean(schemas: dict[str, Any], node: Any, needed: dict[str, Any], *, names: bool = False) -> Any:
    """The node without prose; `names` says that its keys are property names, of which none is noise."""
    if isinstance(node, list):
        return [_clean(schemas, item, needed) for item in node]
    if not isinstance(node, dict):
        return node
    if not names and isinstance(node.get("$ref"), str):
        name = node["$ref"].removeprefix(_PREFIX)
        _collect(schemas, name, needed)
        return {"$ref": f"#/$defs/{name}"}
    kept = {key: value for key, value in node.items() if names or key not in _NOISE}
    return {key: _clean(schemas, value, needed, names=key == "properties" and not names) for key, value in kept.items()}


def _correct(defs: dict[str, Any]) -> None:
    """Where the file is behind the API or contradicts itself; each one is explained in README.md."""
    base = defs["BaseMessageProperties"]
    base["required"] = ["messaging_product"]
    base["properties"]["recipient"] = {"type": "string", "minLength": 1}
    base["properties"]["biz_opaque_callback_data"] = {"type": "string", "maxLength": 512}
    base["properties"]["messaging_product"]["enum"] = ["whatsapp"]
    for schema in defs.values():
        for branch in schema.get("allOf", ()):
            branch.pop("additionalProperties", None)
    text = defs["TextMessage"]["allOf"][1]["properties"]["text"]
    text["required"] = ["body"]
    text["properties"]["body"].update(minLength=1, maxLength=4096)
    defs["LanguageObject"]["required"] = ["code"]
    place = defs["LocationMessage"]["allOf"][1]["properties"]["location"]["properties"]
    place["latitude"]["type"] = place["longitude"]["type"] = ["number", "string"]
    defs["InteractiveObject"]["properties"]["type"]["enum"] += _INTERACTIVE
    action = defs["ActionObject"]
    action["anyOf"] = [*action.pop("oneOf"), {"required": ["name"]}, {"required": ["cards"]}]
    part = defs["TemplateComponent"]["properties"]
    part["type"]["enum"].append("carousel")
    part["sub_type"], part["index"] = {"type": "string"}, {"type": ["string", "integer"]}
    read = defs["MarkMessageRequestPayload"]["properties"]
    read["messaging_product"]["enum"], read["status"]["enum"] = ["whatsapp"], ["read"]
    kind = {"type": "object", "required": ["type"], "properties": {"type": {"enum": ["text"]}}}
    read["typing_indicator"] = kind


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(__file__).with_name("messages.json"))
