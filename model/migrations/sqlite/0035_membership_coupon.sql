-- +goose Up
CREATE TABLE IF NOT EXISTS coupon_campaigns (
    campaign_key  TEXT NOT NULL,
    version       INTEGER        NOT NULL,
    event         TEXT NOT NULL,
    enabled       INTEGER       NOT NULL,
    code          TEXT NULL,
    definition    TEXT    NOT NULL,
    budget_fen    INTEGER        NOT NULL,
    budget_pieces INTEGER        NOT NULL,
    issued        INTEGER        NOT NULL,
    issued_fen    INTEGER        NOT NULL,
    created_at    DATETIME   NOT NULL,
    updated_at    DATETIME   NOT NULL,
    PRIMARY KEY (campaign_key),
    CONSTRAINT coupon_campaign_signs CHECK (issued >= 0 AND issued_fen >= 0)
);
CREATE UNIQUE INDEX IF NOT EXISTS coupon_campaign_code ON coupon_campaigns (code);
CREATE INDEX IF NOT EXISTS coupon_campaign_event ON coupon_campaigns (event, enabled);

CREATE TABLE IF NOT EXISTS coupons (
    customer_id      BLOB    NOT NULL,
    id               BLOB    NOT NULL,
    code             TEXT NOT NULL,
    campaign_key     TEXT NOT NULL,
    campaign_version INTEGER        NOT NULL,
    cause            TEXT NOT NULL,
    source           TEXT NOT NULL,
    event            TEXT NOT NULL,
    project_id       BLOB    NULL,
    kind             TEXT NOT NULL,
    name_zh          TEXT   NOT NULL,
    name_en          TEXT  NOT NULL,
    terms_zh         TEXT  NOT NULL,
    terms_en         TEXT  NOT NULL,
    note_zh          TEXT  NOT NULL,
    note_en          TEXT  NOT NULL,
    amount_fen       INTEGER        NOT NULL,
    off_bp           INTEGER        NOT NULL,
    threshold_fen    INTEGER        NOT NULL,
    cap_fen          INTEGER        NOT NULL,
    scope            TEXT NOT NULL,
    stack_group      TEXT NOT NULL,
    worth_fen        INTEGER        NOT NULL,
    state            TEXT NOT NULL,
    valid_until      INTEGER        NOT NULL,
    due_at           INTEGER        NULL,
    notice_at        INTEGER        NULL,
    payment_id       BLOB    NULL,
    used_at          DATETIME   NULL,
    used_by          BLOB    NULL,
    used_name        TEXT   NOT NULL,
    store_id         BLOB    NULL,
    ended_at         DATETIME   NULL,
    ended_kind       TEXT NOT NULL,
    ended_by         BLOB    NULL,
    reason           TEXT  NOT NULL,
    issued_by        BLOB    NULL,
    issued_name      TEXT   NOT NULL,
    version          INTEGER        NOT NULL,
    created_at       DATETIME   NOT NULL,
    PRIMARY KEY (customer_id, id)
);
CREATE UNIQUE INDEX IF NOT EXISTS coupon_id ON coupons (id);
CREATE UNIQUE INDEX IF NOT EXISTS coupon_code ON coupons (code);
CREATE UNIQUE INDEX IF NOT EXISTS coupon_cause ON coupons (customer_id, campaign_key, cause);
CREATE INDEX IF NOT EXISTS coupon_mine ON coupons (customer_id, created_at, id);
CREATE INDEX IF NOT EXISTS coupon_standing ON coupons (customer_id, state, created_at, id);
CREATE INDEX IF NOT EXISTS coupon_campaign ON coupons (campaign_key, id);
CREATE INDEX IF NOT EXISTS coupon_source ON coupons (source);
CREATE INDEX IF NOT EXISTS coupon_project ON coupons (project_id, state);
CREATE INDEX IF NOT EXISTS coupon_due ON coupons (due_at, id);
CREATE INDEX IF NOT EXISTS coupon_notice ON coupons (notice_at, id);

CREATE TABLE IF NOT EXISTS coupon_uses (
    payment_id   BLOB    NOT NULL,
    seq          INTEGER           NOT NULL,
    coupon_id    BLOB    NULL,
    campaign_key TEXT NOT NULL,
    code         TEXT NOT NULL,
    name_zh      TEXT   NOT NULL,
    name_en      TEXT  NOT NULL,
    amount_fen   INTEGER        NOT NULL,
    returned     INTEGER       NOT NULL,
    created_at   DATETIME   NOT NULL,
    PRIMARY KEY (payment_id, seq)
);
CREATE INDEX IF NOT EXISTS coupon_use_coupon ON coupon_uses (coupon_id);

CREATE TABLE IF NOT EXISTS coupon_requests (
    id           BLOB    NOT NULL,
    campaign_key TEXT NOT NULL,
    customer_id  BLOB    NOT NULL,
    incident     TEXT NOT NULL,
    reason       TEXT  NOT NULL,
    state        TEXT NOT NULL,
    asked_by     BLOB    NOT NULL,
    asked_name   TEXT   NOT NULL,
    decided_by   BLOB    NULL,
    decided_name TEXT   NOT NULL,
    decided_at   DATETIME   NULL,
    word         TEXT  NOT NULL,
    coupon_id    BLOB    NULL,
    version      INTEGER        NOT NULL,
    created_at   DATETIME   NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX IF NOT EXISTS coupon_request_incident ON coupon_requests (incident);
CREATE INDEX IF NOT EXISTS coupon_request_state ON coupon_requests (state, created_at, id);
CREATE INDEX IF NOT EXISTS coupon_request_created ON coupon_requests (created_at, id);
CREATE INDEX IF NOT EXISTS coupon_request_customer ON coupon_requests (customer_id);

CREATE TABLE IF NOT EXISTS coupon_allowances (
    staff_id BLOB   NOT NULL,
    month    TEXT NOT NULL,
    used_fen INTEGER       NOT NULL,
    PRIMARY KEY (staff_id, month),
    CONSTRAINT coupon_allowance_signs CHECK (used_fen >= 0)
);
