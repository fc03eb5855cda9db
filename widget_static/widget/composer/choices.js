// Messages with something to press: what they are made of, what is wrong with them, how they are sent. Pure.

/** Characters as the channel counts them: a family is not one, a letter outside the first plane is. */
export const size = (text) => [...(text ?? "")].length;

/** The kinds that the channel offers, in the order in which they are shown. */
export function kindsOf(capabilities) {
  const choices = capabilities.choices ? ["buttons", "list", "link"] : [];
  return capabilities.parts.includes("location_request") ? [...choices, "request"] : choices;
}

export const fresh = (kind) => ({
  kind, header: "", body: "", footer: "", button: "", title: "", url: "",
  options: kind === "list" ? [row(), row()] : [row()],
});

export const row = () => ({ title: "", description: "" });

/** The longest of each field; 0 where the kind has no such field. */
export function limitsOf(kind, capabilities) {
  const most = capabilities.choices ?? {};
  const framed = { header: most.header, footer: most.footer, body: most.body };
  if (kind === "list") {
    return { ...framed, body: most.list_body ?? most.body, button: most.button, title: most.row, description: most.description, options: most.rows };
  }
  if (kind === "buttons") return { ...framed, title: most.button, options: most.buttons };
  if (kind === "link") return { ...framed, title: most.button };
  return { body: most.body ?? capabilities.text };
}

const ADDRESS = /^https?:\/\/[^\s/?#]+\.?[^\s]*$/i;

/** What is wrong, by JSON pointer: `{"/options/1/title": {key, most?}}`. */
export function problemsOf(draft, capabilities) {
  const limits = limitsOf(draft.kind, capabilities);
  const found = {};
  const check = (pointer, text, most, needed) => {
    if (needed && !text.trim()) found[pointer] = { key: "wrong.empty" };
    else if (most && size(text.trim()) > most) found[pointer] = { key: "wrong.long", most };
  };
  check("/body", draft.body, limits.body, true);
  if (draft.kind === "request") return found;
  check("/header", draft.header, limits.header, false);
  check("/footer", draft.footer, limits.footer, false);
  if (draft.kind === "link") checkLink(draft, limits, check, found);
  else checkOptions(draft, limits, check, found);
  return found;
}

function checkLink(draft, limits, check, found) {
  check("/options/0/title", draft.title, limits.title, true);
  if (!draft.url.trim()) found["/options/0/url"] = { key: "wrong.empty" };
  else if (!ADDRESS.test(draft.url.trim())) found["/options/0/url"] = { key: "wrong.url" };
}

function checkOptions(draft, limits, check, found) {
  if (draft.kind === "list") check("/button", draft.button, limits.button, true);
  const seen = new Set();
  draft.options.forEach((option, n) => {
    const pointer = `/options/${n}/title`;
    const title = option.title.trim();
    check(pointer, title, limits.title, true);
    if (title && seen.has(title)) found[pointer] = { key: "wrong.twice" };
    seen.add(title);
    if (limits.description) check(`/options/${n}/description`, option.description, limits.description, false);
  });
}

/** The list with the option at `from` moved by `step`, where it can. */
export function moved(options, from, step) {
  const to = from + step;
  if (to < 0 || to >= options.length) return options;
  const next = [...options];
  [next[from], next[to]] = [next[to], next[from]];
  return next;
}

const orNull = (text) => text.trim() || null;

/** The part that is sent. Options are called by their place: what comes back is shown by its title anyway. */
export function choicesPart(draft) {
  if (draft.kind === "request") return { type: "location_request", body: draft.body.trim() };
  const framed = { type: "choices", body: draft.body.trim(), header: orNull(draft.header), footer: orNull(draft.footer) };
  if (draft.kind === "link") {
    const option = { id: "1", title: draft.title.trim(), description: "", url: draft.url.trim() };
    return { ...framed, kind: "card", button: null, options: [option] };
  }
  const options = draft.options.map((option, n) => ({
    id: String(n + 1), title: option.title.trim(), description: draft.kind === "list" ? option.description.trim() : "", url: null,
  }));
  return draft.kind === "list"
    ? { ...framed, kind: "list", button: draft.button.trim(), options }
    : { ...framed, kind: "quick_reply", button: null, options };
}

/** The draft of which `choicesPart` makes this part: to change a saved one. */
export function draftOf(part) {
  if (part.type === "location_request") return { ...fresh("request"), body: part.body };
  const framed = { header: part.header ?? "", body: part.body, footer: part.footer ?? "" };
  const [first] = part.options;
  if (first?.url) return { ...fresh("link"), ...framed, title: first.title, url: first.url };
  const kind = part.kind === "list" ? "list" : "buttons";
  const options = part.options.map(({ title, description }) => ({ title, description: description ?? "" }));
  return { ...fresh(kind), ...framed, button: part.button ?? "", options };
}
