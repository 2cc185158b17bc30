-- +goose Up
CREATE TABLE IF NOT EXISTS rewards (
    id            BLOB     NOT NULL,
    seed_key      TEXT  NULL,
    kind          TEXT  NOT NULL,
    title_zh      TEXT    NOT NULL,
    title_en      TEXT   NOT NULL,
    text_zh       TEXT  NOT NULL,
    text_en       TEXT  NOT NULL,
    price         INTEGER         NOT NULL,
    worth_fen     INTEGER         NOT NULL,
    initial_stock INTEGER         NULL,
    stock         INTEGER         NULL,
    limit_count   INTEGER         NOT NULL,
    limit_per     TEXT   NOT NULL,
    levels        TEXT NOT NULL,
    titles        TEXT NOT NULL,
    early_levels  TEXT NOT NULL,
    early_at      DATETIME    NULL,
    opens_at      DATETIME    NULL,
    closes_at     DATETIME    NULL,
    use_days      INTEGER            NOT NULL,
    cancel_days   INTEGER            NOT NULL,
    points_back   INTEGER        NOT NULL,
    state         TEXT  NOT NULL,
    version       INTEGER         NOT NULL,
    created_at    DATETIME    NOT NULL,
    updated_at    DATETIME    NOT NULL,
    published_at  DATETIME    NULL,
    PRIMARY KEY (id),
    CONSTRAINT reward_signs CHECK (price > 0 AND (stock IS NULL OR stock >= 0))
);
CREATE UNIQUE INDEX IF NOT EXISTS reward_seed ON rewards (seed_key);
CREATE INDEX IF NOT EXISTS reward_shown ON rewards (state, published_at, id);
CREATE INDEX IF NOT EXISTS reward_created ON rewards (created_at, id);

CREATE TABLE IF NOT EXISTS reward_files (
    reward_id BLOB NOT NULL,
    seq       INTEGER        NOT NULL,
    file_id   BLOB NOT NULL,
    PRIMARY KEY (reward_id, seq)
);

CREATE TABLE IF NOT EXISTS reward_restocks (
    reward_id   BLOB   NOT NULL,
    id          BLOB   NOT NULL,
    amount      INTEGER       NOT NULL,
    stock       INTEGER       NOT NULL,
    reason      TEXT NOT NULL,
    author_id   BLOB   NULL,
    author_name TEXT  NOT NULL,
    at          DATETIME  NOT NULL,
    PRIMARY KEY (reward_id, id)
);

CREATE TABLE IF NOT EXISTS redemptions (
    customer_id  BLOB    NOT NULL,
    id           BLOB    NOT NULL,
    reward_id    BLOB    NOT NULL,
    code         TEXT NOT NULL,
    kind         TEXT NOT NULL,
    title_zh     TEXT   NOT NULL,
    title_en     TEXT  NOT NULL,
    worth_fen    INTEGER        NOT NULL,
    price        INTEGER        NOT NULL,
    quantity     INTEGER        NOT NULL,
    total        INTEGER        NOT NULL,
    stocked      INTEGER       NOT NULL,
    limit_count  INTEGER        NOT NULL,
    limit_period TEXT  NOT NULL,
    points_back  INTEGER       NOT NULL,
    state        TEXT NOT NULL,
    transfer_id  BLOB    NOT NULL,
    restored_id  BLOB    NULL,
    cancel_until INTEGER        NOT NULL,
    use_until    INTEGER        NOT NULL,
    due_at       INTEGER        NULL,
    notice_at    INTEGER        NULL,
    used_at      DATETIME   NULL,
    used_by      BLOB    NULL,
    used_name    TEXT   NOT NULL,
    store_id     BLOB    NULL,
    ended_at     DATETIME   NULL,
    ended_kind   TEXT NOT NULL,
    ended_by     BLOB    NULL,
    reason       TEXT  NOT NULL,
    version      INTEGER        NOT NULL,
    created_at   DATETIME   NOT NULL,
    PRIMARY KEY (customer_id, id)
);
CREATE UNIQUE INDEX IF NOT EXISTS redemption_id ON redemptions (id);
CREATE UNIQUE INDEX IF NOT EXISTS redemption_code ON redemptions (code);
CREATE INDEX IF NOT EXISTS redemption_mine ON redemptions (customer_id, created_at, id);
CREATE INDEX IF NOT EXISTS redemption_limit ON redemptions (customer_id, reward_id, created_at);
CREATE INDEX IF NOT EXISTS redemption_reward ON redemptions (reward_id, id);
CREATE INDEX IF NOT EXISTS redemption_due ON redemptions (due_at, id);
CREATE INDEX IF NOT EXISTS redemption_notice ON redemptions (notice_at, id);
