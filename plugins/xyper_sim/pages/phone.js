// The customers' phones: one tab each, all on one page. State comes from the simulator only; nothing is kept here.
import { at, attempt, call, clock, el, live, upload } from "./live.js";
import { entries, kindOf } from "./phone_send.js";
import { content } from "./phone_show.js";
import { menu, sticky } from "./show.js";

const TICKS = { accepted: "", sent: "✓", delivered: "✓✓", read: "✓✓", played: "✓✓", failed: "!" };
const SETTINGS = ["online", "phone_open", "hidden"];
const ASIDE = ["reaction", "edit", "revoke", "request_welcome"];
const EMOJI = ["👍", "❤️", "😂", "🙏"];

const state = { numbers: [], people: new Map(), messages: new Map(), typing: new Map(), windows: new Map(), unread: new Map() };
const view = { person: "", number: "", replyTo: "" };

const here = (message) => message.customer === view.person && message.number === view.number;
const chatKey = (number, person) => `${number}/${person}`;

function learn(data, whole) {
  if (whole) {
    const place = [...state.people.keys()].indexOf(view.person);
    state.numbers = data.numbers;
    state.people = new Map(data.customers.map((person) => [person.wa_id, person]));
    state.messages = new Map(data.messages.map((message) => [message.id, message]));
    if (!state.people.has(view.person)) view.person = [...state.people.keys()][place] ?? ""; // a new number, the same person
    state.windows = new Map(data.windows.map((one) => [chatKey(one.number, one.customer), one.open]));
    draw();
    return data.typing.forEach(learnTyping);
  }
  if (data.customer) learnPerson(data.customer);
  if (data.message) learnMessage(data.message);
  if (data.typing) learnTyping(data.typing);
  if (data.window) learnWindow(data.window);
}

function learnPerson(person) {
  state.people.set(person.wa_id, person);
  drawTabs();
  drawSettings();
}

function learnMessage(message) {
  const before = state.messages.get(message.id);
  state.messages.set(message.id, message);
  const fresh = message.shown && !before?.shown;
  if (fresh && !here(message) && message.by === "business") {
    state.unread.set(message.customer, (state.unread.get(message.customer) ?? 0) + 1);
    drawTabs();
  }
  if (!here(message)) return;
  const drawn = at(message.id);
  const inside = drawn?.querySelector(".said");
  if (!drawn || message.kind === "reaction") return drawChat();
  const next = bubble(message);
  if (drawn.isEqualNode(next)) return; // nothing to be seen: a click that is under way finds its button
  const same = inside && JSON.stringify(before.content) === JSON.stringify(message.content) && before.changed === message.changed;
  drawn.replaceWith(same ? bubble(message, inside) : next); // a player goes on playing, a list stays open
}

function learnWindow({ number, customer, open }) {
  state.windows.set(chatKey(number, customer), open);
  drawSettings();
}

function learnTyping({ number, customer, until }) {
  state.typing.set(chatKey(number, customer), until * 1000);
  drawTyping();
  if (until) setTimeout(drawTyping, until * 1000 - Date.now() + 50);
}

// Drawing

function draw() {
  if (!state.people.has(view.person)) view.person = state.people.keys().next().value ?? "";
  if (!state.numbers.some(({ id }) => id === view.number)) view.number = state.numbers[0]?.id ?? "";
  at("number").replaceChildren(...state.numbers.map(({ id, name, display }) => el("option", { value: id }, `${name} (+${display})`)));
  at("number").value = view.number;
  drawTabs();
  drawSettings();
  drawChat();
}

function drawTabs() {
  const focused = at("people").contains(document.activeElement);
  at("people").replaceChildren(...[...state.people.values()].map(tab));
  if (focused) at("people").querySelector('[aria-selected="true"]')?.focus();
}

function tab(person) {
  const chosen = person.wa_id === view.person;
  const unread = state.unread.get(person.wa_id);
  const count = unread ? el("span", { class: "badge" }, String(unread), el("span", { class: "sr-only" }, " unread")) : null;
  const attributes = { role: "tab", type: "button", "aria-selected": String(chosen), "aria-controls": "chat", tabindex: chosen ? "0" : "-1" };
  return el("button", { ...attributes, click: () => choose(person.wa_id), keydown: step }, person.name || `+${person.wa_id}`, count);
}

function drawSettings() {
  const person = state.people.get(view.person);
  at("settings").hidden = !person;
  if (!person) return;
  at("who").textContent = person.hidden ? person.bsuid : `+${person.wa_id}`;
  for (const name of SETTINGS) at(name).checked = person[name];
  at("window").checked = state.windows.get(chatKey(view.number, view.person)) ?? false;
}

function drawChat() {
  const messages = [...state.messages.values()].filter((message) => here(message) && message.shown && !ASIDE.includes(message.kind));
  messages.sort((a, b) => a.at - b.at);
  const empty = el("p", { class: "empty" }, state.people.size ? "No messages yet. Say hello." : "No customers are configured.");
  at("chat").replaceChildren(...(messages.length ? messages.map((message) => bubble(message)) : [empty]));
  at("chat").scrollTop = at("chat").scrollHeight;
  drawTyping();
}

