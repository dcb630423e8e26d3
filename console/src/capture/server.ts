// What the capture page asks the server. The token travels in a header, never in an address.

/** How often a photo is sent again where the server is not ready for it. */
const AGAIN = 5;
/** Waits of so many seconds are over soon; longer ones are for people to know of. */
const SOON = 2;

export type Order = {
  purpose: "enroll" | "verify";
  app_name: string;
  return_url: string | null;
  origin: string | null;
  attempts_left: number;
};

export type Look = { ready: boolean; advice: string[] };

export type Outcome = {
  passed: boolean;
  /** The photo was good, but of somebody else. */
  mismatch: boolean;
  advice: string[];
  attempts_left: number;
  session_id: string;
};

/** The server's refusal. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    /** Seconds until it may be asked again, if it says so. */
    readonly wait: number | null,
  ) {
    super(`status ${status}`);
  }

  /** Too much at the moment, and not for long: another picture of this link is looked at, or the server is busy. */
  get soonOver(): boolean {
    return (this.status === 429 || this.status === 503) && this.wait !== null && this.wait <= SOON;
  }
}

async function send<T>(token: string, path: string, photo?: Blob): Promise<T> {
  const headers: Record<string, string> = { authorization: `Bearer ${token}` };
  if (photo) headers["content-type"] = "image/jpeg";
  const request: RequestInit = { method: "POST", headers, credentials: "omit", cache: "no-store" };
  if (photo) request.body = photo;
  const response = await fetch(`/capture/api/${path}`, request);
  if (!response.ok) throw new Refused(response.status, seconds(response.headers.get("retry-after")));
  return (await response.json()) as T;
}

export const open = (token: string) => send<Order>(token, "open");
export const look = (token: string, frame: Blob) => send<Look>(token, "look", frame);

/** The server takes one picture at a time for a token: one that is still looked at is waited for. A refusal for long has taken an
 * attempt, and is not repeated. */
export async function finish(token: string, photo: Blob): Promise<Outcome> {
  for (let again = 0; ; again += 1) {
    try {
      return await send<Outcome>(token, "finish", photo);
    } catch (error) {
      if (!(error instanceof Refused && error.soonOver) || again === AGAIN) throw error;
      await pause(error.wait ?? SOON);
    }
  }
}

/** Waits so many seconds. */
export function pause(seconds: number): Promise<void> {
  return new Promise((next) => setTimeout(next, seconds * 1000));
}

function seconds(header: string | null): number | null {
  const wait = Number.parseInt(header ?? "", 10);
  return Number.isNaN(wait) ? null : wait;
}

/** The token of the address, which is taken out of it: it is not to stay in the history. */
export function takeToken(): string {
  const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
  if (location.hash) history.replaceState(null, "", location.pathname);
  return token;
}

/** Tells the page around this one, and gives the address to go on to. Nothing biometric is in either. */
export function report(order: Order, outcome: Outcome): string | null {
  const told = { status: outcome.passed ? "passed" : "failed", purpose: order.purpose, session_id: outcome.session_id };
  if (order.origin && parent !== window) parent.postMessage({ type: "facegate:capture", ...told }, order.origin);
  if (!order.return_url) return null;
  const url = new URL(order.return_url);
  for (const [name, value] of Object.entries(told)) url.searchParams.set(name, value);
  return url.href;
}
