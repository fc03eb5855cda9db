// A contact card: somebody's name and how to reach them.
import { html, nothing } from "../../shared/vendor/lit.js";
import { t } from "../../shared/core/base.js";
import { button, iconButton } from "../../shared/kit/kit.js";
import { Sheet, openSheet } from "./sheet.js";

const MOST_PHONES = 5;
const PHONE = /^\+?[\d\s().\/-]{5,30}$/;
const MAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** What is wrong with a card, by pointer. */
export function cardProblems({ first, last, company, phones, email }) {
  const found = {};
  if (![first, last, company].some((words) => words.trim())) found["/first_name"] = { key: "wrong.empty" };
  phones.forEach((phone, n) => {
    const given = phone.trim();
    if (given ? !PHONE.test(given) : !n && !email.trim()) found[`/phones/${n}`] = { key: given ? "wrong.phone" : "wrong.empty" };
  });
  if (email.trim() && !MAIL.test(email.trim())) found["/emails/0"] = { key: "wrong.mail" };
  return found;
}

const orNull = (words) => words.trim() || null;

/** The part that is sent. */
export function cardPart({ first, last, company, phones, email }) {
  const name = [first, last].map((words) => words.trim()).filter(Boolean).join(" ") || company.trim();
  const numbers = phones.map((phone) => phone.trim()).filter(Boolean);
  return {
    type: "contact", name, first_name: orNull(first), last_name: orNull(last), company: orNull(company),
    phones: numbers.map((number) => ({ number, label: "WORK" })), emails: email.trim() ? [email.trim()] : [], urls: [], addresses: [],
  };
}

class Contact extends Sheet {
  constructor() {
    super();
    this._draft = { first: "", last: "", company: "", phones: [""], email: "" };
  }

  get heading() {
    return t("compose.contact");
  }

  fields() {
    const { first, last, company, phones, email } = this._draft;
    const short = { most: 100 };
    return html`<div class="sheet-pair">
        ${this.line("/first_name", t("contact.first"), first, (value) => this.set({ first: value }), short)}
        ${this.line("/last_name", t("contact.last"), last, (value) => this.set({ last: value }), short)}
      </div>
      ${this.line("/company", t("contact.company"), company, (value) => this.set({ company: value }), short)}
      ${phones.map((phone, n) => this.#phone(phone, n, phones))}
      ${phones.length < MOST_PHONES ? button(t("contact.add"), () => this.#add(phones), { kind: "quiet", symbol: "attach" }) : nothing}
      ${this.line("/emails/0", t("contact.mail"), email, (value) => this.set({ email: value }), { type: "email" })}`;
  }

  #phone(phone, n, phones) {
    const change = (value) => this.set({ phones: phones.with(n, value) });
    return html`<div class="sheet-row">
      ${this.line(`/phones/${n}`, t("contact.phone"), phone, change, { type: "tel", placeholder: "+33 1 23 45 67 89" })}
      ${phones.length > 1 ? iconButton("trash", t("contact.remove"), () => this.set({ phones: phones.toSpliced(n, 1) })) : nothing}
    </div>`;
  }

  async #add(phones) {
    this.set({ phones: [...phones, ""] });
    await this.updateComplete;
    this.querySelector(`#sheet-phones-${phones.length}`).focus();
  }

  problems() {
    return cardProblems(this._draft);
  }

  part() {
    const part = cardPart(this._draft);
    return part.name ? part : null;
  }

  words() {
    return [this.part()?.name, ...this._draft.phones, this._draft.email].filter(Boolean).join(", ");
  }
}

customElements.define("xy-contact", Contact);

export const openContact = (app) => openSheet(t("compose.contact"), html`<xy-contact .app=${app}></xy-contact>`);
