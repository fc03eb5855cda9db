"""Signed webhooks to a real receiver, and where they must never go."""

import base64
import hmac
from collections.abc import Sequence

import orjson
import pytest

from xyper_engine.alerting.mail import Untold
from xyper_engine.alerting.webhook import new_secret, send, signature
from xyper_engine.model import new_id
from xyper_engine.testing import FarSide

BODY = orjson.dumps({"type": "test"})


async def test_it_is_signed_over_the_raw_bytes() -> None:
    secret, id_ = new_secret(), new_id()
    async with FarSide() as far:
        far.answer("POST", "/hook", status=204)
        assert await send(f"{far.url}/hook", secret, id_, BODY, (far.url,), 5.0) == "127.0.0.1 answers 204."
    (seen,) = far.requests
    assert (seen.headers["webhook-id"], seen.body) == (id_, BODY)
    signed = f"{id_}.{seen.headers['webhook-timestamp']}.".encode() + BODY
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    assert seen.headers["webhook-signature"] == f"v1,{expected}"


def test_the_signature_is_that_of_the_standards_own_example() -> None:
    """https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/python/tests"""
    secret, id_, at = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
    assert signature(secret, id_, at, b'{"test": 2432232314}') == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(("status", "words"), [(500, "answers 500: oh no."), (302, "answers 302"), (410, "410")])
async def test_what_is_not_taken_is_told_in_words(status: int, words: str) -> None:
    async with FarSide() as far:
        far.answer("POST", "/hook", status=status, body=b"oh no", headers={"Location": f"{far.url}/elsewhere"})
        with pytest.raises(Untold, match=words):
            await send(f"{far.url}/hook", new_secret(), new_id(), BODY, (far.url,), 5.0)
    assert [one.path for one in far.requests] == ["/hook"], "no redirect is followed"


INSIDE = [
    "http://127.0.0.1/", "https://127.0.0.1/", "https://169.254.169.254/latest", "https://[::1]/", "https://10.0.0.1/",
    "https://2130706433/", "https://user@example.com/", "http://example.com/", "https://example.com:8443/",
    "ftp://example.com/", "nonsense", "https://localhost/",
]  # fmt: skip


@pytest.mark.parametrize("url", INSIDE)
async def test_it_goes_nowhere_inside(url: str) -> None:
    with pytest.raises(Untold, match="The webhook's address is refused"):
        await send(url, new_secret(), new_id(), BODY, (), 5.0)


async def test_a_named_host_of_ones_own_is_let_through_and_no_neighbour_of_it() -> None:
    async with FarSide() as far, FarSide() as neighbour:
        far.answer("POST", "/hook", status=200)
        hosts: Sequence[str] = (far.url,)
        assert "200" in await send(f"{far.url}/hook", new_secret(), new_id(), BODY, tuple(hosts), 5.0)
        with pytest.raises(Untold, match="refused"):
            await send(f"{neighbour.url}/hook", new_secret(), new_id(), BODY, tuple(hosts), 5.0)
    assert neighbour.requests == []


async def test_nobody_there() -> None:
    async with FarSide() as far:
        url = far.url
    with pytest.raises(Untold, match="does not answer"):
        await send(f"{url}/hook", new_secret(), new_id(), BODY, (url,), 2.0)
