// What a request was answered, and what the machine saw.

import { useEffect, useRef } from "preact/hooks";

import type { App, Seen, Tried } from "../lib/types";
import { ADVICE, CONCERNS, GATES } from "../lib/words";
import { Bars } from "../ui/bars";
import { Copy, Notice, Table } from "../ui/parts";
import { Picture } from "../ui/photo";
import { curl, type Form, request, shortened } from "./request";

type Props = { app: App; form: Form; images: string[]; photos: (Blob | null)[]; tried: Tried };

export function Result({ app, form, images, photos, tried }: Props) {
  const body = request(form, images);
  const heading = useRef<HTMLHeadingElement>(null);
  // It comes below what was sent: whoever pressed the button is taken to it.
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
    heading.current?.scrollIntoView({ block: "start" });
  }, [tried]);
  return (
    <section aria-labelledby="result">
      <h2 id="result" ref={heading} tabIndex={-1}>
        Result
      </h2>
      <div role="status" aria-live="polite">
        <Outcome tried={tried} />
      </div>
      {tried.answer.matches && tried.answer.matches.length > 0 && (
        <Table label="Matches" head={["Subject", "Similarity", "Enough for a gallery of this size"]}>
          {tried.answer.matches.map((match) => (
            <tr key={match.subject_id}>
              <td>{match.subject_id}</td>
              <td>{match.similarity}</td>
              <td>{match.similarity_status ? "yes" : "no"}</td>
            </tr>
          ))}
        </Table>
      )}
      {tried.seen.map((seen, index) => (
        <SeenPhoto key={index} seen={seen} photo={photos[index] ?? null} name={tried.seen.length > 1 ? `Photo ${index + 1}` : "The photo"} />
      ))}
      <Copy label="The request, as curl" text={curl(app.app_id, form, images, app.mode === "sandbox")} />
      <Copy label="The request's body" text={JSON.stringify(body)} shown={shortened(body)} />
      <Copy label={`The answer, status ${tried.status}`} text={JSON.stringify(tried.answer, null, 2)} />
    </section>
  );
}

function Outcome({ tried }: { tried: Tried }) {
  const { answer, seen } = tried;
  const failed = [...new Set(seen.flatMap((one) => one.failed_gates))];
  const good = tried.status === 200 && !answer.error_code;
  const similarity = answer.similarity === undefined ? "" : ` Similarity ${answer.similarity}.`;
  return (
    <Notice kind={good ? "good" : "bad"}>
      <p>
        <strong>{good ? "Passed" : (answer.error_code ?? `Status ${tried.status}`)}</strong>: {answer.message}.{similarity}
        {good && answer.subject_id && ` Enrolled as ${answer.subject_id}.`}
        {good && answer.matches && answer.matches.length === 0 && " Nobody is alike enough."}
      </p>
      {failed.length > 0 && <p>Failed: {failed.map((gate) => GATES[gate] ?? gate).join(", ")}.</p>}
    </Notice>
  );
}

function SeenPhoto({ seen, photo, name }: { seen: Seen; photo: Blob | null; name: string }) {
  return (
    <article class="card seen">
      {photo && <Picture photo={photo} seen={seen} label={name} />}
      <div>
        <h3>{name}</h3>
        {seen.advice.length > 0 ? (
          <>
            <p>Tell the person:</p>
            <ul>
              {seen.advice.map((one) => (
                <li key={one}>{ADVICE[one] ?? one}</li>
              ))}
            </ul>
          </>
        ) : (
          <p>Nothing to improve.</p>
        )}
        {seen.concerns.length > 0 && <p class="hint">Liveness is unsure: {seen.concerns.map((one) => CONCERNS[one] ?? one).join(", ")}.</p>}
        <Bars seen={seen} />
      </div>
    </article>
  );
}
