"""The control API of the simulated Genesys Cloud, `/api/cloud/…`: what agents, audits and administrators do.

For the desk, for tests and for benches; it asks for no token.
"""

import json

from aiohttp import web
from pydantic import SecretStr

from xyper_sim import cloud_content
from xyper_sim.cloud_errors import CloudError
from xyper_sim.cloud_model import Conversation
from xyper_sim.cloud_settings import Client, Integration, LoginClient, Person
from xyper_sim.cloud_state import CloudState
from xyper_sim.files import mount


def routes(cloud: CloudState) -> list[web.RouteDef]:
    agent, audit, setup = Agent(cloud), Audit(cloud), Setup(cloud)
    one = "/api/cloud/conversations/{id}"
    return [
        web.get("/api/cloud/conversations", agent.conversations),
        web.post("/api/cloud/conversations", agent.begin),
        web.get(one, agent.conversation),
        web.post(f"{one}/messages", agent.say),
        web.post(f"{one}/typing", agent.types),
        web.post(f"{one}/read", agent.look),
        web.post(f"{one}/disconnect", agent.disconnect),
        web.put(f"{one}/person", agent.assign),
        web.post("/api/cloud/messages/{id}/receipt", agent.reply),
        web.get("/api/cloud/received", audit.received),
        web.get("/api/cloud/violations", audit.violations),
        web.delete("/api/cloud/received", audit.forget),
        web.get("/api/cloud/stats", audit.stats),
        web.get("/api/cloud/integrations", setup.integrations),
        web.put("/api/cloud/integrations/{id}", setup.integration),
        web.put("/api/cloud/clients/{id}", setup.client),
        web.put("/api/cloud/people/{id}", setup.person),
        web.put("/api/cloud/login_clients/{id}", setup.login_client),
        web.put("/api/cloud/login", setup.login),
        web.delete("/api/cloud/tokens", setup.revoke),
        web.post("/api/cloud/webhook", setup.webhook),
    ]


class Agent:
    """What an agent at the desk sees and does."""

    def __init__(self, cloud: CloudState) -> None:
        self.cloud = cloud

    async def conversations(self, _: web.Request) -> web.Response:
        """`GET …/conversations`: each with its messages and what became of them."""
        return web.json_response(self.cloud.views())

    async def conversation(self, request: web.Request) -> web.Response:
        found = self._find(request)
        return web.json_response({**found.view(), "messages": [message.view() for message in found.messages]})

    async def begin(self, request: web.Request) -> web.Response:
        """`POST …/conversations {"integration", "address", "name"?}`: an agent begins one, or finds the open one."""
        values = await request.json()
        sender = {"id": values["address"], "idType": "Opaque", "nickname": values.get("name", "")}
        return web.json_response(self.cloud.join(self.cloud.integrations[values["integration"]], sender).view())

    async def say(self, request: web.Request) -> web.Response:
        """`POST …/conversations/{id}/messages {"text"?, "files"?, "content"?}`: the message.

        `files`: ids of uploads. `content`: further items as Genesys' webhook has them. 400 once the conversation has
        ended, and for what Genesys would not send.
        """
        body = await request.json()
        text, base = str(body.get("text", "")), mount(request)
        attached = [self.cloud.files.attachment(self.cloud.files.get(str(one)), base) for one in body.get("files", ())]
        content = [{"contentType": "Attachment", "attachment": one} for one in attached] + list(body.get("content", ()))
        if not text.strip() and not content:
            raise ValueError("text is empty")
        cloud_content.check(content)
        return web.json_response(self.cloud.say(self._find(request), text, content).view())

    async def types(self, request: web.Request) -> web.Response:
        """`POST …/conversations/{id}/typing`, `?duration=5000`."""
        self.cloud.types(self._find(request), int(request.query.get("duration", "5000")))
        return web.json_response({})

    async def look(self, request: web.Request) -> web.Response:
        """`POST …/conversations/{id}/read`: nothing in it is unread any more."""
        self.cloud.look(self._find(request))
        return web.json_response({})

    async def reply(self, request: web.Request) -> web.Response:
        """`POST …/messages/{id}/receipt {"status": "Failed", "reasons": […]}` about a customer's message."""
        values = await request.json()
        message = self.cloud.messages[request.match_info["id"]]
        self.cloud.reply(message, values["status"], values.get("reasons", []))
        return web.json_response(message.view())

    async def disconnect(self, request: web.Request) -> web.Response:
        """`POST …/conversations/{id}/disconnect`: the agent ends it; no webhook tells."""
        found = self._find(request)
        self.cloud.disconnect(found)
        return web.json_response(found.view())

    async def assign(self, request: web.Request) -> web.Response:
        """`PUT …/conversations/{id}/person {"id"}`: this user is the agent in it now; "" for nobody."""
        found = self._find(request)
        found.person = (await request.json())["id"]
        return web.json_response(found.view())

    def _find(self, request: web.Request) -> Conversation:
        return _told(self.cloud, request.match_info["id"])


