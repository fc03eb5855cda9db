// Keeping something as a quick reply, or changing one that is kept.
import { html, nothing } from "../../shared/vendor/lit.js";
import { t } from "../../shared/core/base.js";
import { ApiError } from "../../shared/core/net.js";
import { Sheet, openSheet } from "./sheet.js";

const SHORTCUT = /^[\p{L}\p{N}_-]{1,32}$/u;
const SHARING = new Set(["supervisor", "genesys_admin"]);

export const repliesOf = (app, id) => new URL(id ? `replies/${encodeURIComponent(id)}` : "replies", app.tenants);

class Saving extends Sheet {
  static properties = { reply: { attribute: false } };

  willUpdate() {
    const { shortcut, folder, text, shared } = this.reply;
    this._draft ??= { shortcut: shortcut ?? "", folder: folder ?? "", text: text ?? "", shared: shared ?? false };
  }

  get heading() {
    return t(this.reply.id ? "replies.change" : "replies.save_as");
  }

  get action() {
    return t("replies.save");
  }

  get symbol() {
    return "check";
  }

  seen() {
    return nothing;
  }

  fields() {
    const { shortcut, folder, text, shared } = this._draft;
    const may = SHARING.has(this.app.state.me.value.role);
    const line = (name, value, more) =>
      this.line(`/${name}`, t(`replies.${name}`), value, (words) => this.set({ [name]: words }), more);
    const share = (event) => this.set({ shared: event.target.checked });
    const box = html`<label class="check"><input type="checkbox" .checked=${shared} @change=${share} /> ${t("replies.shared")}</label>`;
    return html`${line("shortcut", shortcut, { most: 32, help: t("replies.shortcut_help") })}
      ${line("folder", folder, { most: 60 })}
      ${line("text", text, { most: 4096, rows: 4, help: t("replies.text_help") })}
      ${may ? box : nothing}`;
  }

  problems() {
    const { shortcut, text } = this._draft;
    const found = {};
    if (!SHORTCUT.test(shortcut.trim())) found["/shortcut"] = { key: "wrong.shortcut" };
    if (!text.trim()) found["/text"] = { key: "wrong.empty" };
    return found;
  }

  async send() {
    const { app, reply } = this;
    const { shortcut, folder, text, shared } = this._draft;
    const body = { shortcut: shortcut.trim(), folder: folder.trim(), text: text.trim(), parts: reply.parts ?? null, shared };
    this._busy = true;
    try {
      if (reply.id) await app.api.patch(repliesOf(app, reply.id), { ...body, version: reply.version });
      else await app.api.post(repliesOf(app), body);
      app.toast(t("replies.saved"), "success");
      this.done();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.refuse(error);
    } finally {
      this._busy = false;
    }
  }
}

customElements.define("xy-saving", Saving);

/** `reply`: `{text, parts}` of a new one, or one of the list. */
export const saveReply = (app, reply) => openSheet(t("replies.save_as"), html`<xy-saving .app=${app} .reply=${reply}></xy-saving>`);
