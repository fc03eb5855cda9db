"""The JSON API, `/api/v1`: one module per kind of thing, each a list of routes."""

from xyper_engine.edge.api.conversations import ConversationsApi
from xyper_engine.edge.api.onboarding import OnboardingApi
from xyper_engine.edge.api.templates import TemplatesApi
from xyper_engine.edge.route import Route
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime


def routes(rt: Runtime, registry: Registry) -> tuple[Route, ...]:
    """All of them, in the order in which the description lists them."""
    return (
        *OnboardingApi(rt, registry).routes(),
        *TemplatesApi(rt, registry).routes(),
        *ConversationsApi(rt, registry).routes(),
    )
