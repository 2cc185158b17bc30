-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS earning_rules (
    rule_key   VARBINARY(40) NOT NULL,
    version    BIGINT        NOT NULL,
    standing   TINYINT       NOT NULL,
    event      VARBINARY(24) NOT NULL,
    definition MEDIUMTEXT    NOT NULL,
    created_at DATETIME(3)   NOT NULL,
    created_by BINARY(16)    NULL,
    PRIMARY KEY (rule_key, version),
    KEY earning_rule_standing (standing, event)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS earning_grants (
    customer_id  BINARY(16)    NOT NULL,
    rule_key     VARBINARY(40) NOT NULL,
    source       VARBINARY(96) NOT NULL,
    rule_version BIGINT        NOT NULL,
    book         VARBINARY(32) NOT NULL,
    amount       BIGINT        NOT NULL,
    taken        BIGINT        NOT NULL,
    transfer_id  BINARY(16)    NOT NULL,
    subject      VARBINARY(64) NOT NULL,
    day          DATE          NOT NULL,
    created_at   DATETIME(3)   NOT NULL,
    PRIMARY KEY (customer_id, rule_key, source),
    KEY earning_grant_source (source, customer_id),
    KEY earning_grant_subject (subject, rule_key),
    CONSTRAINT earning_grant_bounds CHECK (taken >= 0 AND taken <= amount)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS earning_budgets (
    rule_key VARBINARY(40) NOT NULL,
    used     BIGINT        NOT NULL,
    PRIMARY KEY (rule_key)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS check_ins (
    customer_id BINARY(16)  NOT NULL,
    day         DATE        NOT NULL,
    streak      BIGINT      NOT NULL,
    points      BIGINT      NOT NULL,
    created_at  DATETIME(3) NOT NULL,
    PRIMARY KEY (customer_id, day)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS expiry_notices (
    account_id  BINARY(16)  NOT NULL,
    expires_at  BIGINT      NOT NULL,
    days_before BIGINT      NOT NULL,
    amount      BIGINT      NOT NULL,
    created_at  DATETIME(3) NOT NULL,
    PRIMARY KEY (account_id, expires_at, days_before),
    KEY expiry_notice_old (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
