-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS site_closures (
    id              BINARY(16)   NOT NULL PRIMARY KEY,
    from_day        DATE         NOT NULL,
    to_day          DATE         NOT NULL,
    weekday         INT          NULL,
    name            VARCHAR(60)  NOT NULL,
    added_in        BIGINT       NOT NULL,
    removed_in      BIGINT       NOT NULL,
    created_by      BINARY(16)   NULL,
    created_by_name VARCHAR(60)  NOT NULL,
    created_at      DATETIME(3)  NOT NULL,
    removed_by      BINARY(16)   NULL,
    removed_at      DATETIME(3)  NULL,
    KEY site_closure_end (removed_in, to_day, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS site_calendar (
    id       INT    NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS plan_policies (
    version           BIGINT        NOT NULL PRIMARY KEY,
    late_after_days   INT           NOT NULL,
    phase_notice_days INT           NOT NULL,
    compensation      VARCHAR(4000) NOT NULL,
    created_at        DATETIME(3)   NOT NULL,
    created_by        BINARY(16)    NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS project_plan_changes (
    project_id BINARY(16)    NOT NULL,
    id         BINARY(16)    NOT NULL,
    kind       VARBINARY(16) NOT NULL,
    stage_key  VARBINARY(32) NOT NULL,
    old_end    DATE          NULL,
    new_end    DATE          NULL,
    reason     VARCHAR(500)  NOT NULL,
    by_id      BINARY(16)    NULL,
    by_name    VARCHAR(60)   NOT NULL,
    by_role    VARBINARY(24) NOT NULL,
    at         DATETIME(3)   NOT NULL,
    PRIMARY KEY (project_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS project_pauses (
    project_id BINARY(16)   NOT NULL,
    id         BINARY(16)   NOT NULL,
    from_at    DATETIME(3)  NOT NULL,
    until_at   DATETIME(3)  NULL,
    reason     VARCHAR(500) NOT NULL,
    days       INT          NOT NULL,
    paused_by  BINARY(16)   NULL,
    resumed_by BINARY(16)   NULL,
    PRIMARY KEY (project_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS delay_notices (
    project_id        BINARY(16)    NOT NULL,
    id                BINARY(16)    NOT NULL,
    stage_key         VARBINARY(32) NOT NULL,
    n                 INT           NOT NULL,
    due               DATE          NOT NULL,
    days_late         INT           NOT NULL,
    state             VARBINARY(16) NOT NULL,
    proposed_reason   VARCHAR(500)  NOT NULL,
    proposed_end      DATE          NOT NULL,
    proposed_fen      BIGINT        NOT NULL,
    proposed_text     VARCHAR(500)  NOT NULL,
    policy_version    BIGINT        NOT NULL,
    reason            VARCHAR(500)  NOT NULL,
    new_end           DATE          NULL,
    compensation_fen  BIGINT        NOT NULL,
    compensation_text VARCHAR(500)  NOT NULL,
    decided_by        BINARY(16)    NULL,
    decided_by_name   VARCHAR(60)   NOT NULL,
    decided_at        DATETIME(3)   NULL,
    raised_at         DATETIME(3)   NOT NULL,
    version           BIGINT        NOT NULL,
    PRIMARY KEY (project_id, id),
    UNIQUE KEY delay_notice_id (id),
    UNIQUE KEY delay_notice_of (project_id, stage_key, n),
    KEY delay_notice_open (state, project_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS delay_nights (
    day         DATE        NOT NULL PRIMARY KEY,
    cursor_due  DATE        NULL,
    cursor_id   BINARY(16)  NULL,
    seen        BIGINT      NOT NULL,
    late        BIGINT      NOT NULL,
    raised      BIGINT      NOT NULL,
    started_at  DATETIME(3) NOT NULL,
    finished_at DATETIME(3) NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS project_phases (
    project_id     BINARY(16)    NOT NULL,
    id             BINARY(16)    NOT NULL,
    name           VARCHAR(60)   NOT NULL,
    amount_fen     BIGINT        NOT NULL,
    state          VARBINARY(16) NOT NULL,
    deferred_until DATE          NULL,
    reminded       TINYINT       NOT NULL,
    reason         VARCHAR(500)  NOT NULL,
    released_at    DATETIME(3)   NULL,
    version        BIGINT        NOT NULL,
    created_by     BINARY(16)    NULL,
    created_at     DATETIME(3)   NOT NULL,
    updated_at     DATETIME(3)   NOT NULL,
    PRIMARY KEY (project_id, id),
    KEY project_phase_due (state, reminded, deferred_until, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Asked for first, since this file may run again (see 0008).
SET @missing = (SELECT COUNT(*) = 0 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'projects' AND column_name = 'calendar_rev');
SET @change = IF(@missing, 'ALTER TABLE projects
    ADD COLUMN calendar_rev BIGINT NOT NULL DEFAULT 0,
    ADD KEY project_calendar (state, calendar_rev, id)', 'DO 0');
PREPARE change_columns FROM @change;
EXECUTE change_columns;
DEALLOCATE PREPARE change_columns;

SET @missing = (SELECT COUNT(*) = 0 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'project_stages' AND column_name = 'completed_on');
SET @change = IF(@missing, 'ALTER TABLE project_stages
    ADD COLUMN completed_on DATE NULL,
    ADD COLUMN answered_by BINARY(16) NULL,
    ADD KEY project_stage_completed (completed_on, stage_key)', 'DO 0');
PREPARE change_columns FROM @change;
EXECUTE change_columns;
DEALLOCATE PREPARE change_columns;
