// The list of exchanges, newest first.

import { element, visible } from "./elements.js";

const MOST = 1000; // rows; older ones are asked for again

export const VERDICTS = {
  success: "Success", requester: "Requester", responder: "Responder", challenge: "Challenge",
  "invalid-request": "InvalidRequest", fault: "Fault", refused: "HTTP refused", cut: "Cut", other: "Scenario",
};

export const pill = (verdict) => element("span", { class: `pill v-${verdict}` }, VERDICTS[verdict] ?? verdict);

/** `2026-11-23T18:34:07.123Z` as the time of day in UTC. */
const timeOfDay = (instant) => instant.slice(11, 23).replace(/Z$/, "");

export class List {
  constructor(rows, changed) {
    this.rows = rows;
    this.changed = changed;
    this.next = null; // number to go on before
    this.opened = null;
  }

  /** A whole page, in place of what is there; whatever row has the focus keeps it. */
  replace(page) {
    const focused = this.rows.contains(document.activeElement) ? document.activeElement.dataset.id : null;
    this.rows.replaceChildren(...page.entries.map((summary) => this.row(summary)));
    this.next = page.next;
    if (focused) this.link(focused)?.focus();
    this.changed();
  }

  /** Older ones, below. */
  append(page) {
    this.rows.append(...page.entries.map((summary) => this.row(summary)));
    this.next = page.next;
    this.changed();
  }

  /** A new one, on top. */
  add(summary) {
    if (this.link(summary.id)) return;
    this.rows.prepend(this.row(summary));
    while (this.rows.children.length > MOST) {
      this.rows.lastElementChild.remove();
      this.next = Number(this.rows.lastElementChild.firstElementChild.dataset.number);
    }
    this.changed();
  }

  link(id) {
    return this.links().find((link) => link.dataset.id === id);
  }

  links() {
    return [...this.rows.querySelectorAll("a")];
  }

  /** The row that is open, marked. */
  open(id) {
    this.opened = id;
    for (const link of this.links()) link.setAttribute("aria-current", String(link.dataset.id === id));
  }

  /** The neighbour of the row in focus, or of the open one; the first row where there is neither. */
  neighbour(step) {
    const links = this.links();
    let at = links.indexOf(document.activeElement);
    if (at < 0) at = links.findIndex((link) => link.dataset.id === this.opened);
    return links[at < 0 ? 0 : Math.min(Math.max(at + step, 0), links.length - 1)];
  }

  row(summary) {
    const code = summary.soa ?? summary.cbss ?? "";
    const session = summary.session === "default" ? null : element("span", { class: "session" }, visible(summary.session));
    const service = summary.service === "STS" ? element("span", { class: "session" }, "STS") : null;
    return element("li", {}, element("a",
      {
        href: `#${encodeURIComponent(summary.id)}`, "data-id": summary.id, "data-number": summary.number,
        "aria-current": String(summary.id === this.opened),
      },
      element("span", { class: "line" },
        pill(summary.verdict),
        element("span", { class: "code" }, visible(code)),
        session, service,
        element("time", { datetime: summary.received, title: `${summary.received} (UTC)` }, timeOfDay(summary.received))),
      summary.detail === null ? null : element("span", { class: "why" },
        summary.rule === null ? null : element("b", {}, visible(summary.rule)), " ", visible(summary.detail)),
    ));
  }
}
