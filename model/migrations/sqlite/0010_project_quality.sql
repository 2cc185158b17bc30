-- +goose Up
CREATE TABLE IF NOT EXISTS inspections (
    project_id  BLOB    NOT NULL,
    id          BLOB    NOT NULL,
    kind        TEXT  NOT NULL,
    stage_key   TEXT NOT NULL,
    day         TEXT          NOT NULL,
    summary     TEXT  NOT NULL,
    findings    TEXT NOT NULL,
    author_id   BLOB    NULL,
    author_name TEXT   NOT NULL,
    author_role TEXT NOT NULL,
    created_at  DATETIME   NOT NULL,
    PRIMARY KEY (project_id, id)
);
CREATE INDEX IF NOT EXISTS inspection_day ON inspections (project_id, kind, day);

CREATE TABLE IF NOT EXISTS hazards (
    project_id    BLOB    NOT NULL,
    id            BLOB    NOT NULL,
    inspection_id BLOB    NOT NULL,
    stage_key     TEXT NOT NULL,
    title         TEXT  NOT NULL,
    detail        TEXT NOT NULL,
    severity      TEXT  NOT NULL,
    owner_id      BLOB    NOT NULL,
    owner_name    TEXT   NOT NULL,
    owner_role    TEXT NOT NULL,
    due_on        TEXT          NOT NULL,
    state         TEXT NOT NULL,
    round         INTEGER           NOT NULL,
    fixed_by      BLOB    NULL,
    overdue_at    INTEGER        NULL,
    version       INTEGER        NOT NULL,
    created_at    DATETIME   NOT NULL,
    updated_at    DATETIME   NOT NULL,
    PRIMARY KEY (project_id, id)
);
CREATE UNIQUE INDEX IF NOT EXISTS hazard_id ON hazards (id);
CREATE INDEX IF NOT EXISTS hazard_inspection ON hazards (project_id, inspection_id);
CREATE INDEX IF NOT EXISTS hazard_overdue ON hazards (overdue_at, id);

CREATE TABLE IF NOT EXISTS stage_checks (
    project_id   BLOB    NOT NULL,
    id           BLOB    NOT NULL,
    stage_key    TEXT NOT NULL,
    round        INTEGER           NOT NULL,
    kind         TEXT  NOT NULL,
    passed       INTEGER       NOT NULL,
    note         TEXT NOT NULL,
    items        TEXT          NOT NULL,
    checker_id   BLOB    NOT NULL,
    checker_name TEXT   NOT NULL,
    checker_role TEXT NOT NULL,
    created_at   DATETIME   NOT NULL,
    PRIMARY KEY (project_id, id)
);
CREATE INDEX IF NOT EXISTS stage_check_stage ON stage_checks (project_id, stage_key, id);

CREATE TABLE IF NOT EXISTS defects (
    project_id         BLOB    NOT NULL,
    id                 BLOB    NOT NULL,
    stage_key          TEXT NOT NULL,
    part               TEXT  NOT NULL,
    detail             TEXT NOT NULL,
    replacement_needed INTEGER       NOT NULL,
    state              TEXT NOT NULL,
    order_no           TEXT   NOT NULL,
    expected_on        TEXT          NULL,
    due_at             DATETIME   NOT NULL,
    fixed_at           DATETIME   NULL,
    reporter_id        BLOB    NULL,
    reporter_name      TEXT   NOT NULL,
    reporter_role      TEXT NOT NULL,
    version            INTEGER        NOT NULL,
    created_at         DATETIME   NOT NULL,
    updated_at         DATETIME   NOT NULL,
    PRIMARY KEY (project_id, id)
);
CREATE UNIQUE INDEX IF NOT EXISTS defect_id ON defects (id);

CREATE TABLE IF NOT EXISTS quality_steps (
    project_id BLOB    NOT NULL,
    ref_id     BLOB    NOT NULL,
    id         BLOB    NOT NULL,
    what       TEXT NOT NULL,
    note       TEXT NOT NULL,
    day        TEXT          NULL,
    actor_id   BLOB    NULL,
    actor_name TEXT   NOT NULL,
    actor_role TEXT NOT NULL,
    at         DATETIME   NOT NULL,
    PRIMARY KEY (project_id, ref_id, id)
);

CREATE TABLE IF NOT EXISTS quality_photos (
    project_id BLOB NOT NULL,
    ref_id     BLOB NOT NULL,
    seq        INTEGER        NOT NULL,
    file_id    BLOB NOT NULL,
    PRIMARY KEY (project_id, ref_id, seq)
);
CREATE INDEX IF NOT EXISTS quality_photo_file ON quality_photos (file_id);

CREATE TABLE IF NOT EXISTS supervisors (
    id           BLOB     NOT NULL,
    store_id     BLOB     NULL,
    name         TEXT    NOT NULL,
    company      TEXT   NOT NULL,
    certificate  TEXT   NOT NULL,
    introduction TEXT  NOT NULL,
    phone_enc    TEXT NOT NULL,
    fee_fen      INTEGER         NOT NULL,
    fee_per      TEXT   NOT NULL,
    active       INTEGER        NOT NULL,
    staff_id     BLOB     NULL,
    created_by   BLOB     NULL,
    version      INTEGER         NOT NULL,
    created_at   DATETIME    NOT NULL,
    updated_at   DATETIME    NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX IF NOT EXISTS supervisor_staff ON supervisors (staff_id);
CREATE INDEX IF NOT EXISTS supervisor_listed ON supervisors (created_at, id);

CREATE TABLE IF NOT EXISTS supervisor_cities (
    supervisor_id BLOB  NOT NULL,
    seq           INTEGER         NOT NULL,
    city          TEXT NOT NULL,
    PRIMARY KEY (supervisor_id, seq)
);
CREATE INDEX IF NOT EXISTS supervisor_city ON supervisor_cities (city, supervisor_id);

CREATE TABLE IF NOT EXISTS supervisor_choices (
    project_id    BLOB    NOT NULL,
    id            BLOB    NOT NULL,
    supervisor_id BLOB    NOT NULL,
    state         TEXT NOT NULL,
    standing      INTEGER       NULL,
    fee_fen       INTEGER        NOT NULL,
    fee_per       TEXT  NOT NULL,
    company_bp    INTEGER           NOT NULL,
    company_fen   INTEGER        NOT NULL,
    customer_fen  INTEGER        NOT NULL,
    staff_id      BLOB    NULL,
    person_id     BLOB    NULL,
    chosen_by     BLOB    NOT NULL,
    chosen_at     DATETIME   NOT NULL,
    confirmed_by  BLOB    NULL,
    confirmed_at  DATETIME   NULL,
    ended_by      BLOB    NULL,
    ended_at      DATETIME   NULL,
    reason        TEXT  NOT NULL,
    version       INTEGER        NOT NULL,
    PRIMARY KEY (project_id, id)
);
CREATE UNIQUE INDEX IF NOT EXISTS supervisor_choice_standing ON supervisor_choices (project_id, standing);
CREATE INDEX IF NOT EXISTS supervisor_choice_of ON supervisor_choices (supervisor_id, project_id);
