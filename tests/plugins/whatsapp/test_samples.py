"""Every real webhook in `tests/samples/whatsapp`, and what becomes of it."""

import json

import pytest

from tests.plugins.whatsapp.webhooks import SAMPLES
from xyper_engine.contract import Unparsed
from xyper_engine.model import Message, Receipt, Status, Typing, dump, load
from xyper_engine.testing import keys, raw_request
from xyper_whatsapp.from_wire import Parsed, parse

Summary = tuple[str | None, ...]


def said(address: str, external_id: str, text: str, *, to: str | None = None) -> Summary:
    return "message", address, external_id, text, to


def told(
    address: str, external_id: str, status: Status, reference: str | None = None, *, code: str | None = None
) -> Summary:
    return "receipt", address, external_id, status, reference, code


def kept(reason: str, account: str | None) -> Summary:
    return "unparsed", reason, account


EXPECTED: dict[str, list[Summary]] = {
    "facebook-openapi/button-message": [
        said(
            "tel:+16505551234",
            "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQUU0M0MxQzQzMUJCMTMwNUZFOQA=",
            "[button]\nUnsubscribe",
            to="wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBJFNjk2OTMwNEZCQjhGMzUyQUYA",
        )
    ],
    "facebook-openapi/contact-sharing-message": [
        said("tel:+16505551234", "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA=", "[contacts]")
    ],
    "facebook-openapi/group-create-message": [
        kept("The field 'group_lifecycle_update' is not handled yet.", "106540352242922")
    ],
    "facebook-openapi/group-remove-participants": [
        kept("The field 'group_participants_update' is not handled yet.", "106540352242922")
    ],
    "facebook-openapi/group-settings-update": [
        kept("The field 'group_settings_update' is not handled yet.", "106540352242922")
    ],
    "facebook-openapi/image-message": [
        said("tel:+16505551234", "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA=", "[image]\nTaj Mahal")
    ],
    "facebook-openapi/interactive-button-reply-message": [
        said(
            "tel:+16505551234",
            "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTZBQzg0MzQ4QjRCM0NGNkVGOAA=",
            "[interactive]",
            to="wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBI3MEM2RUJFNkI0RENGQTVDRjUA",
        )
    ],
    "facebook-openapi/interactive-list-reply-message": [
        said(
            "tel:+16505551234",
            "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQUJDQ0NDM0FEODY4ODkzOTc5RgA=",
            "[interactive]",
            to="wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBJGMzEyNzhENTZDMzNGODlDRDgA",
        )
    ],
    "facebook-openapi/location-message": [
        said("tel:+16505551234", "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTU2MjZEMDBGRkE3MENEMDE0RQA=", "[location]")
    ],
    "facebook-openapi/order-message": [
        said("tel:+16505551234", "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTEyQjFGNzI1QTQxMjI5QTMyOQA=", "[order]")
    ],
    "facebook-openapi/reaction-message": [
        said("tel:+16505551234", "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA=", "[reaction]")
    ],
    "facebook-openapi/system-message": [
        said(
            "tel:+16505551234",
            "wamid.HBgLMTk4MzU1NTE5NzQVAgASGAoxMTgyMDg2MjY3AA==",
            "[system]\nUser Sheena Nelson changed from 16505551234 to 12195555358",
        )
    ],
    "facebook-openapi/text-message-from-click-to-whatsapp-ad": [
        said(
            "tel:+16505551234",
            "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQUQ0N0VFMDA2MTQ0RkJFNkNDNAA=",
            "Hello! Can I get more info on this?",
        )
    ],
    "facebook-openapi/text-message-with-context-product-inquiry": [
        said(
            "tel:+16505551234",
            "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTA2NTUwRkNEMDdFQjJCRUU0NQA=",
            "Is this still available?",
            to="wamid.HBgLMTY1MDM4Nzk0MzkVAgARGA9wcm9kdWN0X2lucXVpcnkA",
        )
    ],
    "facebook-openapi/text-message": [
        said(
            "tel:+16505551234",
            "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA=",
            "Does it come in another color?",
        )
    ],
    "facebook-openapi/unsupported-message": [
        said("tel:+16505551234", "wamid.HBgLMTQyMDU1NTA3NDkVAgASGBI5N0MwRjg0RTVBNUI1RDA2OTkA", "[unsupported]")
    ],
    "pywa/account_update--account_restriction": [kept("The field 'account_update' is not handled yet.", None)],
    "pywa/call_connect--user_initiated": [kept("The field 'calls' is not handled yet.", "743897493242")],
    "pywa/call_permission_update--accept": [said("tel:+972987654321", "wamid.x", "[interactive]", to="wamid.y==")],
    "pywa/callback_button--quick_reply_without_context": [said("tel:+972987654321", "wamid.xsidjx", "[button]\ntitle")],
    "pywa/callback_selection--description": [
        said("tel:+972987654321", "wamid.zyzxyz", "[interactive]", to="wamid.xyzxyz")
    ],
    "pywa/deleted_message--revoke": [said("bsuid:<WHATSAPP_USER_PHONE_NUMBER>", "<WHATSAPP_MESSAGE_ID>", "[revoke]")],
    "pywa/edited_message--image": [
        said("tel:+16505551234", "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQUFERjg0NDEzNDdFODU3MUMxMAA=", "[edit]")
    ],
    "pywa/flow_completion--without_flow_token": [
        said("tel:+972987654321", "wamid.wegrchytvwcggt==", "[interactive]", to="wamid.gvwegfretge==")
    ],
    "pywa/message--animated_sticker": [said("tel:+972987654321", "wamid.xyzxyz", "[sticker]")],
    "pywa/message--chosen_location": [said("tel:+972987654321", "wamid.xyzxyz", "[location]")],
    "pywa/message--contacts": [said("tel:+972987654321", "wamid.xyzxyz", "[contacts]")],
    "pywa/message--document": [said("tel:+972987654321", "wamid.xyzxyz", "[document]\ncaption")],
    "pywa/message--forwarded_many_times": [said("tel:+972987654321", "wamid.xyzxyz", "text forwarded many times")],
    "pywa/message--image": [said("tel:+972987654321", "wamid.xyzxyz", "[image]")],
    "pywa/message--interactive_message_with_err": [
        said("tel:+972987654321", "wamid.wegrchytvwcggt=", "[interactive]", to="wamid.gvwegfretge=="),
        kept("The list errors is not handled yet.", "1122334455667"),
    ],
    "pywa/message--media_with_url": [said("tel:+972987654321", "wamid.xyzxyz", "[image]")],
    "pywa/message--order": [said("tel:+972987654321", "wamid.xyzxyz", "[order]")],
    "pywa/message--referral": [said("tel:+972987654321", "wamid.ID", "BODY")],
    "pywa/message--reply": [said("tel:+972987654321", "wamid.xyzxyz", "replied text", to="wamid.xyzxyz==")],
    "pywa/message--unreaction_empty": [said("tel:+972987654321", "wamid.xyzxyz", "[reaction]")],
    "pywa/message--unreaction_no_emoji": [said("tel:+972987654321", "wamid.xyzxyz", "[reaction]")],
    "pywa/message--unsupported_with_type": [said("tel:+972987654321", "wamid.xyzxyz", "[pool]")],
    "pywa/message--voice": [said("tel:+972987654321", "wamid.xyzxyz", "[audio]")],
    "pywa/message_status--failed": [told("tel:+972987654321", "wamid.xyzxyz:failed", Status.failed, code="130472")],
    "pywa/message_status--group": [
        told("bsuid:US.123456", "<WHATSAPP_MESSAGE_ID>:read:<GROUP_PARTICIPANT_USER_PHONE_NUMBER>", Status.read)
    ],
    "pywa/message_status--played": [told("tel:+972987654321", "wamid.xyzxyz:played", Status.played)],
    "pywa/message_status--with_tracker": [told("tel:+972987654321", "wamid.xyzxyz:sent", Status.sent, "some data")],
    "pywa/outgoing_message--delete": [kept("The field 'smb_message_echoes' is not handled yet.", "1122334455667")],
    "pywa/outgoing_message--edit": [kept("The field 'smb_message_echoes' is not handled yet.", "1122334455667")],
    "pywa/outgoing_message--text": [kept("The field 'smb_message_echoes' is not handled yet.", "1122334455667")],
    "pywa/system--identity_change": [said("tel:+972987654321", "wamid.xyzxyz", "[system]\nUser identity changed")],
    "pywa/system--phone_number_change": [
        said("tel:+972987654321", "wamid.xyzxyz==", "[system]\nUser A changed from 972987654321 to 972912345678")
    ],
    "pywa/template_status_update--rejected": [
        kept("The field 'message_template_status_update' is not handled yet.", None)
    ],
    "pywa/user_marketing_preferences--signup": [
        kept("The field 'user_preferences' is not handled yet.", "106540352242922")
    ],
}


def summary(one: Parsed) -> Summary:
    match one:
        case Message():
            return said(one.contact.address, one.external_id, one.text, to=one.reply_to)
        case Receipt():
            code = one.reason.code if one.reason else None
            return told(one.contact.address, one.external_id, one.status, one.reference, code=code)
        case Unparsed():
            return kept(one.reason, one.origin.account if one.origin else None)
        case Typing():
            raise AssertionError("Meta sends no typing")


def test_every_sample_is_in_the_table() -> None:
    assert {str(file.relative_to(SAMPLES).with_suffix("")) for file in SAMPLES.glob("*/*.json")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_sample(name: str) -> None:
    body = (SAMPLES / f"{name}.json").read_bytes()
    assert list(map(summary, parse(raw_request(body)))) == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_what_was_kept_of_a_sample_can_be_parsed_again(name: str) -> None:
    for one in parse(raw_request((SAMPLES / f"{name}.json").read_bytes())):
        if isinstance(one, Unparsed):
            assert list(map(summary, parse(raw_request(one.raw)))) == [summary(one)]
        else:
            assert load(dump(one)) == one
            assert keys(parse(raw_request(json.dumps(one.raw).encode()))) == [one.key]