class Audit:
    """What was taken, and what should not have come."""

    def __init__(self, cloud: CloudState) -> None:
        self.cloud = cloud

    async def received(self, request: web.Request) -> web.Response:
        """`GET …/received?after=0&kind=message&count=3&timeout=10`: accepted calls; waits until there are `count`."""
        query = request.query
        found = await self.cloud.journal.reach(
            int(query.get("count", "0")),
            int(query.get("after", "0")),
            query.get("kind"),
            float(query.get("timeout", "10")),
        )
        return web.json_response(found)

    async def violations(self, _: web.Request) -> web.Response:
        """`GET …/violations`: second finals, receipts for unknown messages, statuses that cannot be told."""
        return web.json_response(self.cloud.journal.violations)

    async def forget(self, _: web.Request) -> web.Response:
        """`DELETE …/received`: the audit begins anew; conversations stay."""
        self.cloud.journal.forget()
        return web.json_response({})

    async def stats(self, _: web.Request) -> web.Response:
        """`GET …/stats` → counts of what was taken, of tokens given out or leaked, of calls refused with 429."""
        journal, access = self.cloud.journal, self.cloud.access
        counts = {"received": len(journal.received), "violations": len(journal.violations)}
        more = {"tokens": access.issued, "throttled": access.throttled, "leaks": self.cloud.files.leaks}
        return web.json_response({**counts, **more})


class Setup:
    """What an administrator does."""

    def __init__(self, cloud: CloudState) -> None:
        self.cloud = cloud

    async def integrations(self, _: web.Request) -> web.Response:
        """`GET …/integrations`: without their secrets."""
        return web.json_response([one.model_dump(mode="json") for one in self.cloud.integrations.values()])

    async def integration(self, request: web.Request) -> web.Response:
        """`PUT …/integrations/{id} {"name", "webhook_url", "webhook_secret", "clients"}`: makes or changes one."""
        name = request.match_info["id"]
        known = self.cloud.integrations.get(name)
        held = {} if known is None else {field: getattr(known, field) for field in known.model_fields_set}
        made = Integration.model_validate({**held, **await request.json(), "id": name})
        self.cloud.integrations[name] = made
        return web.json_response(made.model_dump(mode="json"))

    async def client(self, request: web.Request) -> web.Response:
        """`PUT …/clients/{id} {"client_secret", "permissions", "rate"}`: makes or changes one."""
        name = request.match_info["id"]
        known = self.cloud.access.clients.get(name)
        held = {} if known is None else {field: getattr(known, field) for field in known.model_fields_set}
        made = Client.model_validate({**held, **await request.json(), "client_id": name})
        self.cloud.access.clients[name] = made
        return web.json_response(made.model_dump(mode="json") | {"permissions": sorted(made.permissions)})

    async def person(self, request: web.Request) -> web.Response:
        """`PUT …/people/{id} {"name", "org", "state", "roles", "permissions"}`: makes or changes a user."""
        people, name = self.cloud.access.people, request.match_info["id"]
        held = people[name].model_dump(exclude_unset=True) if name in people else {}
        made = people[name] = Person.model_validate({**held, **await request.json(), "id": name})
        return web.json_response(made.model_dump(mode="json") | {"permissions": sorted(made.permissions)})

    async def login_client(self, request: web.Request) -> web.Response:
        """`PUT …/login_clients/{id} {"redirect_uris", "org"}`: makes or changes one."""
        clients, name = self.cloud.access.login_clients, request.match_info["id"]
        held = clients[name].model_dump(exclude_unset=True) if name in clients else {}
        made = clients[name] = LoginClient.model_validate({**held, **await request.json(), "client_id": name})
        return web.json_response(made.model_dump(mode="json"))

    async def login(self, request: web.Request) -> web.Response:
        """`PUT …/login {"isolated": true}`: whether the login's pages cut the way back to who opened their window."""
        self.cloud.login.isolated = bool((await request.json())["isolated"])
        return web.json_response({})

    async def revoke(self, _: web.Request) -> web.Response:
        """`DELETE …/tokens`: no token that was given out is valid any more."""
        return web.json_response({"revoked": self.cloud.access.revoke()})

    async def webhook(self, request: web.Request) -> web.Response:
        """`POST …/webhook {"integration", "body", "secret"?}`: any body; `secret` signs it with another one."""
        values = await request.json()
        integration = self.cloud.integrations[values["integration"]]
        if "secret" in values:
            integration = integration.model_copy(update={"webhook_secret": SecretStr(values["secret"])})
        self.cloud.send(integration, values["body"])
        return web.json_response({})


def _told(cloud: CloudState, name: str) -> Conversation:
    try:
        return cloud.conversation(name)
    except CloudError as error:
        problem = json.dumps({"title": str(error), "status": 404})
        raise web.HTTPNotFound(text=problem, content_type="application/problem+json") from None
