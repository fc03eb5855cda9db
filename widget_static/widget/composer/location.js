// A place to send: coordinates or a map's link, or one of those sent before. No map is asked for anywhere.
import { html, nothing } from "../../shared/vendor/lit.js";
import { t } from "../../shared/core/base.js";
import { icon } from "../../shared/kit/kit.js";
import { locationPart, readPlace } from "./place.js";
import { Sheet, openSheet } from "./sheet.js";

/** Places sent from this page: they are kept as long as it lives. */
const kept = new WeakMap();
const keptOf = (app) => kept.get(app) ?? kept.set(app, []).get(app);

const same = (one, other) => one.latitude === other.latitude && one.longitude === other.longitude;
const pair = ({ latitude, longitude }) => `${latitude}, ${longitude}`;

class Location extends Sheet {
  static properties = { picked: { attribute: false } };

  constructor() {
    super();
    this._draft = { at: "", name: "", address: "" };
  }

  get heading() {
    return t("compose.location");
  }

  get action() {
    return this.picked ? t("location.take") : t("compose.send");
  }

  get symbol() {
    return this.picked ? "check" : "send";
  }

  fields() {
    const { at, name, address } = this._draft;
    const help = html`${icon("info")} ${t("location.help")}`;
    return html`${this.#places()}
      ${this.line("/latitude", t("location.at"), at, (value) => this.#read(value), { help, placeholder: "48.8693, 2.3312" })}
      ${this.line("/name", t("location.name"), name, (value) => this.set({ name: value }), { most: 1000 })}
      ${this.line("/address", t("location.address"), address, (value) => this.set({ address: value }), { most: 1000 })}`;
  }

  /** A link may name the place: that fills the field that nobody has written in. */
  #read(at) {
    const name = this._draft.name || readPlace(at)?.name || "";
    this.set({ at, name });
  }

  #places() {
    const places = keptOf(this.app);
    if (!places.length) return nothing;
    const take = (place) => this.set({ at: pair(place), name: place.name ?? "", address: place.address ?? "" });
    const chip = (place) => html`<button type="button" class="pill" @click=${() => take(place)}>${icon("pin")} <bdi>${place.name ?? pair(place)}</bdi></button>`;
    return html`<div class="composer-chips" role="group" aria-label=${t("location.kept")}>${places.map(chip)}</div>`;
  }

  problems() {
    if (!this._draft.at.trim()) return { "/latitude": { key: "wrong.empty" } };
    return readPlace(this._draft.at) ? {} : { "/latitude": { key: "wrong.coordinates" } };
  }

  part() {
    const at = readPlace(this._draft.at);
    return at && locationPart({ ...at, name: this._draft.name, address: this._draft.address });
  }

  words() {
    return [this._draft.name, this._draft.address, this._draft.at].filter(Boolean).join(", ");
  }

  async send() {
    if (!this.picked) return super.send();
    this.picked(this.part());
    this.sent();
  }

  sent() {
    const [place, places] = [this.part(), keptOf(this.app)];
    if (!places.some((one) => same(one, place))) places.unshift(place);
    this.done();
  }
}

customElements.define("xy-location", Location);

/** With `picked` it gives the place back instead of sending it. */
export const openLocation = (app, picked) =>
  openSheet(t("compose.location"), html`<xy-location .app=${app} .picked=${picked}></xy-location>`);
