// The customers' phones: one tab each, all on one page. State comes from the simulator only; nothing is kept here.
import { call, clock, el, live } from "./live.js";

const at = (id) => document.getElementById(id);
const TICKS = { accepted: "", sent: "✓", delivered: "✓✓", read: "✓✓", failed: "!" };
const SETTINGS = ["online", "phone_open", "hidden"];

const state = { numbers: [], people: new Map(), messages: new Map(), typing: new Map(), unread: new Map() };
const view = { person: "", number: "", replyTo: "" };

const shown = (message) => message.by === "customer" || ["delivered", "read"].includes(message.status);
const here = (message) => message.customer === view.person && message.number === view.number;
const typingKey = (number, person) => `${number}/${person}`;

function learn(data, whole) {
  if (whole) {
    state.numbers = data.numbers;
    state.people = new Map(data.customers.map((person) => [person.wa_id, person]));
    state.messages = new Map(data.messages.map((message) => [message.id, message]));
    draw();
    return data.typing.forEach(learnTyping);
  }
  if (data.customer) learnPerson(data.customer);
  if (data.message) learnMessage(data.message);
  if (data.typing) learnTyping(data.typing);
}

function learnPerson(person) {
  state.people.set(person.wa_id, person);
  drawTabs();
  drawSettings();
}

function learnMessage(message) {
  const before = state.messages.get(message.id);
  state.messages.set(message.id, message);
  const fresh = shown(message) && !(before && shown(before));
  if (fresh && !here(message) && message.by === "business") {
    state.unread.set(message.customer, (state.unread.get(message.customer) ?? 0) + 1);
    drawTabs();
  }
  if (!here(message)) return;
  const drawn = at(message.id);
  if (drawn) drawn.replaceWith(bubble(message));
  else drawChat();
}

function learnTyping({ number, customer, until }) {
  state.typing.set(typingKey(number, customer), until * 1000);
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
}

function drawChat() {
  const messages = [...state.messages.values()].filter((message) => here(message) && shown(message));
  messages.sort((a, b) => a.at - b.at);
  const empty = el("p", { class: "empty" }, state.people.size ? "No messages yet. Say hello." : "No customers are configured.");
  at("chat").replaceChildren(...(messages.length ? messages.map(bubble) : [empty]));
  at("chat").scrollTop = at("chat").scrollHeight;
  drawTyping();
}

function bubble(message) {
  const mine = message.by === "customer";
  const quoted = message.reply_to && (state.messages.get(message.reply_to)?.text ?? "a message");
  const ticks = el("span", { class: `ticks ${message.status}`, "aria-hidden": "true" }, TICKS[message.status] ?? "");
  const answer = mine ? null : el("button", { type: "button", class: "answer", click: () => quote(message) }, "Quote");
  const meta = el("span", { class: "meta" }, answer, clock(message.at), ...(mine ? [ticks, el("span", { class: "sr-only" }, message.status)] : []));
  const attributes = { id: message.id, class: mine ? "bubble mine" : "bubble" };
  return el("div", attributes, quoted ? el("span", { class: "quote" }, quoted) : null, message.text, meta);
}

function drawTyping() {
  const on = (state.typing.get(typingKey(view.number, view.person)) ?? 0) > Date.now();
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

async function attempt(work) {
  at("problem").hidden = true;
  try {
    return await work();
  } catch (error) {
    at("problem").textContent = error.message;
    at("problem").hidden = false;
    return undefined;
  }
}

async function send(event) {
  event.preventDefault();
  const text = at("text").value.trim();
  if (!text || !view.person) return;
  const body = { phone_number_id: view.number, text, ...(view.replyTo ? { reply_to: view.replyTo } : {}) };
  at("text").value = "";
  const done = await attempt(() => call("POST", `api/graph/customers/${view.person}/messages`, body));
  if (done) quote(null);
  else at("text").value = text;
}

for (const name of SETTINGS) {
  at(name).addEventListener("change", (event) =>
    attempt(() => call("PUT", `api/graph/customers/${view.person}`, { [name]: event.target.checked })));
}
at("compose").addEventListener("submit", send);
at("no-reply").addEventListener("click", () => quote(null));
at("number").addEventListener("change", (event) => { view.number = event.target.value; quote(null); draw(); });

live({ phone: learn }, (connected) => {
  at("line").textContent = connected ? "connected" : "reconnecting";
  at("line").classList.toggle("on", connected);
});
