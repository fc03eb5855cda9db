"""What a person is told beside the steps, and an integration that was there before being taken on."""

from tests.conftest import Configure
from tests.newcomer import NEW, ONE, Stage, stage, vendors
from tests.world import OPERATOR, eventually

THERE = {
    "id": "int-there",
    "name": "Made by hand",
    "webhook_url": "http://127.0.0.1:9/elsewhere",
    "clients": [ONE.client],
}


async def test_the_guide_tells_what_is_copied_and_no_secret(configure: Configure, url: str) -> None:
    async with stage(configure, database={"url": url}) as here:
        status, told = await here.ask("GET", "onboarding/guide")
        assert status == 200
        channels = {one["adapter"]: one for one in told["channels"]}
        assert channels["whatsapp"]["customers"]
        assert channels["whatsapp"]["secrets"] == ["access_token"]
        assert channels["genesys"]["secrets"] == ["client_secret"]
        regions = channels["genesys"]["config"]["properties"]["region"]["anyOf"]
        assert {"const": "eu-central-1", "title": "mypurecloud.de"} in regions
        assert "sim" in {one.get("const") for one in regions}
        public = here.engine.rt.settings.public_url
        assert told["places"] == [
            {"adapter": "whatsapp", "account": None, "url": f"{public}/hooks/whatsapp/{OPERATOR}", "own": False,
             "challenged_at": None}
        ]  # fmt: skip
        assert told["page"]["url"].startswith(f"{public}/widget/{ONE.id}/?gcConversationId={{{{gcConversationId}}}}")
        assert told["page"]["redirect_uri"] == f"{public}/widget/{ONE.id}/auth/callback"
        assert "allow-popups" in told["page"]["sandbox"]


async def test_an_integration_that_is_there_is_taken_on(configure: Configure, url: str) -> None:
    sim = vendors(integrations=[THERE])
    async with stage(configure, sim, database={"url": url}) as here:
        status, told = await here.ask("GET", f"onboarding/offers?account=genesys/{NEW}")
        said = {"detail": {"code": "genesys.offer.taken", "values": {"url": "http://127.0.0.1:9/elsewhere"}}}
        words = "It calls http://127.0.0.1:9/elsewhere now."
        assert (status, told["offers"]) == (200, [
            {"id": "int-there", "name": "Made by hand", "detail": words, "said": said}
        ])  # fmt: skip
        body = {"account": f"genesys/{NEW}", "id": "another"}
        assert (await here.ask("POST", "onboarding/adoption", body))[0] == 404
        status, told = await here.ask("POST", "onboarding/adoption", {**body, "id": "int-there"})
        assert (status, told) == (200, {"account": "genesys/int-there"})
        assert (await here.ask("GET", "onboarding/offers?account=genesys/int-there"))[1]["offers"] == []
        _, accounts = await here.ask("GET", "accounts")
        assert "genesys/int-there" in {f"{one['adapter']}/{one['account']}" for one in accounts["accounts"]}
        await _ran(here, account="genesys/int-there", step="token integration")
        steps = [one for one in (await here.ask("GET", "onboarding"))[1]["steps"] if one["tries"]]
        assert [(one["step"], one["state"]) for one in steps] == [("token", "done"), ("integration", "done")]
        [made] = await here.world.call("GET", "/api/cloud/integrations")
        assert "/hooks/genesys/" in made["webhook_url"]


async def test_a_run_of_some_steps_goes_on_when_the_account_gets_its_id(configure: Configure, url: str) -> None:
    """And an account that came after the last run can be named at once."""
    async with stage(configure, database={"url": url}) as here:
        await _ran(here, account=f"genesys/{NEW}", step="token integration created")
        steps = {one["step"]: one["state"] for one in (await here.ask("GET", "onboarding"))[1]["steps"] if one["tries"]}
        assert steps == dict.fromkeys(("token", "integration", "created"), "done")
        added = {"adapter": "whatsapp", "account": "20", "parent": f"waba-{ONE.n}", "secrets": {"access_token": "x"}}
        assert (await here.ask("POST", "accounts", added))[0] == 201
        await _ran(here, account="whatsapp/20", step="token")
        [row] = [
            one
            for one in (await here.ask("GET", "onboarding"))[1]["steps"]
            if one["account"] == "whatsapp/20" and one["tries"]
        ]
        assert (row["step"], row["state"]) == ("token", "failed")


async def _ran(here: Stage, **wanted: str) -> None:
    await here.run(**wanted)

    async def ended() -> bool:
        return await here.state() != "running"

    assert await eventually(ended)
