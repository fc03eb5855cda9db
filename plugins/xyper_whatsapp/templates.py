"""Meta's message templates, read, created, edited and deleted. Source: Meta, "Templates", and `…/message_templates`.

What is kept of them in `rt.templates` is what a message is checked against before any call.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import quote

from xyper_engine.abilities import Example
from xyper_engine.errors import FarSideDown, Misconfigured, Rejected
from xyper_engine.model import Account
from xyper_engine.runtime import Runtime
from xyper_engine.saying import said
from xyper_engine.template import ApprovedTemplate, TemplateForm
from xyper_whatsapp.graph import call
from xyper_whatsapp.limits import SAMPLES
from xyper_whatsapp.settings import WhatsAppSettings
from xyper_whatsapp.template_draft import pointer_in, refuse_faulty
from xyper_whatsapp.template_example import hand_in
from xyper_whatsapp.template_shape import shape

FIELDS = "id,name,language,status,category,components,quality_score,rejected_reason,parameter_format"
PAGE = "100"
MOST_PAGES = 100
"""Meta keeps at most 6,000 templates of one account."""


class Desk:
    """What an operator and the engine do with the templates of a WhatsApp Business Account (WABA)."""

    examples = SAMPLES

    def __init__(self, settings: WhatsAppSettings) -> None:
        self._settings = settings

    def form(self, template: ApprovedTemplate) -> TemplateForm:
        return shape(template)

    async def sync(self, account: Account, rt: Runtime) -> int:
        """Read all of them; only when every page has come does the new list take the old one's place."""
        waba, since = waba_of(account), await rt.templates.clock()
        found = [read(item, account) async for item in self._items(waba, account, rt)]
        kept = [template for template in found if template is not None]
        await rt.templates.replace(account.tenant, account.endpoint.adapter, waba, kept, since)
        return len(kept)

    async def show(self, example: Example, account: Account, rt: Runtime) -> str:
        """By the Resumable Upload API; the handle is good for a header's `example` for some hours."""
        return await hand_in(example, account, self._settings, rt)

    async def create(self, draft: Mapping[str, Any], account: Account, rt: Runtime) -> str:
        """`{"name", "language", "category", "parameter_format"?, "components"}`; the new template's id."""
        refuse_faulty(draft, new=True)
        answer = await self._hand_in(_templates(waba_of(account)), draft, account, rt)
        if template := read({**draft, **answer}, account):
            await rt.templates.put(template)
        return str(answer.get("id", ""))

    async def edit(self, id: str, draft: Mapping[str, Any], account: Account, rt: Runtime) -> None:  # noqa: A002
        """`{"category"?, "components"?}`. Meta allows it for an approved one once a day and ten times in 30 days."""
        refuse_faulty(draft, new=False)
        await self._hand_in(quote(id, safe=""), draft, account, rt)
        await self.sync(account, rt)

    async def delete(self, name: str, id: str | None, account: Account, rt: Runtime) -> None:  # noqa: A002
        """In the one language that `id` stands for, else in all. A name is free again after 30 days."""
        query = {"name": name, **({"hsm_id": id} if id else {})}
        await self._call("DELETE", _templates(waba_of(account)), account, rt, query=query)
        kept = await rt.templates.list(account.tenant)
        gone = next((one.language for one in kept if one.id == id), None) if id else None
        if gone or not id:  # Meta still lists it for a while: what we know is newer
            await rt.templates.forget(account.endpoint.adapter, waba_of(account), name, gone)

    async def _hand_in(self, path: str, draft: Mapping[str, Any], account: Account, rt: Runtime) -> Mapping[str, Any]:
        """A refusal points to the part of the draft that it names."""
        try:
            return await self._call("POST", path, account, rt, body=draft)
        except Rejected as error:
            error.field = pointer_in(str(error), draft)
            raise

    async def _items(self, waba: str, account: Account, rt: Runtime) -> AsyncIterator[object]:
        """Every template of every page. The cursor, not Meta's ready-made address, leads on: the token stays here."""
        query: dict[str, str] = {"fields": FIELDS, "limit": PAGE}
        for _ in range(MOST_PAGES):
            page = await self._call("GET", _templates(waba), account, rt, query=query)
            for item in _list(page.get("data")):
                yield item
            after = _next(page.get("paging"))
            if after is None:
                return
            query["after"] = after
        raise FarSideDown(f"Meta's list of templates has no end after {MOST_PAGES} pages.")

    async def _call(self, method: str, path: str, account: Account, rt: Runtime, **more: Any) -> Mapping[str, Any]:
        return await call(method, path, account, self._settings, rt.http, **more)


def waba_of(account: Account) -> str:
    """The WhatsApp Business Account above the number. Raises `Misconfigured`."""
    if not account.parent:
        words = "This number has no WhatsApp Business Account id: add it as `parent` to the tenant's file."
        raise Misconfigured(said("whatsapp.parent.none", words))
    return account.parent


def read(item: object, account: Account) -> ApprovedTemplate | None:
    """A template as Meta lists it; None for what is none."""
    if not isinstance(item, Mapping) or not all(_text(item.get(key)) for key in ("id", "name", "language")):
        return None
    quality, reason = item.get("quality_score"), _text(item.get("rejected_reason"))
    return ApprovedTemplate(
        tenant=account.tenant,
        adapter=account.endpoint.adapter,
        account=waba_of(account),
        id=_text(item["id"]),
        name=_text(item["name"]),
        language=_text(item["language"]),
        category=_text(item.get("category")).upper(),
        status=_text(item.get("status")).upper(),
        quality=_text(quality.get("score") if isinstance(quality, Mapping) else quality).upper(),
        format=_text(item.get("parameter_format")).upper() or "POSITIONAL",
        reason="" if reason == "NONE" else reason,
        components=tuple(one for one in _list(item.get("components")) if isinstance(one, Mapping)),
    )


def _templates(waba: str) -> str:
    return f"{quote(waba, safe='')}/message_templates"


def _next(paging: object) -> str | None:
    """Where the next page begins; Meta also gives a cursor on the last page, but no `next`."""
    if not isinstance(paging, Mapping) or not paging.get("next"):
        return None
    cursors = paging.get("cursors")
    return _text(cursors.get("after")) or None if isinstance(cursors, Mapping) else None


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
