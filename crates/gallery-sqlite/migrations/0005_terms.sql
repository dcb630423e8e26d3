-- How long subjects are kept.

-- NULL: for ever. retention_from: days without use count from here on.
ALTER TABLE apps ADD COLUMN retention_days INTEGER CHECK (retention_days > 0);
ALTER TABLE apps ADD COLUMN retention_from INTEGER NOT NULL DEFAULT 0;

ALTER TABLE subjects ADD COLUMN consent_reference TEXT;
ALTER TABLE subjects ADD COLUMN expires_at INTEGER;
-- The latest enrolment, or a use that was written down since.
ALTER TABLE subjects ADD COLUMN last_used_at INTEGER NOT NULL DEFAULT 0;
UPDATE subjects SET last_used_at = updated_at;

CREATE INDEX subjects_by_end ON subjects (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX subjects_by_use ON subjects (app_key, last_used_at);
