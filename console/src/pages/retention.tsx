// How long each app keeps subjects that are not used.

import { useState } from "preact/hooks";

import { ask, ofApp } from "../lib/api";
import { useAction, useLoad } from "../lib/load";
import type { App } from "../lib/types";
import { Button, Confirm, Field, Page, Told } from "../ui/parts";

export function Retention() {
  const { data, error, reload } = useLoad<{ apps: App[] }>("/apps");
  return (
    <Page title="Retention">
      <p>
        Subjects that were not enrolled, verified or found for so many days are deleted by the server. Days without use count from the
        change on. Empty: subjects are kept until they are deleted or their own end comes.
      </p>
      <Told error={error} />
      {data?.apps.length === 0 && <p>There is no app yet.</p>}
      {data?.apps.map((app) => (
        <One key={app.app_id} app={app} onChanged={reload} />
      ))}
    </Page>
  );
}

function One({ app, onChanged }: { app: App; onChanged: () => Promise<void> }) {
  const [days, setDays] = useState(String(app.retention_days ?? ""));
  const [asking, setAsking] = useState(false);
  const [saved, setSaved] = useState(false);
  const name = app.name || app.app_id;
  const { run, busy, error } = useAction(async () => {
    setAsking(false);
    await ask("PATCH", ofApp(app.app_id), { retention_days: days.trim() ? Number(days) : null });
    setSaved(true);
    await onChanged();
  });
  return (
    <form
      class="card search"
      onSubmit={(event) => {
        event.preventDefault();
        setSaved(false);
        if (days.trim()) setAsking(true);
        else void run();
      }}
    >
      <Field label={`Days that ${name} keeps unused subjects`} value={days} onValue={setDays} inputMode="numeric" pattern="[0-9]*" />
      <Button type="submit" busy={busy} aria-label={`Save for ${name}`}>
        Save
      </Button>
      <Told error={error}>{saved && <p>Saved.</p>}</Told>
      {asking && (
        <Confirm
          title="Delete unused subjects by themselves?"
          text={`Subjects of ${name} that are not used for ${days} days from now on will be deleted for good.`}
          action="Keep so many days"
          onYes={() => void run()}
          onNo={() => setAsking(false)}
        />
      )}
    </form>
  );
}
