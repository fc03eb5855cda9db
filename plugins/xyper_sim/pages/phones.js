// What became of an agent's messages on the customers' phones. Genesys and WhatsApp share no id for a message, and the
// simulator does not look into the bridge between them: a message is found again by its customer, its text and its turn.

export class Phones {
  #people = new Map();
  #messages = new Map();

  /** Take what the topic `phone` tells. */
  learn(data, whole) {
    if (whole) {
      this.#people.clear();
      this.#messages.clear();
    }
    for (const person of whole ? data.customers : [data.customer]) if (person) this.#people.set(person.wa_id, person);
    for (const message of whole ? data.messages : [data.message]) if (message) this.#messages.set(message.id, message);
  }

  /** `accepted`, `sent`, `delivered`, `read` or `failed`; undefined where the phone has nothing like it. */
  stateOf(conversation, message) {
    if (message.content.length) return undefined; // files and choices read differently on a phone
    const same = (one) => one.text === message.text;
    const said = [...conversation.messages.values()].filter((one) => one.direction === "outbound" && same(one));
    const customer = this.#wa_id(conversation.address);
    const came = [...this.#messages.values()].filter((one) => one.by === "business" && one.customer === customer && same(one));
    came.sort((a, b) => a.at - b.at);
    return came[said.indexOf(message)]?.status;
  }

  #wa_id(address) {
    const digits = address.replace(/^\+/, "");
    if (this.#people.has(digits)) return digits;
    return [...this.#people.values()].find((person) => person.bsuid === address)?.wa_id;
  }
}
