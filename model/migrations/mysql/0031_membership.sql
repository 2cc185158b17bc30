-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS members (
    customer_id BINARY(16)    NOT NULL,
    card_no     VARBINARY(20) NOT NULL,
    level       VARBINARY(24) NOT NULL,
    level_since DATETIME(3)   NULL,
    grace_until BIGINT        NULL,
    look_at     BIGINT        NULL,
    adviser_id  BINARY(16)    NULL,
    version     BIGINT        NOT NULL,
    joined_at   DATETIME(3)   NOT NULL,
    PRIMARY KEY (customer_id),
    UNIQUE KEY member_card (card_no),
    KEY member_look (look_at, customer_id),
    KEY member_adviser (adviser_id, customer_id),
    KEY member_level (level, customer_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS member_titles (
    customer_id BINARY(16)    NOT NULL,
    id          BINARY(16)    NOT NULL,
    title       VARBINARY(32) NOT NULL,
    source      VARBINARY(64) NOT NULL,
    reason      VARCHAR(200)  NOT NULL,
    granted_by  BINARY(16)    NULL,
    granted_at  DATETIME(3)   NOT NULL,
    until_at    BIGINT        NULL,
    ended_at    DATETIME(3)   NULL,
    ended_why   VARCHAR(200)  NOT NULL,
    PRIMARY KEY (customer_id, id),
    KEY member_title_held (title, ended_at, customer_id),
    KEY member_title_until (until_at, customer_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
