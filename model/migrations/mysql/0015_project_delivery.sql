-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS delivery_batches (
    project_id         BINARY(16)    NOT NULL,
    id                 BINARY(16)    NOT NULL,
    seq                INT           NOT NULL,
    name               VARCHAR(60)   NOT NULL,
    phase_id           BINARY(16)    NULL,
    priority           INT           NOT NULL,
    state              VARBINARY(16) NOT NULL,
    hand_state         VARBINARY(16) NOT NULL,
    promised_on        DATE          NOT NULL,
    first_promised_on  DATE          NOT NULL,
    alarm_on           DATE          NULL,
    shipped_at         DATETIME(3)   NULL,
    arrived_at         DATETIME(3)   NULL,
    hand_shipped_at    DATETIME(3)   NULL,
    hand_arrived_at    DATETIME(3)   NULL,
    told_shipped       TINYINT       NOT NULL,
    told_arrived       TINYINT       NOT NULL,
    received_at        DATETIME(3)   NULL,
    received_kind      VARBINARY(16) NOT NULL,
    received_by        BINARY(16)    NULL,
    received_note      VARCHAR(500)  NOT NULL,
    cancelled_at       DATETIME(3)   NULL,
    cancel_reason      VARCHAR(500)  NOT NULL,
    created_at         DATETIME(3)   NOT NULL,
    created_by         BINARY(16)    NULL,
    updated_at         DATETIME(3)   NOT NULL,
    version            BIGINT        NOT NULL,
    PRIMARY KEY (project_id, id),
    UNIQUE KEY delivery_batch_id (id),
    UNIQUE KEY delivery_batch_seq (project_id, seq),
    KEY delivery_batch_alarm (alarm_on, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS delivery_items (
    project_id BINARY(16)   NOT NULL,
    batch_id   BINARY(16)   NOT NULL,
    seq        INT          NOT NULL,
    name       VARCHAR(100) NOT NULL,
    quantity   BIGINT       NOT NULL,
    room       VARCHAR(60)  NOT NULL,
    missing    BIGINT       NOT NULL,
    shortage   VARCHAR(200) NOT NULL,
    PRIMARY KEY (project_id, batch_id, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS delivery_reschedules (
    project_id BINARY(16)    NOT NULL,
    batch_id   BINARY(16)    NOT NULL,
    id         BINARY(16)    NOT NULL,
    from_on    DATE          NOT NULL,
    to_on      DATE          NOT NULL,
    reason     VARCHAR(500)  NOT NULL,
    by_id      BINARY(16)    NULL,
    by_name    VARCHAR(60)   NOT NULL,
    at         DATETIME(3)   NOT NULL,
    PRIMARY KEY (project_id, batch_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS delivery_photos (
    project_id BINARY(16) NOT NULL,
    batch_id   BINARY(16) NOT NULL,
    seq        INT        NOT NULL,
    file_id    BINARY(16) NOT NULL,
    PRIMARY KEY (project_id, batch_id, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS shipments (
    project_id  BINARY(16)     NOT NULL,
    id          BINARY(16)     NOT NULL,
    batch_id    BINARY(16)     NULL,
    carrier     VARCHAR(60)    NOT NULL,
    tracking_no VARBINARY(64)  NOT NULL,
    state       VARBINARY(24)  NOT NULL,
    state_at    DATETIME(3)    NULL,
    state_event VARBINARY(64)  NOT NULL,
    left_at     DATETIME(3)    NULL,
    events      INT            NOT NULL,
    placed_at   DATETIME(3)    NULL,
    placed_by   VARBINARY(100) NOT NULL,
    created_at  DATETIME(3)    NOT NULL,
    created_by  BINARY(16)     NULL,
    updated_at  DATETIME(3)    NOT NULL,
    version     BIGINT         NOT NULL,
    PRIMARY KEY (project_id, id),
    UNIQUE KEY shipment_id (id),
    UNIQUE KEY shipment_tracking (project_id, carrier, tracking_no)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS shipment_events (
    project_id  BINARY(16)    NOT NULL,
    shipment_id BINARY(16)    NOT NULL,
    external_id VARBINARY(64) NOT NULL,
    at          DATETIME(3)   NOT NULL,
    status      VARBINARY(24) NOT NULL,
    place       VARCHAR(100)  NOT NULL,
    body        VARCHAR(500)  NOT NULL,
    told_at     DATETIME(3)   NOT NULL,
    told_kind   VARBINARY(16) NOT NULL,
    told_by     BINARY(16)    NULL,
    PRIMARY KEY (project_id, shipment_id, external_id),
    KEY shipment_event_newest (project_id, at, shipment_id, external_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS erp_events (
    source      VARBINARY(32) NOT NULL,
    event_id    VARBINARY(64) NOT NULL,
    id          BINARY(16)    NOT NULL,
    project_id  BINARY(16)    NOT NULL,
    kind        VARBINARY(16) NOT NULL,
    key_id      BINARY(16)    NOT NULL,
    at          DATETIME(3)   NOT NULL,
    status      VARBINARY(24) NOT NULL,
    stage       VARCHAR(60)   NOT NULL,
    percent     INT           NULL,
    note        VARCHAR(500)  NOT NULL,
    fingerprint VARBINARY(32) NOT NULL,
    result      VARCHAR(1000) NOT NULL,
    received_at DATETIME(3)   NOT NULL,
    PRIMARY KEY (source, event_id),
    KEY erp_event_history (project_id, at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS project_production (
    project_id   BINARY(16)     NOT NULL PRIMARY KEY,
    status       VARBINARY(24)  NOT NULL,
    stage        VARCHAR(60)    NOT NULL,
    note         VARCHAR(500)   NOT NULL,
    at           DATETIME(3)    NOT NULL,
    event_key    VARBINARY(100) NOT NULL,
    percent      INT            NULL,
    percent_at   DATETIME(3)    NULL,
    percent_key  VARBINARY(100) NOT NULL,
    told_rank    INT            NOT NULL,
    updated_at   DATETIME(3)    NOT NULL,
    version      BIGINT         NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
