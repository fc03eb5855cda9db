// What the customer will see, in a real bubble, while it is being made.
import { html } from "../../shared/vendor/lit.js";
import { t } from "../../shared/core/base.js";
import "../thread/bubble.js";

/** A bubble of ours that has not been sent: the same words, the same element. */
const draft = (app, part) => ({
  id: "key:preview", key: null, direction: "out", at: app.state.now().toISOString(), thread: app.thread, parts: [part], quote: null,
  author: { kind: "agent", id: null, name: app.state.me.value.name }, reactions: [], status: null, status_at: {},
  failure: null, forwarded: null, edited: false, deleted: false,
});

/** `words`: the same for those who listen; the picture itself is no place to act. */
export const preview = (app, part, words) => html`<figure class="preview">
  <figcaption>${t("preview.title")}</figcaption>
  <p class="visually-hidden">${words}</p>
  <div class="row first out" inert><xy-bubble .app=${app} .row=${{ bubble: draft(app, part), first: false }}></xy-bubble></div>
</figure>`;
