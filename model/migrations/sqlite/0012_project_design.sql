-- +goose Up
CREATE TABLE IF NOT EXISTS designs (
    project_id BLOB    NOT NULL,
    id         BLOB    NOT NULL,
    title      TEXT  NOT NULL,
    room       TEXT   NOT NULL,
    style      TEXT   NOT NULL,
    note       TEXT NOT NULL,
    state      TEXT NOT NULL,
    newest     INTEGER           NOT NULL,
    shown      INTEGER           NOT NULL,
    approved   INTEGER           NOT NULL,
    rounds     INTEGER           NOT NULL,
    created_by BLOB    NULL,
    created_at DATETIME   NOT NULL,
    updated_at DATETIME   NOT NULL,
    version    INTEGER        NOT NULL,
    PRIMARY KEY (project_id, id)
);
CREATE UNIQUE INDEX IF NOT EXISTS design_id ON designs (id);

CREATE TABLE IF NOT EXISTS design_versions (
    design_id       BLOB    NOT NULL,
    number          INTEGER           NOT NULL,
    difference_note TEXT NOT NULL,
    author_id       BLOB    NULL,
    author_name     TEXT   NOT NULL,
    created_at      DATETIME   NOT NULL,
    submitted_at    DATETIME   NULL,
    decision        TEXT NOT NULL,
    decided_at      DATETIME   NULL,
    decided_by      BLOB    NULL,
    word            TEXT NOT NULL,
    views           INTEGER        NOT NULL,
    PRIMARY KEY (design_id, number)
);

CREATE TABLE IF NOT EXISTS design_files (
    design_id BLOB NOT NULL,
    number    INTEGER        NOT NULL,
    seq       INTEGER        NOT NULL,
    file_id   BLOB NOT NULL,
    PRIMARY KEY (design_id, number, seq)
);

CREATE TABLE IF NOT EXISTS design_links (
    design_id BLOB    NOT NULL,
    number    INTEGER           NOT NULL,
    seq       INTEGER           NOT NULL,
    kind      TEXT NOT NULL,
    url       TEXT  NOT NULL,
    title     TEXT  NOT NULL,
    PRIMARY KEY (design_id, number, seq)
);

CREATE TABLE IF NOT EXISTS design_views (
    design_id   BLOB  NOT NULL,
    number      INTEGER         NOT NULL,
    customer_id BLOB  NOT NULL,
    day         TEXT        NOT NULL,
    at          DATETIME NOT NULL,
    PRIMARY KEY (design_id, number, customer_id, day)
);

CREATE TABLE IF NOT EXISTS design_events (
    project_id  BLOB    NOT NULL,
    id          BLOB    NOT NULL,
    at          DATETIME   NOT NULL,
    what        TEXT NOT NULL,
    design_id   BLOB    NULL,
    number      INTEGER           NOT NULL,
    body        TEXT NOT NULL,
    author_kind TEXT NOT NULL,
    author_id   BLOB    NULL,
    author_name TEXT   NOT NULL,
    author_role TEXT NOT NULL,
    PRIMARY KEY (project_id, id)
);

CREATE TABLE IF NOT EXISTS project_cases (
    id           BLOB    NOT NULL PRIMARY KEY,
    project_id   BLOB    NOT NULL,
    title        TEXT  NOT NULL,
    story        TEXT NOT NULL,
    style        TEXT   NOT NULL,
    house_type   TEXT   NOT NULL,
    city         TEXT   NOT NULL,
    kind         TEXT NOT NULL,
    area_m2      INTEGER           NOT NULL,
    budget_fen   INTEGER        NOT NULL,
    state        TEXT NOT NULL,
    consented_at DATETIME   NOT NULL,
    consent_id   BLOB    NOT NULL,
    published_at DATETIME   NOT NULL,
    published_by BLOB    NULL,
    withdrawn_at DATETIME   NULL,
    withdrawn_by BLOB    NULL,
    reason       TEXT  NOT NULL,
    version      INTEGER        NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS project_case_project ON project_cases (project_id);
CREATE INDEX IF NOT EXISTS project_case_newest ON project_cases (state, published_at, id);
CREATE INDEX IF NOT EXISTS project_case_style ON project_cases (state, style, published_at, id);
CREATE INDEX IF NOT EXISTS project_case_house ON project_cases (state, house_type, published_at, id);

CREATE TABLE IF NOT EXISTS project_case_photos (
    case_id BLOB NOT NULL,
    seq     INTEGER        NOT NULL,
    file_id BLOB NOT NULL,
    PRIMARY KEY (case_id, seq)
);
