-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS customer_preferences (
    customer_id BINARY(16)      NOT NULL,
    pref_key    VARBINARY(32)   NOT NULL,
    value_enc   VARBINARY(1024) NOT NULL,
    by_kind     VARBINARY(16)   NOT NULL,
    by_id       BINARY(16)      NULL,
    updated_at  DATETIME(3)     NOT NULL,
    version     BIGINT          NOT NULL,
    PRIMARY KEY (customer_id, pref_key)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS care_notes (
    customer_id  BINARY(16)      NOT NULL,
    id           BINARY(16)      NOT NULL,
    text_enc     VARBINARY(2100) NULL,
    author_id    BINARY(16)      NOT NULL,
    created_at   DATETIME(3)     NOT NULL,
    withdrawn_by BINARY(16)      NULL,
    withdrawn_at DATETIME(3)     NULL,
    version      BIGINT          NOT NULL,
    PRIMARY KEY (customer_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
