// One exchange, whole.

import { json, octets } from "./api.js";
import { element, facts, visible } from "./elements.js";
import { VERDICTS, pill } from "./list.js";
import { findings, verdicts } from "./rules.js";
import { timeline } from "./timeline.js";
import { explained } from "./xray.js";
import { asSent, decoded, formatted } from "./xml.js";

const FILES = { "request.xml": "request", "request.headers": "its head", "answer.xml": "answer" };

/** An exchange on the page. `say` tells the user a sentence. */
export class Detail {
  constructor(exchange, catalogue, say) {
    this.exchange = exchange;
    this.catalogue = catalogue;
    this.say = say;
    this.path = `journal/${encodeURIComponent(exchange.id)}`;
    this.isFormatted = true;
    this.head = binary(octets(exchange.request.head));
    this.request = decoded(octets(exchange.request.body), field(headFields(this.head), "content-type"));
    this.messages = [];
  }

  /** The elements to show. */
  sections() {
    const { exchange } = this;
    return [
      this.top(), this.files(),
      section("Findings", this.judged()),
      ...(exchange.facts === null ? [] : [
        section("Times", timeline(exchange.facts.times)),
        section("Identity and token", identity(exchange.facts))]),
      section("Request", this.requested()),
      section("Answer", this.answered()),
      this.xraySection(),
    ];
  }

  top() {
    const { exchange } = this;
    const script = exchange.script;
    return element("header", { class: "top" },
      element("h2", {}, pill(exchange.verdict), " ", visible(exchange.soa ?? exchange.cbss ?? exchange.answer?.identifier ?? VERDICTS[exchange.verdict] ?? "")),
      exchange.detail === null ? null : element("p", { class: "decided" },
        exchange.rule === null ? null : element("b", {}, `${visible(exchange.rule)}: `), visible(exchange.detail)),
      script === null ? null : element("p", { class: "hint" }, `Scenario ${visible(script.scenario)}, step ${script.step}, asks for ${
        visible(script.answer)}${script.played ? "" : "; the true answer was sent all the same"}.`),
      facts(["Received", exchange.received], ["HTTP", exchange.http], ["Service", exchange.service], ["Session", exchange.session],
        ["From", exchange.peer], ["Took", `${exchange.durationMilliseconds.toFixed(1)} ms`], ["Body", `${exchange.bytes} bytes`],
        ["Message", exchange.answer?.message], ["Correlation id", exchange.id]));
  }

  files() {
    const { exchange } = this;
    const names = Object.entries(FILES).filter(([name]) => name !== "answer.xml" || exchange.answer !== null);
    const command = `mockserver check request.xml --headers request.headers --at ${exchange.received}`;
    return element("div", { class: "files" },
      element("div", { class: "buttons" },
        names.map(([name, what]) => button(`Save ${name}`, () => this.save(name), { title: `The bytes of the ${what}` })),
        button("Copy request", () => this.copy(this.request, "The request"), { id: "copy-request", "aria-keyshortcuts": "c" })),
      exchange.service === "STS" ? null : element("div", { class: "command" }, element("code", {}, visible(command)),
        button("Copy command", () => this.copy(command, "The command"))));
  }

  judged() {
    const { exchange } = this;
    if (exchange.report === null) return [element("p", {}, "HTTP ended it: no rule of the gateway was asked.")];
    // Which rules the STS asks, the catalogue does not say; its findings are all there is to tell.
    const every = exchange.service === "STS" || !this.catalogue.length ? null : verdicts(exchange.report, this.catalogue);
    return [...findings(exchange.report), every];
  }

  requested() {
    const { exchange } = this;
    const [line, ...rest] = this.head.split("\r\n");
    const signed = exchange.facts?.signed ?? [];
    return [
      element("p", { class: "request-line" }, visible(line)),
      headTable(headFields([line, ...rest].join("\r\n"))),
      signed.length ? element("p", { class: "hint" }, element("span", { class: "covered swatch" }, "Marked"),
        " is what a Reference of the signature covers. Whether it verifies is for the findings and the X-ray.") : null,
      this.message(this.request, signed),
    ];
  }

  answered() {
    const { answer } = this.exchange;
    if (answer === null) return [element("p", {}, "There is none: the exchange was cut.")];
    const { delivery } = answer;
    return [
      element("p", { class: "request-line" }, `HTTP ${answer.http}`),
      headTable(answer.fields),
      delivery.delaySeconds || delivery.bodyBytes !== null || delivery.end !== "keep" ? facts(
        ["Delayed", delivery.delaySeconds ? `${delivery.delaySeconds} s` : null],
        ["Bytes of the body sent", delivery.bodyBytes], ["Connection", delivery.end]) : null,
      this.message(decoded(octets(answer.body), field(answer.fields, "content-type")), []),
    ];
  }

