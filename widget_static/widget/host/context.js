// What Genesys says in the page's address: which conversation, and whose page it is that we stand in.
//
// Nothing there is trusted: the server decides who sees what, and only an exact origin is spoken to.

const CONVERSATION = /^[\w-]{1,100}$/;
const LANGUAGE = /^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*$/;
const ENVIRONMENT = /^[a-z0-9-]{1,40}$/;
const LOCAL = new Set(["localhost", "127.0.0.1"]);
const LONGEST = 200;

/**
 * `{conversation, hostOrigin, targetEnv, language}`; "" for what is absent or not what it should be.
 * `development`: whether Genesys may be a simulated one, on this very machine.
 */
export function readContext(search = location.search, { development = developing() } = {}) {
  const given = new URLSearchParams(search);
  const read = (...names) => names.map((name) => filled(given.get(name))).find(Boolean) ?? "";
  const fits = (value, pattern) => (pattern.test(value) ? value : "");
  return {
    conversation: fits(read("gcConversationId", "pcConversationId"), CONVERSATION),
    hostOrigin: originOf(read("gcHostOrigin"), development),
    targetEnv: fits(read("gcTargetEnv"), ENVIRONMENT),
    language: fits(read("gcLangTag", "pcLangTag"), LANGUAGE).replace("_", "-").toLowerCase(),
  };
}

/** The server says so in the page. */
const developing = () => document.documentElement.hasAttribute("data-development");

/** Genesys leaves a variable that it does not know as it is: `{{gcLangTag}}`. */
const filled = (value) => (value && value.length <= LONGEST && !value.includes("{{") ? value.trim() : "");

/** An origin to the letter, of one of Genesys' pages: `https://apps.…`. */
function originOf(value, development) {
  let url;
  try {
    url = new URL(value);
  } catch {
    return "";
  }
  if (url.origin !== value) return "";
  if (LOCAL.has(url.hostname)) return development ? value : "";
  return url.protocol === "https:" && url.hostname.startsWith("apps.") ? value : "";
}

/** The same shape where there is no Genesys around the page: nobody is told anything. */
export function standalone() {
  const nothing = () => {};
  return {
    inside: false,
    bootstrapped: nothing, toast: nothing, attention: nothing, insert: nothing,
    openConversation: nothing, openContact: nothing,
    openWindow: (url) => { window.open(url, "_blank", "noopener,noreferrer"); },
    on: () => nothing,
  };
}
