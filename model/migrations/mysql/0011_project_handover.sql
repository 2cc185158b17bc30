-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS promises (
    project_id   BINARY(16)    NOT NULL,
    id           BINARY(16)    NOT NULL,
    text         VARCHAR(500)  NOT NULL,
    category     VARBINARY(24) NOT NULL,
    due_stage    VARBINARY(32) NOT NULL,
    late_reason  VARCHAR(500)  NOT NULL,
    state        VARBINARY(16) NOT NULL,
    word         VARCHAR(500)  NOT NULL,
    settled_by   BINARY(16)    NULL,
    settled_name VARCHAR(60)   NOT NULL,
    settled_at   DATETIME(3)   NULL,
    dispute      VARCHAR(500)  NOT NULL,
    disputed_by  BINARY(16)    NULL,
    disputed_at  DATETIME(3)   NULL,
    made_by      BINARY(16)    NULL,
    made_name    VARCHAR(60)   NOT NULL,
    made_role    VARBINARY(24) NOT NULL,
    version      BIGINT        NOT NULL,
    created_at   DATETIME(3)   NOT NULL,
    updated_at   DATETIME(3)   NOT NULL,
    PRIMARY KEY (project_id, id),
    UNIQUE KEY promise_id (id),
    KEY promise_settled (settled_at, project_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS promise_revisions (
    project_id  BINARY(16)    NOT NULL,
    promise_id  BINARY(16)    NOT NULL,
    version     BIGINT        NOT NULL,
    text        VARCHAR(500)  NOT NULL,
    category    VARBINARY(24) NOT NULL,
    due_stage   VARBINARY(32) NOT NULL,
    edited_by   BINARY(16)    NULL,
    edited_name VARCHAR(60)   NOT NULL,
    replaced_at DATETIME(3)   NOT NULL,
    PRIMARY KEY (project_id, promise_id, version)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS checklists (
    kind       VARBINARY(24) NOT NULL,
    stage_key  VARBINARY(32) NOT NULL,
    version    INT           NOT NULL,
    title_zh   VARCHAR(100)  NOT NULL,
    title_en   VARCHAR(100)  NOT NULL,
    active     TINYINT       NOT NULL,
    created_by BINARY(16)    NULL,
    created_at DATETIME(3)   NOT NULL,
    PRIMARY KEY (kind, stage_key, version)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS checklist_items (
    kind      VARBINARY(24) NOT NULL,
    stage_key VARBINARY(32) NOT NULL,
    version   INT           NOT NULL,
    seq       INT           NOT NULL,
    item_key  VARBINARY(40) NOT NULL,
    text_zh   VARCHAR(200)  NOT NULL,
    text_en   VARCHAR(200)  NOT NULL,
    PRIMARY KEY (kind, stage_key, version, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS acceptances (
    project_id        BINARY(16)    NOT NULL,
    id                BINARY(16)    NOT NULL,
    stage_key         VARBINARY(32) NOT NULL,
    round             INT           NOT NULL,
    checklist_version INT           NOT NULL,
    version           BIGINT        NOT NULL,
    state             VARBINARY(16) NOT NULL,
    created_at        DATETIME(3)   NOT NULL,
    updated_at        DATETIME(3)   NOT NULL,
    PRIMARY KEY (project_id, id),
    UNIQUE KEY acceptance_id (id),
    UNIQUE KEY acceptance_round (project_id, stage_key, round)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS acceptance_versions (
    project_id    BINARY(16)    NOT NULL,
    acceptance_id BINARY(16)    NOT NULL,
    version       BIGINT        NOT NULL,
    note          VARCHAR(1000) NOT NULL,
    care_given    TINYINT       NOT NULL,
    care_text     VARCHAR(2000) NOT NULL,
    content_hash  BINARY(32)    NOT NULL,
    author_id     BINARY(16)    NULL,
    author_name   VARCHAR(60)   NOT NULL,
    author_role   VARBINARY(24) NOT NULL,
    created_at    DATETIME(3)   NOT NULL,
    PRIMARY KEY (project_id, acceptance_id, version)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS acceptance_items (
    project_id    BINARY(16)    NOT NULL,
    acceptance_id BINARY(16)    NOT NULL,
    version       BIGINT        NOT NULL,
    seq           INT           NOT NULL,
    item_key      VARBINARY(40) NOT NULL,
    text          VARCHAR(200)  NOT NULL,
    text_en       VARCHAR(200)  NOT NULL,
    result        VARBINARY(8)  NOT NULL,
    note          VARCHAR(500)  NOT NULL,
    PRIMARY KEY (project_id, acceptance_id, version, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS acceptance_photos (
    project_id    BINARY(16) NOT NULL,
    acceptance_id BINARY(16) NOT NULL,
    version       BIGINT     NOT NULL,
    item_seq      INT        NOT NULL,
    seq           INT        NOT NULL,
    file_id       BINARY(16) NOT NULL,
    PRIMARY KEY (project_id, acceptance_id, version, item_seq, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS acceptance_decisions (
    project_id    BINARY(16)     NOT NULL,
    acceptance_id BINARY(16)     NOT NULL,
    version       BIGINT         NOT NULL,
    verdict       VARBINARY(16)  NOT NULL,
    method        VARBINARY(16)  NOT NULL,
    customer_id   BINARY(16)     NULL,
    name_enc      VARBINARY(512) NULL,
    word          VARCHAR(500)   NOT NULL,
    content_hash  BINARY(32)     NOT NULL,
    file_id       BINARY(16)     NULL,
    reason        VARCHAR(500)   NOT NULL,
    recorded_by   BINARY(16)     NULL,
    recorded_name VARCHAR(60)    NOT NULL,
    decided_at    DATETIME(3)    NOT NULL,
    PRIMARY KEY (project_id, acceptance_id, version)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS project_cameras (
    project_id   BINARY(16)    NOT NULL,
    id           BINARY(16)    NOT NULL,
    title        VARCHAR(100)  NOT NULL,
    url          VARCHAR(500)  NOT NULL,
    stage_key    VARBINARY(32) NOT NULL,
    opens_at     DATETIME(3)   NOT NULL,
    closes_at    DATETIME(3)   NOT NULL,
    withdrawn_at DATETIME(3)   NULL,
    created_by   BINARY(16)    NULL,
    version      BIGINT        NOT NULL,
    created_at   DATETIME(3)   NOT NULL,
    updated_at   DATETIME(3)   NOT NULL,
    PRIMARY KEY (project_id, id),
    UNIQUE KEY project_camera_id (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS site_notes (
    project_id   BINARY(16)    NOT NULL,
    id           BINARY(16)    NOT NULL,
    text         VARCHAR(1000) NOT NULL,
    stage_key    VARBINARY(32) NOT NULL,
    author_id    BINARY(16)    NULL,
    author_name  VARCHAR(60)   NOT NULL,
    author_role  VARBINARY(24) NOT NULL,
    withdrawn_at DATETIME(3)   NULL,
    withdrawn_by BINARY(16)    NULL,
    created_at   DATETIME(3)   NOT NULL,
    PRIMARY KEY (project_id, id),
    UNIQUE KEY site_note_id (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS site_note_photos (
    project_id BINARY(16) NOT NULL,
    note_id    BINARY(16) NOT NULL,
    seq        INT        NOT NULL,
    file_id    BINARY(16) NOT NULL,
    PRIMARY KEY (project_id, note_id, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS project_scans (
    project_id BINARY(16)    NOT NULL,
    id         BINARY(16)    NOT NULL,
    at         DATETIME(3)   NOT NULL,
    staff_id   BINARY(16)    NOT NULL,
    staff_name VARCHAR(60)   NOT NULL,
    staff_role VARBINARY(24) NOT NULL,
    device     VARCHAR(100)  NOT NULL,
    PRIMARY KEY (project_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS craft_notes (
    id         BINARY(16)    NOT NULL PRIMARY KEY,
    note_key   VARBINARY(40) NOT NULL,
    stage_key  VARBINARY(32) NOT NULL,
    seq        INT           NOT NULL,
    title_zh   VARCHAR(100)  NOT NULL,
    title_en   VARCHAR(100)  NOT NULL,
    text       VARCHAR(2000) NOT NULL,
    active     TINYINT       NOT NULL,
    version    BIGINT        NOT NULL,
    created_at DATETIME(3)   NOT NULL,
    updated_at DATETIME(3)   NOT NULL,
    UNIQUE KEY craft_note_key (note_key),
    KEY craft_note_stage (stage_key, seq, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS craft_note_photos (
    note_id BINARY(16) NOT NULL,
    seq     INT        NOT NULL,
    file_id BINARY(16) NOT NULL,
    PRIMARY KEY (note_id, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
