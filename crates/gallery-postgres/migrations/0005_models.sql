-- Moving an app's subjects to another model while it is used.

-- NULL: decided by the next enrolment.
ALTER TABLE apps ADD COLUMN active_model_key integer;
ALTER TABLE apps ADD COLUMN moving_to_key integer;

-- A second template, sealed like the first. It is the subject's if its model is the app's active one: so that an app is
-- switched by changing one row. With a model and no template: none can be made of the photo.
ALTER TABLE subjects ADD COLUMN next_model_key integer;
ALTER TABLE subjects ADD COLUMN next_template bytea;
ALTER TABLE subjects ALTER COLUMN next_template SET STORAGE EXTERNAL;

CREATE INDEX subjects_by_next ON subjects (app_id) WHERE next_model_key IS NOT NULL;

-- One row for each template; searches look at one model's.
ALTER TABLE vectors DROP CONSTRAINT vectors_pkey;
ALTER TABLE vectors ADD PRIMARY KEY (app_id, subject_number, model_key);
