"""Bodies, compared with the models of Genesys' official SDK."""

from typing import Any

# What the public models lack although Genesys reads it (Architect's "Get Participant Data" does).
CUSTOM_ATTRIBUTES = ".channel.metadata.customAttributes is unknown"

SCALARS = {"str": str, "bool": bool, "int": int, "datetime": str}


def unknown_to_the_sdk(value: Any, model: str, place: str) -> list[str]:
    """Every field and enum value of a body that the official SDK's model of it does not have."""
    if model.startswith("list["):
        return [fault for one in value for fault in unknown_to_the_sdk(one, model[5:-1], f"{place}[]")]
    if model in SCALARS:
        return [] if isinstance(value, SCALARS[model]) else [f"{place} is no {model}"]
    return [fault for key, one in value.items() for fault in _field(model, key, one, f"{place}.{key}")]


def _field(model: str, key: str, value: Any, place: str) -> list[str]:
    import PureCloudPlatformClientV2 as sdk  # noqa: N813  a name of its own would be longer still

    blank = getattr(sdk, model)()
    attribute = next((name for name, wire in blank.attribute_map.items() if wire == key), None)
    if attribute is None:
        return [f"{place} is unknown"]
    kind = blank.swagger_types[attribute]
    if kind != "str":
        return unknown_to_the_sdk(value, kind, place)
    setattr(blank, attribute, value)
    return [] if getattr(blank, attribute) == value else [f"{place} {value!r} is no value of it"]
