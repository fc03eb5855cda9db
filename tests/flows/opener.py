"""Everything of a tenant that can be opened, by this process or, as `python -m tests.flows.opener`, by another one.

The other one opens all, waits until it is told of a change, and opens all again.
"""

import asyncio
import json
import sys
from base64 import b64encode

from xyper_engine.cli.parts import open_accounts
from xyper_engine.errors import NotFound
from xyper_engine.model import Endpoint
from xyper_engine.runtime import Runtime
from xyper_engine.sealing import context
from xyper_engine.settings import load
from xyper_engine.tenants.resealing import SEALED


async def opened(rt: Runtime, tenant: str) -> list[str]:
    """What lies behind every sealed row, and every secret of an account as the directory tells it."""
    found = []
    for sealed in SEALED:
        for row in await rt.db.fetch(f"select * from {sealed.table} where tenant = $1", tenant):
            bound = context(tenant, *sealed.owner(row))
            try:
                body = await rt.keyring.open(tenant, row["key_id"], row[sealed.body], bound)
            except NotFound:
                continue
            found.append(body.decode())
    for row in await rt.db.fetch("select adapter, account from accounts where tenant = $1", tenant):
        try:
            account = await rt.directory.account(Endpoint(adapter=row["adapter"], account=row["account"]))
        except NotFound:
            continue
        found += [value.get_secret_value() for value in account.secrets.values()] if account else []
    return found


async def main(overrides: str, tenant: str) -> None:
    async with open_accounts(load(None, json.loads(overrides))) as rt:
        async for _ in rt.directory.changes():
            text = json.dumps(await opened(rt, tenant))
            print(b64encode(text.encode()).decode(), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
