"""What each of Meta's error codes means for a message. Source: Meta, "Error codes", and what gateways learned in use.

Meta asks to decide on the code alone: titles and HTTP statuses are not stable.
"""

from enum import Enum
from typing import NamedTuple

from xyper_engine.saying import said


class Verdict(Enum):
    retry = "not taken, and may be later"
    wait = "the number or the app is over a rate limit"
    pair = "too many messages to this one customer"
    reject = "never, for this message"
    mend = "not before a person mends the account"
    login = "not with this access token"


class Row(NamedTuple):
    first: int
    last: int
    verdict: Verdict
    words: str
    """What happened and, for a person, what to do."""


_TOKEN = said("whatsapp.meta.token", "The access token is invalid or expired: store a new system user's token.")
_RIGHTS = said(
    "whatsapp.meta.rights",
    "The access token lacks whatsapp_business_messaging for this number: give the system user that asset.",
)
_BILLING = said(
    "whatsapp.meta.billing", "Meta refuses because of billing: check the WhatsApp account's payment method."
)
_SERVER = said("whatsapp.meta.server", "Meta's service has trouble.")
_FULL = said("whatsapp.meta.full", "Too many calls for this number or app.")
_TEMPLATE = said("whatsapp.meta.template", "The template or its parameters do not fit: check it in WhatsApp Manager.")
# A broken template or flow also waits for a person, but holds back only what uses it: the account's texts go on.

_R, _W, _P, _C, _L = Verdict.retry, Verdict.wait, Verdict.reject, Verdict.mend, Verdict.login

