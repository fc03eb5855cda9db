"""What an agent sends from the widget: the customer has it once, the Genesys conversation has it once."""

from tests.flows.conftest import Build
from tests.flows.widget import at_desk


async def test_a_text_stands_in_both_once(build: Build) -> None:
    async with at_desk(build) as desk:
        sent = await desk.say("Hi Maria, it is on its way.")
        assert sent.status == 202, sent.body
        assert (sent.body["status"], sent.body["author"]["name"]) == ("pending", "Ines, an agent")
        assert await desk.came_to(sent.body["id"], "paired")
        [body] = await desk.at_customer(1)
        assert body["text"]["body"] == "Hi Maria, it is on its way."
        assert await desk.transcript() == ["Hi Maria, it is on its way."]
        assert await desk.bridge.world.violations() == []