  /** A message with the button that turns it over. */
  message(text, signed) {
    const holder = element("div");
    const show = () => {
      const nice = this.isFormatted && text ? formatted(text, signed) : null;
      const note = text === "" ? "It has no body." : nice ? "Formatted for reading: white space is not that of the message." :
        this.isFormatted ? "Shown as it came: this is not well-formed XML without a DOCTYPE, or it is too long." : "As it came.";
      holder.replaceChildren(
        element("div", { class: "turn" }, element("span", { class: "hint" }, note),
          text === "" ? "" : button(this.isFormatted ? "As it came" : "Formatted", () => this.turn(), { "aria-keyshortcuts": "f" })),
        text === "" ? "" : nice ?? asSent(text));
    };
    this.messages.push(show);
    show();
    return holder;
  }

  turn() {
    this.isFormatted = !this.isFormatted;
    for (const show of this.messages) show();
  }

  xraySection() {
    if (this.exchange.facts === null) return "";
    this.result = element("div", { id: "xray-result", "aria-live": "polite" });
    this.start = button("X-ray the signatures", () => this.xray(), { id: "xray", "aria-keyshortcuts": "x" });
    return section("X-ray", [
      element("p", { class: "hint" }, "Why a signature or digest does not verify. It may take ten seconds."), this.start, this.result]);
  }

  async xray() {
    if (!this.start || this.start.disabled) return;
    this.start.disabled = true;
    this.result.replaceChildren(element("p", {}, "Looking …"));
    this.start.scrollIntoView({ block: "start" });
    try {
      this.result.replaceChildren(explained(await json(`${this.path}/xray`)));
    } catch (error) {
      this.result.replaceChildren(element("p", { class: "notice" }, visible(error.message)));
    } finally {
      this.start.disabled = false;
    }
  }

  /** Save the bytes as they came: the exchange is here already, so that the token need not go into an address. */
  save(name) {
    const { request, answer } = this.exchange;
    const content = { "request.xml": request.body, "request.headers": request.head, "answer.xml": answer?.body }[name];
    const url = URL.createObjectURL(new Blob([octets(content)], { type: "application/octet-stream" }));
    element("a", { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }

  async copy(text, what) {
    try {
      await navigator.clipboard.writeText(text);
      this.say(`${what} is in the clipboard.`);
    } catch {
      // Browsers give no clipboard to pages that are neither local nor behind TLS.
      this.say(`The browser does not let this page copy. Save the file, or select the text.`);
    }
  }
}

const section = (title, ...children) => element("section", { class: "part" }, element("h3", {}, title), ...children);

const button = (text, pressed, properties = {}) => element("button", { type: "button", onclick: pressed, ...properties }, text);

/** One character an octet: a head is ISO 8859-1 at most. */
const binary = (bytes) => Array.from(bytes, (octet) => String.fromCharCode(octet)).join("");

/** Names and values of a head; of a malformed one, whatever stands on its lines. */
const headFields = (head) => head.split("\r\n").slice(1).filter((line) => line !== "").map((line) => {
  const colon = line.indexOf(":");
  return colon < 0 ? ["", line] : [line.slice(0, colon), line.slice(colon + 1).trim()];
});

const field = (fields, name) => fields.find(([given]) => given.toLowerCase() === name)?.[1];

const headTable = (fields) => element("table", { class: "head" }, element("tbody", {}, fields.map(([name, value]) =>
  element("tr", {}, element("th", { scope: "row" }, visible(name)), element("td", {}, visible(value))))));

function identity({ identity: who, token }) {
  return [
    element("p", { class: "hint" }, "As it stands in the message: the findings say what may be believed."),
    facts(["SSIN", who?.ssin], ["NIHII", who?.nihii], ["CBE", who?.cbe], ["Identity", who === null ? "none can be read from a token" : null]),
    token === null ? element("p", {}, "There is no token where it belongs.") : [
      facts(["Subject", token.subject], ["Issuer", token.issuer], ["IssueInstant", token.issueInstant], ["NotBefore", token.notBefore],
        ["NotOnOrAfter", token.notOnOrAfter], ["AssertionID", token.assertionId]),
      token.attributes.length ? element("div", { class: "scroll", tabindex: "0" }, element("table", {},
        element("thead", {}, element("tr", {}, ["Attribute", "Value", "Namespace"].map((name) => element("th", { scope: "col" }, name)))),
        element("tbody", {}, token.attributes.map(({ name, namespace, values }) => element("tr", {},
          element("td", {}, visible(name ?? "")), element("td", {}, element("b", {}, visible(values.join(", ")))), element("td", {}, visible(namespace ?? ""))))))) : null,
    ],
  ].flat();
}
