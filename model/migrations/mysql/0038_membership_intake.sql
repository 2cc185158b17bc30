-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS import_runs (
    id          BINARY(16)    NOT NULL,
    kind        VARBINARY(16) NOT NULL,
    file_name   VARCHAR(120)  NOT NULL,
    bytes       BIGINT        NOT NULL,
    state       VARBINARY(16) NOT NULL,
    skip_faulty TINYINT       NOT NULL,
    unreadable  TINYINT       NOT NULL,
    total       BIGINT        NOT NULL,
    done        BIGINT        NOT NULL,
    created     BIGINT        NOT NULL,
    linked      BIGINT        NOT NULL,
    already     BIGINT        NOT NULL,
    differing   BIGINT        NOT NULL,
    faulty      BIGINT        NOT NULL,
    attempts    INT           NOT NULL,
    due_at      BIGINT        NULL,
    lease       BINARY(16)    NULL,
    author_kind VARBINARY(16) NOT NULL,
    author_id   BINARY(16)    NULL,
    author_name VARCHAR(60)   NOT NULL,
    version     BIGINT        NOT NULL,
    created_at  DATETIME(3)   NOT NULL,
    updated_at  DATETIME(3)   NOT NULL,
    ended_at    DATETIME(3)   NULL,
    PRIMARY KEY (id),
    KEY import_run_due (due_at, id),
    KEY import_run_created (created_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS import_parts (
    run_id   BINARY(16) NOT NULL,
    seq      INT        NOT NULL,
    data_enc MEDIUMBLOB NOT NULL,
    PRIMARY KEY (run_id, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS import_lines (
    kind        VARBINARY(16) NOT NULL,
    external_no VARBINARY(64) NOT NULL,
    content     VARBINARY(32) NOT NULL,
    ref_id      BINARY(16)    NOT NULL,
    outcome     VARBINARY(16) NOT NULL,
    run_id      BINARY(16)    NOT NULL,
    imported_at DATETIME(3)   NOT NULL,
    PRIMARY KEY (kind, external_no),
    KEY import_line_ref (kind, ref_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS import_remarks (
    run_id   BINARY(16)    NOT NULL,
    id       BINARY(16)    NOT NULL,
    severity VARBINARY(8)  NOT NULL,
    kind     VARBINARY(16) NOT NULL,
    row_no   BIGINT        NOT NULL,
    col      VARBINARY(8)  NOT NULL,
    field    VARBINARY(32) NOT NULL,
    code     VARBINARY(64) NOT NULL,
    text_zh  VARCHAR(300)  NOT NULL,
    text_en  VARCHAR(300)  NOT NULL,
    at       DATETIME(3)   NOT NULL,
    PRIMARY KEY (run_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
