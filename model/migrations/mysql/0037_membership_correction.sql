-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS value_corrections (
    customer_id  BINARY(16)    NOT NULL,
    id           BINARY(16)    NOT NULL,
    store_id     BINARY(16)    NULL,
    book         VARBINARY(32) NOT NULL,
    amount       BIGINT        NOT NULL,
    reason       VARCHAR(200)  NOT NULL,
    about_id     BINARY(16)    NULL,
    state        VARBINARY(16) NOT NULL,
    day          DATE          NOT NULL,
    asked_by     BINARY(16)    NOT NULL,
    asked_name   VARCHAR(60)   NOT NULL,
    asked_at     DATETIME(3)   NOT NULL,
    lapses_at    BIGINT        NOT NULL,
    decided_by   BINARY(16)    NULL,
    decided_name VARCHAR(60)   NOT NULL,
    decided_at   DATETIME(3)   NULL,
    decided_why  VARCHAR(200)  NOT NULL,
    transfer_id  BINARY(16)    NULL,
    version      BIGINT        NOT NULL,
    PRIMARY KEY (customer_id, id),
    UNIQUE KEY value_correction_id (id),
    KEY value_correction_state (state, asked_at, id),
    KEY value_correction_day (asked_by, day),
    CONSTRAINT value_correction_amount CHECK (amount <> 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
