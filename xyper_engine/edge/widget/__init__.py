"""The agents' widget: its page, its files, and what the page asks for under `/widget/api/v1`."""

from xyper_engine.edge.route import Route
from xyper_engine.edge.widget.assets import Assets
from xyper_engine.edge.widget.events import EventsApi
from xyper_engine.edge.widget.forms import FormsApi
from xyper_engine.edge.widget.informing import InformingApi
from xyper_engine.edge.widget.page import Page
from xyper_engine.edge.widget.profile import ProfileApi
from xyper_engine.edge.widget.reading import ReadingApi
from xyper_engine.edge.widget.replies import RepliesApi
from xyper_engine.edge.widget.searching import SearchingApi
from xyper_engine.edge.widget.sending import SendingApi
from xyper_engine.edge.widget.uploads import UploadsApi
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime


def routes(rt: Runtime, registry: Registry, assets: Assets) -> tuple[Route, ...]:
    """All of them, in the order in which the description lists them."""
    parts = (
        Page(rt, registry, assets), ReadingApi(rt, registry), EventsApi(rt, registry), SendingApi(rt, registry),
        InformingApi(rt), SearchingApi(rt), ProfileApi(rt), UploadsApi(rt, registry),
        FormsApi(rt, registry), RepliesApi(rt),
    )  # fmt: skip
    return tuple(route for part in parts for route in part.routes())
