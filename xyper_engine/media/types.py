"""What is known of file types: their endings, their other names, and which of them act when they are opened."""

from collections.abc import Mapping
from pathlib import PurePosixPath

UNKNOWN = "application/octet-stream"
OPUS = "audio/ogg; codecs=opus"
"""What WhatsApp calls a voice message; without the codec it refuses one."""

LONGEST_ENDING = 16
"""Characters."""

_OPENXML = "application/vnd.openxmlformats-officedocument."
_OASIS = "application/vnd.oasis.opendocument."

OFFICE: Mapping[str, str] = {
    "docx": f"{_OPENXML}wordprocessingml.document",
    "xlsx": f"{_OPENXML}spreadsheetml.sheet",
    "pptx": f"{_OPENXML}presentationml.presentation",
    "docm": "application/vnd.ms-word.document.macroenabled.12",
    "xlsm": "application/vnd.ms-excel.sheet.macroenabled.12",
    "pptm": "application/vnd.ms-powerpoint.presentation.macroenabled.12",
}
"""Of the zipped office files, by ending."""
OLE: Mapping[str, str] = {
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "msg": "application/vnd.ms-outlook",
    "msi": "application/x-msi",
}
"""Of the older office files, by ending."""
TEXTS: Mapping[str, str] = {
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "md": "text/markdown",
    "json": "application/json",
    "ics": "text/calendar",
    "vcf": "text/vcard",
    "css": "text/css",
    "eml": "message/rfc822",
    "html": "text/html",
    "htm": "text/html",
    "xhtml": "application/xhtml+xml",
    "hta": "application/hta",
    "svg": "image/svg+xml",
    "xml": "application/xml",
    "xsl": "application/xml",
    "js": "text/javascript",
    "mjs": "text/javascript",
    "bat": "application/x-bat",
    "cmd": "application/x-bat",
    "ps1": "application/x-powershell",
    "vbs": "text/vbscript",
    "sh": "application/x-sh",
}
"""Of files that are text, by ending: their bytes do not tell."""

ENDINGS: Mapping[str, tuple[str, ...]] = {
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif"),
    "image/png": ("png",),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "image/heic": ("heic", "heif"),
    "image/heif": ("heif", "heic"),
    "image/avif": ("avif",),
    "image/bmp": ("bmp", "dib"),
    "image/tiff": ("tif", "tiff"),
    "image/svg+xml": ("svg",),
    "video/mp4": ("mp4", "m4v"),
    "video/3gpp": ("3gp", "3gpp", "3g2"),
    "video/quicktime": ("mov", "qt"),
    "video/webm": ("webm",),
    "video/ogg": ("ogv", "ogg"),
    "video/x-matroska": ("mkv",),
    "video/x-msvideo": ("avi",),
    "audio/ogg": ("ogg", "opus", "oga"),
    "audio/mpeg": ("mp3", "mpga"),
    "audio/mp4": ("m4a", "mp4", "m4b"),
    "audio/aac": ("aac",),
    "audio/amr": ("amr",),
    "audio/3gpp": ("3gp", "3gpp"),
    "audio/wav": ("wav",),
    "audio/flac": ("flac",),
    "audio/webm": ("webm", "weba"),
    "application/pdf": ("pdf",),
    "application/rtf": ("rtf",),
    "application/gzip": ("gz", "tgz"),
    "application/epub+zip": ("epub",),
    "application/java-archive": ("jar",),
    "application/vnd.android.package-archive": ("apk",),
    "application/vnd.microsoft.portable-executable": ("exe", "dll", "scr"),
    f"{_OASIS}text": ("odt",),
    f"{_OASIS}spreadsheet": ("ods",),
    f"{_OASIS}presentation": ("odp",),
    "text/html": ("html", "htm"),
    "application/xml": ("xml", "xsl", "gpx", "kml", "xsd"),
    **{mime: (ending,) for ending, mime in (*OFFICE.items(), *OLE.items())},
    "text/javascript": ("js", "mjs"),
    "application/json": ("json", "geojson", "har", "ipynb"),
    "text/csv": ("csv",),
    "text/calendar": ("ics",),
    "text/vcard": ("vcf",),
}
"""The endings that tell the truth about a type, the usual one first. A type that is missing goes with any ending."""

ALIASES: Mapping[str, str] = {
    "application/javascript": "text/javascript",
    "application/x-javascript": "text/javascript",
    "application/x-dosexec": "application/vnd.microsoft.portable-executable",
    "application/x-msdownload": "application/vnd.microsoft.portable-executable",
    "application/x-gzip": "application/gzip",
    "application/x-pdf": "application/pdf",
    "application/x-zip-compressed": "application/zip",
    "audio/m4a": "audio/mp4",
    "audio/mp3": "audio/mpeg",
    "audio/opus": OPUS,
    "audio/wave": "audio/wav",
    "audio/x-flac": "audio/flac",
    "audio/x-m4a": "audio/mp4",
    "audio/x-wav": "audio/wav",
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-ms-bmp": "image/bmp",
    "text/rtf": "application/rtf",
    "text/x-vcard": "text/vcard",
    "text/xml": "application/xml",
    "video/3gpp2": "video/3gpp",
    "video/avi": "video/x-msvideo",
}
"""Other names of types, and the one we use."""

_ACTIVE = frozenset(
    {
        "application/hta", "application/java-archive", "application/vnd.android.package-archive",
        "application/vnd.microsoft.portable-executable", "application/x-bat", "application/x-msi",
        "application/x-powershell", "application/x-sh", "application/x-shockwave-flash", "application/xhtml+xml",
        "application/xml", "image/svg+xml", "text/html", "text/javascript", "text/vbscript",
    }
)  # fmt: skip
_ACTIVE_ENDINGS = frozenset(
    {
        "apk", "app", "bat", "chm", "cmd", "com", "command", "cpl", "dll", "dmg", "exe", "hta", "htm", "html", "inf",
        "iso", "jar", "js", "jse", "lnk", "mht", "mhtml", "mjs", "msc", "msi", "pif", "pkg", "ps1", "reg", "scf", "scr",
        "sct", "sh", "shtml", "svg", "svgz", "swf", "url", "vb", "vbe", "vbs", "ws", "wsf", "wsh", "xht", "xhtml",
        "xll", "xml", "xsl", "xslt",
    }
)  # fmt: skip


def essence(mime: str) -> str:
    """The type without its parameters, in small letters."""
    return mime.partition(";")[0].strip().lower()


def canonical(mime: str) -> str:
    """The name we use for a type that has several."""
    return ALIASES.get(essence(mime), essence(mime))


def is_active(mime: str) -> bool:
    """True for what a browser or a desktop runs rather than shows: it is only ever handed out as an attachment."""
    return essence(mime) in _ACTIVE or essence(mime).endswith("+xml")


def is_active_ending(ending: str) -> bool:
    """True for a file name's ending that makes a desktop run the file, or a browser its scripts."""
    return ending.lower() in _ACTIVE_ENDINGS


def ending_of(name: str | None) -> str:
    """What follows a name's last dot, in small letters; "" where there is nothing of the kind."""
    ending = PurePosixPath(name or "").suffix[1:].lower()
    return ending if len(ending) <= LONGEST_ENDING and " " not in ending else ""
