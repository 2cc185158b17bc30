-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS inspections (
    project_id  BINARY(16)    NOT NULL,
    id          BINARY(16)    NOT NULL,
    kind        VARBINARY(8)  NOT NULL,
    stage_key   VARBINARY(32) NOT NULL,
    day         DATE          NOT NULL,
    summary     VARCHAR(500)  NOT NULL,
    findings    VARCHAR(4000) NOT NULL,
    author_id   BINARY(16)    NULL,
    author_name VARCHAR(60)   NOT NULL,
    author_role VARBINARY(24) NOT NULL,
    created_at  DATETIME(3)   NOT NULL,
    PRIMARY KEY (project_id, id),
    KEY inspection_day (project_id, kind, day)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS hazards (
    project_id    BINARY(16)    NOT NULL,
    id            BINARY(16)    NOT NULL,
    inspection_id BINARY(16)    NOT NULL,
    stage_key     VARBINARY(32) NOT NULL,
    title         VARCHAR(100)  NOT NULL,
    detail        VARCHAR(2000) NOT NULL,
    severity      VARBINARY(8)  NOT NULL,
    owner_id      BINARY(16)    NOT NULL,
    owner_name    VARCHAR(60)   NOT NULL,
    owner_role    VARBINARY(24) NOT NULL,
    due_on        DATE          NOT NULL,
    state         VARBINARY(16) NOT NULL,
    round         INT           NOT NULL,
    fixed_by      BINARY(16)    NULL,
    overdue_at    BIGINT        NULL,
    version       BIGINT        NOT NULL,
    created_at    DATETIME(3)   NOT NULL,
    updated_at    DATETIME(3)   NOT NULL,
    PRIMARY KEY (project_id, id),
    UNIQUE KEY hazard_id (id),
    KEY hazard_inspection (project_id, inspection_id),
    KEY hazard_overdue (overdue_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS stage_checks (
    project_id   BINARY(16)    NOT NULL,
    id           BINARY(16)    NOT NULL,
    stage_key    VARBINARY(32) NOT NULL,
    round        INT           NOT NULL,
    kind         VARBINARY(8)  NOT NULL,
    passed       TINYINT       NOT NULL,
    note         VARCHAR(1000) NOT NULL,
    items        TEXT          NOT NULL,
    checker_id   BINARY(16)    NOT NULL,
    checker_name VARCHAR(60)   NOT NULL,
    checker_role VARBINARY(24) NOT NULL,
    created_at   DATETIME(3)   NOT NULL,
    PRIMARY KEY (project_id, id),
    KEY stage_check_stage (project_id, stage_key, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS defects (
    project_id         BINARY(16)    NOT NULL,
    id                 BINARY(16)    NOT NULL,
    stage_key          VARBINARY(32) NOT NULL,
    part               VARCHAR(100)  NOT NULL,
    detail             VARCHAR(2000) NOT NULL,
    replacement_needed TINYINT       NOT NULL,
    state              VARBINARY(16) NOT NULL,
    order_no           VARCHAR(64)   NOT NULL,
    expected_on        DATE          NULL,
    due_at             DATETIME(3)   NOT NULL,
    fixed_at           DATETIME(3)   NULL,
    reporter_id        BINARY(16)    NULL,
    reporter_name      VARCHAR(60)   NOT NULL,
    reporter_role      VARBINARY(24) NOT NULL,
    version            BIGINT        NOT NULL,
    created_at         DATETIME(3)   NOT NULL,
    updated_at         DATETIME(3)   NOT NULL,
    PRIMARY KEY (project_id, id),
    UNIQUE KEY defect_id (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS quality_steps (
    project_id BINARY(16)    NOT NULL,
    ref_id     BINARY(16)    NOT NULL,
    id         BINARY(16)    NOT NULL,
    what       VARBINARY(16) NOT NULL,
    note       VARCHAR(1000) NOT NULL,
    day        DATE          NULL,
    actor_id   BINARY(16)    NULL,
    actor_name VARCHAR(60)   NOT NULL,
    actor_role VARBINARY(24) NOT NULL,
    at         DATETIME(3)   NOT NULL,
    PRIMARY KEY (project_id, ref_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS quality_photos (
    project_id BINARY(16) NOT NULL,
    ref_id     BINARY(16) NOT NULL,
    seq        INT        NOT NULL,
    file_id    BINARY(16) NOT NULL,
    PRIMARY KEY (project_id, ref_id, seq),
    KEY quality_photo_file (file_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS supervisors (
    id           BINARY(16)     NOT NULL,
    store_id     BINARY(16)     NULL,
    name         VARCHAR(60)    NOT NULL,
    company      VARCHAR(100)   NOT NULL,
    certificate  VARCHAR(100)   NOT NULL,
    introduction VARCHAR(1000)  NOT NULL,
    phone_enc    VARBINARY(255) NOT NULL,
    fee_fen      BIGINT         NOT NULL,
    fee_per      VARBINARY(8)   NOT NULL,
    active       TINYINT        NOT NULL,
    staff_id     BINARY(16)     NULL,
    created_by   BINARY(16)     NULL,
    version      BIGINT         NOT NULL,
    created_at   DATETIME(3)    NOT NULL,
    updated_at   DATETIME(3)    NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY supervisor_staff (staff_id),
    KEY supervisor_listed (created_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS supervisor_cities (
    supervisor_id BINARY(16)  NOT NULL,
    seq           INT         NOT NULL,
    city          VARCHAR(32) NOT NULL,
    PRIMARY KEY (supervisor_id, seq),
    KEY supervisor_city (city, supervisor_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS supervisor_choices (
    project_id    BINARY(16)    NOT NULL,
    id            BINARY(16)    NOT NULL,
    supervisor_id BINARY(16)    NOT NULL,
    state         VARBINARY(16) NOT NULL,
    standing      TINYINT       NULL,
    fee_fen       BIGINT        NOT NULL,
    fee_per       VARBINARY(8)  NOT NULL,
    company_bp    INT           NOT NULL,
    company_fen   BIGINT        NOT NULL,
    customer_fen  BIGINT        NOT NULL,
    staff_id      BINARY(16)    NULL,
    person_id     BINARY(16)    NULL,
    chosen_by     BINARY(16)    NOT NULL,
    chosen_at     DATETIME(3)   NOT NULL,
    confirmed_by  BINARY(16)    NULL,
    confirmed_at  DATETIME(3)   NULL,
    ended_by      BINARY(16)    NULL,
    ended_at      DATETIME(3)   NULL,
    reason        VARCHAR(500)  NOT NULL,
    version       BIGINT        NOT NULL,
    PRIMARY KEY (project_id, id),
    UNIQUE KEY supervisor_choice_standing (project_id, standing),
    KEY supervisor_choice_of (supervisor_id, project_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
