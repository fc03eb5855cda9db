// Reading a place: coordinates as people write them, or the address of a map. Pure.

const NUMBER = "([-+]?\\d{1,3}(?:[.,]\\d+)?)";
const PAIR = new RegExp(`^\\s*${NUMBER}\\s*°?\\s*([NS])?\\s*[,;\\s]\\s*${NUMBER}\\s*°?\\s*([EWO])?\\s*$`, "iu");
const ANGLE = /(\d{1,3})\s*°\s*(\d{1,2}(?:[.,]\d+)?)\s*[′']\s*(?:(\d{1,2}(?:[.,]\d+)?)\s*[″"]\s*)?([NSEWO])/giu;

/** In the address of a map, most exact first: the place itself before the middle of what is shown. */
const IN_ADDRESS = [
  /!3d([-+]?\d+\.\d+)!4d([-+]?\d+\.\d+)/,
  /[?&](?:q|query|ll|sll|daddr|destination|center)=(?:loc:)?([-+]?\d+(?:\.\d+)?)(?:,|%2C)\+?([-+]?\d+(?:\.\d+)?)/i,
  /[?&]mlat=([-+]?\d+(?:\.\d+)?)&mlon=([-+]?\d+(?:\.\d+)?)/,
  /@([-+]?\d+\.\d+),([-+]?\d+\.\d+)/,
  /#map=[\d.]+\/([-+]?\d+(?:\.\d+)?)\/([-+]?\d+(?:\.\d+)?)/,
  /^geo:([-+]?\d+(?:\.\d+)?),([-+]?\d+(?:\.\d+)?)/i,
];

const decimal = (text) => Number(text.replace(",", "."));
const signed = (value, letter) => (letter && "SWO".includes(letter.toUpperCase()) ? -Math.abs(value) : value);
const rounded = (value) => Math.round(value * 1e6) / 1e6;

function within(latitude, longitude) {
  const held = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
  return held ? { latitude: rounded(latitude), longitude: rounded(longitude) } : null;
}

/** `{latitude, longitude, name?}` of what was written or pasted; null where it names no place. */
export function readPlace(text) {
  const words = text.trim();
  return readAddress(words) ?? readAngles(words) ?? readPair(words);
}

function readAddress(words) {
  if (!/^(https?:\/\/|geo:)/i.test(words)) return null;
  const found = IN_ADDRESS.map((form) => form.exec(words)).find(Boolean);
  const at = found && within(Number(found[1]), Number(found[2]));
  return at && { ...at, ...named(words) };
}

/** `…/maps/place/Rue+de+la+Paix/@…` */
function named(words) {
  const found = /\/place\/([^/@]+)/.exec(words);
  if (!found) return {};
  try {
    return { name: decodeURIComponent(found[1].replaceAll("+", " ")) };
  } catch {
    return {};
  }
}

function readAngles(words) {
  const angles = [...words.matchAll(ANGLE)].map(([, degrees, minutes, seconds, letter]) =>
    signed(Number(degrees) + decimal(minutes) / 60 + decimal(seconds ?? "0") / 3600, letter),
  );
  return angles.length === 2 ? within(...angles) : null;
}

function readPair(words) {
  const found = PAIR.exec(words);
  return found && within(signed(decimal(found[1]), found[2]), signed(decimal(found[3]), found[4]));
}

/** The part that is sent. */
export const locationPart = ({ latitude, longitude, name, address }) => ({
  type: "location", latitude, longitude, name: name?.trim() || null, address: address?.trim() || null,
});
