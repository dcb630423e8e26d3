-- Moving an app's subjects to another model while it is used.

-- NULL: decided by the next enrolment. Names of models, as in the subjects.
ALTER TABLE apps ADD COLUMN active_model TEXT;
ALTER TABLE apps ADD COLUMN moving_to TEXT;

-- A second template, sealed like the first. It is the subject's if its model is the app's active one: so that an app is
-- switched by changing one row. With a model and no template: none can be made of the photo.
ALTER TABLE subjects ADD COLUMN next_model TEXT;
ALTER TABLE subjects ADD COLUMN next_template BLOB;

CREATE INDEX subjects_by_next ON subjects (app_key) WHERE next_model IS NOT NULL;
