// How the server is, every few seconds.

import { useLoad } from "../lib/load";
import type { Health as Figures } from "../lib/types";
import { duration } from "../lib/words";
import { Notice, Page, Table, Told } from "../ui/parts";

const EVERY_MS = 3000;

export function Health() {
  const { data, error } = useLoad<Figures>("/health", EVERY_MS);
  return (
    <Page title="Health">
      <Told error={error}>
        {data && !error && (
          <Notice kind={data.ready ? "good" : "bad"}>{data.ready ? "Ready: store and models work." : "Not ready: see the server's log, or run facegate doctor."}</Notice>
        )}
      </Told>
      {data && (
        <dl class="tiles">
          <Tile name="Up for" value={duration(data.uptime_seconds)} />
          <Tile name="Workers at work" value={`${data.busy} of ${data.workers}`} />
          <Tile name="Photos that wait" value={`${data.waiting} of at most ${data.queue}`} />
          <Tile name="Apps" value={String(data.apps)} />
          <Tile name="Subjects" value={String(data.subjects)} />
          <Tile name="Networks run in" value={data.runtime} />
          <Tile name="Version" value={data.version} />
        </dl>
      )}
      {data && <Requests all={data.requests} />}
    </Page>
  );
}

/** What this server has answered since it started. */
function Requests({ all }: { all: Figures["requests"] }) {
  if (all.length === 0) return <p>No request with a face has come yet.</p>;
  return (
    <section aria-labelledby="requests">
      <h2 id="requests">Requests to this server since it started</h2>
      <Table label="Requests" head={["Endpoint", "Passed", "Failed gates and refusals", "Half within", "95 % within"]}>
        {all.map(({ route, codes, median_ms, p95_ms }) => (
          <tr key={route}>
            <td>
              <code>{route}</code>
            </td>
            <td>{codes[""] ?? 0}</td>
            <td>{others(codes) || "none"}</td>
            <td>{median_ms} ms</td>
            <td>{p95_ms} ms</td>
          </tr>
        ))}
      </Table>
    </section>
  );
}

function others(codes: Record<string, number>): string {
  const told = Object.entries(codes).filter(([code]) => code !== "");
  return told.map(([code, count]) => `${code}: ${count}`).join(", ");
}

function Tile({ name, value }: { name: string; value: string }) {
  return (
    <div class="card tile">
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
