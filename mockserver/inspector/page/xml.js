// Messages as text for people: parsed by the browser, written out line by line as text. Display only, nothing is sent.

import { element, visible } from "./elements.js";

const MOST_LINES = 5000;
const MOST_CHARACTERS = 500_000;
const DEEPEST = 60; // levels that are still set in; deeper ones stay there

// DOMParser makes a document without scripts, subresources or a window (DOM Parsing and Serialization, 3).
const policy = globalThis.trustedTypes?.createPolicy("message", { createHTML: (text) => text }) ?? { createHTML: (text) => text };

/** What the octets say, by byte order mark, charset of the Content-Type, or UTF-8. */
export function decoded(octets, contentType = "") {
  const mark = octets[0] === 0xfe && octets[1] === 0xff ? "utf-16be" : octets[0] === 0xff && octets[1] === 0xfe ? "utf-16le" : null;
  const charset = /charset\s*=\s*"?([^\s;"]+)/i.exec(contentType)?.[1];
  try {
    return new TextDecoder(mark ?? charset ?? "utf-8").decode(octets);
  } catch {
    return new TextDecoder("utf-8").decode(octets);
  }
}

/** The document of a message; null when it is none that is safe and well-formed. */
function parsed(text) {
  if (text.length > MOST_CHARACTERS || /<!DOCTYPE/i.test(text)) return null; // entities are not expanded here
  const document = new DOMParser().parseFromString(policy.createHTML(text.replace(/^\s+(?=<\?xml)/, "")), "application/xml");
  return document.getElementsByTagName("parsererror").length ? null : document;
}

/** A `pre` with the message as it came. */
export function asSent(text) {
  const cut = text.length > MOST_CHARACTERS;
  return element("pre", { class: "message", tabindex: "0" }, visible(text.slice(0, MOST_CHARACTERS)),
    cut ? element("em", {}, `\n… ${text.length - MOST_CHARACTERS} more characters: download the file to see them`) : null);
}

/** A `pre` with one line an element, and the parts that References cover marked; null when it cannot be formatted. */
export function formatted(text, signed = []) {
  const document = parsed(text);
  if (document === null) return null;
  const covered = new Map();
  for (const part of signed) for (const node of coveredBy(document, part)) covered.set(node, part);
  const pre = element("pre", { class: "message", tabindex: "0" });
  new Writer(pre, covered).write(document);
  return pre;
}

/** The elements that a Reference names: by position, and by the id where several stand there. */
function coveredBy(document, { uri, path }) {
  if (!path) return [];
  const [root, ...steps] = path.split("/");
  let found = document.documentElement.localName === root ? [document.documentElement] : [];
  for (const step of steps) found = found.flatMap((node) => [...node.children].filter((child) => child.localName === step));
  const id = uri?.replace(/^#/, "");
  const named = found.filter((node) => [...node.attributes].some((attribute) =>
    ["Id", "ID", "id", "AssertionID"].includes(attribute.localName) && attribute.value === id));
  return named.length ? named : found;
}

class Writer {
  constructor(target, covered) {
    this.target = target;
    this.covered = covered;
    this.lines = 0;
  }

  // A stack of its own: what came may be nested deeper than functions may.
  write(document) {
    const stack = [...document.childNodes].reverse().map((node) => ({ node, depth: 0, mark: false }));
    while (stack.length) {
      if (this.lines >= MOST_LINES) {
        this.target.append(element("em", {}, `… more lines than ${MOST_LINES}: download the file to see them\n`));
        return;
      }
      const { node, depth, mark, end } = stack.pop();
      if (end) this.line(depth, mark, this.closing(node));
      else if (node.nodeType === Node.ELEMENT_NODE) this.element(node, depth, mark, stack);
      else this.other(node, depth, mark);
    }
  }

  element(node, depth, inherited, stack) {
    const part = this.covered.get(node);
    const mark = inherited || part !== undefined;
    const note = part === undefined ? [] : [element("span", { class: "covered-note" }, `covered by Reference ${visible(part.uri ?? "")}`)];
    const children = [...node.childNodes].filter((child) => child.nodeType !== Node.TEXT_NODE || child.data.trim() !== "");
    const onlyText = children.every((child) => child.nodeType === Node.TEXT_NODE);
    if (children.length === 0) this.line(depth, mark, [...this.opening(node, "/>"), ...note]);
    else if (onlyText) this.line(depth, mark, [...this.opening(node), element("b", {}, visible(node.textContent)), ...this.closing(node), ...note]);
    else {
      this.line(depth, mark, [...this.opening(node), ...note]);
      stack.push({ node, depth, mark, end: true });
      for (const child of children.reverse()) stack.push({ node: child, depth: depth + 1, mark });
    }
  }

  opening(node, end = ">") {
    const parts = [element("i", {}, `<${visible(node.nodeName)}`)];
    for (const { name, value } of node.attributes) {
      const kind = name === "xmlns" || name.startsWith("xmlns:") ? "namespace" : "attribute";
      parts.push(element("span", { class: kind }, ` ${visible(name)}="${visible(value)}"`));
    }
    return [...parts, element("i", {}, end)];
  }

  closing(node) {
    return [element("i", {}, `</${visible(node.nodeName)}>`)];
  }

  other(node, depth, mark) {
    if (node.nodeType === Node.COMMENT_NODE) this.line(depth, mark, [`<!--${visible(node.data)}-->`]);
    else if (node.nodeType === Node.PROCESSING_INSTRUCTION_NODE) this.line(depth, mark, [`<?${visible(node.target)} ${visible(node.data)}?>`]);
    else this.line(depth, mark, [element("b", {}, visible(node.data.trim()))]);
  }

  line(depth, mark, parts) {
    this.lines += 1;
    this.target.append(element("span", { class: mark ? "covered" : null }, "  ".repeat(Math.min(depth, DEEPEST)), ...parts, "\n"));
  }
}
