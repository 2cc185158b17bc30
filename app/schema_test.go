package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"guike/model/audit"
	"guike/model/care"
	"guike/model/db"
	"guike/model/files"
	"guike/model/identity"
	"guike/model/lease"
	"guike/model/ledger"
	"guike/model/membership"
	"guike/model/membership/card"
	"guike/model/membership/correction"
	"guike/model/membership/coupon"
	"guike/model/membership/earning"
	"guike/model/membership/intake"
	"guike/model/membership/level"
	"guike/model/membership/reward"
	"guike/model/notify"
	"guike/model/once"
	"guike/model/outbox"
	"guike/model/project"
	"guike/model/project/budget"
	"guike/model/project/delivery"
	"guike/model/project/design"
	"guike/model/project/diary"
	"guike/model/project/handover"
	"guike/model/project/material"
	"guike/model/project/plan"
	"guike/model/project/quality"
	"guike/model/project/supervisor"
	"guike/model/settings"
	"guike/testkit"
)

func TestSchemaAndCodeAgree(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		known := map[string]bool{"goose_db_version": true, "goose_lock": true, "sqlite_sequence": true}
		for name, tables := range map[string][]any{
			"audit": audit.Tables(), "care": care.Tables(), "budget": budget.Tables(), "files": files.Tables(), "identity": identity.Tables(), "lease": lease.Tables(), "ledger": ledger.Tables(),
			"membership": membership.Tables(), "earning": earning.Tables(), "intake": intake.Tables(), "level": level.Tables(), "coupon": coupon.Tables(), "reward": reward.Tables(), "card": card.Tables(), "correction": correction.Tables(), "notify": notify.Tables(), "once": once.Tables(), "outbox": outbox.Tables(), "delivery": delivery.Tables(), "design": design.Tables(), "diary": diary.Tables(), "project": project.Tables(),
			"handover": handover.Tables(), "plan": plan.Tables(), "material": material.Tables(), "quality": quality.Tables(), "supervisor": supervisor.Tables(), "settings": settings.Tables(),
		} {
			require.NotEmpty(t, tables, name)
			differences, err := db.Differences(t.Context(), k.DB, tables...)
			require.NoError(t, err, name)
			require.Empty(t, differences, name)
			for _, table := range tables {
				known[table.(interface{ TableName() string }).TableName()] = true
			}
		}
		inStore, err := k.DB.Conn(t.Context()).Migrator().GetTables()
		require.NoError(t, err)
		for _, table := range inStore {
			require.True(t, known[table], "no struct stands for table %s", table)
		}
	})
}
