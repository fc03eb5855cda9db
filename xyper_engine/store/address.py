"""Where the database is."""

from urllib.parse import urlsplit

from xyper_engine.errors import SettingsError
from xyper_engine.settings import Settings


def is_embedded(settings: Settings) -> bool:
    """Whether the server is ours to start."""
    return settings.database.url.get_secret_value() == "embedded:"


def without_password(url: str) -> str:
    """The address as messages may show it. Raises `SettingsError` for another kind of url."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise SettingsError(f"[database] url: {error}.") from None
    if parts.scheme not in {"postgresql", "postgres"}:
        raise SettingsError('[database] url: must be "embedded:" or "postgresql://user:password@host/name".')
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{parts.username + '@' if parts.username else ''}{host}{parts.path}"
