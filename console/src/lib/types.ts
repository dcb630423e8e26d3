// What the server answers.

export type Mode = "live" | "testing" | "sandbox";
export type Quota = { limit: number | null; used: number; left: number | null };
export type Key = { fingerprint: string; created_at: string; revoked_at: string | null };

export type App = {
  app_id: string;
  name: string;
  mode: Mode;
  created_at: string;
  metered: boolean;
  enroll: Quota;
  liveness: Quota;
  retention_days: number | null;
  keys: Key[];
};

export type Subject = {
  subject_id: string;
  created_at: string;
  updated_at: string;
  session_id: string;
  model: string;
  nface: number;
  rotation: number;
  has_photo: boolean;
  consent_reference: string | null;
  expires_at: string | null;
};

export type Measurement = {
  name: string;
  value: number;
  threshold: number;
  good_above: boolean;
  flag: boolean;
  gate: string | null;
};

export type Seen = {
  width: number;
  height: number;
  rotation: number;
  faces: { confidence: number; bounding_box: [number, number, number, number]; landmarks: [number, number][] }[];
  measurements: Measurement[];
  components: { name: string; raw: number; score: number }[];
  concerns: string[];
  failed_gates: string[];
  advice: string[];
};

export type Match = { subject_id: string; similarity: number; similarity_status: boolean };

export type Answer = {
  message?: string;
  error_code?: string;
  status_code?: string;
  subject_id?: string;
  similarity?: number;
  similarity_status?: boolean;
  matches?: Match[];
};

export type Tried = { status: number; answer: Answer; seen: Seen[] };

export type AuditRow = {
  at: string;
  app: string;
  row: number;
  chain: number;
  actor: string;
  action: string;
  outcome: string;
  session_id: string | null;
  subject: string | null;
  details: Record<string, string>;
};

export type Health = {
  ready: boolean;
  version: string;
  uptime_seconds: number;
  runtime: string;
  workers: number;
  busy: number;
  waiting: number;
  queue: number;
  requests: { route: string; codes: Record<string, number>; median_ms: number; p95_ms: number }[];
  apps: number;
  subjects: number;
};
