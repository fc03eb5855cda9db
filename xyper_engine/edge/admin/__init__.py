"""The dashboard: its page, and the session of whoever is signed in at it."""

from xyper_engine.edge.admin.dashboard import Page
from xyper_engine.edge.admin.session import SessionApi
from xyper_engine.edge.admin.sign_on import SignOnApi
from xyper_engine.edge.route import Route
from xyper_engine.edge.widget.assets import Assets
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime


def routes(rt: Runtime, registry: Registry, assets: Assets) -> tuple[Route, ...]:
    """All of them, in the order in which the description lists them."""
    session = SessionApi(rt)
    parts = session, SignOnApi(rt, registry, session), Page(rt.settings.environment, assets)
    return tuple(route for part in parts for route in part.routes())
