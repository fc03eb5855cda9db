"""The dashboard: its page, and the session of whoever is signed in at it."""

from xyper_engine.edge.admin.page import Page
from xyper_engine.edge.admin.session import SessionApi
from xyper_engine.edge.route import Route
from xyper_engine.edge.widget.assets import Assets
from xyper_engine.runtime import Runtime


def routes(rt: Runtime, assets: Assets) -> tuple[Route, ...]:
    """All of them, in the order in which the description lists them."""
    return *SessionApi(rt).routes(), *Page(rt.settings.environment, assets).routes()
