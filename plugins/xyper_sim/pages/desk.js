// The agent's desk. Everything comes from the simulated Genesys Cloud; nothing is kept here but what is chosen.
import { entries } from "./desk_send.js";
import { content, headline } from "./desk_show.js";
import { at, attempt, call, clock, el, live, upload } from "./live.js";
import { Panels } from "./panels.js";
import { Phones } from "./phones.js";
import { menu, sticky } from "./show.js";

const TYPING_EVERY = 4000; // ms; Genesys tells of typing for 5 s
const PEOPLE = 3; // a minute, who write by themselves
const STATES = {
  sent: ["✓", "sent"],
  "delivery-success": ["✓✓", "delivered"],
  "delivery-failed": ["!", "not delivered"],
};
const PHONE_TICKS = { sent: "✓", delivered: "✓✓", read: "✓✓", played: "✓✓" };

const conversations = new Map();
const phones = new Phones();
const panels = new Panels({ insert, open: (id) => conversations.has(id) && choose(id), changed: () => drawList() });
const drafts = new Map();
const view = { chosen: "", typedAt: 0 };

function learn(data, whole) {
  if (whole) {
    conversations.clear();
    for (const { messages, ...conversation } of data) {
      conversations.set(conversation.id, { ...conversation, messages: new Map(messages.map((one) => [one.id, one])) });
    }
    return draw();
  }
  const known = conversations.get(data.conversation.id);
  const messages = known?.messages ?? new Map();
  conversations.set(data.conversation.id, { ...data.conversation, messages });
  if (data.message) learnMessage(data.message, messages);
  if (!view.chosen) return draw();
  if (data.conversation.id === view.chosen) {
    look();
    drawHead();
  }
  return drawList();
}

function learnMessage(message, messages) {
  const before = messages.get(message.id);
  messages.set(message.id, message);
  if (message.conversation !== view.chosen) return;
  const drawn = at(message.id);
  const same = drawn && JSON.stringify(before?.attachments) === JSON.stringify(message.attachments);
  if (same) drawn.replaceWith(bubble(message, drawn.querySelector(".said"))); // a player goes on playing
  else if (drawn) drawn.replaceWith(bubble(message));
  else append(message);
}

/** The phones' own ticks: what Genesys does not tell, and only a simulator can know on this side. */
function learnPhones(data, whole) {
  phones.learn(data, whole);
  const chosen = conversations.get(view.chosen);
  if (!chosen) return;
  for (const message of chosen.messages.values()) {
    at(message.id)?.querySelector(".phone")?.replaceWith(phoneLine(message));
  }
}

// Drawing

function draw() {
  if (!conversations.has(view.chosen)) view.chosen = newest()[0]?.id ?? "";
  look();
  drawList();
  drawHead();
  drawThread();
}

const newest = () => [...conversations.values()].sort((a, b) => lastOf(b).at - lastOf(a).at);
const lastOf = (conversation) => [...conversation.messages.values()].at(-1) ?? { at: conversation.started, text: "", attachments: [], content: [] };

function drawList() {
  const items = newest().map((conversation) => el("li", {}, entry(conversation)));
  const shown = [...at("conversations").children];
  // What is the same stays: a button that is replaced while it is being pressed is not pressed.
  if (items.length && items.length === shown.length && items.every((item, n) => item.isEqualNode(shown[n]))) return;
  const focused = at("conversations").contains(document.activeElement) ? document.activeElement.dataset.id : "";
  at("conversations").replaceChildren(...items);
  at("nobody").hidden = conversations.size > 0;
  if (focused) at("conversations").querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus();
}

function entry(conversation) {
  const { id, address, name, unread, connected } = conversation;
  const last = lastOf(conversation);
  const words = `${last.direction === "outbound" ? "You: " : ""}${headline(last)}`;
  const wanted = panels.attention(id);
  const waits = wanted ? el("span", { class: "badge" }, String(wanted), el("span", { class: "sr-only" }, " in the panel")) : "";
  const count = unread ? el("span", { class: "badge" }, String(unread), el("span", { class: "sr-only" }, " unread")) : "";
  return el(
    "button",
    { type: "button", "data-id": id, "aria-current": String(id === view.chosen), click: () => choose(id) },
    el("span", { class: "who" }, name || address),
    el("span", { class: "when" }, clock(last.at)),
    el("span", { class: "last" }, connected ? words : `Ended. ${words}`),
    count,
    waits,
  );
}

function drawHead() {
  const chosen = conversations.get(view.chosen);
  panels.show(chosen?.id ?? "");
  at("head").hidden = at("compose").hidden = !chosen;
  if (!chosen) return;
  at("name").textContent = chosen.name || chosen.address;
  at("about").textContent = chosen.connected ? chosen.address : `${chosen.address}, ended`;
  at("disconnect").disabled = at("text").disabled = !chosen.connected;
  at("attach").hidden = !chosen.connected;
}

