"""What a channel asks for a message, in its own words."""

from xyper_engine.parts import Frozen


class Price(Frozen):
    category: str = ""
    """WhatsApp: `marketing`, `utility`, `authentication`, `service`, …"""
    type: str = ""
    """WhatsApp: `regular`, `free_customer_service`, `free_entry_point`, …"""