ROWS: tuple[Row, ...] = (
    Row(0, 0, _L, _TOKEN),
    Row(1, 2, _R, _SERVER),
    Row(3, 3, _C, _RIGHTS),
    Row(4, 4, _W, _FULL),
    Row(10, 10, _C, _RIGHTS),
    Row(
        33,
        33,
        _C,
        said("whatsapp.meta.number", "Meta does not know this phone_number_id: copy it again from WhatsApp Manager."),
    ),
    Row(100, 100, _P, "Meta does not accept a field of this message."),
    Row(190, 190, _L, _TOKEN),
    Row(200, 299, _C, _RIGHTS),
    Row(
        368,
        368,
        _C,
        said(
            "whatsapp.meta.blocked", "Meta has blocked the account for a policy violation: appeal in Business Support."
        ),
    ),
    Row(613, 613, _W, _FULL),
    Row(80007, 80007, _W, _FULL),
    Row(130429, 130429, _W, _FULL),
    Row(130472, 130472, _P, "The customer is in an experiment of Meta's and gets no marketing messages."),
    Row(130497, 130497, _P, "The business may not message customers of this country."),
    Row(131000, 131000, _R, _SERVER),
    Row(131005, 131005, _C, _RIGHTS),
    Row(131008, 131009, _P, "A field of this message is missing or has a value that Meta does not take."),
    Row(131014, 131014, _P, "Meta could not fetch the media's link."),
    Row(131016, 131016, _R, _SERVER),
    Row(131020, 131020, _P, "The group is not valid."),
    Row(131021, 131021, _P, "Sender and recipient are the same number."),
    Row(131026, 131026, _P, "Undeliverable: the customer is not on WhatsApp or has not accepted its terms."),
    Row(131030, 131030, _P, "The recipient is not on this test number's allow-list: add them in the App Dashboard."),
    Row(131031, 131031, _C, said("whatsapp.meta.locked", "Meta has locked the account: see Business Support.")),
    Row(
        131037,
        131037,
        _C,
        said("whatsapp.meta.name", "The number's display name is not approved: fix it in WhatsApp Manager."),
    ),
    Row(131041, 131041, _P, "The group is not known."),
    Row(131042, 131042, _C, _BILLING),
    Row(131044, 131044, _C, _BILLING),
    Row(
        131045,
        131045,
        _C,
        said("whatsapp.meta.unregistered", "The number is not registered properly: register it again."),
    ),
    Row(131047, 131047, _P, "More than 24 hours since the customer's last message: send a template instead."),
    Row(
        131048,
        131048,
        _W,
        said("whatsapp.meta.spam", "Too many customers reported this number as spam: slow down for some hours."),
    ),
    Row(131049, 131049, _P, "Meta holds marketing back from this customer: not before tomorrow."),
    Row(131050, 131050, _P, "The customer has stopped marketing messages."),
    Row(131051, 131051, _P, "WhatsApp does not know this type of message."),
    Row(131052, 131053, _P, "The media cannot be downloaded, or has a type or size that WhatsApp does not take."),
    Row(131055, 131055, _P, "Only marketing templates may be sent this way."),
    Row(131056, 131056, Verdict.pair, "Too many messages to this customer in a short time."),
    Row(
        131057,
        131057,
        _R,
        said("whatsapp.meta.moving", "Meta is moving the number to a higher throughput; this takes about a minute."),
    ),
    Row(131059, 131059, _P, "The group's cursor is not valid."),
    Row(131060, 131060, _P, "The message is not available to this API."),
    Row(131062, 131062, _P, "This message needs the customer's phone number, and it is not known."),
    Row(131063, 131063, _P, "Marketing templates are switched off for this API."),
    Row(
        131064,
        131064,
        _W,
        said(
            "whatsapp.meta.classified",
            "Meta limits the account because of wrongly classified templates; this ends by itself.",
        ),
    ),
    Row(131065, 131065, _C, said("whatsapp.meta.account", "Meta refuses the account: see WhatsApp Manager.")),
    Row(131200, 131299, _P, "Meta refuses this message to a group."),
    Row(132000, 132069, _P, _TEMPLATE),
    Row(
        133000,
        133000,
        _C,
        said("whatsapp.meta.deregister", "The number was not deregistered completely: deregister it again."),
    ),
    Row(133004, 133004, _R, _SERVER),
    Row(
        133005,
        133006,
        _C,
        said("whatsapp.meta.pin", "The number's PIN is wrong or it is not verified: verify it again."),
    ),
    Row(133008, 133009, _W, said("whatsapp.meta.pin_tries", "The number's PIN was tried too often.")),
    Row(
        133010,
        133010,
        _C,
        said("whatsapp.meta.register", "The number is not registered: register it for the Cloud API."),
    ),
    Row(133015, 133016, _W, said("whatsapp.meta.registered", "The number was registered or deregistered too often.")),
    Row(134011, 134011, _P, "The payments terms are not accepted."),
    Row(134100, 134102, _P, _TEMPLATE),
    Row(135000, 135000, _P, "Meta does not accept a field of this message."),
    Row(137000, 137000, _P, "The customer's identity has changed: verify it before writing again."),
    Row(138000, 138038, _P, "WhatsApp refuses the call."),
    Row(139000, 139004, _P, "The flow is blocked or broken: check it in WhatsApp Manager."),
    Row(139100, 139103, _P, "The block list cannot take this now."),
    Row(147001, 147005, _P, "The business username is not valid."),
    Row(200005, 200007, _P, _TEMPLATE),
    Row(2388000, 2388999, _P, _TEMPLATE),
    Row(2494100, 2494100, _R, said("whatsapp.meta.maintenance", "The number is in maintenance.")),
    Row(2494101, 2494199, _P, "In-app signup failed."),
    Row(2593107, 2593108, _P, "The Business app's data was synchronised already, or is too old."),
)

NO_SUCH_OBJECT = 33
"""The subcode with which a general 100 means: no such number, or not with this token."""


def look_up(code: int, subcode: int | None = None) -> Row | None:
    """The row of a code; None where Meta's list does not have it."""
    if code == 100 and subcode == NO_SUCH_OBJECT:
        code = NO_SUCH_OBJECT
    return next((row for row in ROWS if row.first <= code <= row.last), None)
