-- +goose NO TRANSACTION
-- +goose Up
-- How far the recurring looks at the feeds have come: a row a look and period, worked by keyset.
CREATE TABLE IF NOT EXISTS diary_rounds (
    name     VARBINARY(32) NOT NULL,
    period   DATE          NOT NULL,
    after_id BINARY(16)    NULL,
    done_at  DATETIME(3)   NULL,
    PRIMARY KEY (name, period),
    KEY diary_round_open (name, done_at, period)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS diary_marks (
    project_id BINARY(16)    NOT NULL,
    what       VARBINARY(32) NOT NULL,
    period     DATE          NOT NULL,
    round      DATE          NOT NULL,
    at         DATETIME(3)   NOT NULL,
    cleared_at DATETIME(3)   NULL,
    PRIMARY KEY (project_id, what, period),
    KEY diary_mark_round (what, round, project_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS service_visits (
    project_id  BINARY(16)    NOT NULL,
    id          BINARY(16)    NOT NULL,
    at          DATETIME(3)   NOT NULL,
    text        VARCHAR(2000) NOT NULL,
    answered    VARCHAR(2000) NOT NULL,
    entry_id    BINARY(16)    NOT NULL,
    author_id   BINARY(16)    NULL,
    author_name VARCHAR(60)   NOT NULL,
    author_role VARBINARY(24) NOT NULL,
    PRIMARY KEY (project_id, id),
    KEY service_visit_at (project_id, at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS log_days (
    project_id BINARY(16) NOT NULL,
    day        DATE       NOT NULL,
    store_id   BINARY(16) NULL,
    staff_id   BINARY(16) NULL,
    logged     TINYINT    NOT NULL,
    photos     INT        NOT NULL,
    planned    TINYINT    NOT NULL,
    on_time    TINYINT    NOT NULL,
    score      INT        NOT NULL,
    PRIMARY KEY (project_id, day),
    KEY log_day_store (store_id, day),
    KEY log_day_staff (staff_id, day),
    KEY log_day_day (day)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS home_reports (
    project_id BINARY(16)   NOT NULL,
    id         BINARY(16)   NOT NULL,
    week       VARBINARY(8) NOT NULL,
    from_day   DATE         NOT NULL,
    to_day     DATE         NOT NULL,
    format     INT          NOT NULL,
    content    MEDIUMTEXT   NOT NULL,
    entry_id   BINARY(16)   NOT NULL,
    created_at DATETIME(3)  NOT NULL,
    PRIMARY KEY (project_id, id),
    UNIQUE KEY home_report_week (project_id, week)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- A link under which a page can be read without a session for some minutes: the hash of its token only.
CREATE TABLE IF NOT EXISTS print_links (
    token_hash VARBINARY(64) NOT NULL PRIMARY KEY,
    what       VARBINARY(16) NOT NULL,
    project_id BINARY(16)    NOT NULL,
    owner_kind VARBINARY(16) NOT NULL,
    owner_id   BINARY(16)    NOT NULL,
    week       VARBINARY(8)  NOT NULL,
    from_day   DATE          NULL,
    to_day     DATE          NULL,
    until_at   BIGINT        NOT NULL,
    KEY print_link_until (until_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
