// All apps, and a new one.

import { useState } from "preact/hooks";

import { ask, ofApp } from "../lib/api";
import { useAction, useLoad } from "../lib/load";
import { Link } from "../lib/router";
import type { App, Mode } from "../lib/types";
import { Button, Choice, Field, Page, Table, Told } from "../ui/parts";
import { KeyShown } from "./key";
import { left, limit } from "./quota";

const MODES: [Mode, string][] = [
  ["live", "live: real photos, no quotas"],
  ["testing", "testing: real photos, with quotas"],
  ["sandbox", "sandbox: named scenarios instead of photos"],
];

export function Apps() {
  const { data, error, reload } = useLoad<{ apps: App[] }>("/apps");
  return (
    <Page title="Apps">
      <Told error={error} />
      {data && data.apps.length === 0 && <p>There is no app yet. An app is a tenant: it has its own subjects, keys and quotas.</p>}
      {data && data.apps.length > 0 && (
        <Table label="Apps" head={["Name", "App-ID", "Mode", "Enrolments left", "Liveness left", "Keys"]}>
          {data.apps.map((app) => (
            <tr key={app.app_id}>
              <td>
                <Link to={ofApp(app.app_id)}>{app.name || "without a name"}</Link>
              </td>
              <td>
                <code>{app.app_id}</code>
              </td>
              <td>{app.mode}</td>
              <td>{left(app, app.enroll)}</td>
              <td>{left(app, app.liveness)}</td>
              <td>{app.keys.filter((key) => !key.revoked_at).length}</td>
            </tr>
          ))}
        </Table>
      )}
      <NewApp onMade={reload} />
    </Page>
  );
}

function NewApp({ onMade }: { onMade: () => Promise<void> }) {
  const [name, setName] = useState("");
  const [mode, setMode] = useState<Mode>("live");
  const [enroll, setEnroll] = useState("100");
  const [liveness, setLiveness] = useState("100");
  const [made, setMade] = useState<{ app: App; api_key: string } | null>(null);
  const { run, busy, error } = useAction(async () => {
    const quotas = mode === "live" ? {} : { enroll_quota: limit(enroll), liveness_quota: limit(liveness) };
    setMade(await ask("POST", "/apps", { mode, name, ...quotas }));
    setName("");
    await onMade();
  });
  return (
    <section class="card" aria-labelledby="new-app">
      <h2 id="new-app">Create an app</h2>
      <form
        class="grid"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <Field label="Name" value={name} onValue={setName} maxLength={100} hint="For your own use." />
        <Choice label="Mode" value={mode} options={MODES} onValue={(value) => setMode(value as Mode)} />
        {mode !== "live" && (
          <>
            <Field label="Enrolments" value={enroll} onValue={setEnroll} inputMode="numeric" pattern="[0-9]*" hint="Empty: unlimited." />
            <Field label="Liveness checks" value={liveness} onValue={setLiveness} inputMode="numeric" pattern="[0-9]*" hint="Empty: unlimited." />
          </>
        )}
        <div class="row">
          <Button type="submit" kind="main" busy={busy}>
            Create the app
          </Button>
        </div>
      </form>
      <Told error={error}>{made && <KeyShown app={made.app} apiKey={made.api_key} />}</Told>
    </section>
  );
}
