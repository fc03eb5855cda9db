// What both pages share: the line to the simulator (one WebSocket that comes back by itself), calls, elements.

/** An element of the page by its id. */
export const at = (id) => document.getElementById(id);

/** `{topic: (data, whole) => void}`; `whole` is true where `data` is a snapshot. `#line` shows how the line is. */
export function live(handlers) {
  let pause = 250;
  const open = () => {
    const url = new URL("live", document.baseURI);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url);
    socket.addEventListener("open", () => { pause = 250; onState(true); });
    socket.addEventListener("message", (event) => tell(handlers, JSON.parse(event.data)));
    socket.addEventListener("close", () => {
      onState(false);
      setTimeout(open, pause);
      pause = Math.min(pause * 2, 5000);
    });
  };
  open();
}

function onState(connected) {
  at("line").textContent = connected ? "connected" : "reconnecting";
  at("line").classList.toggle("on", connected);
}

function tell(handlers, message) {
  for (const [topic, data] of Object.entries(message.hello ?? {})) handlers[topic]?.(data, true);
  if (message.topic) handlers[message.topic]?.(message.data, false);
}

/** Call the control API; the answer's JSON. Throws an Error with the server's sentence. */
export function call(method, path, body) {
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  return ask(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
}

/** Hand a file (a Blob) over to the control API; the answer's JSON. */
export function upload(path, file, filename) {
  const headers = { "Content-Type": file.type || "application/octet-stream" };
  return ask(`${path}?filename=${encodeURIComponent(filename)}`, { method: "POST", headers, body: file });
}

/** One of the simulator's samples, as a Blob with its MIME type. */
export async function sample(name) {
  const answer = await fetch(new URL(`api/samples/${name}`, document.baseURI));
  if (!answer.ok) throw new Error(`There is no sample ${name}`);
  return answer.blob();
}

/** Do it; what goes wrong is told in `#problem`. The result, or undefined. */
export async function attempt(work) {
  at("problem").hidden = true;
  try {
    return await work();
  } catch (error) {
    at("problem").textContent = error.message;
    at("problem").hidden = false;
    return undefined;
  }
}

async function ask(path, request) {
  const answer = await fetch(new URL(path, document.baseURI), request);
  const value = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(value.title ?? `${answer.status} ${answer.statusText}`);
  return value;
}

/** An element: `el("p", {class: "note", "aria-live": "polite"}, "text", child)`; functions become listeners. */
export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(key, value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value != null) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

/** `14:05`, in the viewer's own zone. */
export const clock = (seconds) =>
  new Date(seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
