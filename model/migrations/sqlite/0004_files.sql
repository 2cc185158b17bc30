-- +goose Up
CREATE TABLE IF NOT EXISTS files (
    id            BLOB     NOT NULL PRIMARY KEY,
    kind          TEXT  NOT NULL,
    owner_kind    TEXT  NOT NULL,
    owner_id      BLOB     NOT NULL,
    store_id      BLOB     NULL,
    content_type  TEXT  NOT NULL,
    bytes         INTEGER         NOT NULL,
    thumb_bytes   INTEGER         NOT NULL,
    width         INTEGER            NOT NULL,
    height        INTEGER            NOT NULL,
    sha256        TEXT  NOT NULL,
    state         TEXT  NOT NULL,
    attached_kind TEXT  NOT NULL,
    attached_ref  BLOB     NULL,
    withdrawn_at  DATETIME    NULL,
    check_state   TEXT  NOT NULL,
    check_why     TEXT  NOT NULL,
    check_due     INTEGER         NOT NULL,
    trace_id      TEXT NULL,
    created_at    DATETIME    NOT NULL,
    updated_at    DATETIME    NOT NULL,
    version       INTEGER         NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS files_trace ON files (trace_id);
CREATE INDEX IF NOT EXISTS files_state ON files (state, created_at, id);
CREATE INDEX IF NOT EXISTS files_check ON files (check_state, check_due, id);
CREATE INDEX IF NOT EXISTS files_attached ON files (attached_kind, attached_ref, id);
CREATE INDEX IF NOT EXISTS files_owner ON files (owner_kind, owner_id, created_at, id);

CREATE TABLE IF NOT EXISTS file_strays (
    file_id      BLOB    NOT NULL PRIMARY KEY,
    content_type TEXT NOT NULL,
    doomed       INTEGER       NOT NULL,
    due          INTEGER        NOT NULL
);
CREATE INDEX IF NOT EXISTS file_strays_due ON file_strays (due, file_id);

CREATE TABLE IF NOT EXISTS file_usage (
    owner_id BLOB NOT NULL PRIMARY KEY,
    bytes    INTEGER     NOT NULL,
    version  INTEGER     NOT NULL
);

CREATE TABLE IF NOT EXISTS media_check_results (
    trace_id TEXT NOT NULL PRIMARY KEY,
    suggest  TEXT  NOT NULL,
    at       INTEGER         NOT NULL
);
CREATE INDEX IF NOT EXISTS media_check_results_at ON media_check_results (at, trace_id);
