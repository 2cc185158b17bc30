-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS change_orders (
    project_id    BINARY(16)     NOT NULL,
    id            BINARY(16)     NOT NULL,
    title         VARCHAR(100)   NOT NULL,
    text          VARCHAR(2000)  NOT NULL,
    asked_kind    VARBINARY(16)  NOT NULL,
    asked_by      BINARY(16)     NULL,
    asked_name    VARCHAR(60)    NOT NULL,
    asked_role    VARBINARY(24)  NOT NULL,
    state         VARBINARY(16)  NOT NULL,
    offer         BIGINT         NOT NULL,
    amount_fen    BIGINT         NOT NULL,
    days          INT            NOT NULL,
    stage_key     VARBINARY(32)  NOT NULL,
    valid_until   DATETIME(3)    NULL,
    quoted_by     BINARY(16)     NULL,
    expires_at    BIGINT         NULL,
    remind_at     BIGINT         NULL,
    decided_at    DATETIME(3)    NULL,
    decided_by    BINARY(16)     NULL,
    word          VARCHAR(500)   NOT NULL,
    contract_fen  BIGINT         NULL,
    shifted_days  INT            NOT NULL,
    version       BIGINT         NOT NULL,
    created_at    DATETIME(3)    NOT NULL,
    updated_at    DATETIME(3)    NOT NULL,
    PRIMARY KEY (project_id, id),
    UNIQUE KEY change_order_id (id),
    KEY change_order_expiry (expires_at, id),
    KEY change_order_reminder (remind_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS change_order_offers (
    project_id  BINARY(16)    NOT NULL,
    order_id    BINARY(16)    NOT NULL,
    offer       BIGINT        NOT NULL,
    amount_fen  BIGINT        NOT NULL,
    days        INT           NOT NULL,
    stage_key   VARBINARY(32) NOT NULL,
    valid_until DATETIME(3)   NOT NULL,
    note        VARCHAR(500)  NOT NULL,
    author_id   BINARY(16)    NULL,
    author_name VARCHAR(60)   NOT NULL,
    author_role VARBINARY(24) NOT NULL,
    at          DATETIME(3)   NOT NULL,
    PRIMARY KEY (project_id, order_id, offer)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS change_order_lines (
    project_id BINARY(16)   NOT NULL,
    order_id   BINARY(16)   NOT NULL,
    offer      BIGINT       NOT NULL,
    seq        INT          NOT NULL,
    text       VARCHAR(200) NOT NULL,
    amount_fen BIGINT       NOT NULL,
    PRIMARY KEY (project_id, order_id, offer, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS change_order_files (
    project_id BINARY(16) NOT NULL,
    order_id   BINARY(16) NOT NULL,
    seq        INT        NOT NULL,
    file_id    BINARY(16) NOT NULL,
    PRIMARY KEY (project_id, order_id, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS payments (
    project_id   BINARY(16)    NOT NULL,
    id           BINARY(16)    NOT NULL,
    amount_fen   BIGINT        NOT NULL,
    refunded_fen BIGINT        NOT NULL,
    kind         VARBINARY(16) NOT NULL,
    paid_at      DATETIME(3)   NOT NULL,
    external_no  VARBINARY(64) NULL,
    method       VARCHAR(32)   NOT NULL,
    note         VARCHAR(500)  NOT NULL,
    author_id    BINARY(16)    NULL,
    author_name  VARCHAR(60)   NOT NULL,
    author_role  VARBINARY(24) NOT NULL,
    entry_id     BINARY(16)    NOT NULL,
    version      BIGINT        NOT NULL,
    created_at   DATETIME(3)   NOT NULL,
    PRIMARY KEY (project_id, id),
    UNIQUE KEY payment_id (id),
    UNIQUE KEY payment_external_no (external_no)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS payment_refunds (
    project_id  BINARY(16)    NOT NULL,
    id          BINARY(16)    NOT NULL,
    payment_id  BINARY(16)    NOT NULL,
    amount_fen  BIGINT        NOT NULL,
    reason      VARCHAR(500)  NOT NULL,
    external_no VARBINARY(64) NULL,
    author_id   BINARY(16)    NULL,
    author_name VARCHAR(60)   NOT NULL,
    author_role VARBINARY(24) NOT NULL,
    at          DATETIME(3)   NOT NULL,
    PRIMARY KEY (project_id, id),
    UNIQUE KEY payment_refund_external_no (external_no),
    KEY payment_refund_payment (project_id, payment_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS payment_instalments (
    project_id BINARY(16)    NOT NULL,
    seq        INT           NOT NULL,
    name       VARCHAR(120)  NOT NULL,
    amount_fen BIGINT        NOT NULL,
    due_stage  VARBINARY(32) NOT NULL,
    due_on     DATE          NULL,
    order_id   BINARY(16)    NULL,
    PRIMARY KEY (project_id, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
