// Who the customer is, as far as we know, and what the agents have noted.
import { html, nothing } from "../../shared/vendor/lit.js";
import { Bound, LANGUAGES, fmt, t } from "../../shared/core/base.js";
import { badge, button, copy, empty, field, icon, iconButton, openDialog, skeleton, toast } from "../../shared/kit/kit.js";

const LONGEST = 2_000;
const LABELS = 20;
/** Others are the channel's own words for where somebody decided. */
const SOURCES = new Set(["keyword", "api", "import"]);

export class XyProfile extends Bound {
  static properties = { app: { attribute: false } };

  constructor() {
    super();
    this._profile = null;
    this._error = "";
    this._shown = null;
    this._notes = null;
    this._busy = false;
  }

  connectedCallback() {
    super.connectedCallback();
    const { me, window, tab } = this.app.state;
    if (!this._begun) this.watch(me, window);
    this._begun = true;
    this._off = tab.subscribe((name) => name === "profile" && this._load());
    this._load();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this._off();
  }

  async _load() {
    try {
      this._profile = await this.app.api.get("profile");
      this._error = "";
    } catch (error) {
      this._error = error.status === 0 ? t("start.offline.words") : error.detail;
    }
    this.requestUpdate();
  }

  /** A change: what the server answers is what is shown. */
  async _change(work, said) {
    this._busy = true;
    this.requestUpdate();
    try {
      this._profile = (await work()) ?? this._profile;
      if (said) toast(said, "success");
      return true;
    } catch (error) {
      this.app.failed(error);
      return false;
    } finally {
      this._busy = false;
      this.requestUpdate();
    }
  }

  _patch(fields, said) {
    return this._change(() => this.app.api.patch("profile", fields), said);
  }

  async _reveal() {
    try {
      this._shown = (await this.app.api.post("profile/revelation")).contact;
    } catch (error) {
      this.app.failed(error);
    }
    this.requestUpdate();
  }

  async _save() {
    const saved = await this._patch({ notes: this._notes }, t("saved"));
    if (saved) this._notes = null;
    this.requestUpdate();
  }

  _label(event) {
    event.preventDefault();
    const input = event.target.querySelector("input");
    const label = input.value.trim();
    const { labels } = this._profile;
    if (label && !labels.includes(label) && labels.length < LABELS) this._patch({ labels: [...labels, label] });
    input.value = "";
  }

  /** Not to be written to any more: asked once again, because the customer's word counts. */
  _consent(decision) {
    const words = decision === "out" ? t("consent.out.ask") : t("consent.in.ask");
    openDialog((close) => html`<div class="dialog-head"><h2>${t("consent")}</h2>${iconButton("close", t("close"), close)}</div>
      <div class="dialog-body"><p>${words}</p><div class="buttons">${button(t("cancel"), close)}${button(t(`consent.${decision}`), () => {
        close();
        this._change(async () => {
          const answer = await this.app.api.post("profile/consent", { decision });
          return answer?.consents ? answer : this.app.api.get("profile");
        }, t("saved"));
      }, { kind: decision === "out" ? "danger" : "primary" })}</div></div>`, { label: t("consent") });
  }

  _who(profile, act) {
    const number = fmt.address(this._shown ?? profile.contact);
    return html`<section>
      <h2><bdi>${profile.name || number}</bdi></h2>
      <dl class="facts">
        <dt>${t("profile.number")}</dt>
        <dd><bdi>${number}</bdi> ${this._shown ? iconButton("copy", t("copy"), () => copy(number)) : act ? html`<button type="button" class="text-button" @click=${() => this._reveal()}>${icon("eye")} ${t("profile.reveal")}</button>` : nothing}</dd>
        ${profile.username ? html`<dt>${t("profile.username")}</dt><dd><bdi>@${profile.username}</bdi></dd>` : nothing}
        <dt><label for="profile-language">${t("language")}</label></dt>
        <dd>${act ? this._language(profile) : profile.language ? fmt.language(profile.language) : "–"}</dd>
        ${profile.first_seen ? html`<dt>${t("profile.first")}</dt><dd>${fmt.when(profile.first_seen)}</dd>` : nothing}
        ${profile.last_seen ? html`<dt>${t("profile.last")}</dt><dd>${fmt.when(profile.last_seen)}</dd>` : nothing}
        <dt>${t("window")}</dt>
        <dd>${this._window()}</dd>
      </dl>
      ${profile.external_contact && this.app.host.inside ? button(t("profile.contact"), () => this.app.host.openContact(profile.external_contact), { symbol: "open" }) : nothing}
    </section>`;
  }

