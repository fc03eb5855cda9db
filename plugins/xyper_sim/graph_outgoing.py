"""Is a send request one that Meta takes? Limits, schema, files, reactions, templates."""

from collections.abc import Mapping
from typing import Any

from xyper_sim import graph_rules, graph_templates
from xyper_sim.graph_check import Checker
from xyper_sim.graph_errors import GraphError
from xyper_sim.graph_media import references
from xyper_sim.graph_state import GraphState
from xyper_sim.graph_templates import Template
from xyper_sim.settings import Number


class Outgoing:
    def __init__(self, state: GraphState) -> None:
        self._state, self._checker = state, Checker()

    def vet(self, number: Number, body: Mapping[str, Any]) -> Template | None:
        """The template that is used, if any. Raises `GraphError`."""
        if "status" not in body:
            graph_rules.judge(body)
        self._checker.check(body)
        self._files(number, body)
        match body.get("type"):
            case "reaction":
                self._reaction(body["reaction"])
            case "template":
                found = self._state.templates.chosen(number.waba_id, body["template"])
                graph_templates.check(found, body["template"])
                return found
        return None

    def _files(self, number: Number, body: Mapping[str, Any]) -> None:
        for kind, media in references(body):
            blob = self._state.media.get(str(media["id"])) if "id" in media else None
            if "id" in media and (blob is None or blob.number != number.phone_number_id):
                words = f"Param {kind}['id'] is not a valid whatsapp business account media attachment ID"
                raise GraphError(100, words)

    def _reaction(self, reaction: Mapping[str, Any]) -> None:
        about = self._state.messages.get(str(reaction.get("message_id")))
        if about is None or about.kind == "reaction":
            raise GraphError(131009, "reaction.message_id is not a message that can be reacted to")
