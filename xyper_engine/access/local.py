"""Signing in with a password, and what somebody does with their own: another password, a second factor.

Whatever is wrong, the answer is the same, and takes as long: nobody learns whether an account exists, which of the
three things was wrong, or that they have to wait.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from xyper_engine.access import audit
from xyper_engine.access.caller import Caller
from xyper_engine.access.factor import Offered, SecondFactor
from xyper_engine.access.invitations import subject_of
from xyper_engine.access.passwords import Passwords, check
from xyper_engine.access.people import Person
from xyper_engine.access.roles import Action
from xyper_engine.access.sessions import KEPT, Granted, Sessions
from xyper_engine.access.tries import Tries, Try
from xyper_engine.errors import Conflict, Forbidden, Invalid, Unauthenticated
from xyper_engine.saying import said
from xyper_engine.store.db import Database

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection


class LocalPeople:
    def __init__(
        self,
        db: Database,
        sessions: Sessions,
        passwords: Passwords,
        factor: SecondFactor,
        tries: Tries,
        *,
        require_totp: bool,
    ) -> None:
        self._db = db
        self._sessions = sessions
        self._passwords = passwords
        self._factor = factor
        self._tries = tries
        self._require_totp = require_totp

    async def sign_in(
        self,
        email: str,
        password: str,
        code: str = "",
        *,
        address: str,
        agent: str = "",
        page: bool = False,
        request_id: str = "",
    ) -> Granted:
        """Raises `Unauthenticated`. Whoever still has to set up a second factor may do nothing else before."""
        row, one = await self._proved(subject_of(email), password, address)
        if row["totp_sealed"] is not None and not await self._factor.spend(row, code):
            raise _wrong()
        await self._tries.right(one)
        await self._renew(row, password)
        due = self._require_totp and row["totp_sealed"] is None
        actions = frozenset({Action.self_manage}) if due else None
        return await self._sessions.begin(
            Person.of(row), address=address, agent=agent, actions=actions, page=page, request_id=request_id
        )

    async def prove_again(self, by: Caller, password: str, code: str = "") -> None:
        """Somebody who is signed in shows that it is still them. Raises `Forbidden`."""
        row, one = await self._theirs(by, password)
        if row["totp_sealed"] is not None and not await self._factor.spend(row, code):
            raise Forbidden(said("auth.code.used", "The code is wrong, or was used before: take the next one."))
        await self._tries.right(one)

    async def has_factor(self, person: str) -> bool:
        """Whether somebody has set up a second factor."""
        sql = "select exists(select from credentials where person = $1 and totp_sealed is not null)"
        return bool(await self._db.fetchval(sql, person))

    async def change_password(self, by: Caller, current: str, new: str) -> None:
        """Ends one's other sessions. Raises `Forbidden` for a wrong current one, `Invalid` for the new one."""
        row = await self._own(by, current)
        check(new, row["name"], row["email"], row["email"].partition("@")[0])
        hashed = await self._passwords.hashed(new)
        async with self._db.connection() as connection, connection.transaction():
            await connection.execute("update credentials set password = $2 where person = $1", by.id, hashed)
            await audit.write(connection, by, "person.password", f"person/{by.id}", None)
            ended = await self._sessions.end_all(connection, by.id, "password", but=by.session)
        self._sessions.forget(ended)

    async def offer_factor(self, by: Caller, password: str) -> Offered:
        """A second factor to confirm. Raises `Forbidden` for a wrong password."""
        row = await self._own(by, password)
        return await self._factor.offer(by.id, row["email"])

    async def confirm_factor(self, by: Caller, code: str) -> Sequence[str]:
        """From now on it counts: recovery codes. Ends one's other sessions, and this one may do all with its next
        refresh. Raises `Invalid` for a wrong code."""
        row = await self._db.fetchrow("select * from credentials where person = $1", by.id)
        step = await self._factor.offered_step(row, code) if row is not None else None
        if step is None:
            raise _not_right()
        async with self._db.connection() as connection, connection.transaction():
            codes = await self._factor.confirm(connection, row, step)
            if codes is None:
                raise _not_right()
            await audit.write(connection, by, "person.second_factor", f"person/{by.id}", None)
            ended = await self._sessions.end_all(connection, by.id, "second factor", but=by.session)
            await self._widen(connection, by)
        self._sessions.forget([*ended, by.session or ""])
        return codes

    async def _widen(self, connection: "Connection", by: Caller) -> None:
        if by.session is not None:
            await self._sessions.widen(connection, by.session)

    async def _own(self, by: Caller, password: str) -> Any:
        """Somebody who is signed in proves that it is them: whoever found their screen open cannot."""
        row, one = await self._theirs(by, password)
        await self._tries.right(one)
        return row

    async def _theirs(self, by: Caller, password: str) -> tuple[Any, Try]:
        """By the password; the try still counts as a failure. A wrong one is no 401 here: the session stands."""
        person = await self._db.fetchrow("select method, subject from people where id = $1", by.id)
        if by.kind != "person" or person is None or person["method"] != "local":
            raise Conflict("You do not sign in with a password of Xyper's: there is none to change here.")
        try:
            return await self._proved(person["subject"], password, by.address)
        except Unauthenticated:
            raise Forbidden(
                said("auth.password.wrong", "That is not your password. After several tries, wait a while.")
            ) from None

    async def _proved(self, subject: str, password: str, address: str) -> tuple[Any, Try]:
        """Who has this password, person and credentials in one row. The try still counts as a failure."""
        row = await self._db.fetchrow(_CANDIDATE, subject, address, KEPT)
        one = await self._tries.begin(subject, address, at_home=row is not None and row["at_home"])
        if one is None:
            raise _wrong()
        if not await self._passwords.verify(row["password"] if row else None, password) or row is None:
            raise _wrong()
        return row, one

    async def _renew(self, row: Any, password: str) -> None:
        """Hash it anew where that costs more by now than when it was set."""
        if self._passwords.is_outdated(row["password"]):
            hashed = await self._passwords.hashed(password)
            sql = "update credentials set password = $3 where person = $1 and password = $2"
            await self._db.execute(sql, row["person"], row["password"], hashed)


def _wrong() -> Unauthenticated:
    return Unauthenticated(
        said("auth.wrong", "The e-mail address, the password or the code is wrong. After several tries, wait a while.")
    )


def _not_right() -> Invalid:
    return Invalid({"code": said("auth.code.wrong", "not right: check the clock of your phone, and try the next one")})


_CANDIDATE = """
select p.*, c.*, exists(
  select from sessions where person = p.id and address = $2 and begun_at > now() - $3::interval
) as at_home
from people p join credentials c on c.person = p.id
where p.tenant is null and p.method = 'local' and p.subject = $1 and p.state = 'active'
"""
