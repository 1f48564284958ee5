// Talks to the management port. The token, where one is asked for, stays in this tab (sessionStorage) and goes nowhere else.

const TOKEN = "inspector-token";

/** What the port answered instead: the sentence of its problem details. */
export class Trouble extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

export const token = {
  get: () => sessionStorage.getItem(TOKEN),
  set: (value) => sessionStorage.setItem(TOKEN, value),
  forget: () => sessionStorage.removeItem(TOKEN),
};

// Relative to the page: it may stand below a path of a proxy.
const address = (path, query = {}) => {
  const given = Object.entries(query).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return given.length ? `${path}?${new URLSearchParams(given)}` : path;
};

async function call(path, { query, method = "GET", signal } = {}) {
  const kept = token.get();
  const headers = kept ? { Authorization: `Bearer ${kept}` } : {};
  const answer = await fetch(address(path, query), { method, headers, signal, cache: "no-store", redirect: "error" });
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  throw new Trouble(answer.status, problem.detail ?? `The management port answered ${answer.status}.`);
}

export const json = async (path, options) => (await call(path, options)).json();

/** The stream of exchanges: `heard` at every sign of life, `exchange` with each Summary. Ends when the server ends it. */
export async function follow(query, { signal, heard, exchange }) {
  const answer = await call("journal/stream", { query, signal });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    heard();
    const events = (rest + value).split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const data = event.split("\n").filter((line) => line.startsWith("data: ")).map((line) => line.slice(6));
      if (data.length) exchange(JSON.parse(data.join("\n")));
    }
  }
}

/** Octets of a base64 text. */
export const octets = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
