// Trying an app out: the API's own requests with a photo from a file or the camera.

import { useState } from "preact/hooks";

import { ask, ofApp } from "../lib/api";
import { useAction, useLoad } from "../lib/load";
import { base64 } from "../lib/photo";
import type { App, Tried } from "../lib/types";
import { Button, Choice, Field, Page, Tick, Told } from "../ui/parts";
import { PhotoPicker } from "../ui/photo";
import { AppLinks } from "./app";
import { type Endpoint, FLAGS, type Form, fresh, request } from "./request";
import { Result } from "./result";

const ENDPOINTS: [Endpoint, string][] = [
  ["enroll", "Enrol a face"],
  ["verify", "Verify: is this the subject?"],
  ["compare", "Compare two photos"],
  ["search", "Search: who is this?"],
  ["liveness", "Liveness: is it a live person?"],
  ["detect", "Detect every face"],
];

type Done = { form: Form; images: string[]; photos: (Blob | null)[]; tried: Tried };

export function TryOut({ id }: { id: string }) {
  const { data, error: unknown } = useLoad<{ app: App }>(ofApp(id));
  const [form, setForm] = useState<Form>(fresh);
  const [photos, setPhotos] = useState<(Blob | null)[]>([null, null]);
  const [done, setDone] = useState<Done | null>(null);
  const change = (part: Partial<Form>) => setForm({ ...form, ...part });
  const sandbox = data?.app.mode === "sandbox";
  const count = form.endpoint === "compare" ? 2 : 1;
  const { run, busy, error, forget } = useAction(async () => {
    setDone(null);
    const chosen = photos.slice(0, count);
    const images = sandbox ? form.scenarios.slice(0, count) : await Promise.all(chosen.map(encoded));
    const tried = await ask<Tried>("POST", ofApp(id, `/try/${form.endpoint}`), request(form, images));
    setDone({ form, images, photos: sandbox ? [] : chosen, tried });
  });
  const photo = (index: number) => (found: Blob | null) => {
    setDone(null);
    forget();
    setPhotos(photos.map((old, place) => (place === index ? found : old)));
  };
  const choose = (endpoint: string) => {
    // An answer to another question would only confuse.
    setDone(null);
    forget();
    change(fresh(endpoint as Endpoint, form));
  };
  return (
    <Page title="Try it out" of={data?.app.name}>
      <AppLinks id={id} />
      <Told error={unknown} />
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <div class="grid">
          <Choice label="What to do" value={form.endpoint} options={ENDPOINTS} onValue={choose} />
          {["enroll", "verify"].includes(form.endpoint) && (
            <Field label="Subject id" value={form.subject} onValue={(subject) => change({ subject })} required={form.endpoint === "verify"} hint={form.endpoint === "enroll" ? "Yours for the person; without one, a random one is made." : ""} autoComplete="off" spellcheck={false} />
          )}
          {["verify", "compare", "search"].includes(form.endpoint) && (
            <Field label="Threshold" value={form.threshold} onValue={(threshold) => change({ threshold })} inputMode="decimal" hint="0 to 100. 82: one false match in 10,000 comparisons." />
          )}
          {form.endpoint === "search" && <Field label="Most matches" value={form.limit} onValue={(limit) => change({ limit })} inputMode="numeric" hint="1 to 10." />}
        </div>
        <div class="pickers">
          {Array.from({ length: count }, (_, index) =>
            sandbox ? (
              <Field key={index} label={count > 1 ? `Scenario ${index + 1}` : "Scenario"} value={form.scenarios[index] ?? ""} onValue={(text) => change({ scenarios: form.scenarios.map((old, place) => (place === index ? text : old)) })} hint="Such as LIVE_PERSON_A_1, SPOOF_PERSON_BLUR_M_B_1, NO_FACE_PHOTO." />
            ) : (
              <PhotoPicker key={index} label={count > 1 ? `Photo ${index + 1}` : "Photo"} photo={photos[index] ?? null} onPhoto={photo(index)} />
            ),
          )}
        </div>
        <fieldset class="ticks">
          <legend>Measure, and refuse the photo if it fails</legend>
          {FLAGS.map(([name, text]) => (
            <Tick key={name} label={text} checked={form.flags[name] ?? false} disabled={form.endpoint === "liveness" && name === "is_liveness"} onChange={(on) => change({ flags: { ...form.flags, [name]: on } })} />
          ))}
        </fieldset>
        <Button type="submit" kind="main" busy={busy}>
          {busy ? "Working …" : "Send"}
        </Button>
        {data?.app.metered && <p class="hint">This app has quotas: a try takes a unit as any request does.</p>}
        <Told error={error} />
      </form>
      {done && data && <Result app={data.app} {...done} />}
    </Page>
  );
}

async function encoded(photo: Blob | null): Promise<string> {
  if (!photo) throw new Error("Choose a photo first.");
  return base64(photo);
}
