// How the server is, every few seconds.

import { useLoad } from "../lib/load";
import type { Health as Figures } from "../lib/types";
import { duration } from "../lib/words";
import { Notice, Page, Told } from "../ui/parts";

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
          <Tile name="Requests at work" value={`${data.in_flight} of ${data.max_in_flight}`} />
          <Tile name="Workers" value={String(data.workers)} />
          <Tile name="Photos that may wait" value={String(data.queue)} />
          <Tile name="Apps" value={String(data.apps)} />
          <Tile name="Subjects" value={String(data.subjects)} />
          <Tile name="Networks run in" value={data.runtime} />
          <Tile name="Version" value={data.version} />
        </dl>
      )}
    </Page>
  );
}

function Tile({ name, value }: { name: string; value: string }) {
  return (
    <div class="card tile">
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
