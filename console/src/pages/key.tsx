// A new API key, shown once.

import { ofApp } from "../lib/api";
import { Link } from "../lib/router";
import type { App } from "../lib/types";
import { Copy, Notice } from "../ui/parts";

export function KeyShown({ app, apiKey }: { app: App; apiKey: string }) {
  return (
    <Notice kind="good">
      <p>
        <strong>Keep the key now: it is shown this once, and only its hash is stored.</strong>
      </p>
      <Copy label="App-ID" text={app.app_id} />
      <Copy label="API-Key" text={apiKey} />
      <p>
        <Link to={ofApp(app.app_id, "/try")}>Try it out</Link> · <Link to={ofApp(app.app_id)}>To the app</Link>
      </p>
    </Notice>
  );
}
