-- +goose Up
CREATE TABLE IF NOT EXISTS materials (
    id         BLOB    NOT NULL PRIMARY KEY,
    code       TEXT NOT NULL,
    name       TEXT  NOT NULL,
    brand      TEXT   NOT NULL,
    category   TEXT   NOT NULL,
    model      TEXT   NOT NULL,
    grade      TEXT   NOT NULL,
    unit       TEXT   NOT NULL,
    supplier   TEXT  NOT NULL,
    active     INTEGER       NOT NULL,
    version    INTEGER        NOT NULL,
    created_at DATETIME   NOT NULL,
    updated_at DATETIME   NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS material_code ON materials (code);
CREATE UNIQUE INDEX IF NOT EXISTS material_identity ON materials (brand, name, model, grade);
CREATE INDEX IF NOT EXISTS material_created ON materials (created_at, id);
CREATE INDEX IF NOT EXISTS material_category ON materials (category, created_at, id);

CREATE TABLE IF NOT EXISTS material_batches (
    id            BLOB    NOT NULL PRIMARY KEY,
    material_id   BLOB    NOT NULL,
    code          TEXT NOT NULL,
    batch_no      TEXT NOT NULL,
    produced_on   TEXT          NULL,
    received_on   TEXT          NULL,
    quantity      INTEGER        NOT NULL,
    state         TEXT NOT NULL,
    version       INTEGER        NOT NULL,
    created_at    DATETIME   NOT NULL,
    updated_at    DATETIME   NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS material_batch_code ON material_batches (code);
CREATE UNIQUE INDEX IF NOT EXISTS material_batch_no ON material_batches (material_id, batch_no);
CREATE INDEX IF NOT EXISTS material_batch_created ON material_batches (material_id, created_at, id);

CREATE TABLE IF NOT EXISTS material_documents (
    material_id  BLOB    NOT NULL,
    id           BLOB    NOT NULL,
    batch_id     BLOB    NULL,
    kind         TEXT NOT NULL,
    title        TEXT  NOT NULL,
    file_id      BLOB    NOT NULL,
    visibility   TEXT NOT NULL,
    issued_on    TEXT          NULL,
    added_by     BLOB    NULL,
    created_at   DATETIME   NOT NULL,
    withdrawn_at DATETIME   NULL,
    PRIMARY KEY (material_id, id)
);

CREATE TABLE IF NOT EXISTS project_specifications (
    project_id BLOB  NOT NULL PRIMARY KEY,
    revision   INTEGER      NOT NULL,
    frozen_at  DATETIME NULL,
    updated_at DATETIME NOT NULL,
    updated_by BLOB  NULL
);

CREATE TABLE IF NOT EXISTS project_specification_lines (
    project_id  BLOB   NOT NULL,
    revision    INTEGER       NOT NULL,
    seq         INTEGER          NOT NULL,
    place       TEXT  NOT NULL,
    material_id BLOB   NOT NULL,
    quantity    INTEGER       NOT NULL,
    note        TEXT NOT NULL,
    PRIMARY KEY (project_id, revision, seq)
);
CREATE INDEX IF NOT EXISTS project_specification_material ON project_specification_lines (material_id, project_id);

CREATE TABLE IF NOT EXISTS project_installs (
    project_id   BLOB   NOT NULL,
    id           BLOB   NOT NULL,
    batch_id     BLOB   NOT NULL,
    material_id  BLOB   NOT NULL,
    place        TEXT  NOT NULL,
    quantity     INTEGER       NOT NULL,
    installed_on TEXT         NOT NULL,
    matches      INTEGER      NOT NULL,
    note         TEXT NOT NULL,
    by_id        BLOB   NULL,
    by_name      TEXT  NOT NULL,
    withdrawn_at DATETIME  NULL,
    created_at   DATETIME  NOT NULL,
    version      INTEGER       NOT NULL,
    PRIMARY KEY (project_id, id)
);
CREATE INDEX IF NOT EXISTS project_install_batch ON project_installs (batch_id, project_id);

CREATE TABLE IF NOT EXISTS material_recalls (
    batch_id    BLOB    NOT NULL PRIMARY KEY,
    reason      TEXT  NOT NULL,
    instruction TEXT NOT NULL,
    called_at   DATETIME   NOT NULL,
    called_by   BLOB    NULL,
    reached     BLOB    NULL,
    homes       INTEGER        NOT NULL,
    finished_at DATETIME   NULL,
    poll_at     INTEGER        NULL
);
CREATE INDEX IF NOT EXISTS material_recall_poll ON material_recalls (poll_at);
