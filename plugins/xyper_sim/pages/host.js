// One panel beside one conversation, alone on a page: what it says is listed, and the hooks are buttons. The address may
// choose: `?conversation=…&app=…`.
import { at, el, live } from "./live.js";
import { Frame, toast } from "./frame.js";

const asked = new URLSearchParams(location.search);
const known = { panels: [], cloud: [] };
let frame = null;

function choose(select, entries, wanted) {
  const before = select.value || wanted;
  select.replaceChildren(...entries.map(([id, name]) => el("option", { value: id }, name)));
  select.value = entries.some(([id]) => id === before) ? before : (entries[0]?.[0] ?? "");
}

function draw() {
  choose(at("app"), known.panels.map(({ id, name }) => [id, name]), asked.get("app"));
  const talks = known.cloud.map(({ id, name, address }) => [id, name || address]);
  const other = asked.get("conversation");
  if (other && !talks.some(([id]) => id === other)) talks.unshift([other, other]); // one that Genesys does not know
  choose(at("conversation"), talks, other);
  show();
}

function show() {
  const app = known.panels.find(({ id }) => id === at("app").value);
  const conversation = at("conversation").value;
  if (!app || !conversation || (frame?.app.id === app.id && frame.conversation === conversation)) return;
  frame?.close();
  frame = new Frame(app, conversation, told);
  at("stage").replaceChildren(frame.element);
}

function told(action, payload) {
  const { protocol, protocolAgentName, protocolAgentVersion, ...said } = payload;
  at("received").prepend(el("li", {}, JSON.stringify(said)));
  at("attention").textContent = frame.attention;
  if (action === "showToast") toast(at("toasts"), payload);
  if (action === "proposeInteractionMessage") at("composer").value += payload.message;
}

for (const button of document.querySelectorAll("[data-hook]")) {
  button.addEventListener("click", () => (button.dataset.hook === "stop" ? frame?.close() : frame?.hook(button.dataset.hook)));
}
for (const name of ["app", "conversation"]) at(name).addEventListener("change", show);

live({
  panels: (data) => { known.panels = data; draw(); },
  cloud: (data, whole) => {
    if (whole) known.cloud = data;
    else known.cloud = [...known.cloud.filter(({ id }) => id !== data.conversation.id), data.conversation];
    draw();
  },
});
