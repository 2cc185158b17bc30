-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS files (
    id            BINARY(16)     NOT NULL PRIMARY KEY,
    kind          VARBINARY(16)  NOT NULL,
    owner_kind    VARBINARY(16)  NOT NULL,
    owner_id      BINARY(16)     NOT NULL,
    store_id      BINARY(16)     NULL,
    content_type  VARBINARY(64)  NOT NULL,
    bytes         BIGINT         NOT NULL,
    thumb_bytes   BIGINT         NOT NULL,
    width         INT            NOT NULL,
    height        INT            NOT NULL,
    sha256        VARBINARY(32)  NOT NULL,
    state         VARBINARY(16)  NOT NULL,
    attached_kind VARBINARY(32)  NOT NULL,
    attached_ref  BINARY(16)     NULL,
    withdrawn_at  DATETIME(3)    NULL,
    check_state   VARBINARY(16)  NOT NULL,
    check_why     VARBINARY(16)  NOT NULL,
    check_due     BIGINT         NOT NULL,
    trace_id      VARBINARY(128) NULL,
    created_at    DATETIME(3)    NOT NULL,
    updated_at    DATETIME(3)    NOT NULL,
    version       BIGINT         NOT NULL,
    UNIQUE KEY files_trace (trace_id),
    KEY files_state (state, created_at, id),
    KEY files_check (check_state, check_due, id),
    KEY files_attached (attached_kind, attached_ref, id),
    KEY files_owner (owner_kind, owner_id, created_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS file_strays (
    file_id      BINARY(16)    NOT NULL PRIMARY KEY,
    content_type VARBINARY(64) NOT NULL,
    doomed       TINYINT       NOT NULL,
    due          BIGINT        NOT NULL,
    KEY file_strays_due (due, file_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS file_usage (
    owner_id BINARY(16) NOT NULL PRIMARY KEY,
    bytes    BIGINT     NOT NULL,
    version  BIGINT     NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS media_check_results (
    trace_id VARBINARY(128) NOT NULL PRIMARY KEY,
    suggest  VARBINARY(16)  NOT NULL,
    at       BIGINT         NOT NULL,
    KEY media_check_results_at (at, trace_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
