// Opus out of WebM into Ogg: the same sound in the other box. Pure. Sources: RFC 3533 (Ogg), RFC 7845 (Opus in Ogg), Matroska's EBML.

const SERIAL = 0x58797065;
/** Elements that hold others; all others are read over. */
const HOLDERS = new Set([0x18538067, 0x1f43b675, 0x1654ae6b, 0xae, 0xa0]);
const CODEC_PRIVATE = 0x63a2;
const BLOCKS = new Set([0xa3, 0xa1]);

/** A number of EBML: its length is in its first byte. `keep`: with the bit that says so, as ids are written. */
function vint(bytes, at, keep) {
  const width = Math.clz32(bytes[at]) - 23;
  let value = keep ? bytes[at] : bytes[at] & (0xff >> width);
  let unknown = !keep && value === 0xff >> width;
  for (let n = 1; n < width; n += 1) {
    value = value * 256 + bytes[at + n];
    unknown &&= bytes[at + n] === 0xff;
  }
  return { value, width, unknown };
}

/** The codec's header and the packets of sound, in order. */
export function unpack(buffer) {
  const bytes = new Uint8Array(buffer);
  const found = { head: null, packets: [] };
  let at = 0;
  while (at < bytes.length - 1) {
    const id = vint(bytes, at, true);
    const size = vint(bytes, at + id.width, false);
    at += id.width + size.width;
    if (HOLDERS.has(id.value)) continue;
    const end = size.unknown ? bytes.length : at + size.value;
    if (id.value === CODEC_PRIVATE) found.head = bytes.slice(at, end);
    // A block begins with its track, two bytes of time and one of flags.
    else if (BLOCKS.has(id.value)) found.packets.push(bytes.slice(at + vint(bytes, at, false).width + 3, end));
    at = end;
  }
  return found;
}

const FRAMES = [10, 20, 40, 60];

/** How long a packet sounds, in samples of 48 kHz: RFC 6716, 3.1. */
export function samples(packet) {
  const config = packet[0] >> 3;
  let ms;
  if (config < 12) ms = FRAMES[config % 4];
  else if (config < 16) ms = [10, 20][config % 2];
  else ms = [2.5, 5, 10, 20][config % 4];
  const code = packet[0] & 3;
  const frames = code === 0 ? 1 : code === 3 ? packet[1] & 0x3f : 2;
  return ms * 48 * frames;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let rest = n << 24;
  for (let bit = 0; bit < 8; bit += 1) rest = rest & 0x80000000 ? (rest << 1) ^ 0x04c11db7 : rest << 1;
  return rest >>> 0;
});

const checksum = (bytes) => bytes.reduce((sum, byte) => ((sum << 8) ^ TABLE[((sum >>> 24) ^ byte) & 0xff]) >>> 0, 0);

/** `flags`: 2 first page, 4 last page. `position`: samples up to the end of the page. */
function page(packets, { number, position, flags = 0 }) {
  const laces = packets.flatMap((packet) => [...Array(Math.floor(packet.length / 255)).fill(255), packet.length % 255]);
  const bytes = new Uint8Array(27 + laces.length + packets.reduce((sum, packet) => sum + packet.length, 0));
  const view = new DataView(bytes.buffer);
  bytes.set([0x4f, 0x67, 0x67, 0x53, 0, flags]);
  view.setBigUint64(6, BigInt(position), true);
  view.setUint32(14, SERIAL, true);
  view.setUint32(18, number, true);
  bytes[26] = laces.length;
  bytes.set(laces, 27);
  let at = 27 + laces.length;
  for (const packet of packets) {
    bytes.set(packet, at);
    at += packet.length;
  }
  view.setUint32(22, checksum(bytes), true);
  return bytes;
}

function tags() {
  const vendor = new TextEncoder().encode("xyper");
  const bytes = new Uint8Array(8 + 4 + vendor.length + 4);
  bytes.set(new TextEncoder().encode("OpusTags"));
  new DataView(bytes.buffer).setUint32(8, vendor.length, true);
  bytes.set(vendor, 12);
  return bytes;
}

const lacesOf = (packet) => Math.floor(packet.length / 255) + 1;

/** Packets of about a second: as many as a page can name. */
function paged(packets) {
  const pages = [[]];
  let laces = 0;
  for (const packet of packets) {
    laces += lacesOf(packet);
    if (pages.at(-1).length >= 50 || laces > 255) {
      pages.push([]);
      laces = lacesOf(packet);
    }
    pages.at(-1).push(packet);
  }
  return pages;
}

/** The recording as an Ogg file. Throws where it holds no Opus. */
export function toOgg(buffer) {
  const { head, packets } = unpack(buffer);
  if (!head || !packets.length) throw new Error("There is no Opus in this recording.");
  const pages = paged(packets);
  const out = [page([head], { number: 0, position: 0, flags: 2 }), page([tags()], { number: 1, position: 0 })];
  let position = 0;
  pages.forEach((held, n) => {
    position += held.reduce((sum, packet) => sum + samples(packet), 0);
    out.push(page(held, { number: n + 2, position, flags: n === pages.length - 1 ? 4 : 0 }));
  });
  return new Blob(out, { type: "audio/ogg" });
}
