package intake_test

import (
	"bytes"
	"mime/multipart"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/identity"
	"guike/testkit"
	"guike/testkit/apikit"
)

type run struct {
	ID                     id.ID
	State                  string
	Total, Created, Faulty int64
	CanSkip                bool `json:"can_skip"`
	By                     string
	KeptUntil              string `json:"kept_until"`
	Remarks                struct {
		Items []struct {
			Severity, Kind, Column, Field, Code, Text string
			Row                                       int64
		}
		NextCursor string `json:"next_cursor"`
	}
}

func upload(t *testing.T, w *apikit.World, who apikit.Person, name string, data []byte, kind string) apikit.Answer {
	t.Helper()
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	part, err := m.CreateFormFile("file", name)
	require.NoError(t, err)
	_, err = part.Write(data)
	require.NoError(t, err)
	if kind != "" {
		require.NoError(t, m.WriteField("kind", kind))
	}
	require.NoError(t, m.Close())
	return w.Do(t, who, "POST", "/v1/staff/imports", form.Bytes(), "Content-Type", m.FormDataContentType())
}

func TestImportsOverTheAPI(t *testing.T) {
	t.Parallel()
	apikit.Each(t, func(t *testing.T, w *apikit.World) {
		boss, clerk := w.Staff(t, actor.Admin, identity.Store{}), w.Staff(t, actor.Sales, w.Store(t))
		example, err := os.ReadFile("../../../docs/import-example.xlsx")
		require.NoError(t, err)
		upload(t, w, clerk, "a.xlsx", example, "").Fails(403, "permission.denied")
		upload(t, w, boss, "a.csv", nil, "").Fails(422, "input.invalid")
		upload(t, w, boss, "a.csv", []byte("a"), "salaries").Fails(422, "input.invalid")

		var made run
		upload(t, w, boss, "老客户.xlsx", example, "").Is(201).Into(&made)
		require.Equal(t, "checking", made.State)
		path := "/v1/staff/imports/" + made.ID.String()
		w.Post(t, boss, path+"/apply", map[string]any{}).Fails(400, "idempotency.required")
		w.Post(t, boss, path+"/apply", map[string]any{}, "Idempotency-Key", "k0").Fails(409, "import.state")
		w.Clock.Advance(3 * time.Second)
		w.Settle(t)
		var seen run
		w.Get(t, boss, path).Is(200).Into(&seen)
		require.Equal(t, "checked", seen.State)
		require.EqualValues(t, 9, seen.Created)
		require.Empty(t, seen.Remarks.Items)
		require.NotEmpty(t, seen.KeptUntil)
		w.Post(t, boss, path+"/apply", map[string]any{}, "Idempotency-Key", "k1").Is(200)
		again := w.Post(t, boss, path+"/apply", map[string]any{}, "Idempotency-Key", "k1").Is(200)
		require.Equal(t, "true", again.Header.Get("Idempotency-Replayed"))
		w.Clock.Advance(3 * time.Second)
		w.Settle(t)
		w.Get(t, boss, path).Is(200).Into(&seen)
		require.Equal(t, "applied", seen.State)
		w.Post(t, boss, path+"/discard", nil).Fails(409, "import.state")

		var found struct{ Items []struct{ ID id.ID } }
		w.Get(t, boss, "/v1/staff/customers?q=王小明").Is(200).Into(&found)
		require.Len(t, found.Items, 1)

		lines := "编号,手机\n" + strings.Repeat("x,1\n", 30)
		upload(t, w, boss, "客户.csv", []byte(lines), "").Is(201).Into(&made)
		w.Clock.Advance(3 * time.Second)
		w.Settle(t)
		path = "/v1/staff/imports/" + made.ID.String()
		w.Get(t, boss, path+"?limit=50&severity=fault").Is(200).Into(&seen)
		require.EqualValues(t, 30, seen.Faulty)
		require.True(t, seen.CanSkip)
		require.Len(t, seen.Remarks.Items, 50)
		require.Equal(t, "import.phone", seen.Remarks.Items[0].Code)
		require.EqualValues(t, 2, seen.Remarks.Items[0].Row)
		require.Equal(t, "B", seen.Remarks.Items[0].Column)
		var rest run
		w.Get(t, boss, path+"?limit=50&severity=fault&cursor="+seen.Remarks.NextCursor).Is(200).Into(&rest)
		require.Len(t, rest.Remarks.Items, 9)
		require.Empty(t, rest.Remarks.NextCursor)
		w.Post(t, boss, path+"/apply", map[string]any{}, "Idempotency-Key", "k2").Fails(409, "import.faulty")
		w.Post(t, boss, path+"/discard", nil).Is(200).Into(&seen)
		require.Equal(t, "abandoned", seen.State)

		var all struct{ Items []run }
		w.Get(t, boss, "/v1/staff/imports").Is(200).Into(&all)
		require.Len(t, all.Items, 2)
		require.Equal(t, made.ID, all.Items[0].ID)
		w.Get(t, boss, "/v1/staff/imports/"+id.New().String()).Fails(404, "not_found")
		testkit.Books(t, w.App.DB)
	})
}
