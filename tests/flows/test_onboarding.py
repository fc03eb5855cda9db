"""A tenant with nothing but credentials is set up at both vendors, and a message goes there and back."""

from tests.conftest import Configure
from tests.newcomer import MARIA, NEW, ONE, Stage, stage
from tests.world import eventually

NAMES = [
    "token", "permissions", "integration", "created", "content", "typing", "flow", "widget",
    "token", "number", "subscription", "challenge", "heard", "answered",
]  # fmt: skip


async def _reaches(here: Stage, step: str, *states: str) -> None:
    async def there() -> bool:
        return (await here.steps())[step]["state"] in states

    assert await eventually(there), await here.ask("GET", "onboarding")


async def test_a_newcomer_ends_with_a_round_trip(configure: Configure) -> None:
    async with stage(configure) as here:
        _, before = await here.ask("GET", "onboarding")
        assert before["state"] == "new"
        assert [one["step"] for one in before["steps"]] == NAMES
        await here.run()
        await _reaches(here, "heard", "running")
        await here.world.write(ONE, MARIA, "Is anybody there?")
        await _reaches(here, "answered", "running")
        [chat] = await here.world.call("GET", "/api/cloud/conversations")
        await here.world.say(chat["id"], "Yes, we are.")

        async def ended() -> bool:
            return await here.state() != "running"

        assert await eventually(ended)
        _, after = await here.ask("GET", "onboarding")
        assert {one["step"]: one["state"] for one in after["steps"]} == dict.fromkeys(NAMES, "done"), after
        assert after["state"] == "done"
        assert all(one["calls"] and one["detail"] for one in after["steps"] if one["step"] != "challenge")
        assert all(call["correlation"] for one in after["steps"] for call in one["calls"])
        genesys = {one["account"] for one in after["steps"] if one["account"].startswith("genesys/")}
        assert genesys == {f"genesys/{chat['integration']}"}
        assert NEW not in str(after)
