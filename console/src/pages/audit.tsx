// The audit log.

import { useEffect, useState } from "preact/hooks";

import { ask } from "../lib/api";
import { useAction, useLoad } from "../lib/load";
import type { App, AuditRow } from "../lib/types";
import { plain } from "../lib/words";
import { Button, Choice, Moment, Notice, Page, Table, Told } from "../ui/parts";

type Rows = { rows: AuditRow[]; next: string | null };
type Report = { rows: number; chains: number; faults: string[] };

const SINCE: [string, string][] = [
  ["1", "the last hour"],
  ["24", "the last day"],
  ["168", "the last week"],
  ["", "the beginning"],
];

export function Audit() {
  const apps = useLoad<{ apps: App[] }>("/apps");
  const [app, setApp] = useState("");
  const [hours, setHours] = useState("24");
  const [found, setFound] = useState<Rows | null>(null);
  const [report, setReport] = useState<Report | null>(null);
  const page = useAction(async (before: string) => {
    const since = hours ? new Date(Date.now() - Number(hours) * 3600e3).toISOString() : "";
    const rows = await ask<Rows>("GET", `/audit?${new URLSearchParams({ app, since, before })}`);
    setFound(before && found ? { ...rows, rows: [...found.rows, ...rows.rows] } : rows);
  });
  const verify = useAction(async () => setReport(await ask<Report>("POST", "/audit/verify")));
  useEffect(() => void page.run(""), [app, hours]);
  const named: [string, string][] = (apps.data?.apps ?? []).map((one) => [one.app_id, one.name || one.app_id]);
  return (
    <Page
      title="Audit log"
      actions={
        <Button busy={verify.busy} onClick={() => void verify.run()}>
          Verify the log
        </Button>
      }
    >
      <div class="grid">
        <Choice label="App" value={app} options={[["", "all, and none"], ...named]} onValue={setApp} />
        <Choice label="Since" value={hours} options={SINCE} onValue={setHours} />
      </div>
      <Told error={page.error || verify.error}>{report && <Verified report={report} />}</Told>
      {found && found.rows.length === 0 && <p>Nothing was written down in this time.</p>}
      {found && found.rows.length > 0 && (
        <Table label="Audit log, newest first" head={["When", "Action", "Actor", "Outcome", "App", "Details"]}>
          {found.rows.map((row) => (
            <tr key={`${row.app} ${row.chain} ${row.row}`}>
              <td><Moment at={row.at} /></td>
              <td>{plain(row.action)}</td>
              <td>{row.actor}</td>
              <td>{row.outcome}</td>
              <td>{named.find(([id]) => id === row.app)?.[1] ?? row.app}</td>
              <td>{details(row)}</td>
            </tr>
          ))}
        </Table>
      )}
      {found?.next && (
        <Button busy={page.busy} onClick={() => void page.run(found.next ?? "")}>
          Earlier rows
        </Button>
      )}
    </Page>
  );
}

function Verified({ report }: { report: Report }) {
  if (report.faults.length === 0) {
    return (
      <Notice kind="good">
        {report.rows} rows in {report.chains} chains: every one as it was written, none missing.
      </Notice>
    );
  }
  return (
    <Notice kind="bad">
      <p>{report.faults.length} faults:</p>
      <ul>
        {report.faults.map((fault) => (
          <li key={fault}>{fault}</li>
        ))}
      </ul>
    </Notice>
  );
}

function details(row: AuditRow): string {
  const subject: [string, string][] = row.subject ? [["subject", `${row.subject.slice(0, 12)}…`]] : [];
  return [...subject, ...Object.entries(row.details)].map(([name, value]) => `${plain(name)}: ${value}`).join(", ");
}
