"""What a file is by its bytes, whatever its sender and its name say; and names that are safe."""

import io
import unicodedata
import zipfile

import pytest

from xyper_engine.media.sniff import safe_name, sniff
from xyper_engine.media.types import is_active
from xyper_engine.parts import MediaKind

OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCM = "application/vnd.ms-word.document.macroenabled.12"
OPUS = "audio/ogg; codecs=opus"
EXE = "application/vnd.microsoft.portable-executable"
UNKNOWN = "application/octet-stream"


def zipped(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, "<x/>")
    return packed.getvalue()


def declared(mime: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("mimetype", mime)
        archive.writestr("content.xml", "<x/>")
    return packed.getvalue()


def ogg(packet: bytes) -> bytes:
    return b"OggS" + bytes(22) + b"\x01" + bytes([len(packet)]) + packet


def ftyp(brand: bytes, *others: bytes, then: bytes = b"") -> bytes:
    body = b"ftyp" + brand + bytes(4) + b"".join(others)
    return (len(body) + 4).to_bytes(4, "big") + body + then


def webm(*codecs: bytes) -> bytes:
    return b"\x1aE\xdf\xa3\x9fB\x82\x84webm" + bytes(80) + b"".join(b"\x86\x86" + codec for codec in codecs)


PICTURE = "image/png"
BYTES = {
    "jpeg": (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
    "png": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "image/png"),
    "gif": (b"GIF89a\x01\x00\x01\x00", "image/gif"),
    "webp": (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "image/webp"),
    "heic": (ftyp(b"heic", b"mif1", b"heic"), "image/heic"),
    "heic by a compatible brand": (ftyp(b"mif1", b"mif1", b"heic"), "image/heic"),
    "heif": (ftyp(b"mif1", b"mif1"), "image/heif"),
    "avif": (ftyp(b"avif", b"mif1"), "image/avif"),
    "mp4": (ftyp(b"isom", b"mp42"), "video/mp4"),
    "mp4 with sound only": (ftyp(b"mp42", then=b"moov....hdlr....soun"), "audio/mp4"),
    "mp4 with film and sound": (ftyp(b"mp42", then=b"moov....soun....vide"), "video/mp4"),
    "m4a": (ftyp(b"M4A ", b"isom"), "audio/mp4"),
    "3gpp": (ftyp(b"3gp4", b"isom"), "video/3gpp"),
    "quicktime": (ftyp(b"qt  "), "video/quicktime"),
    "webm": (webm(b"V_VP8", b"A_OPUS"), "video/webm"),
    "webm with sound only": (webm(b"A_OPUS"), "audio/webm"),
    "matroska": (b"\x1aE\xdf\xa3\xa3B\x82\x88matroska" + bytes(80), "video/x-matroska"),
    "opus": (ogg(b"OpusHead\x01\x01"), OPUS),
    "vorbis": (ogg(b"\x01vorbis"), "audio/ogg"),
    "theora": (ogg(b"\x80theora"), "video/ogg"),
    "amr": (b"#!AMR\n\x3c", "audio/amr"),
    "mp3 with a tag": (b"ID3\x03\x00\x00\x00\x00\x00\x00", "audio/mpeg"),
    "mp3 without": (b"\xff\xfb\x90\x64" + bytes(30), "audio/mpeg"),
    "aac": (b"\xff\xf1\x50\x80" + bytes(30), "audio/aac"),
    "wav": (b"RIFF\x24\x00\x00\x00WAVEfmt ", "audio/wav"),
    "flac": (b"fLaC\x00\x00\x00\x22" + bytes(30), "audio/flac"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3", "application/pdf"),
    "docx": (zipped("[Content_Types].xml", "word/document.xml"), DOCX),
    "xlsx": (zipped("[Content_Types].xml", "xl/workbook.xml"), XLSX),
    "odt": (declared("application/vnd.oasis.opendocument.text"), "application/vnd.oasis.opendocument.text"),
    "epub": (declared("application/epub+zip"), "application/epub+zip"),
    "zip": (zipped("notes.txt"), "application/zip"),
    "jar": (zipped("META-INF/MANIFEST.MF"), "application/java-archive"),
    "apk": (zipped("AndroidManifest.xml"), "application/vnd.android.package-archive"),
    "old office": (OLE, "application/x-ole-storage"),
    "rtf": (b"{\\rtf1\\ansi", "application/rtf"),
    "vcard": (b"BEGIN:VCARD\nVERSION:3.0\n", "text/vcard"),
    "text": ("Grüße 👋".encode(), "text/plain"),
    "text of old Windows": ("Grüße aus Köln".encode("cp1252"), "text/plain"),
    "text in UTF-16": ("Grüße".encode("utf-16"), "text/plain"),
    "text cut inside a character": (b"x" * 4095 + "ü".encode(), "text/plain"),
    "html": (b"<!DOCTYPE html><html>", "text/html"),
    "html behind a mark and spaces": (b"\xef\xbb\xbf \n<SCRIPT>", "text/html"),
    "html behind a remark": (b"<!-- x --><body onload=x>", "text/html"),
    "html in UTF-16": ("<html>".encode("utf-16"), "text/html"),
    "svg": (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">', "image/svg+xml"),
    "svg with a prefix": (b"<s:svg>", "image/svg+xml"),
    "xhtml": (b'<?xml version="1.0"?><x xmlns="http://www.w3.org/1999/xhtml">', "application/xhtml+xml"),
    "xml": (b'<?xml version="1.0"?><gpx>', "application/xml"),
    "a program": (b"MZ\x90\x00\x03" + bytes(60), EXE),
    "nothing known": (b"\x00\x01\x02\x03\x04zz", UNKNOWN),
    "nothing at all": (b"", UNKNOWN),
}


@pytest.mark.parametrize(("head", "mime"), BYTES.values(), ids=list(BYTES))
def test_the_bytes_decide_whatever_the_sender_says(head: bytes, mime: str) -> None:
    assert sniff(head, PICTURE, None) == sniff(head, "IMAGE/PNG; x=y", "photo.png") == mime


LEFT_OPEN = {
    "a table": (b"a,b\n1,2\n", "text/plain", "x.csv", "text/csv"),
    "a table by its type": (b"a,b\n1,2\n", "text/csv", None, "text/csv"),
    "a script": (b"alert(1)", "text/plain", "x.js", "text/javascript"),
    "a script by its type": (b"alert(1)", "application/x-javascript", None, "text/javascript"),
    "words called svg": (b"hello", "image/svg+xml", "x.svg", "text/plain"),
    "a letter": (OLE, "", "x.doc", "application/msword"),
    "a sheet by its type": (OLE, "application/vnd.ms-excel", None, "application/vnd.ms-excel"),
    "macros": (zipped("[Content_Types].xml", "word/document.xml"), "", "x.docm", DOCM),
    "a letter called a sheet": (zipped("[Content_Types].xml", "word/document.xml"), XLSX, "x.xlsx", DOCX),
    "office without a folder in sight": (zipped("[Content_Types].xml"), XLSX, None, XLSX),
    "sound of a phone": (ftyp(b"mp42"), "audio/mp4", None, "audio/mp4"),
    "sound of a phone by its name": (ftyp(b"mp42"), "", "x.m4a", "audio/mp4"),
    "sound in 3gpp": (ftyp(b"3gp4"), "audio/3gpp", None, "audio/3gpp"),
    "two bytes and the sender": (b"BM" + bytes(40), "image/bmp", None, "image/bmp"),
    "two bytes and the name": (b"BM" + bytes(40), "", "x.bmp", "image/bmp"),
    "two bytes alone": (b"BM" + bytes(40), "", None, UNKNOWN),
}  # fmt: skip


@pytest.mark.parametrize(("head", "told", "name", "mime"), LEFT_OPEN.values(), ids=list(LEFT_OPEN))
def test_where_the_bytes_leave_it_open_name_and_sender_count(
    head: bytes, told: str, name: str | None, mime: str
) -> None:
    assert sniff(head, told, name) == mime


ACTIVE = ("html", "svg", "svg with a prefix", "xhtml", "xml", "a program", "jar", "apk", "html in UTF-16")


@pytest.mark.parametrize("what", BYTES)
def test_what_acts_when_opened_is_known_as_such(what: str) -> None:
    assert is_active(BYTES[what][1]) is (what in ACTIVE or what.startswith("html"))


JPEG, TEXT = "image/jpeg", "text/plain"
NAMES = {
    "as it is": ("Rechnung März.pdf", "application/pdf", "Rechnung März.pdf"),
    "an ending in capitals": ("DSC1.JPG", JPEG, "DSC1.jpg"),
    "another ending of the type": ("a.jpeg", JPEG, "a.jpeg"),
    "a path": ("../../etc/passwd", TEXT, "passwd.txt"),
    "a path of Windows": ("C:\\x\\y.docx", DOCX, "y.docx"),
    "hidden": (".htaccess", TEXT, "htaccess.txt"),
    "only dots": ("...", "application/pdf", "document.pdf"),
    "turned around": ("photo\u202egpj.exe", JPEG, "photogpj.exe.jpg"),
    "control characters": ("a\x00b\nc.pdf", "application/pdf", "ab c.pdf"),
    "a space that is none": ("a\u200bb\ufeff.pdf", "application/pdf", "ab.pdf"),
    "a joined emoji": ("👩\u200d🔧.pdf", "application/pdf", "👩\u200d🔧.pdf"),
    "composed": ("Cafe\u0301.pdf", "application/pdf", "Café.pdf"),
    "not for Windows": ('a<b>:"|?*.pdf', "application/pdf", "a_b______.pdf"),
    "a device": ("CON.pdf", "application/pdf", "_CON.pdf"),
    "a lie": ("photo.exe", JPEG, "photo.exe.jpg"),
    "a page called photo": ("photo.png", "text/html", "photo.png.html"),
    "no ending": ("contract v1.2 final", "application/pdf", "contract v1.2 final.pdf"),
    "text with its own ending": ("server.log", TEXT, "server.log"),
    "text that would run": ("x.reg", TEXT, "x.reg.txt"),
    "unknown bytes that would run": ("x.exe", UNKNOWN, "x.exe.bin"),
    "unknown bytes": ("data.xyz", UNKNOWN, "data.xyz"),
    "a script": ("x.bat", "application/x-bat", "x.bat"),
    "ends with a dot": ("x.pdf. ", "application/pdf", "x.pdf"),
}


@pytest.mark.parametrize(("name", "mime", "safe"), NAMES.values(), ids=list(NAMES))
def test_a_name_is_safe(name: str, mime: str, safe: str) -> None:
    assert safe_name(name, mime, MediaKind.document) == safe


@pytest.mark.parametrize("name", ["a" * 300 + ".pdf", "a" * 300, "x." + "y" * 200, "ü. " * 100])
def test_a_long_name_keeps_its_ending(name: str) -> None:
    safe = safe_name(name, "application/pdf", MediaKind.document)
    assert len(safe) <= 120
    assert safe.endswith(".pdf")
    assert unicodedata.is_normalized("NFC", safe)


UNNAMED = {
    MediaKind.image: (JPEG, "photo.jpg"),
    MediaKind.video: ("video/mp4", "video.mp4"),
    MediaKind.audio: ("audio/mpeg", "audio.mp3"),
    MediaKind.voice: (OPUS, "voice.ogg"),
    MediaKind.sticker: ("image/webp", "sticker.webp"),
    MediaKind.document: (UNKNOWN, "document"),
}


@pytest.mark.parametrize("kind", UNNAMED)
def test_without_a_name_the_kind_is_one(kind: MediaKind) -> None:
    mime, name = UNNAMED[kind]
    assert safe_name(None, mime, kind) == safe_name("", mime, kind) == name
