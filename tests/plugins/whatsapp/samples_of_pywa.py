"""What becomes of webhooks that pywa's users captured."""

from tests.plugins.whatsapp.outcomes import SHEENA, TESTER, News, Said, Told, news, said, told
from xyper_engine.model import Status
from xyper_engine.parts import (
    Choice,
    ContactCard,
    FormReply,
    Location,
    Media,
    MediaKind,
    Notice,
    Order,
    OrderItem,
    Phone,
    Reaction,
    Referral,
    Source,
    Text,
)

EXPECTED: dict[str, Said | Told | News] = {
    "pywa/account_update--account_restriction": news(
        ("account:102290129340398",), "account_update", "event", "restriction_info"
    ),
    "pywa/call_connect--user_initiated": said(TESTER, Notice(code="missed_call")),
    "pywa/call_permission_update--accept": said(
        TESTER, Notice(code="call_permission", values={"response": "accept"}), to="wamid.y=="
    ),
    "pywa/callback_button--quick_reply_without_context": said(TESTER, Choice(id="callback_data", title="title")),
    "pywa/callback_selection--description": said(
        TESTER, Choice(id="callback_data", title="title", description="description"), to="wamid.xyzxyz"
    ),
    "pywa/deleted_message--revoke": said(
        ("bsuid:<WHATSAPP_USER_PHONE_NUMBER>",), Notice(code="deleted", about="<ORIGINAL_WHATSAPP_MESSAGE_ID>"), opens=0
    ),
    "pywa/edited_message--image": said(
        SHEENA,
        Notice(code="edited", about="wamid.HBgLMTQxMjU1NTA4MjkVAgASGBQzQUNCNjk5RDUwNUZGMUZEM0VBRAA="),
        Media(
            kind=MediaKind.image,
            mime="image/jpeg",
            caption="Updated image caption",
            source=Source(id="1234567890", url="https://media.example.com/updated-image.jpg"),
        ),
        opens=0,
    ),
    "pywa/flow_completion--without_flow_token": said(
        TESTER,
        FormReply(
            name="flow",
            answers={
                "comment_text": "Comment Text",
                "delivery_rating": "4",
                "purchase_rating": "2",
                "recommend_radio": "0",
                "cs_rating": "0",
            },
            summary="Sent",
        ),
        to="wamid.gvwegfretge==",
    ),
    "pywa/message--animated_sticker": said(
        TESTER, Media(kind=MediaKind.sticker, mime="image/webp", animated=True, source=Source(id="1234567890987654321"))
    ),
    "pywa/message--chosen_location": said(
        TESTER,
        Notice(code="forwarded"),
        Location(
            latitude=37.4611978,
            longitude=-122.2164385,
            name="Facebook HQ",
            address="1 Hacker Way, Menlo Park, CA 94025",
            url="https://maps.google.com/?cid=2000000000000000000",
        ),
    ),
    "pywa/message--contacts": said(
        TESTER,
        ContactCard(
            name="Chandler Bing",
            first_name="Chandler",
            last_name="Bing",
            phones=(Phone(number="+1 555-555-5555", label="CELL", account="972987654321"),),
        ),
        ContactCard(
            name="Monica",
            first_name="Monica",
            phones=(Phone(number="+1 666-666-6666", label="HOME", account="972987654321"),),
        ),
        ContactCard(
            name="Rachel Green",
            first_name="Rachel",
            last_name="Green",
            phones=(Phone(number="+1 777-777-7777", label="WORK", account="972987654321"),),
        ),
    ),
    "pywa/message--document": said(
        TESTER,
        Notice(code="forwarded"),
        Media(
            kind=MediaKind.document,
            mime="application/pdf",
            name="filename.pdf",
            caption="caption",
            source=Source(id="1234567890987654321"),
        ),
    ),
    "pywa/message--forwarded_many_times": said(
        TESTER, Notice(code="forwarded_often"), Text(text="text forwarded many times")
    ),
    "pywa/message--image": said(TESTER, Media(kind=MediaKind.image, mime="image/jpeg", source=Source(id="65463453"))),
    "pywa/message--interactive_message_with_err": said(
        TESTER, Notice(code="failed_inbound", values={"words": "Unsupported webhook payload"}), to="wamid.gvwegfretge=="
    ),
    "pywa/message--media_with_url": said(
        TESTER,
        Media(
            kind=MediaKind.image,
            mime="image/jpeg",
            source=Source(
                id="65463453",
                url="https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=65463453&source=webhook&ext=487r9re&hash=heiwchueowbcew-dnedcw",
            ),
        ),
    ),
    "pywa/message--order": said(
        TESTER,
        Order(
            catalog="354160437058781",
            items=(
                OrderItem(product="HAMBURGER", quantity=3.0, price=30.0, currency="ILS"),
                OrderItem(product="FRENCH_FRIES", quantity=2.0, price=35.0, currency="ILS"),
                OrderItem(product="SODA", quantity=2.0, price=10.0, currency="ILS"),
            ),
        ),
    ),
    "pywa/message--referral": said(
        TESTER,
        Referral(
            id="ADID",
            headline="AD_TITLE",
            body="AD_DESCRIPTION",
            url="AD_OR_POST_FB_URL",
            image="RAW_IMAGE_URL",
            video="RAW_VIDEO_URL",
            click_id="CTWA_CLID",
        ),
        Text(text="BODY"),
        opens=72,
    ),
    "pywa/message--reply": said(TESTER, Text(text="replied text"), to="wamid.xyzxyz=="),
    "pywa/message--unreaction_empty": said(TESTER, Reaction(about="wamid.yzxyzx=", emoji=None), opens=0),
    "pywa/message--unreaction_no_emoji": said(TESTER, Reaction(about="wamid.yzxyzx=", emoji=None), opens=0),
    "pywa/message--unsupported_with_type": said(TESTER, Notice(code="unsupported", values={"kind": "pool"})),
    "pywa/message--voice": said(
        TESTER,
        Media(
            kind=MediaKind.voice,
            mime="audio/ogg; codecs=opus",
            sha256="9b4e2915fd8445d6a8a53c859063c0d3e6d7de2f986367588151703a00cb4832",
            source=Source(id="1234567890987654321"),
        ),
    ),
    "pywa/message_status--failed": told(TESTER, "wamid.xyzxyz:failed", Status.failed, code="130472"),
    "pywa/message_status--group": told(
        (
            "bsuid:US.123456",
            "parent:<PARENT_BSUID>",
        ),
        "<WHATSAPP_MESSAGE_ID>:read:<GROUP_PARTICIPANT_USER_PHONE_NUMBER>",
        Status.read,
    ),
    "pywa/message_status--played": told(TESTER, "wamid.xyzxyz:played", Status.played),
    "pywa/message_status--with_tracker": told(TESTER, "wamid.xyzxyz:sent", Status.sent, "some data"),
    "pywa/outgoing_message--delete": said(
        TESTER, Notice(code="business_app"), Notice(code="deleted", about="wamid.zzzzzz"), opens=0, record="echo"
    ),
    "pywa/outgoing_message--edit": said(
        TESTER,
        Notice(code="business_app"),
        Notice(code="edited", about="wamid.zzzzzz"),
        Text(text="Text was edited"),
        opens=0,
        record="echo",
    ),
    "pywa/outgoing_message--text": said(
        (
            "bsuid:<BSUID>",
            "parent:<PARENT_BSUID>",
        ),
        Notice(code="business_app"),
        Text(text="Test message"),
        opens=0,
        record="echo",
    ),
    "pywa/system--identity_change": said(("tel:+972987654321",), Notice(code="identity_changed"), opens=0),
    "pywa/system--phone_number_change": said(
        (
            "tel:+972987654321",
            "tel:+972912345678",
        ),
        Notice(code="number_changed", values={"old": "+972987654321", "new": "+972912345678"}),
        opens=0,
    ),
    "pywa/template_status_update--rejected": news(
        ("account:102290129340398",),
        "message_template_status_update",
        "event",
        "message_template_id",
        "message_template_name",
        "message_template_language",
        "reason",
        "message_template_category",
        "rejection_info",
    ),
    "pywa/user_marketing_preferences--signup": news(SHEENA, "user_preferences", "user_preferences"),
}
