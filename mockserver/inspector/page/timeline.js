// Created, received and Expires on one line, with the tolerance at both ends. It measures; the findings judge.

import { drawn, element, visible } from "./elements.js";

const WIDTH = 760;
const HEIGHT = 132;
const EDGE = 16;
const LINE = 92;

/** Milliseconds as people say them. */
function span(milliseconds) {
  const seconds = Math.abs(milliseconds) / 1000;
  if (seconds < 120) return `${seconds.toFixed(seconds < 10 ? 3 : 0)} s`;
  if (seconds < 7200) return `${(seconds / 60).toFixed(1)} min`;
  return seconds < 172_800 ? `${(seconds / 3600).toFixed(1)} h` : `${(seconds / 86_400).toFixed(1)} days`;
}

/** The drawing with its sentence; the sentence alone where an instant is missing or cannot be read. */
export function timeline({ created, received, expires, toleranceSeconds }) {
  const at = Date.parse(received);
  const from = created?.instant ? Date.parse(created.instant) : null;
  const to = expires?.instant ? Date.parse(expires.instant) : null;
  const sentence = element("p", { class: "hint" }, [
    told("Created", created, from, at), told("Expires", expires, to, at), `Tolerance ${toleranceSeconds} s at both ends.`,
  ].join(" "));
  if (from === null || to === null) return element("div", {}, sentence);
  return element("div", {}, drawing({ from, at, to, tolerance: toleranceSeconds * 1000, created, received, expires }), sentence);
}

function told(name, moment, instant, at) {
  if (!moment) return `${name} is not there.`;
  if (instant === null) return `${name} cannot be read: ${visible(moment.text)}.`;
  return `Received ${span(at - instant)} ${at < instant ? "before" : "after"} ${name}.`;
}

function drawing({ from, at, to, tolerance, created, received, expires }) {
  const first = Math.min(from - tolerance, at, to);
  const last = Math.max(to + tolerance, at, from);
  const scale = (instant) => EDGE + ((instant - first) / (last - first || 1)) * (WIDTH - 2 * EDGE);
  const band = (kind, a, b) => drawn("rect", {
    class: kind, x: scale(a), y: LINE - 9, width: Math.max(scale(b) - scale(a), 0), height: 18 });
  const points = [["mark", "Created", from, created.text, 20], ["mark", "Expires", to, expires.text, 42], ["now", "received", at, received, 64]];
  const stem = ([kind, , instant, , row]) => drawn("line", {
    class: kind, x1: scale(instant), x2: scale(instant), y1: row + 5, y2: LINE + 12 });
  const label = ([kind, name, instant, text, row]) => {
    const x = scale(instant);
    const anchor = x < WIDTH / 4 ? "start" : x > (WIDTH * 3) / 4 ? "end" : "middle";
    return drawn("text", { class: kind, x, y: row, "text-anchor": anchor }, `${name} ${visible(text)}`);
  };
  return drawn("svg", { class: "timeline", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": "Timeline" },
    drawn("line", { class: "axis", x1: EDGE, x2: WIDTH - EDGE, y1: LINE, y2: LINE }),
    band("tolerance", from - tolerance, from), band("valid", from, to), band("tolerance", to, to + tolerance),
    drawn("text", { class: "legend", x: EDGE, y: HEIGHT - 6 }, `tolerance ${span(tolerance)}`),
    drawn("text", { class: "legend", x: WIDTH - EDGE, y: HEIGHT - 6, "text-anchor": "end" }, `tolerance ${span(tolerance)}`),
    points.map(stem), points.map(label));
}
