// The X-ray of an exchange's signatures, as the server explains them.

import { element, facts, visible } from "./elements.js";

const octetsOf = (title, { visible: text }) => text === null || text === undefined ? null :
  element("details", {}, element("summary", {}, title), element("pre", { class: "message", tabindex: "0" }, text));

/** The answer of `GET /journal/ID/xray` for people. */
export function explained(xray) {
  return element("div", { class: "xray" },
    element("p", { class: "headline" }, `${visible(xray.headline)}.`),
    xray.diagnoses.map(diagnosed),
    xray.signatures.map(signature),
    element("p", { class: "hint" }, `Searched ${xray.search.milliseconds} ms, ${xray.search.steps} steps${
      xray.search.stopped ? `; stopped by the limit of ${visible(xray.search.stopped)}` : ""}.`));
}

function diagnosed(diagnosis) {
  return element("section", { class: "finding" },
    element("h4", {}, visible(diagnosis.headline)),
    diagnosis.mistakes.map((mistake) => element("div", {},
      element("p", {}, visible(mistake.sentence)),
      facts(["Where", mistake.where], ["Found", mistake.detail]),
      Object.entries(mistake.usual).map(([stack, text]) =>
        element("p", { class: "advice" }, element("b", {}, `${visible(stack)}: `), visible(text))))),
    octetsOf("What was digested or signed in truth", diagnosis.signed));
}

const answer = (value) => value === null ? "could not be tried" : value ? "yes" : "no";

function signature(one) {
  return element("section", {},
    element("h4", {}, `Signature of the ${visible(one.of)}`),
    facts(["At", one.where], ["Method", one.signatureMethod], ["SignatureValue verifies", answer(one.signatureValueVerifies)],
      ["Key confirmed by the token", one.confirmed && key(one.confirmed)], ["Key it was made with", one.used && key(one.used)],
      ["Trouble", one.problem]),
    one.references.map((reference) => element("div", { class: "reference" },
      facts(["Reference", reference.uri ?? "without URI"], ["Covers", reference.target ?? "nothing that it may"],
        ["Digest matches", answer(reference.matches)], ["DigestValue", reference.declared],
        ["Computed", reference.matches ? null : reference.computed], ["DigestMethod", reference.digestMethod],
        ["Transforms", reference.transforms.join(" → ")], ["Trouble", reference.problem]),
      octetsOf("The canonical octets that were digested", reference))),
    octetsOf("Canonical SignedInfo", one.signedInfo));
}

const key = ({ name, subject, serial }) => subject === null ? name : `${name}: ${subject}, serial ${serial}`;
