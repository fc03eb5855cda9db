// What Genesys says in the page's address: which conversation, and whose page it is that we stand in.
//
// Nothing there is trusted: the server decides who sees what, and has looked whether that page may hold this one (it
// does not serve it otherwise). Only an exact origin is spoken to, and nothing that is said twice is believed.

const CONVERSATION = /^[\w-]{1,100}$/;
const LANGUAGE = /^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*$/;
const ENVIRONMENT = /^[a-z0-9-]{1,40}$/;
const LOCAL = new Set(["localhost", "127.0.0.1"]);

/** `{conversation, hostOrigin, targetEnv, language}`; "" for what is absent or not what it should be. */
export function readContext(search = location.search) {
  const given = new URLSearchParams(search);
  const read = (...names) => names.map((name) => filled(given.getAll(name))).find(Boolean) ?? "";
  const fits = (value, pattern) => (pattern.test(value) ? value : "");
  return {
    conversation: fits(read("gcConversationId", "pcConversationId"), CONVERSATION),
    hostOrigin: origin(read("gcHostOrigin")),
    targetEnv: fits(read("gcTargetEnv"), ENVIRONMENT),
    language: fits(read("gcLangTag", "pcLangTag"), LANGUAGE).replace("_", "-").toLowerCase(),
  };
}

/** Genesys leaves a variable that it does not know as it is: `{{gcLangTag}}`. */
const filled = (values) => (values.length === 1 && !values[0].includes("{{") ? values[0].trim() : "");

/** To the letter; encrypted, unless it is on this very machine. */
function origin(value) {
  if (!URL.canParse(value)) return "";
  const url = new URL(value);
  const safe = url.protocol === "https:" || (url.protocol === "http:" && LOCAL.has(url.hostname));
  return safe && url.origin === value ? value : "";
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
