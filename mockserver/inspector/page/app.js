// The page: filters, keys, which exchange is open.

import { Trouble, json, token } from "./api.js";
import { Detail } from "./detail.js";
import { element, visible } from "./elements.js";
import { List, VERDICTS } from "./list.js";
import { watch } from "./live.js";

const at = (id) => document.getElementById(id);
const TYPING = 300; // milliseconds after the last key, until a text filter is asked for

let catalogue = [];
let detail = null; // the open exchange
let watching = new AbortController();
let matching = { total: 0, dropped: 0 };

const list = new List(at("rows"), counted);

// What is followed, and how it goes.

const filters = () => ({
  session: at("session").value, verdict: at("verdict").value, rule: at("rule").value.trim(), contains: at("contains").value,
});

/** Begin anew with the filters as they are now. */
async function begin() {
  watching.abort();
  const own = (watching = new AbortController());
  try {
    if (!catalogue.length) await prepare();
    await watch(filters(), {
      signal: own.signal,
      listing: (page) => {
        notice("");
        matching = { total: page.matching, dropped: page.dropped };
        list.replace(page);
        sessionsNamed(page.entries.map((entry) => entry.session));
      },
      exchange: (summary) => {
        matching.total += 1;
        list.add(summary);
        sessionsNamed([summary.session]);
      },
      state: connection,
    });
  } catch (error) {
    if (own.signal.aborted) return;
    connection("off", "stopped");
    trouble(error);
    // A server that is still loading says so with 503; a session that expired may come back.
    if (!(error instanceof Trouble) || error.status !== 401) setTimeout(() => own === watching && begin(), 5000);
  }
}

/** What the filters offer. */
async function prepare() {
  const { rules } = await json("rules");
  at("rules").replaceChildren(...rules.map((rule) => element("option", { value: rule.id }, visible(rule.title))));
  const { sessions } = await json("sessions");
  sessionsNamed(sessions.map((session) => session.name));
  catalogue = rules;
}

function sessionsNamed(names) {
  const known = new Set([...at("session").options].map((option) => option.value));
  for (const name of new Set(names)) {
    if (!known.has(name)) at("session").append(element("option", { value: name }, visible(name)));
  }
}

function connection(name, text) {
  if (at("connection").textContent === text) return;
  at("connection").dataset.state = name;
  at("connection").textContent = text;
}

function counted() {
  const { total, dropped } = matching;
  const rows = at("rows").children.length;
  const lost = dropped ? `; ${dropped} dropped for want of room` : "";
  at("count").textContent = rows === 0 ? `No exchange fits${lost}.` : `${rows} of ${total} exchanges${lost}`;
  at("older").hidden = list.next === null;
}

function notice(text) {
  at("notice").hidden = text === "";
  at("notice").textContent = text;
}

function trouble(error) {
  if (error instanceof Trouble && error.status === 401) askForToken();
  else notice(error instanceof Trouble ? visible(error.message) : "The mock cannot be reached.");
}

function askForToken() {
  const wrong = token.get() !== null;
  token.forget();
  at("forget").hidden = true;
  if (wrong) at("token-text").textContent = "That is not the token of this management port.";
  if (!at("token").open) at("token").showModal();
}

// The open exchange.

async function show() {
  const id = decodeURIComponent(location.hash.slice(1));
  list.open(id);
  document.body.classList.toggle("opened", id !== "");
  if (id === "") {
    detail = null;
    at("detail").replaceChildren(nothing());
    return;
  }
  try {
    if (!catalogue.length) await prepare();
    const exchange = await json(`journal/${encodeURIComponent(id)}`);
    if (decodeURIComponent(location.hash.slice(1)) !== id) return; // another was chosen meanwhile
    detail = new Detail(exchange, catalogue, said);
    at("detail").replaceChildren(back(), ...detail.sections());
    at("detail").scrollTop = 0;
  } catch (error) {
    detail = null;
    at("detail").replaceChildren(back(), element("p", { class: "notice" }, visible(error.message)));
    if (error instanceof Trouble && error.status === 401) askForToken();
  }
}

const back = () => element("button", { type: "button", class: "back", onclick: close }, "← Exchanges");

const nothing = () => element("p", { class: "nothing" }, "Choose an exchange: ", element("kbd", {}, "j"), " ", element("kbd", {}, "k"),
  " and ", element("kbd", {}, "Enter"), ", or the mouse. ", element("kbd", {}, "?"), " lists all keys.");

function close() {
  const row = list.link(list.opened);
  history.pushState(null, "", location.pathname);
  show();
  (row ?? at("list")).focus();
}

function said(text) {
  const toast = element("p", { class: "toast", role: "status" }, text);
  document.body.append(toast);
  setTimeout(() => toast.remove(), 4000);
}

// Keys.

function step(by) {
  const link = list.neighbour(by);
  if (!link) return;
  link.focus();
  if (detail !== null) link.click();
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  "/": () => at("contains").focus(),
  "?": () => at("help").showModal(),
  Escape: () => detail !== null || location.hash.length > 1 ? close() : null,
  f: () => detail?.turn(),
  c: () => detail && at("copy-request").click(),
  x: () => detail?.xray(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.matches("input, select, textarea")) {
    if (event.key === "Escape") at("list").focus();
    return;
  }
  const act = KEYS[event.key];
  if (act === undefined) return;
  event.preventDefault();
  act();
});

// Controls.

let typing;
at("filters").addEventListener("submit", (event) => event.preventDefault());
at("filters").addEventListener("input", (event) => {
  clearTimeout(typing);
  typing = setTimeout(begin, event.target.tagName === "INPUT" ? TYPING : 0);
});
at("help-button").addEventListener("click", () => at("help").showModal());
at("older").addEventListener("click", async () => {
  try {
    const page = await json("journal", { query: { ...filters(), limit: 200, before: list.next } });
    list.append(page);
  } catch (error) {
    trouble(error);
  }
});
at("clear").addEventListener("click", async () => {
  const session = at("session").value;
  if (!confirm(session === "*" ? "Forget the exchanges of all sessions?" : `Forget the exchanges of session ${visible(session)}?`)) return;
  try {
    await json("journal", { method: "DELETE", query: { session } });
    begin();
  } catch (error) {
    trouble(error);
  }
});
at("token-form").addEventListener("submit", () => {
  token.set(at("token-input").value);
  at("token-input").value = "";
  at("forget").hidden = false;
  begin();
  show();
});
at("forget").addEventListener("click", () => {
  token.forget();
  location.reload();
});
addEventListener("hashchange", show);

at("verdict").append(...Object.entries(VERDICTS).map(([value, text]) => element("option", { value }, text)));
at("forget").hidden = token.get() === null;
begin();
show();
