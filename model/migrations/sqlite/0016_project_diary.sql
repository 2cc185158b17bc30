-- +goose Up
-- How far the recurring looks at the feeds have come: a row a look and period, worked by keyset.
CREATE TABLE IF NOT EXISTS diary_rounds (
    name     TEXT NOT NULL,
    period   TEXT          NOT NULL,
    after_id BLOB    NULL,
    done_at  DATETIME   NULL,
    PRIMARY KEY (name, period)
);
CREATE INDEX IF NOT EXISTS diary_round_open ON diary_rounds (name, done_at, period);

CREATE TABLE IF NOT EXISTS diary_marks (
    project_id BLOB    NOT NULL,
    what       TEXT NOT NULL,
    period     TEXT          NOT NULL,
    round      TEXT          NOT NULL,
    at         DATETIME   NOT NULL,
    cleared_at DATETIME   NULL,
    PRIMARY KEY (project_id, what, period)
);
CREATE INDEX IF NOT EXISTS diary_mark_round ON diary_marks (what, round, project_id);

CREATE TABLE IF NOT EXISTS service_visits (
    project_id  BLOB    NOT NULL,
    id          BLOB    NOT NULL,
    at          DATETIME   NOT NULL,
    text        TEXT NOT NULL,
    answered    TEXT NOT NULL,
    entry_id    BLOB    NOT NULL,
    author_id   BLOB    NULL,
    author_name TEXT   NOT NULL,
    author_role TEXT NOT NULL,
    PRIMARY KEY (project_id, id)
);
CREATE INDEX IF NOT EXISTS service_visit_at ON service_visits (project_id, at);

CREATE TABLE IF NOT EXISTS log_days (
    project_id BLOB NOT NULL,
    day        TEXT       NOT NULL,
    store_id   BLOB NULL,
    staff_id   BLOB NULL,
    logged     INTEGER    NOT NULL,
    photos     INTEGER        NOT NULL,
    planned    INTEGER    NOT NULL,
    on_time    INTEGER    NOT NULL,
    score      INTEGER        NOT NULL,
    PRIMARY KEY (project_id, day)
);
CREATE INDEX IF NOT EXISTS log_day_store ON log_days (store_id, day);
CREATE INDEX IF NOT EXISTS log_day_staff ON log_days (staff_id, day);
CREATE INDEX IF NOT EXISTS log_day_day ON log_days (day);

CREATE TABLE IF NOT EXISTS home_reports (
    project_id BLOB   NOT NULL,
    id         BLOB   NOT NULL,
    week       TEXT NOT NULL,
    from_day   TEXT         NOT NULL,
    to_day     TEXT         NOT NULL,
    format     INTEGER          NOT NULL,
    content    TEXT   NOT NULL,
    entry_id   BLOB   NOT NULL,
    created_at DATETIME  NOT NULL,
    PRIMARY KEY (project_id, id)
);
CREATE UNIQUE INDEX IF NOT EXISTS home_report_week ON home_reports (project_id, week);

-- A link under which a page can be read without a session for some minutes: the hash of its token only.
CREATE TABLE IF NOT EXISTS print_links (
    token_hash TEXT NOT NULL PRIMARY KEY,
    what       TEXT NOT NULL,
    project_id BLOB    NOT NULL,
    owner_kind TEXT NOT NULL,
    owner_id   BLOB    NOT NULL,
    week       TEXT  NOT NULL,
    from_day   TEXT          NULL,
    to_day     TEXT          NULL,
    until_at   INTEGER        NOT NULL
);
CREATE INDEX IF NOT EXISTS print_link_until ON print_links (until_at);
