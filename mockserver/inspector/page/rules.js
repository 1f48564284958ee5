// What each rule said: broken, kept, not asked. The server's words; the page adds none of its own.

import { element, facts, visible } from "./elements.js";

const MARKS = { reject: "✗", warn: "!", info: "i" };
const SEVERITIES = { reject: "refuses", warn: "warns", info: "notes" };
const ORDER = ["reject", "warn", "info"];

/** The broken rules, those that refuse first. */
export function findings(report) {
  const sorted = [...report.findings].sort((one, other) => ORDER.indexOf(one.severity) - ORDER.indexOf(other.severity));
  if (!sorted.length) return [element("p", {}, "No rule was broken.")];
  return sorted.map((finding) => element("section", { class: `finding s-${finding.severity}` },
    element("h4", {},
      element("span", { class: `pill s-${finding.severity}` }, `${MARKS[finding.severity] ?? ""} ${SEVERITIES[finding.severity] ?? finding.severity}`),
      ` ${visible(finding.rule)} `, visible(finding.title)),
    element("p", {}, visible(finding.detail)),
    finding.advice ? element("p", { class: "advice" }, element("b", {}, "What to do: "), visible(finding.advice)) : null,
    facts(["Where", finding.where], ["Clause", finding.source], ["Level", finding.level], ["Code", finding.soa],
      ["Certainty", finding.reconstructed ? "reconstructed: not seen at the real service" : null])));
}

const STS_ONLY = "token_request"; // the stage of the rules that no other service asks

/** Every rule that GenerateCovidId asks, in the order of the catalogue, with its verdict. */
export function verdicts(report, catalogue) {
  const broken = new Map(report.findings.map((finding) => [finding.rule, finding]));
  const rows = catalogue.filter((rule) => rule.stage !== STS_ONLY || broken.has(rule.id));
  const counts = { broken: 0, kept: 0, skipped: 0, off: 0 };
  const lines = rows.map((rule) => {
    const [verdict, words] = verdictOf(rule, broken.get(rule.id), report.skipped[rule.id]);
    counts[verdict] += 1;
    return element("tr", { class: `r-${verdict}` },
      element("td", {}, visible(rule.id)), element("td", {}, words), element("td", {}, visible(rule.title)),
      element("td", {}, visible(rule.source)), element("td", {}, visible(rule.advice ?? "")));
  });
  const head = ["Rule", "Verdict", "Says", "Clause", "Advice"].map((name) => element("th", { scope: "col" }, name));
  return element("details", {},
    element("summary", {}, `Every rule: ${counts.broken} broken, ${counts.kept} kept, ${counts.skipped} not asked, ${counts.off} off`),
    element("div", { class: "scroll", tabindex: "0" }, element("table", { class: "rules" },
      element("thead", {}, element("tr", {}, head)), element("tbody", {}, lines))));
}

function verdictOf(rule, found, requires) {
  if (found) return ["broken", `${MARKS[found.severity] ?? ""} ${SEVERITIES[found.severity] ?? found.severity}`];
  if (requires) return ["skipped", `not asked: ${visible(requires)} is broken`];
  return rule.severity === "off" ? ["off", "off in this profile"] : ["kept", "✓ kept"];
}
