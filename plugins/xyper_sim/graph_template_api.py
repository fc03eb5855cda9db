"""Meta's template endpoints (`/{WABA}/message_templates`, `POST /{template_id}`), and the reviewer behind them."""

import base64
import re
from typing import Any

from aiohttp import web

from xyper_sim.graph_errors import GraphError
from xyper_sim.graph_objects import refusal, token_of
from xyper_sim.graph_state import GraphState
from xyper_sim.graph_template_kinds import judge, listed
from xyper_sim.graph_templates import Template
from xyper_sim.graph_uploads import Handles, taken

Json = dict[str, Any]
_NAME = re.compile(r"[a-z0-9_]{1,512}")
_CATEGORIES = ("MARKETING", "UTILITY", "AUTHENTICATION")
_PAGE = 100


class TemplateApi:
    def __init__(self, state: GraphState, handles: Handles) -> None:
        self._state = state
        self._handles = handles

    async def list(self, request: web.Request) -> web.Response:
        """`GET /{WABA}/message_templates?fields=&limit=&after=&name=&status=`: one page."""
        waba, query = self._waba(request), request.query
        wanted = [one.view() for one in self._state.templates.of(waba)]
        for key in ("name", "status", "language"):
            wanted = [one for one in wanted if query.get(key) in (None, one[key])]
        start, limit = _place(query.get("after")), max(1, min(_PAGE, int(query.get("limit", "25"))))
        page = wanted[start : start + limit]
        fields = query.get("fields", "id,name,language,status,category,components").split(",")
        data = [{"id": one["id"], **{key: one[key] for key in fields if key in one}} for one in page]
        if not page:
            return web.json_response({"data": []})
        cursors = {"before": _cursor(start), "after": _cursor(start + len(page))}
        url = str(request.url.update_query(after=cursors["after"]))
        further = {"next": url} if start + limit < len(wanted) else {}
        return web.json_response({"data": data, "paging": {"cursors": cursors, **further}})

    async def create(self, request: web.Request) -> web.Response:
        """`POST /{WABA}/message_templates`: PENDING, and approved after a moment."""
        waba, body = self._waba(request), await _json(request)
        _valid(body)
        if self._state.templates.named(waba, body["name"], body["language"]) is not None:
            words = "Content in this language already exists"
            raise GraphError(100, subcode=2388024, title=words, words=f"{words} for this template.")
        form = str(body.get("parameter_format", "POSITIONAL")).upper()
        components = listed(body["category"], taken(body["components"], self._handles))
        made = Template(waba, body["name"], body["language"], body["category"].upper(), components, form)
        self._state.templates.of(waba).append(made)
        self._review(made)
        return web.json_response({"id": made.id, "status": made.status, "category": made.category})

    async def edit(self, request: web.Request) -> web.Response:
        """`POST /{template_id} {"category"?, "components"?}`: reviewed anew."""
        found = self._state.templates.get(request.match_info["id"])
        if found is None or not self._mine(found.waba, token_of(request)):
            raise refusal(self._state, request.match_info["id"], token_of(request))
        body = await _json(request)
        changed = {"category": found.category, "components": found.components, **body}
        _valid({"name": found.name, "language": found.language, **changed})
        if "components" in body:
            found.components = listed(changed["category"], taken(body["components"], self._handles))
        found.category, found.status = changed["category"].upper(), "PENDING"
        self._review(found)
        return web.json_response({"success": True})

    async def delete(self, request: web.Request) -> web.Response:
        """`DELETE /{WABA}/message_templates?name=[&hsm_id=]`: all languages of a name, or one template."""
        known, query = self._state.templates.of(self._waba(request)), request.query
        gone = [one for one in known if one.name == query.get("name") and query.get("hsm_id") in (None, one.id)]
        if not gone:
            raise GraphError(100, subcode=2593002, title="Message template not found")
        for one in gone:
            known.remove(one)
            self._state.tell_template(one, "DELETED")
        return web.json_response({"success": True})

    def _review(self, template: Template) -> None:
        kit = self._state.kit
        kit.tasks.later(kit.scaled(self._state.config.approved_after), self._approve, template)

    def _approve(self, template: Template) -> None:
        if template.status == "PENDING":
            template.status = "APPROVED"
            self._state.tell_template(template, "APPROVED")

    def _waba(self, request: web.Request) -> str:
        waba = request.match_info["waba"]
        if not self._mine(waba, token_of(request)):
            raise refusal(self._state, waba, token_of(request))
        return waba

    def _mine(self, waba: str, token: str) -> bool:
        numbers = self._state.numbers.values()
        return any(one.waba_id == waba and one.takes(token) for one in numbers)


async def _json(request: web.Request) -> Json:
    try:
        body = await request.json()
    except ValueError:
        raise GraphError(100, message="(#100) Invalid JSON in the request body") from None
    if not isinstance(body, dict):
        raise GraphError(100, message="(#100) The request body must be a JSON object")
    return body


def _valid(body: Json) -> None:
    """Raises `GraphError` 100 for what Meta refuses at once."""
    parts = body.get("components")
    texts = {str(one.get("type", "")).upper(): one for one in parts} if isinstance(parts, list) else {}
    rules = (
        (isinstance(body.get("name"), str) and _NAME.fullmatch(body["name"]), "name: lower case, digits and _ only"),
        (isinstance(body.get("language"), str) and body["language"], "language is required"),
        (str(body.get("category", "")).upper() in _CATEGORIES, f"category must be one of {', '.join(_CATEGORIES)}"),
        ("BODY" in texts, "components must have a BODY"),
        (len(texts.get("BODY", {}).get("text", "")) <= 1024, "BODY has at most 1024 characters"),
        (len(texts.get("HEADER", {}).get("text", "")) <= 60, "HEADER has at most 60 characters"),
        (len(texts.get("FOOTER", {}).get("text", "")) <= 60, "FOOTER has at most 60 characters"),
        (len(texts.get("BUTTONS", {}).get("buttons", ())) <= 10, "there are at most 10 buttons"),
    )
    for good, words in rules:
        if not good:
            raise GraphError(100, words, title="Invalid parameter", words=words)
    judge(body["category"], body["components"])


def _cursor(place: int) -> str:
    return base64.urlsafe_b64encode(str(place).encode()).decode().rstrip("=")


def _place(cursor: str | None) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        raise GraphError(100, message="(#100) Invalid cursor") from None
