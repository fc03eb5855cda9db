"""What becomes of the webhooks in Meta's own specification."""

from tests.plugins.whatsapp.outcomes import SHEENA, News, Said, Told, news, said
from xyper_engine.parts import (
    Choice,
    ContactCard,
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
    "facebook-openapi/button-message": said(
        SHEENA,
        Choice(id="Unsubscribe", title="Unsubscribe"),
        to="wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBJFNjk2OTMwNEZCQjhGMzUyQUYA",
    ),
    "facebook-openapi/contact-sharing-message": said(
        SHEENA,
        ContactCard(
            name="Lucía Gómez",
            first_name="Lucía",
            last_name="Gómez",
            phones=(Phone(number="+1 (983) 555-2319", label="MOBILE", account="19835552319"),),
            company="Google",
        ),
    ),
    "facebook-openapi/group-create-message": news(
        ("account:106540352242922",), "group_lifecycle_update", "messaging_product", "metadata", "groups"
    ),
    "facebook-openapi/group-remove-participants": news(
        ("account:106540352242922",), "group_participants_update", "messaging_product", "metadata", "groups"
    ),
    "facebook-openapi/group-settings-update": news(
        ("account:106540352242922",), "group_settings_update", "messaging_product", "metadata", "groups"
    ),
    "facebook-openapi/image-message": said(
        SHEENA,
        Media(
            kind=MediaKind.image,
            mime="image/jpeg",
            caption="Taj Mahal",
            sha256="49f227634806293b0995459bc310b593e1400f41591efcf07e9bced335f41942",
            source=Source(id="1003383421387256"),
        ),
    ),
    "facebook-openapi/interactive-button-reply-message": said(
        SHEENA,
        Choice(id="cancel-button", title="Cancel"),
        to="wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBI3MEM2RUJFNkI0RENGQTVDRjUA",
    ),
    "facebook-openapi/interactive-list-reply-message": said(
        SHEENA,
        Choice(id="priority_express", title="Priority Mail Express", description="Next Day to 2 Days"),
        to="wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBJGMzEyNzhENTZDMzNGODlDRDgA",
    ),
    "facebook-openapi/location-message": said(
        SHEENA,
        Location(
            latitude=37.44221496582,
            longitude=-122.16165924072,
            name="Philz Coffee",
            address="101 Forest Ave, Palo Alto, CA 94301",
            url="https://philzcoffee.com/",
        ),
    ),
    "facebook-openapi/order-message": said(
        SHEENA,
        Order(
            catalog="194836987003835",
            items=(
                OrderItem(product="di9ozbzfi4", quantity=2.0, price=30.0, currency="USD"),
                OrderItem(product="nqryix03ez", price=25.0, currency="USD"),
            ),
        ),
    ),
    "facebook-openapi/reaction-message": said(
        SHEENA, Reaction(about="wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBI0RTJEOTc2ODVERUY5RDlGNkYA", emoji="👍"), opens=0
    ),
    "facebook-openapi/system-message": said(
        (
            "tel:+16505551234",
            "tel:+12195555358",
        ),
        Notice(code="number_changed", values={"old": "+16505551234", "new": "+12195555358"}),
        opens=0,
    ),
    "facebook-openapi/text-message-from-click-to-whatsapp-ad": said(
        SHEENA,
        Referral(
            id="120226305854810726",
            headline="Chat with us",
            body="Summer Succulents are here!",
            url="https://fb.me/3cr4Wqqkv",
            image="https://scontent.xx.fbcdn.net/v/t45.1...",
            click_id="Aff-n8ZTODiE79d22KtAwQKj9e_mIEOOj27vDVwFjN80dp4_0NiNhEgpGo0AHemvuSoifXaytfTzcchptiErTKCqTrJ5nW1h7IHYeYymGb5K5J5iTROpBhWAGaIAeUzHL50",
            greeting="Hi there! Let us know how we can help!",
        ),
        Text(text="Hello! Can I get more info on this?"),
        opens=72,
    ),
    "facebook-openapi/text-message-with-context-product-inquiry": said(
        SHEENA,
        Notice(code="product", values={"product": "di9ozbzfi4"}),
        Text(text="Is this still available?"),
        to="wamid.HBgLMTY1MDM4Nzk0MzkVAgARGA9wcm9kdWN0X2lucXVpcnkA",
    ),
    "facebook-openapi/text-message": said(SHEENA, Text(text="Does it come in another color?")),
    "facebook-openapi/unsupported-message": said(SHEENA, Notice(code="unsupported", values={"kind": "unknown"})),
}
