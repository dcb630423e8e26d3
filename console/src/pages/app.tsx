// One app: quotas, retention, keys.

import { useEffect, useState } from "preact/hooks";

import { ask, ofApp } from "../lib/api";
import { useAction, useLoad } from "../lib/load";
import { Link, usePath } from "../lib/router";
import type { App, Key } from "../lib/types";
import { Button, Confirm, Field, Moment, Page, Table, Told } from "../ui/parts";
import { KeyShown } from "./key";
import { left, limit } from "./quota";

export function AppPage({ id }: { id: string }) {
  const { data, error, reload } = useLoad<{ app: App; subjects: number }>(ofApp(id));
  if (!data) {
    return (
      <Page title="App">
        <Told error={error} />
      </Page>
    );
  }
  const { app, subjects } = data;
  return (
    <Page title={app.name || "App without a name"}>
      <AppLinks id={id} />
      <Told error={error} />
      <dl class="facts">
        <dt>App-ID</dt>
        <dd>
          <code>{app.app_id}</code>
        </dd>
        <dt>Mode</dt>
        <dd>{app.mode}</dd>
        <dt>Created</dt>
        <dd><Moment at={app.created_at} /></dd>
        <dt>Subjects</dt>
        <dd>{subjects}</dd>
        <dt>Enrolments left</dt>
        <dd>{left(app, app.enroll)}</dd>
        <dt>Liveness checks left</dt>
        <dd>{left(app, app.liveness)}</dd>
      </dl>
      {app.metered && <Quotas app={app} onChanged={reload} />}
      <Keys app={app} onChanged={reload} />
    </Page>
  );
}

/** The pages of one app. */
export function AppLinks({ id }: { id: string }) {
  const path = usePath();
  const tabs: [string, string][] = [
    [ofApp(id), "Overview"],
    [ofApp(id, "/subjects"), "Subjects"],
    [ofApp(id, "/try"), "Try it out"],
  ];
  return (
    <nav class="tabs" aria-label="This app">
      {tabs.map(([to, text]) => (
        <Link key={to} to={to} aria-current={path === to ? "page" : undefined}>
          {text}
        </Link>
      ))}
    </nav>
  );
}

function Quotas({ app, onChanged }: { app: App; onChanged: () => Promise<void> }) {
  const [enroll, setEnroll] = useState("");
  const [liveness, setLiveness] = useState("");
  const [saved, setSaved] = useState(false);
  useEffect(() => {
    setEnroll(String(app.enroll.limit ?? ""));
    setLiveness(String(app.liveness.limit ?? ""));
  }, [app.enroll.limit, app.liveness.limit]);
  const { run, busy, error } = useAction(async () => {
    setSaved(false);
    await ask("PATCH", ofApp(app.app_id), { enroll_quota: limit(enroll), liveness_quota: limit(liveness) });
    await onChanged();
    setSaved(true);
  });
  return (
    <section class="card" aria-labelledby="quotas">
      <h2 id="quotas">Quotas</h2>
      <form
        class="grid"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <Field label="Enrolments in all" value={enroll} onValue={setEnroll} inputMode="numeric" pattern="[0-9]*" hint={`${app.enroll.used} used. Empty: unlimited.`} />
        <Field label="Liveness checks in all" value={liveness} onValue={setLiveness} inputMode="numeric" pattern="[0-9]*" hint={`${app.liveness.used} used. Empty: unlimited.`} />
        <div class="row">
          <Button type="submit" kind="main" busy={busy}>
            Save quotas
          </Button>
        </div>
      </form>
      <Told error={error}>{saved && <p>Saved.</p>}</Told>
    </section>
  );
}

function Keys({ app, onChanged }: { app: App; onChanged: () => Promise<void> }) {
  const [made, setMade] = useState("");
  const [doomed, setDoomed] = useState<Key | null>(null);
  const add = useAction(async () => {
    const { api_key } = await ask<{ api_key: string }>("POST", ofApp(app.app_id, "/keys"));
    setMade(api_key);
    await onChanged();
  });
  const revoke = useAction(async (key: Key) => {
    setDoomed(null);
    await ask("DELETE", ofApp(app.app_id, `/keys/${key.fingerprint}`));
    await onChanged();
  });
  return (
    <section class="card" aria-labelledby="keys">
      <h2 id="keys">Keys</h2>
      <p class="hint">To rotate: add a key, give it to the client, then revoke the old one.</p>
      <Table label="Keys" head={["Fingerprint", "Made", "State", "Action"]}>
        {app.keys.map((key) => (
          <tr key={key.fingerprint}>
            <td>
              <code>{key.fingerprint}</code>
            </td>
            <td><Moment at={key.created_at} /></td>
            <td>{key.revoked_at ? (
                <>
                  revoked <Moment at={key.revoked_at} />
                </>
              ) : (
                "in force"
              )}</td>
            <td>
              {!key.revoked_at && (
                <Button kind="danger" aria-label={`Revoke key ${key.fingerprint}`} onClick={() => setDoomed(key)}>
                  Revoke
                </Button>
              )}
            </td>
          </tr>
        ))}
      </Table>
      <Button kind="main" busy={add.busy} onClick={() => void add.run()}>
        Add a key
      </Button>
      <Told error={add.error || revoke.error}>{made && <KeyShown app={app} apiKey={made} />}</Told>
      {doomed && (
        <Confirm
          title="Revoke this key?"
          text={`Clients that use ${doomed.fingerprint} are refused from now on.`}
          action="Revoke the key"
          onYes={() => void revoke.run(doomed)}
          onNo={() => setDoomed(null)}
        />
      )}
    </section>
  );
}
