-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS designs (
    project_id BINARY(16)    NOT NULL,
    id         BINARY(16)    NOT NULL,
    title      VARCHAR(100)  NOT NULL,
    room       VARCHAR(60)   NOT NULL,
    style      VARCHAR(40)   NOT NULL,
    note       VARCHAR(1000) NOT NULL,
    state      VARBINARY(16) NOT NULL,
    newest     INT           NOT NULL,
    shown      INT           NOT NULL,
    approved   INT           NOT NULL,
    rounds     INT           NOT NULL,
    created_by BINARY(16)    NULL,
    created_at DATETIME(3)   NOT NULL,
    updated_at DATETIME(3)   NOT NULL,
    version    BIGINT        NOT NULL,
    PRIMARY KEY (project_id, id),
    UNIQUE KEY design_id (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS design_versions (
    design_id       BINARY(16)    NOT NULL,
    number          INT           NOT NULL,
    difference_note VARCHAR(2000) NOT NULL,
    author_id       BINARY(16)    NULL,
    author_name     VARCHAR(60)   NOT NULL,
    created_at      DATETIME(3)   NOT NULL,
    submitted_at    DATETIME(3)   NULL,
    decision        VARBINARY(16) NOT NULL,
    decided_at      DATETIME(3)   NULL,
    decided_by      BINARY(16)    NULL,
    word            VARCHAR(1000) NOT NULL,
    views           BIGINT        NOT NULL,
    PRIMARY KEY (design_id, number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS design_files (
    design_id BINARY(16) NOT NULL,
    number    INT        NOT NULL,
    seq       INT        NOT NULL,
    file_id   BINARY(16) NOT NULL,
    PRIMARY KEY (design_id, number, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS design_links (
    design_id BINARY(16)    NOT NULL,
    number    INT           NOT NULL,
    seq       INT           NOT NULL,
    kind      VARBINARY(16) NOT NULL,
    url       VARCHAR(500)  NOT NULL,
    title     VARCHAR(100)  NOT NULL,
    PRIMARY KEY (design_id, number, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS design_views (
    design_id   BINARY(16)  NOT NULL,
    number      INT         NOT NULL,
    customer_id BINARY(16)  NOT NULL,
    day         DATE        NOT NULL,
    at          DATETIME(3) NOT NULL,
    PRIMARY KEY (design_id, number, customer_id, day)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS design_events (
    project_id  BINARY(16)    NOT NULL,
    id          BINARY(16)    NOT NULL,
    at          DATETIME(3)   NOT NULL,
    what        VARBINARY(24) NOT NULL,
    design_id   BINARY(16)    NULL,
    number      INT           NOT NULL,
    body        VARCHAR(2000) NOT NULL,
    author_kind VARBINARY(16) NOT NULL,
    author_id   BINARY(16)    NULL,
    author_name VARCHAR(60)   NOT NULL,
    author_role VARBINARY(24) NOT NULL,
    PRIMARY KEY (project_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS project_cases (
    id           BINARY(16)    NOT NULL PRIMARY KEY,
    project_id   BINARY(16)    NOT NULL,
    title        VARCHAR(100)  NOT NULL,
    story        VARCHAR(4000) NOT NULL,
    style        VARCHAR(40)   NOT NULL,
    house_type   VARCHAR(40)   NOT NULL,
    city         VARCHAR(32)   NOT NULL,
    kind         VARBINARY(24) NOT NULL,
    area_m2      INT           NOT NULL,
    budget_fen   BIGINT        NOT NULL,
    state        VARBINARY(16) NOT NULL,
    consented_at DATETIME(3)   NOT NULL,
    consent_id   BINARY(16)    NOT NULL,
    published_at DATETIME(3)   NOT NULL,
    published_by BINARY(16)    NULL,
    withdrawn_at DATETIME(3)   NULL,
    withdrawn_by BINARY(16)    NULL,
    reason       VARCHAR(500)  NOT NULL,
    version      BIGINT        NOT NULL,
    UNIQUE KEY project_case_project (project_id),
    KEY project_case_newest (state, published_at, id),
    KEY project_case_style (state, style, published_at, id),
    KEY project_case_house (state, house_type, published_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS project_case_photos (
    case_id BINARY(16) NOT NULL,
    seq     INT        NOT NULL,
    file_id BINARY(16) NOT NULL,
    PRIMARY KEY (case_id, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
