-- +goose NO TRANSACTION
-- +goose Up
-- Who brought whom, and how far the friend has come.
CREATE TABLE IF NOT EXISTS referrals (
    friend_id   BINARY(16)    NOT NULL,
    id          BINARY(16)    NOT NULL,
    referrer_id BINARY(16)    NOT NULL,
    channel     VARBINARY(16) NOT NULL,
    code        VARBINARY(16) NOT NULL,
    alias       VARCHAR(32)   NOT NULL,
    campaign    VARBINARY(32) NOT NULL,
    campaign_n  BIGINT        NOT NULL,
    policy_n    BIGINT        NOT NULL,
    bound_by    BINARY(16)    NULL,
    store_id    BINARY(16)    NULL,
    stage       VARBINARY(16) NOT NULL,
    stage_at    DATETIME(3)   NOT NULL,
    bound_at    DATETIME(3)   NOT NULL,
    voided_at   DATETIME(3)   NULL,
    void_why    VARBINARY(32) NOT NULL,
    version     BIGINT        NOT NULL,
    PRIMARY KEY (friend_id),
    UNIQUE KEY referrals_id (id),
    KEY referrals_referrer (referrer_id, bound_at, id),
    KEY referrals_bound (bound_at, id),
    KEY referrals_store (store_id, bound_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS referral_milestones (
    friend_id   BINARY(16)    NOT NULL,
    stage       VARBINARY(16) NOT NULL,
    referrer_id BINARY(16)    NOT NULL,
    at          DATETIME(3)   NOT NULL,
    ref_kind    VARBINARY(16) NOT NULL,
    ref_id      BINARY(16)    NULL,
    project_id  BINARY(16)    NULL,
    undone_at   DATETIME(3)   NULL,
    PRIMARY KEY (friend_id, stage),
    KEY referral_milestones_referrer (referrer_id, stage, at),
    KEY referral_milestones_stage (stage, at),
    KEY referral_milestones_project (project_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