function drawThread() {
  const messages = [...(conversations.get(view.chosen)?.messages.values() ?? [])];
  const empty = el("p", { class: "empty" }, "Customers' messages appear here.");
  at("thread").replaceChildren(...(messages.length ? messages.map((message) => bubble(message)) : [empty]));
  at("thread").scrollTop = at("thread").scrollHeight;
}

function append(message) {
  at("thread").querySelector(".empty")?.remove();
  at("thread").append(bubble(message));
  at("thread").scrollTop = at("thread").scrollHeight;
}

/** A message; `inside` is its content where that is drawn already. */
function bubble(message, inside = said(message)) {
  const mine = message.direction === "outbound";
  const who = el("span", { class: "sr-only" }, mine ? "You: " : "Customer: ");
  const foot = mine ? [meta(message), phoneLine(message)] : [el("span", { class: "meta" }, clock(message.at))];
  return el("div", { id: message.id, class: mine ? "bubble mine" : "bubble" }, who, inside, ...foot);
}

function said(message) {
  const offered = conversations.get(message.conversation)?.messages.get(message.about);
  return el("div", { class: "said" }, ...content(message, offered));
}

function meta(message) {
  const [tick, word] = STATES[message.status];
  const failed = message.status === "delivery-failed";
  const why = failed && message.reason ? `: ${message.reason}` : "";
  const ticks = el("span", { class: "ticks", "aria-hidden": "true" }, tick);
  return el("span", { class: failed ? "meta failed" : "meta" }, clock(message.at), ` ${word}${why}`, ticks);
}

function phoneLine(message) {
  const state = phones.stateOf(conversations.get(message.conversation), message);
  if (!(state in PHONE_TICKS)) return el("span", { class: "phone" });
  const ticks = el("span", { class: `ticks ${state}`, "aria-hidden": "true" }, PHONE_TICKS[state]);
  return el("span", { class: "phone" }, `WhatsApp: ${state}`, ticks);
}

// Doing

function choose(id) {
  drafts.set(view.chosen, at("text").value);
  view.chosen = id;
  view.typedAt = 0;
  at("text").value = drafts.get(id) ?? "";
  at("problem").hidden = true;
  draw();
  at("text").focus();
}

/** A panel proposes words for the text box of its conversation. */
function insert(id, text) {
  if (id !== view.chosen) return drafts.set(id, (drafts.get(id) ?? "") + text);
  at("text").value += text;
  at("text").focus();
}

/** What is on the screen is no longer unread. */
function look() {
  const chosen = conversations.get(view.chosen);
  if (!chosen?.unread || document.hidden) return;
  chosen.unread = 0;
  attempt(() => call("POST", `api/cloud/conversations/${view.chosen}/read`));
}

async function send(event) {
  event.preventDefault();
  const text = at("text").value.trim();
  const to = view.chosen;
  if (!text || !to) return;
  at("text").value = "";
  view.typedAt = 0;
  const done = await attempt(() => call("POST", `api/cloud/conversations/${to}/messages`, { text }));
  if (!done) drafts.set(to, text);
  if (!done && to === view.chosen && !at("text").value) at("text").value = text;
}

/** Say something that is more than words. */
const say = (message) => attempt(() => call("POST", `api/cloud/conversations/${view.chosen}/messages`, message));

/** Upload files, each `[blob, name]`: their attachments, or undefined. */
const files = (...given) =>
  attempt(() => Promise.all(given.map(([file, name]) => upload("api/cloud/files", file, name))));

async function giveChosen(event) {
  const chosen = [...event.target.files].map((file) => [file, file.name]);
  event.target.value = "";
  const done = chosen.length && (await files(...chosen));
  if (done) say({ files: done.map(({ id }) => id) });
}

function type() {
  if (!at("text").value || Date.now() - view.typedAt < TYPING_EVERY) return;
  view.typedAt = Date.now();
  attempt(() => call("POST", `api/cloud/conversations/${view.chosen}/typing`));
}

const pick = () => at("file").click();
sticky(at("thread"));
menu(at("attach"), entries({ say, files, pick, name: () => conversations.get(view.chosen).name.split(" ")[0] || "there" }));
at("file").addEventListener("change", giveChosen);
at("compose").addEventListener("submit", send);
at("text").addEventListener("input", type);
at("text").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  at("compose").requestSubmit();
});
at("disconnect").addEventListener("click", () =>
  attempt(() => call("POST", `api/cloud/conversations/${view.chosen}/disconnect`)));
document.addEventListener("visibilitychange", look);

at("traffic").addEventListener("change", (event) =>
  attempt(() => call("PUT", "api/traffic", { per_minute: event.target.checked ? PEOPLE : 0 })));

live({
  traffic: ({ per_minute }) => { at("traffic").checked = per_minute > 0; },
  cloud: learn,
  phone: learnPhones,
  panels: (apps) => panels.learn(apps),
});
