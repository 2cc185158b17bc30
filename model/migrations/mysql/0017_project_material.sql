-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS materials (
    id         BINARY(16)    NOT NULL PRIMARY KEY,
    code       VARBINARY(14) NOT NULL,
    name       VARCHAR(100)  NOT NULL,
    brand      VARCHAR(60)   NOT NULL,
    category   VARCHAR(40)   NOT NULL,
    model      VARCHAR(60)   NOT NULL,
    grade      VARCHAR(40)   NOT NULL,
    unit       VARCHAR(20)   NOT NULL,
    supplier   VARCHAR(100)  NOT NULL,
    active     TINYINT       NOT NULL,
    version    BIGINT        NOT NULL,
    created_at DATETIME(3)   NOT NULL,
    updated_at DATETIME(3)   NOT NULL,
    UNIQUE KEY material_code (code),
    UNIQUE KEY material_identity (brand, name, model, grade),
    KEY material_created (created_at, id),
    KEY material_category (category, created_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS material_batches (
    id            BINARY(16)    NOT NULL PRIMARY KEY,
    material_id   BINARY(16)    NOT NULL,
    code          VARBINARY(14) NOT NULL,
    batch_no      VARBINARY(60) NOT NULL,
    produced_on   DATE          NULL,
    received_on   DATE          NULL,
    quantity      BIGINT        NOT NULL,
    state         VARBINARY(16) NOT NULL,
    version       BIGINT        NOT NULL,
    created_at    DATETIME(3)   NOT NULL,
    updated_at    DATETIME(3)   NOT NULL,
    UNIQUE KEY material_batch_code (code),
    UNIQUE KEY material_batch_no (material_id, batch_no),
    KEY material_batch_created (material_id, created_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS material_documents (
    material_id  BINARY(16)    NOT NULL,
    id           BINARY(16)    NOT NULL,
    batch_id     BINARY(16)    NULL,
    kind         VARBINARY(24) NOT NULL,
    title        VARCHAR(100)  NOT NULL,
    file_id      BINARY(16)    NOT NULL,
    visibility   VARBINARY(16) NOT NULL,
    issued_on    DATE          NULL,
    added_by     BINARY(16)    NULL,
    created_at   DATETIME(3)   NOT NULL,
    withdrawn_at DATETIME(3)   NULL,
    PRIMARY KEY (material_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS project_specifications (
    project_id BINARY(16)  NOT NULL PRIMARY KEY,
    revision   BIGINT      NOT NULL,
    frozen_at  DATETIME(3) NULL,
    updated_at DATETIME(3) NOT NULL,
    updated_by BINARY(16)  NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS project_specification_lines (
    project_id  BINARY(16)   NOT NULL,
    revision    BIGINT       NOT NULL,
    seq         INT          NOT NULL,
    place       VARCHAR(60)  NOT NULL,
    material_id BINARY(16)   NOT NULL,
    quantity    BIGINT       NOT NULL,
    note        VARCHAR(200) NOT NULL,
    PRIMARY KEY (project_id, revision, seq),
    KEY project_specification_material (material_id, project_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS project_installs (
    project_id   BINARY(16)   NOT NULL,
    id           BINARY(16)   NOT NULL,
    batch_id     BINARY(16)   NOT NULL,
    material_id  BINARY(16)   NOT NULL,
    place        VARCHAR(60)  NOT NULL,
    quantity     BIGINT       NOT NULL,
    installed_on DATE         NOT NULL,
    matches      TINYINT      NOT NULL,
    note         VARCHAR(500) NOT NULL,
    by_id        BINARY(16)   NULL,
    by_name      VARCHAR(60)  NOT NULL,
    withdrawn_at DATETIME(3)  NULL,
    created_at   DATETIME(3)  NOT NULL,
    version      BIGINT       NOT NULL,
    PRIMARY KEY (project_id, id),
    KEY project_install_batch (batch_id, project_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS material_recalls (
    batch_id    BINARY(16)    NOT NULL PRIMARY KEY,
    reason      VARCHAR(500)  NOT NULL,
    instruction VARCHAR(1000) NOT NULL,
    called_at   DATETIME(3)   NOT NULL,
    called_by   BINARY(16)    NULL,
    reached     BINARY(16)    NULL,
    homes       BIGINT        NOT NULL,
    finished_at DATETIME(3)   NULL,
    poll_at     BIGINT        NULL,
    KEY material_recall_poll (poll_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
