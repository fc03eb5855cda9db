"""`xyper users` and `xyper keys` beside a running engine: what one process decides, the other obeys at once."""

import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.engine.cli.process import PATIENCE, Demo, Said, ask

PASSWORD = "correct horse battery"


def call(acme: Demo, path: str, bearer: str) -> int:
    """The status of a call with this token or key."""
    request = urllib.request.Request(f"{acme.base}{path}", headers={"Authorization": f"Bearer {bearer}"})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def login(acme: Demo, email: str, password: str = PASSWORD) -> tuple[int, Any]:
    return ask(f"{acme.base}/api/v1/auth/login", {"email": email, "password": password})


def done(said: Said) -> str:
    assert (said.code, said.err) == (0, "")
    return said.out


def test_an_administrator_is_added_shut_out_let_in_and_reset(acme: Demo) -> None:
    email = "ada@example.com"
    done(acme.cli("users", "add", "--email", email, "--name", "Ada", "--password-env", "PW", PW=PASSWORD))
    [ada] = [one for one in acme.cli("users", "list", "--json").json if one["email"] == email]
    assert (ada["email"], ada["role"], ada["state"], ada["method"]) == (email, "xyper_admin", "active", "local")
    status, granted = login(acme, email)
    assert (status, "self:manage" in granted["actions"]) == (200, True)
    assert call(acme, "/api/v1/auth/me", granted["access_token"]) == 200
    done(acme.cli("users", "disable", email))
    assert call(acme, "/api/v1/auth/me", granted["access_token"]) == 401
    assert login(acme, email)[0] == 401
    done(acme.cli("users", "enable", ada["id"]))
    reset = acme.cli("users", "reset", email, "--second-factor", "--json").json
    assert login(acme, email)[0] == 401
    accepted = {"token": reset["token"], "password": "a quite new password"}
    assert ask(f"{acme.base}/api/v1/auth/accept", accepted)[0] == 204
    assert login(acme, email, "a quite new password")[0] == 200


def test_an_invitation_is_printed_once(acme: Demo) -> None:
    out = done(acme.cli("users", "invite", "--email", "bob@example.com", "--name", "Bob"))
    token = next(line for line in out.splitlines() if line.startswith("xyi_"))
    accepted = {"token": token, "password": PASSWORD}
    assert [ask(f"{acme.base}/api/v1/auth/accept", accepted)[0] for _ in range(2)] == [204, 401]
    listed = done(acme.cli("users", "list"))
    assert "bob@example.com" in listed
    assert token not in listed


def test_a_key_is_added_listed_and_revoked(acme: Demo) -> None:
    whose = ("--tenant", "acme")
    made = acme.cli("keys", "add", "shop", *whose, "-a", "templates:read", "--days", "30", "--json").json
    path = "/api/v1/tenants/acme/templates"
    assert call(acme, path, made["key"]) == 200
    assert call(acme, "/api/v1/keys", made["key"]) == 403
    listed = done(acme.cli("keys", "list", *whose))
    assert made["id"] in listed
    assert made["key"] not in listed
    done(acme.cli("keys", "revoke", made["id"], *whose))
    assert call(acme, path, made["key"]) == 401


def test_a_key_for_every_tenant(acme: Demo) -> None:
    key = next(line for line in done(acme.cli("keys", "add", "all of it", "-a", "all")).splitlines() if "xyk_" in line)
    assert call(acme, "/api/v1/tenants/acme/templates", key) == 200
    [listed] = [one for one in acme.cli("keys", "list", "--json").json if one["name"] == "all of it"]
    assert (listed["tenant"], "admins:change" in listed["actions"]) == (None, True)


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("users", "disable", "nobody@example.com"), 1, "There is no person nobody@example.com"),
        (("users", "add", "--email", "x@y", "--name", "X", "--password-env", "SHORT"), 1, "12 to 512 characters"),
        (("users", "add", "--email", "x@y", "--name", "X"), 2, "nobody is there to type it"),
        (("keys", "add", "x", "-t", "acme", "-a", "tenants:create"), 2, "tenants:create is not one of"),
        (("keys", "add", "x", "-t", "nobody", "-a", "all"), 1, "There is no tenant nobody."),
    ],
)
def test_what_cannot_be_done_is_one_sentence(acme: Demo, args: tuple[str, ...], code: int, words: str) -> None:
    said = acme.cli(*args, SHORT="short")
    assert (said.code, words in said.err, said.err.count("\n")) == (code, True, 1), said
