// Subjects of one app: who is enrolled, one record, the photo by a deliberate click. Ids stay out of addresses that are sent.

import { useEffect, useState } from "preact/hooks";

import { ask, askBytes, ofApp } from "../lib/api";
import { useAction, useLoad } from "../lib/load";
import type { App, Subject } from "../lib/types";
import { Button, Confirm, Field, Moment, Notice, Page, Table, Told } from "../ui/parts";
import { Picture } from "../ui/photo";
import { AppLinks } from "./app";

type Found = { subjects: Subject[]; next: string | null };

export function Subjects({ id }: { id: string }) {
  const app = useLoad<{ app: App }>(ofApp(id));
  const [prefix, setPrefix] = useState("");
  const [found, setFound] = useState<Found | null>(null);
  const [chosen, setChosen] = useState<Subject | null>(null);
  const [said, setSaid] = useState("");
  const find = useAction(async (after: string | null) => {
    const page = await ask<Found>("POST", ofApp(id, "/subjects/find"), { prefix, after });
    setFound(after && found ? { ...page, subjects: [...found.subjects, ...page.subjects] } : page);
  });
  useEffect(() => void find.run(null), [id]);
  const gone = async (subject: Subject) => {
    setChosen(null);
    setSaid(`Deleted ${subject.subject_id}.`);
    await find.run(null);
  };
  return (
    <Page title="Subjects" of={app.data?.app.name}>
      <AppLinks id={id} />
      <form
        class="search"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          setSaid("");
          void find.run(null);
        }}
      >
        <Field label="Subject id, or its beginning" value={prefix} onValue={setPrefix} autoComplete="off" spellcheck={false} />
        <Button type="submit" kind="main" busy={find.busy}>
          Search
        </Button>
      </form>
      <Told error={find.error}>
        {said && <Notice kind="good">{said}</Notice>}
        {found && found.subjects.length === 0 && <p>Nobody is enrolled{prefix && " whose id begins so"}.</p>}
      </Told>
      {found && found.subjects.length > 0 && (
        <Table label="Subjects" head={["Subject", "Enrolled", "Updated", "Photo"]}>
          {found.subjects.map((subject) => (
            <tr key={subject.subject_id}>
              <td>
                <Button class="link" aria-label={`Show ${subject.subject_id}`} onClick={() => setChosen(subject)}>
                  {subject.subject_id}
                </Button>
              </td>
              <td><Moment at={subject.created_at} /></td>
              <td><Moment at={subject.updated_at} /></td>
              <td>{subject.has_photo ? "kept" : "not kept"}</td>
            </tr>
          ))}
        </Table>
      )}
      {found?.next && (
        <Button busy={find.busy} onClick={() => void find.run(found.next)}>
          More
        </Button>
      )}
      {chosen && <Record key={chosen.subject_id} app={id} subject={chosen} onGone={gone} onClose={() => setChosen(null)} />}
    </Page>
  );
}

function Record(props: {
  app: string;
  subject: Subject;
  onGone: (subject: Subject) => Promise<void>;
  onClose: () => void;
}) {
  const { app, subject } = props;
  const [photo, setPhoto] = useState<Blob | null>(null);
  const [asking, setAsking] = useState<"photo" | "delete" | null>(null);
  const named = { subject_id: subject.subject_id };
  const show = useAction(async () => {
    setAsking(null);
    setPhoto(await askBytes(ofApp(app, "/subjects/photo"), named));
  });
  const remove = useAction(async () => {
    setAsking(null);
    await ask("POST", ofApp(app, "/subjects/delete"), named);
    await props.onGone(subject);
  });
  return (
    <section class="card" aria-labelledby="record">
      <header class="row between">
        <h2 id="record">{subject.subject_id}</h2>
        <Button onClick={props.onClose}>Close</Button>
      </header>
      <dl class="facts">
        <dt>Enrolled</dt>
        <dd><Moment at={subject.created_at} /></dd>
        <dt>Updated</dt>
        <dd><Moment at={subject.updated_at} /></dd>
        <dt>Session</dt>
        <dd>
          <code>{subject.session_id}</code>
        </dd>
        <dt>Model</dt>
        <dd>
          <code>{subject.model}</code>
        </dd>
        <dt>Faces in the photo</dt>
        <dd>{subject.nface}</dd>
        <dt>Turned by</dt>
        <dd>{subject.rotation}°</dd>
        <dt>Consent</dt>
        <dd>{subject.consent_reference ?? "no reference"}</dd>
        <dt>Kept until</dt>
        <dd>{subject.expires_at ? <Moment at={subject.expires_at} /> : "deleted by hand or by the app's retention"}</dd>
      </dl>
      <div class="row">
        {subject.has_photo && !photo && (
          <Button busy={show.busy} onClick={() => setAsking("photo")}>
            Show the photo
          </Button>
        )}
        <Button kind="danger" busy={remove.busy} onClick={() => setAsking("delete")}>
          Delete
        </Button>
      </div>
      <Told error={show.error || remove.error} />
      {photo && <Picture photo={photo} seen={null} label="The enrolled photo" />}
      {asking === "photo" && (
        <Confirm
          kind="main"
          title="Show the photo?"
          text="The audit log will say that the operator was shown it."
          action="Show it"
          onYes={() => void show.run()}
          onNo={() => setAsking(null)}
        />
      )}
      {asking === "delete" && (
        <Confirm
          title="Delete this subject?"
          text={`Template, photo and record of ${subject.subject_id} are removed for good.`}
          action="Delete the subject"
          onYes={() => void remove.run()}
          onNo={() => setAsking(null)}
        />
      )}
    </section>
  );
}
