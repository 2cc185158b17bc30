-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS stage_templates (
    kind         VARBINARY(24) NOT NULL,
    template_key VARBINARY(32) NOT NULL,
    version      INT           NOT NULL,
    name_zh      VARCHAR(60)   NOT NULL,
    name_en      VARCHAR(60)   NOT NULL,
    active       TINYINT       NOT NULL,
    created_at   DATETIME(3)   NOT NULL,
    PRIMARY KEY (kind, template_key, version)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS stage_template_items (
    kind         VARBINARY(24) NOT NULL,
    template_key VARBINARY(32) NOT NULL,
    version      INT           NOT NULL,
    seq          INT           NOT NULL,
    stage_key    VARBINARY(32) NOT NULL,
    name_zh      VARCHAR(60)   NOT NULL,
    name_en      VARCHAR(60)   NOT NULL,
    planned_days INT           NOT NULL,
    weight       INT           NOT NULL,
    PRIMARY KEY (kind, template_key, version, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS projects (
    id                  BINARY(16)    NOT NULL PRIMARY KEY,
    no                  VARBINARY(20) NOT NULL,
    service_code        VARBINARY(14) NOT NULL,
    kind                VARBINARY(24) NOT NULL,
    title               VARCHAR(100)  NOT NULL,
    home_id             BINARY(16)    NOT NULL,
    customer_id         BINARY(16)    NOT NULL,
    store_id            BINARY(16)    NULL,
    state               VARBINARY(16) NOT NULL,
    contract_amount_fen BIGINT        NOT NULL,
    planned_start       DATE          NOT NULL,
    planned_end         DATE          NOT NULL,
    template_key        VARBINARY(32) NOT NULL,
    template_version    INT           NOT NULL,
    current_stage       VARBINARY(32) NOT NULL,
    stage_due           DATE          NULL,
    percent             INT           NOT NULL,
    started_at          DATETIME(3)   NULL,
    completed_at        DATETIME(3)   NULL,
    cancelled_at        DATETIME(3)   NULL,
    cancel_reason       VARCHAR(500)  NOT NULL,
    version             BIGINT        NOT NULL,
    created_at          DATETIME(3)   NOT NULL,
    created_by          BINARY(16)    NULL,
    updated_at          DATETIME(3)   NOT NULL,
    UNIQUE KEY project_no (no),
    UNIQUE KEY project_service_code (service_code),
    KEY project_home (home_id, created_at, id),
    KEY project_customer (customer_id, created_at, id),
    KEY project_store (store_id, created_at, id),
    KEY project_created (created_at, id),
    KEY project_due (state, stage_due)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS project_stages (
    project_id    BINARY(16)    NOT NULL,
    seq           INT           NOT NULL,
    stage_key     VARBINARY(32) NOT NULL,
    name_zh       VARCHAR(60)   NOT NULL,
    name_en       VARCHAR(60)   NOT NULL,
    weight        INT           NOT NULL,
    state         VARBINARY(16) NOT NULL,
    planned_days  INT           NOT NULL,
    planned_start DATE          NOT NULL,
    planned_end   DATE          NOT NULL,
    started_at    DATETIME(3)   NULL,
    completed_at  DATETIME(3)   NULL,
    reopened      INT           NOT NULL,
    version       BIGINT        NOT NULL,
    PRIMARY KEY (project_id, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS project_people (
    project_id  BINARY(16)    NOT NULL,
    id          BINARY(16)    NOT NULL,
    staff_id    BINARY(16)    NOT NULL,
    role        VARBINARY(24) NOT NULL,
    from_at     DATETIME(3)   NOT NULL,
    until_at    DATETIME(3)   NULL,
    note        VARCHAR(500)  NOT NULL,
    assigned_by BINARY(16)    NULL,
    ended_by    BINARY(16)    NULL,
    PRIMARY KEY (project_id, id),
    KEY project_person_staff (staff_id, until_at, project_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS timeline_entries (
    project_id   BINARY(16)    NOT NULL,
    id           BINARY(16)    NOT NULL,
    at           DATETIME(3)   NOT NULL,
    kind         VARBINARY(32) NOT NULL,
    title_zh     VARCHAR(200)  NOT NULL,
    title_en     VARCHAR(200)  NOT NULL,
    body         TEXT          NOT NULL,
    stage_key    VARBINARY(32) NOT NULL,
    ref_id       BINARY(16)    NULL,
    author_id    BINARY(16)    NULL,
    author_name  VARCHAR(60)   NOT NULL,
    author_role  VARBINARY(24) NOT NULL,
    visible      TINYINT       NOT NULL,
    withdrawn_at DATETIME(3)   NULL,
    version      BIGINT        NOT NULL,
    updated_at   DATETIME(3)   NOT NULL,
    PRIMARY KEY (project_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS timeline_photos (
    project_id BINARY(16) NOT NULL,
    entry_id   BINARY(16) NOT NULL,
    seq        INT        NOT NULL,
    file_id    BINARY(16) NOT NULL,
    PRIMARY KEY (project_id, entry_id, seq),
    KEY timeline_photo_file (file_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS daily_logs (
    project_id    BINARY(16)    NOT NULL,
    id            BINARY(16)    NOT NULL,
    day           DATE          NOT NULL,
    stage_key     VARBINARY(32) NOT NULL,
    done_today    VARCHAR(2000) NOT NULL,
    plan_tomorrow VARCHAR(2000) NOT NULL,
    entry_id      BINARY(16)    NOT NULL,
    author_id     BINARY(16)    NULL,
    author_name   VARCHAR(60)   NOT NULL,
    author_role   VARBINARY(24) NOT NULL,
    version       BIGINT        NOT NULL,
    created_at    DATETIME(3)   NOT NULL,
    updated_at    DATETIME(3)   NOT NULL,
    PRIMARY KEY (project_id, id),
    UNIQUE KEY daily_log_day (project_id, day),
    KEY daily_log_on (day, project_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS daily_log_revisions (
    project_id    BINARY(16)     NOT NULL,
    log_id        BINARY(16)     NOT NULL,
    version       BIGINT         NOT NULL,
    stage_key     VARBINARY(32)  NOT NULL,
    done_today    VARCHAR(2000)  NOT NULL,
    plan_tomorrow VARCHAR(2000)  NOT NULL,
    photos        VARBINARY(400) NOT NULL,
    author_id     BINARY(16)     NULL,
    author_name   VARCHAR(60)    NOT NULL,
    author_role   VARBINARY(24)  NOT NULL,
    written_at    DATETIME(3)    NOT NULL,
    replaced_at   DATETIME(3)    NOT NULL,
    PRIMARY KEY (project_id, log_id, version)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS project_contact_views (
    project_id BINARY(16)  NOT NULL,
    staff_id   BINARY(16)  NOT NULL,
    day        DATE        NOT NULL,
    at         DATETIME(3) NOT NULL,
    PRIMARY KEY (project_id, staff_id, day)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