  _window() {
    const window = this.app.state.window.value;
    if (!window) return t("window.always");
    return window.open ? t("window.until", { time: fmt.when(window.until) }) : t("window.shut");
  }

  _language(profile) {
    const known = new Set([...LANGUAGES, profile.language].filter(Boolean));
    return html`<select id="profile-language" class="input" ?disabled=${this._busy} @change=${(event) => this._patch({ language: event.target.value || null }, t("saved"))}>
      <option value="" ?selected=${!profile.language}>–</option>
      ${[...known].map((tag) => html`<option value=${tag} ?selected=${tag === profile.language}>${fmt.language(tag)}</option>`)}
    </select>`;
  }

  _labels(profile, act) {
    const one = (label) => html`<li class="label-chip"><bdi>${label}</bdi>${act ? iconButton("close", t("labels.remove", { label }), () => this._patch({ labels: profile.labels.filter((other) => other !== label) })) : nothing}</li>`;
    return html`<section>
      <h3>${t("labels")}</h3>
      <ul class="labels">${profile.labels.map(one)}</ul>
      ${act ? html`<form class="add" @submit=${this._label}><input class="input" maxlength="40" aria-label=${t("labels.new")} placeholder=${t("labels.new")} />${button(t("add"), null, { type: "submit" })}</form>` : nothing}
    </section>`;
  }

  _note(profile, act) {
    const text = this._notes ?? profile.notes ?? "";
    if (!act) return html`<section><h3>${t("notes")}</h3><p class="note" dir="auto">${text || "–"}</p></section>`;
    const area = ({ id, describedBy }) => html`<textarea id=${id} rows="4" maxlength=${LONGEST} dir="auto" aria-describedby=${describedBy} .value=${text} @input=${(event) => {
      this._notes = event.target.value;
      this.requestUpdate();
    }}></textarea>`;
    const changed = this._notes !== null && this._notes !== (profile.notes ?? "");
    return html`<section>${field("notes", t("notes"), area, { help: t("notes.help") })}
      ${changed ? html`<div class="buttons">${button(t("cancel"), () => ((this._notes = null), this.requestUpdate()))}${button(t("save"), () => this._save(), { kind: "primary", busy: this._busy })}</div>` : nothing}
    </section>`;
  }

  _consents(profile, act) {
    const one = ({ topic, decision, at, source }) => html`<li><span>${t(`consent.topic.${topic}`)} ${badge(t(`consent.is.${decision}`), decision === "out" ? "error" : "success")}</span><small>${fmt.when(at)} · ${t(`consent.source.${SOURCES.has(source) ? source : "channel"}`)}</small></li>`;
    const next = profile.do_not_contact ? "in" : "out";
    return html`<section>
      <h3>${t("consent")}</h3>
      ${profile.do_not_contact ? html`<p>${badge(t("consent.do_not"), "error")}</p>` : nothing}
      ${profile.consents.length ? html`<ul class="plain">${profile.consents.map(one)}</ul>` : html`<p class="quiet-words">${t("consent.none")}</p>`}
      ${act ? button(t(`consent.${next}`), () => this._consent(next), { disabled: this._busy }) : nothing}
    </section>`;
  }

  _threads(profile) {
    const here = this.app.thread;
    const one = ({ thread, began_at: from, ended_at: to }) => html`<li>
      <span>${fmt.when(from)}${to ? ` – ${fmt.when(to)}` : ""} ${thread === here ? badge(t("threads.this")) : nothing}</span>
      ${thread !== here && this.app.host.inside ? iconButton("open", t("threads.open"), () => this.app.host.openConversation(thread)) : nothing}
    </li>`;
    return html`<section><h3>${t("threads")}</h3><ul class="plain rows-of">${profile.threads.map(one)}</ul></section>`;
  }

  render() {
    const profile = this._profile;
    if (this._error && !profile) return empty("alert", t("start.failed"), this._error, button(t("retry"), () => this._load(), { symbol: "retry" }));
    if (!profile) return skeleton(4);
    const act = this.app.state.me.value.may_act;
    return html`<div class="profile-body">${this._who(profile, act)}${this._labels(profile, act)}${this._note(profile, act)}${this._consents(profile, act)}${this._threads(profile)}</div>`;
  }
}

customElements.define("xy-profile", XyProfile);
