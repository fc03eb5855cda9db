"""The table of permissions as it is, for people: what each role may do."""

from inspect import getsource
from re import findall

from xyper_engine.access.roles import MAY, Action, Role
from xyper_engine.edge.route import Call, Route, Told


class ActionTold(Told):
    name: str
    """Also the scope of an API key."""
    area: str
    """What it is about: the name before the colon."""
    words: str
    """What is meant by it, in English; "" where its name says it."""
    roles: tuple[str, ...]
    """Who may do it."""


class RolesTold(Told):
    roles: tuple[str, ...]
    """Whoever may most comes first."""
    actions: tuple[ActionTold, ...]


class RolesApi:
    def __init__(self) -> None:
        words = dict(findall(r'(\w+) = "[\w:]+"\n    """(.+?)"""', getsource(Action)))
        self._told = RolesTold(
            roles=tuple(Role),
            actions=tuple(
                ActionTold(
                    name=action,
                    area=action.partition(":")[0],
                    words=words.get(action.name, ""),
                    roles=tuple(role for role in Role if role in MAY[action]),
                )
                for action in Action
            ),
        )

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", "/api/v1/roles", Action.users_read, self.read, "What each role may do.", answer=RolesTold),
        )

    async def read(self, _call: Call) -> RolesTold:
        return self._told
