// Keeps the list current: the listing first, then the stream; asks again and again where a stream does not come through.

import { Trouble, follow, json } from "./api.js";

const PAGE = 200;
const SILENCE = 40_000; // milliseconds; the server says something every 15 seconds
const FIRST_WORD = 5_000; // the server says something at once; a proxy may hold it back
const POLL = 3_000;
const STREAM_AGAIN = 60_000;
const LONGEST_PAUSE = 15_000;

const pause = (milliseconds, signal) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
  });

/**
 * Follows the journal until `signal` aborts. Calls `listing(page)` with each whole page, `exchange(summary)` with each
 * new one, and `state(name, text)` with `live`, `polling` or `off`.
 */
export async function watch(query, { signal, listing, exchange, state }) {
  let failures = 0;
  while (!signal.aborted) {
    try {
      // Listed anew each time: a server that was started again counts from 1.
      const page = await json("journal", { query: { ...query, limit: PAGE }, signal });
      listing(page);
      failures = 0;
      const streamed = await stream({ ...query, after: page.entries[0]?.number ?? 0 }, { signal, exchange, state });
      if (!streamed) await poll(query, { signal, listing, state });
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Trouble && error.status < 500) throw error; // asking again would not help
      failures += 1;
      const wait = Math.min(1000 * 2 ** (failures - 1), LONGEST_PAUSE);
      state("off", `no connection, again in ${wait / 1000} s`);
      await pause(wait, signal);
    }
  }
}

/** False when nothing came through at all. */
async function stream(query, { signal, exchange, state }) {
  const silent = new AbortController();
  const stop = () => silent.abort();
  let heard = false;
  let timer = setTimeout(stop, FIRST_WORD);
  signal.addEventListener("abort", stop, { once: true });
  try {
    await follow(query, {
      signal: silent.signal,
      exchange,
      heard: () => {
        if (!heard) state("live", "live");
        heard = true;
        clearTimeout(timer);
        timer = setTimeout(stop, SILENCE);
      },
    });
  } catch (error) {
    // A broken stream is told by the listing that follows: whatever is wrong now is wrong with it too.
    if (error instanceof Trouble && error.status < 500) throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
  return heard;
}

async function poll(query, { signal, listing, state }) {
  const until = Date.now() + STREAM_AGAIN;
  while (!signal.aborted && Date.now() < until) {
    state("polling", "asking every 3 s");
    await pause(POLL, signal);
    if (!signal.aborted) listing(await json("journal", { query: { ...query, limit: PAGE }, signal }));
  }
}
