"""What the audit notes: every deed by its name, so that a page can say each in words."""

from typing import Literal

Deed = Literal[
    "account.add", "account.change", "account.name", "account.remove",
    "alert_channel.add", "alert_channel.change", "alert_channel.remove", "alert_channel.sign", "alert_channel.test",
    "consent.import", "consent.note",
    "contact.reveal", "context.change",
    "dead.discard", "dead.mend", "dead.replay", "dead.replay.cancel", "dead.reveal",
    "hold.place", "hold.release",
    "hook.add", "hook.change", "hook.put", "hook.remove",
    "key.add", "key.revoke",
    "link.add", "link.remove",
    "message.read", "message.reveal",
    "onboarding.run",
    "person.accept", "person.add", "person.arrive", "person.disable", "person.enable", "person.erase", "person.erased",
    "person.find", "person.invite", "person.password", "person.report", "person.report.fetch", "person.reset",
    "person.role", "person.second_factor",
    "reconciliation.ask",
    "reply.add", "reply.change", "reply.remove",
    "secret.keep", "secret.offer", "secret.retire", "secret.revoke", "secret.rotate", "secret.withdraw",
    "session.begin", "session.end", "session.prove", "session.replayed",
    "tenant.add", "tenant.delete", "tenant.plugin", "tenant.policy", "tenant.purge", "tenant.put", "tenant.quota",
    "tenant.rename", "tenant.resume", "tenant.suspend",
]  # fmt: skip
