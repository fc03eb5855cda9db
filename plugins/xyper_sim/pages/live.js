// The pages' line to the simulator: one WebSocket that comes back by itself.

/** `{topic: (data, whole) => void}`; `whole` is true where `data` is a snapshot. `onState(connected)` is told of the line. */
export function live(handlers, onState = () => {}) {
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

function tell(handlers, message) {
  for (const [topic, data] of Object.entries(message.hello ?? {})) handlers[topic]?.(data, true);
  if (message.topic) handlers[message.topic]?.(message.data, false);
}

/** Call the control API; the answer's JSON. Throws an Error with the server's sentence. */
export async function call(method, path, body) {
  const answer = await fetch(new URL(path, document.baseURI), {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
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
