"""The description agrees with the routes, both ways; it is valid, explained, and served with a viewer of our own."""

import re
from collections.abc import AsyncIterator

import pytest
from openapi_spec_validator import validate

from tests.conftest import Configure
from tests.engine.edge.front import Front, opened
from xyper_engine.edge.api.oidc import Start
from xyper_engine.edge.api.sign_in import CameBack
from xyper_engine.edge.openapi import Json, path_of
from xyper_engine.edge.route import Told
from xyper_engine.edge.widget.live import PATH as LIVE
from xyper_engine.edge.widget.page import FromHost

OTHER = ("/hooks/", "/files/", "/reports/", "/static/", "/x/")
"""What is no part of the API: webhooks, links to files, files of pages, plugins' pages."""


@pytest.fixture
async def front(configure: Configure, url: str) -> AsyncIterator[Front]:
    async with opened(configure, url) as found:
        yield found


@pytest.fixture
async def spec(front: Front) -> Json:
    answer = await front.ask("GET", "/api/v1/openapi.json", key="")
    assert (answer.status, answer.content_type) == (200, "application/json")
    return dict(await answer.json())


async def test_it_is_valid(spec: Json) -> None:
    validate(spec)
    assert spec["openapi"] == "3.1.0"


async def test_it_names_exactly_what_is_served(front: Front, spec: Json) -> None:
    described = {(method.upper(), path) for path, item in spec["paths"].items() for method in item}
    assert described == {(route.method, path_of(route)) for route in front.routes}
    served = {
        (route.method, route.resource.canonical)
        for route in front.app.router.routes()
        if route.resource and not route.resource.canonical.startswith(OTHER) and route.method != "HEAD"
    }
    assert described == served - {("GET", LIVE)}  # a WebSocket, which OpenAPI has no words for


async def test_every_operation_is_explained_and_says_who_may(front: Front, spec: Json) -> None:
    operations = [spec["paths"][path_of(route)][route.method.lower()] for route in front.routes]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    tags = {tag["name"]: tag["description"] for tag in spec["tags"]}
    for route, operation in zip(front.routes, operations, strict=True):
        assert re.fullmatch(r"[A-Z].*\.", operation["summary"], re.DOTALL), route.path
        assert all(tags[tag] for tag in operation["tags"])
        assert operation["security"] == ([{"bearer": []}] if route.action else [])
        assert route.action is None or f"Needs `{route.action}`" in operation["description"]


async def test_every_trouble_that_is_documented_is_a_problem_body(spec: Json) -> None:
    for response in spec["components"]["responses"].values():
        assert list(response["content"]) == ["application/problem+json"]
    assert set(spec["components"]["schemas"]["Problem"]["required"]) >= {"type", "title", "status", "detail"}


async def test_words_of_the_code_are_words_of_the_description(spec: Json) -> None:
    line = spec["components"]["schemas"]["AuditLine"]["properties"]
    assert line["after"]["description"] == "What it became."


async def test_models_refuse_what_is_not_documented(front: Front) -> None:
    for route in front.routes:
        for model in (route.body, route.query):
            if model is not None:
                # What somebody else's login, page or link adds to an address is its own business.
                strict = model.model_config.get("extra") == "forbid" or issubclass(model, CameBack | FromHost | Start)
                assert strict or not model.model_fields.keys() - {"root"}, route.path
        assert route.answer is None or issubclass(route.answer, Told), route.path


@pytest.mark.parametrize("name", ["", "/viewer.js", "/viewer.css", "/rapidoc-min.js"])
async def test_the_viewer_is_served(front: Front, name: str) -> None:
    answer = await front.ask("GET", f"/api/docs{name}", key="")
    assert answer.status == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert not re.search(r"unsafe-eval|script-src[^;]*unsafe-inline|https?:", policy)
