"""Every route × every role × its own tenant, a foreign one, one that is not there: made from the table of routes.

What must come of it is read from the table of permissions. A foreign tenant is answered byte for byte as one that does
not exist, so that nobody learns who else is a customer.
"""

import re
from dataclasses import dataclass
from typing import Any

from tests.directory import put_tenant
from tests.engine.edge.front import Front
from xyper_engine.access.roles import MAY, Action, Role
from xyper_engine.edge.route import Route
from xyper_engine.sealing import Sealer
from xyper_engine.tenants.spec import TenantSpec

OWN, FOREIGN, NOWHERE = "own", "foreign", "nowhere"
OF_A_TENANT = (Role.genesys_admin, Role.supervisor, Role.agent)
REFUSED = {401, 403}


@dataclass(frozen=True)
class Answer:
    status: int
    body: str

    @property
    def blurred(self) -> str:
        """Without ids of the request, and with every tenant's name alike."""
        without = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", self.body)
        return re.sub(rf"\b({OWN}|{FOREIGN}|{NOWHERE})\b", "TENANT", without)


async def furnished(front: Front) -> None:
    for tenant in (OWN, FOREIGN):
        spec = TenantSpec.model_validate({"id": tenant, "name": tenant})
        await put_tenant(front.rt.db, Sealer.from_settings(front.rt.settings), spec)


async def call(front: Front, route: Route, tenant: str, bearer: str) -> Answer:
    """With a body that no route takes: what is asked here is whether one would have been looked at."""
    path = re.sub(r"\{(\w+)[^}]*\}", lambda found: tenant if found[1] == "tenant" else "0", route.path)
    body: dict[str, Any] = {"data": b"?", "headers": {"Content-Type": "text/plain"}} if route.body else {}
    answer = await front.ask(route.method, path, key=bearer, allow_redirects=False, **body)
    return Answer(answer.status, await answer.text())


def guarded(front: Front) -> list[Route]:
    return [route for route in front.routes if route.action is not None]


def may(route: Route, role: Role) -> bool:
    assert route.action is not None
    return role in MAY[route.action]


async def test_nobody_gets_nothing(front: Front) -> None:
    await furnished(front)
    for route in guarded(front):
        for bearer in ("", "xyk_0", "eyJhbGciOiJub25lIn0.e30."):
            assert (await call(front, route, OWN, bearer)).status == 401, route.path


async def test_each_role_may_what_the_table_says_and_no_more(front: Front) -> None:
    await furnished(front)
    for route in guarded(front):
        for role in Role:
            tenant = None if role is Role.xyper_admin else OWN
            answer = await call(front, route, OWN, await front.token(role, tenant))
            assert (answer.status not in REFUSED) == may(route, role), (route.method, route.path, role, answer)
            assert answer.status < 500, (route.path, answer)


async def test_a_foreign_tenant_is_answered_as_one_that_does_not_exist(front: Front) -> None:
    await furnished(front)
    for route in guarded(front):
        if "{tenant}" not in route.path:
            continue
        for role in OF_A_TENANT:
            bearer = await front.token(role, OWN)
            foreign, nowhere = [await call(front, route, tenant, bearer) for tenant in (FOREIGN, NOWHERE)]
            assert foreign.status == nowhere.status == 404, (route.method, route.path, role, foreign)
            assert foreign.blurred == nowhere.blurred


async def test_a_key_does_only_what_it_was_made_for(front: Front) -> None:
    """Each action alone: every route of another one is refused, though the key's role could do it."""
    await furnished(front)
    for action in Action:
        tenant = OWN if Role.genesys_admin in MAY[action] else None
        key = await front.new_key(tenant, [action])
        for route in guarded(front):
            if route.action is not action:
                assert (await call(front, route, OWN, key)).status == 403, (route.path, action)


async def test_routes_that_anybody_may_call_are_these(front: Front) -> None:
    """A route without an action is open to the world: whoever adds one says so here."""
    for route in front.routes:
        if route.action is None:
            assert route.path.startswith(OPEN), route.path


OPEN = ("/api/docs", "/api/v1/openapi.json", "/api/v1/auth/", "/.well-known/", "/widget/", "/admin")


def test_every_action_can_be_done_by_somebody() -> None:
    assert set(MAY) == set(Action)
    assert all(MAY.values())