/** A message; `inside` is its content where that is drawn already. */
function bubble(message, inside = said(message)) {
  if (message.kind === "system") return el("p", { id: message.id, class: "note" }, message.text);
  const mine = message.by === "customer";
  const quoted = message.reply_to && (state.messages.get(message.reply_to)?.text ?? "a message");
  const ticks = el("span", { class: `ticks ${message.status}`, "aria-hidden": "true" }, TICKS[message.status] ?? "");
  const edited = message.changed === "edited" ? "edited " : "";
  const state_ = mine ? [ticks, el("span", { class: "sr-only" }, message.status)] : [];
  const meta = el("span", { class: "meta" }, ...doings(message), edited, clock(message.at), ...state_);
  const attributes = { id: message.id, class: mine ? "bubble mine" : "bubble" };
  return el("div", attributes, quoted ? el("span", { class: "quote" }, quoted) : null, inside, reactions(message), meta);
}

function said(message) {
  const answer = (body) => send({ ...body, reply_to: message.id });
  const played = () => attempt(() => call("POST", `api/graph/messages/${encodeURIComponent(message.id)}/played`));
  const business = message.by === "business";
  const parts = content(message, business ? answer : undefined, business ? played : undefined);
  return el("div", { class: "said" }, ...parts);
}

/** The newest reaction of each side. */
function reactions(message) {
  const given = new Map();
  for (const one of [...state.messages.values()].sort((a, b) => a.at - b.at)) {
    if (one.kind === "reaction" && one.shown && one.content.message_id === message.id) given.set(one.by, one.content.emoji);
  }
  const emoji = [...given.values()].filter(Boolean).join(" ");
  return emoji ? el("span", { class: "reaction" }, el("span", { class: "sr-only" }, "Reactions: "), emoji) : null;
}

/** What can be done with a message: quote and react, or edit and delete one's own. */
function doings(message) {
  const button = (words, click, label = null) =>
    el("button", { type: "button", class: "answer", "aria-label": label, click }, words);
  if (message.changed === "deleted") return [];
  const react = (emoji) => send({ type: "reaction", reaction: { message_id: message.id, emoji } });
  const original = { original_message_id: message.id };
  const undo = button("Delete", () => send({ type: "revoke", revoke: original }));
  const change = { ...original, message: { type: "text", text: { body: `${message.text} (corrected)` } } };
  const own = message.kind === "text" ? [button("Edit", () => send({ type: "edit", edit: change })), undo] : [undo];
  const theirs = [...EMOJI.map((emoji) => button(emoji, () => react(emoji), `React with ${emoji}`)), button("Take back", () => react(""))];
  const more = el("details", { class: "more" }, el("summary", {}, message.by === "customer" ? "Change" : "React"), ...(message.by === "customer" ? own : theirs));
  return message.by === "customer" ? [more] : [button("Quote", () => quote(message)), more];
}

function drawTyping() {
  const on = (state.typing.get(chatKey(view.number, view.person)) ?? 0) > Date.now();
  if (on === Boolean(at("typing").firstChild)) return;
  const dots = el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
  at("typing").replaceChildren(...(on ? [dots, "typing…"] : []));
}

// Doing

function choose(person) {
  view.person = person;
  state.unread.delete(person);
  quote(null);
  draw();
}

/** Arrow keys, Home and End move among the tabs. */
function step(event) {
  const people = [...state.people.keys()];
  const place = people.indexOf(view.person);
  const moves = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: people.length - 1 };
  if (!(event.key in moves)) return;
  event.preventDefault();
  choose(people[(moves[event.key] + people.length) % people.length]);
}

function quote(message) {
  view.replyTo = message?.id ?? "";
  at("reply").hidden = !message;
  at("reply-text").textContent = message ? `Quotes: ${message.text}` : "";
  if (message) at("text").focus();
}

/** Send as the chosen customer; true where it was taken. */
async function send(body) {
  const whole = { phone_number_id: view.number, ...(view.replyTo ? { reply_to: view.replyTo } : {}), ...body };
  const done = await attempt(() => call("POST", `api/graph/customers/${view.person}/messages`, whole));
  if (done) quote(null);
  return Boolean(done);
}

async function write(event) {
  event.preventDefault();
  const text = at("text").value.trim();
  if (!text || !view.person) return;
  at("text").value = "";
  if (!(await send({ text }))) at("text").value = text;
}

/** Upload a file and send it as a message of this kind. */
async function give(kind, file, name, more = {}) {
  const done = await attempt(() => upload(`api/graph/numbers/${view.number}/media`, file, name));
  if (done) await send({ type: kind, [kind]: { id: done.id, ...more } });
}

function giveChosen(event) {
  const [file] = event.target.files;
  event.target.value = "";
  if (file) give(kindOf(file.type), file, file.name);
}

const freeNumber = () => `1650555${String(Math.floor(Math.random() * 9000) + 1000)}`;

for (const name of SETTINGS) {
  at(name).addEventListener("change", (event) =>
    attempt(() => call("PUT", `api/graph/customers/${view.person}`, { [name]: event.target.checked })));
}
sticky(at("chat"));
menu(at("attach"), entries({ send, give, pick: () => at("file").click(), number: freeNumber }));
at("file").addEventListener("change", giveChosen);
at("window").addEventListener("change", (event) =>
  attempt(() => call("POST", `api/graph/customers/${view.person}/window`, { phone_number_id: view.number, open: event.target.checked })));
at("compose").addEventListener("submit", write);
at("no-reply").addEventListener("click", () => quote(null));
at("number").addEventListener("change", (event) => { view.number = event.target.value; quote(null); draw(); });

live({ phone: learn });
