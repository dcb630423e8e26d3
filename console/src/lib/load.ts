// Asking for what a page shows, and trying again.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import { ask } from "./api";

export type Loaded<T> = { data: T | null; error: string; reload: () => Promise<void> };

/** The answer of a GET; asked again when the address changes, by `reload`, and every `everyMs`. */
export function useLoad<T>(path: string, everyMs = 0): Loaded<T> {
  const [data, setData] = useState<T | null>(null);
  const [error, setError] = useState("");
  const latest = useRef(path);
  latest.current = path;
  const reload = useCallback(async () => {
    try {
      const found = await ask<T>("GET", path);
      // An answer to an earlier question is late.
      if (latest.current !== path) return;
      setData(found);
      setError("");
    } catch (refusal) {
      if (latest.current === path) setError(text(refusal));
    }
  }, [path]);
  useEffect(() => {
    void reload();
    if (!everyMs) return;
    const timer = setInterval(() => void reload(), everyMs);
    return () => clearInterval(timer);
  }, [reload, everyMs]);
  return { data, error, reload };
}

/** What to show of an error. */
export function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Runs an action once at a time; its error is text to show. */
export function useAction<A extends unknown[]>(action: (...given: A) => Promise<void>) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const run = async (...given: A) => {
    if (busy) return;
    setBusy(true);
    setError("");
    try {
      await action(...given);
    } catch (refusal) {
      setError(text(refusal));
    } finally {
      setBusy(false);
    }
  };
  const forget = () => setError("");
  return { run, busy, error, forget };
}
