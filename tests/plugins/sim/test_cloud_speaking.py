"""Agents who speak by the API of the simulated Genesys Cloud: as themselves, from where they take part."""

from typing import Any

import pytest

from tests.plugins.sim.cloud_world import World, told, world
from tests.plugins.sim.test_cloud_login import CLOUD, signed_in

MESSAGES = "conversations/messages"


async def place(here: World, conversation: str, person: str = "u-ines") -> str:
    """The path of the agent's communication, and whose conversation it is from now on."""
    await here.control("PUT", f"cloud/conversations/{conversation}/person", {"id": person})
    whole = told("Conversation", (await here.call("GET", f"conversations/{conversation}")).body)
    [agent] = [one for one in whole["participants"] if one["purpose"] == "agent"]
    assert agent["userId"] == person
    [leg] = agent["messages"]
    assert leg["state"] == "connected"
    return f"{MESSAGES}/{conversation}/communications/{leg['id']}"


async def test_what_is_said_goes_out_as_an_agents_own() -> None:
    async with world(**CLOUD) as here:
        conversation = await here.conversation()
        path, mine = await place(here, conversation), await signed_in(here)
        said = await here.call("POST", f"{path}/messages", {"textBody": "Hello"}, mine)
        assert told("MessageData", said.body)["normalizedMessage"]["text"] == "Hello"
        assert said.body["createdBy"]["id"] == "u-ines"
        body = await here.middleware.first("Text")
        assert (body["id"], body["text"], body["originatingEntity"]) == (said.body["id"], "Hello", "Human")
        assert (
            await here.call("POST", f"{path}/typing", {"typing": {"type": "On", "duration": 5000}}, mine)
        ).status == 204
        assert (await here.middleware.first("Event"))["events"][0]["typing"]["duration"] == 5000


REFUSED: dict[str, tuple[str, Any, int]] = {
    "a client of no person": ("client", {"textBody": "Hello"}, 403),
    "somebody else": ("u-sofia", {"textBody": "Hello"}, 403),
    "no words": ("u-ines", {"textBody": " "}, 400),
    "too many": ("u-ines", {"textBody": "x" * 4001}, 400),
    "two things at once": ("u-ines", {"textBody": "Hello", "mediaIds": ["1"]}, 400),
    "nothing": ("u-ines", [], 400),
}


@pytest.mark.parametrize(("who", "body", "status"), REFUSED.values(), ids=REFUSED.keys())
async def test_what_is_refused(who: str, body: Any, status: int) -> None:
    async with world(**CLOUD) as here:
        path = await place(here, await here.conversation())
        token = here.token if who == "client" else await signed_in(here, who)
        assert (await here.call("POST", f"{path}/messages", body, token)).status == status
        await here.settled()
        assert here.middleware.bodies("Text") == []


async def test_nobody_speaks_from_another_place_or_after_the_end() -> None:
    async with world(**CLOUD) as here:
        conversation = await here.conversation()
        path, mine = await place(here, conversation), await signed_in(here)
        other = f"{MESSAGES}/{conversation}/communications/another"
        assert (await here.call("POST", f"{other}/messages", {"textBody": "Hello"}, mine)).status == 403
        await here.control("POST", f"cloud/conversations/{conversation}/disconnect")
        assert (await here.call("POST", f"{path}/messages", {"textBody": "Hello"}, mine)).status == 400


async def test_the_webhook_may_be_first() -> None:
    async with world(**CLOUD) as here:
        path, mine = await place(here, await here.conversation()), await signed_in(here)
        await here.knobs(answer_after_ms=200)
        said = await here.call("POST", f"{path}/messages", {"textBody": "Hello"}, mine)
        assert [body["id"] for body in here.middleware.bodies("Text")] == [said.body["id"]]
