// What may be attached, by the capability document. Pure.

const FIRST = ["image", "video", "audio", "sticker"];

const plain = (mime) => mime.split(";")[0].trim().toLowerCase();
const takes = (limit, mime) => Boolean(limit) && (limit.mimes.includes(mime) || limit.mimes.includes("*/*"));

/** How a file is shown: by its type, or, where it is too big for that, as a document. Null where nothing takes it. */
export function kindOf({ type, size }, media) {
  const mime = plain(type || "application/octet-stream");
  const shown = FIRST.find((kind) => media[kind]?.mimes.includes(mime));
  if (shown && size <= media[shown].size) return shown;
  if (takes(media.document, mime)) return "document";
  return shown ?? null;
}

/** Why a file cannot be attached: `{key, limit?}`, or null. */
export function problemOf({ type, size }, kind, media) {
  if (!size) return { key: "attach.empty" };
  if (!kind) return { key: "attach.not_taken", mime: plain(type || "?") };
  if (size > media[kind].size) return { key: "attach.too_big", limit: media[kind].size, kind };
  return null;
}

/** The ending of a type, as people know it: `PDF`, `JPG`. */
const KNOWN = {
  "image/jpeg": "JPG", "video/3gpp": "3GP", "audio/mpeg": "MP3", "audio/mp4": "M4A", "text/plain": "TXT",
  "application/msword": "DOC", "application/vnd.ms-excel": "XLS", "application/vnd.ms-powerpoint": "PPT",
};
const OFFICE = { wordprocessingml: "DOCX", spreadsheetml: "XLSX", presentationml: "PPTX" };

export function ending(mime) {
  const office = Object.keys(OFFICE).find((word) => mime.includes(word));
  return KNOWN[mime] ?? (office ? OFFICE[office] : mime.split("/")[1].toUpperCase());
}

/** What each kind takes, for whoever is about to choose: `[{kind, endings, any, size}]`. */
export function offers(media) {
  const kinds = [...FIRST, "document"].filter((kind) => media[kind]);
  return kinds.map((kind) => {
    const { mimes, size } = media[kind];
    return { kind, endings: mimes.filter((mime) => mime !== "*/*").map(ending), any: mimes.includes("*/*"), size };
  });
}

/** A limit as vendors write it, who count in steps of 1,024: 5 MB, which in steps of a thousand would be 5.2. */
export function rounded(bytes) {
  const step = Math.floor(Math.log2(bytes) / 10);
  return (bytes / 1024 ** step) * 1000 ** step;
}

/** For `<input accept>`: nothing where every file is taken. */
export function accepted(media) {
  const mimes = Object.values(media).flatMap((limit) => limit.mimes);
  return mimes.includes("*/*") ? "" : [...new Set(mimes)].join(",");
}

const CAPTIONED = new Set(["image", "video", "document"]);

/** Longest caption of a kind; 0 where it has none. */
export const captionOf = (kind, capabilities) => (CAPTIONED.has(kind) ? capabilities.caption : 0);

/** The part as it is sent, and as a bubble shows it, of an uploaded file. */
export function mediaPart(stored, caption) {
  const { file, kind, name } = stored;
  const words = caption?.trim() || null;
  return {
    part: { type: "media", file, kind, name: name ?? null, caption: words },
    shown: { type: "media", ...stored, caption: words, state: "stored" },
  };
}
