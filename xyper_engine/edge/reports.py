"""Access reports for whoever has a signed link: `GET /reports/{token}/{name}`, made while it is sent."""

from contextlib import aclosing

import structlog
from aiohttp import web

from xyper_engine.errors import NotFound, Unavailable
from xyper_engine.privacy_office import PrivacyOffice
from xyper_engine.runtime import Runtime

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Disposition": 'attachment; filename="report.zip"',
    "Content-Type": "application/zip",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_log = structlog.get_logger("xyper.edge")


class ReportLinks:
    def __init__(self, rt: Runtime) -> None:
        self._office = PrivacyOffice(rt.db, rt.keyring, rt.media, rt.settings.public_url)

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/reports/{token}/{name}", self.fetch, allow_head=False)]

    async def fetch(self, request: web.Request) -> web.StreamResponse:
        packed = await self._office.packed(request.match_info["token"])
        response = web.StreamResponse(headers=_HEADERS)
        async with aclosing(packed) as chunks:
            await response.prepare(request)
            try:
                async for chunk in chunks:
                    if chunk:
                        await response.write(chunk)
                await response.write_eof()
            except ConnectionError:  # the reader left
                return response
            except (NotFound, Unavailable) as error:
                _log.warning("a report broke off", reason=str(error), part="reports")
                if request.transport:
                    request.transport.abort()  # only so does the reader notice
        return response
