-- +goose Up
CREATE TABLE IF NOT EXISTS delivery_batches (
    project_id         BLOB    NOT NULL,
    id                 BLOB    NOT NULL,
    seq                INTEGER           NOT NULL,
    name               TEXT   NOT NULL,
    phase_id           BLOB    NULL,
    priority           INTEGER           NOT NULL,
    state              TEXT NOT NULL,
    hand_state         TEXT NOT NULL,
    promised_on        TEXT          NOT NULL,
    first_promised_on  TEXT          NOT NULL,
    alarm_on           TEXT          NULL,
    shipped_at         DATETIME   NULL,
    arrived_at         DATETIME   NULL,
    hand_shipped_at    DATETIME   NULL,
    hand_arrived_at    DATETIME   NULL,
    told_shipped       INTEGER       NOT NULL,
    told_arrived       INTEGER       NOT NULL,
    received_at        DATETIME   NULL,
    received_kind      TEXT NOT NULL,
    received_by        BLOB    NULL,
    received_note      TEXT  NOT NULL,
    cancelled_at       DATETIME   NULL,
    cancel_reason      TEXT  NOT NULL,
    created_at         DATETIME   NOT NULL,
    created_by         BLOB    NULL,
    updated_at         DATETIME   NOT NULL,
    version            INTEGER        NOT NULL,
    PRIMARY KEY (project_id, id)
);
CREATE UNIQUE INDEX IF NOT EXISTS delivery_batch_id ON delivery_batches (id);
CREATE UNIQUE INDEX IF NOT EXISTS delivery_batch_seq ON delivery_batches (project_id, seq);
CREATE INDEX IF NOT EXISTS delivery_batch_alarm ON delivery_batches (alarm_on, id);

CREATE TABLE IF NOT EXISTS delivery_items (
    project_id BLOB   NOT NULL,
    batch_id   BLOB   NOT NULL,
    seq        INTEGER          NOT NULL,
    name       TEXT NOT NULL,
    quantity   INTEGER       NOT NULL,
    room       TEXT  NOT NULL,
    missing    INTEGER       NOT NULL,
    shortage   TEXT NOT NULL,
    PRIMARY KEY (project_id, batch_id, seq)
);

CREATE TABLE IF NOT EXISTS delivery_reschedules (
    project_id BLOB    NOT NULL,
    batch_id   BLOB    NOT NULL,
    id         BLOB    NOT NULL,
    from_on    TEXT          NOT NULL,
    to_on      TEXT          NOT NULL,
    reason     TEXT  NOT NULL,
    by_id      BLOB    NULL,
    by_name    TEXT   NOT NULL,
    at         DATETIME   NOT NULL,
    PRIMARY KEY (project_id, batch_id, id)
);

CREATE TABLE IF NOT EXISTS delivery_photos (
    project_id BLOB NOT NULL,
    batch_id   BLOB NOT NULL,
    seq        INTEGER        NOT NULL,
    file_id    BLOB NOT NULL,
    PRIMARY KEY (project_id, batch_id, seq)
);

CREATE TABLE IF NOT EXISTS shipments (
    project_id  BLOB     NOT NULL,
    id          BLOB     NOT NULL,
    batch_id    BLOB     NULL,
    carrier     TEXT    NOT NULL,
    tracking_no TEXT  NOT NULL,
    state       TEXT  NOT NULL,
    state_at    DATETIME    NULL,
    state_event TEXT  NOT NULL,
    left_at     DATETIME    NULL,
    events      INTEGER            NOT NULL,
    placed_at   DATETIME    NULL,
    placed_by   TEXT NOT NULL,
    created_at  DATETIME    NOT NULL,
    created_by  BLOB     NULL,
    updated_at  DATETIME    NOT NULL,
    version     INTEGER         NOT NULL,
    PRIMARY KEY (project_id, id)
);
CREATE UNIQUE INDEX IF NOT EXISTS shipment_id ON shipments (id);
CREATE UNIQUE INDEX IF NOT EXISTS shipment_tracking ON shipments (project_id, carrier, tracking_no);

CREATE TABLE IF NOT EXISTS shipment_events (
    project_id  BLOB    NOT NULL,
    shipment_id BLOB    NOT NULL,
    external_id TEXT NOT NULL,
    at          DATETIME   NOT NULL,
    status      TEXT NOT NULL,
    place       TEXT  NOT NULL,
    body        TEXT  NOT NULL,
    told_at     DATETIME   NOT NULL,
    told_kind   TEXT NOT NULL,
    told_by     BLOB    NULL,
    PRIMARY KEY (project_id, shipment_id, external_id)
);
CREATE INDEX IF NOT EXISTS shipment_event_newest ON shipment_events (project_id, at, shipment_id, external_id);

CREATE TABLE IF NOT EXISTS erp_events (
    source      TEXT NOT NULL,
    event_id    TEXT NOT NULL,
    id          BLOB    NOT NULL,
    project_id  BLOB    NOT NULL,
    kind        TEXT NOT NULL,
    key_id      BLOB    NOT NULL,
    at          DATETIME   NOT NULL,
    status      TEXT NOT NULL,
    stage       TEXT   NOT NULL,
    percent     INTEGER           NULL,
    note        TEXT  NOT NULL,
    fingerprint TEXT NOT NULL,
    result      TEXT NOT NULL,
    received_at DATETIME   NOT NULL,
    PRIMARY KEY (source, event_id)
);
CREATE INDEX IF NOT EXISTS erp_event_history ON erp_events (project_id, at, id);

CREATE TABLE IF NOT EXISTS project_production (
    project_id   BLOB     NOT NULL PRIMARY KEY,
    status       TEXT  NOT NULL,
    stage        TEXT    NOT NULL,
    note         TEXT   NOT NULL,
    at           DATETIME    NOT NULL,
    event_key    TEXT NOT NULL,
    percent      INTEGER            NULL,
    percent_at   DATETIME    NULL,
    percent_key  TEXT NOT NULL,
    told_rank    INTEGER            NOT NULL,
    updated_at   DATETIME    NOT NULL,
    version      INTEGER         NOT NULL
);
