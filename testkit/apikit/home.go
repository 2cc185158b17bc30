package apikit

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/identity"
)

// Home is a home with its members and one project, made through the API.
type Home struct {
	*World
	Shop     identity.Store
	Boss     Person // manages the shop
	Stranger Person // manages another shop

	Owner    Person // the contract party
	Family   Person
	Guest    Person
	Outsider Person // a member of no home

	Project     id.ID
	HomeID      id.ID
	No          string
	ServiceCode string

	photos uint64
}

// Home begins a project of a kind for a home that is new with it, by somebody employed in a role at the
// shop, who is returned too.
func (w *World) Home(t *testing.T, kind string, role actor.Role) (*Home, Person) {
	t.Helper()
	h := &Home{World: w, Shop: w.Store(t)}
	h.Boss, h.Stranger = w.Staff(t, actor.StoreManager, h.Shop), w.Staff(t, actor.StoreManager, w.Store(t))
	h.Owner, h.Family, h.Guest, h.Outsider = w.Customer(t, "oOwner"), w.Customer(t, "oFamily"), w.Customer(t, "oGuest"), w.Customer(t, "oOutsider")
	by := h.Boss
	if role != actor.StoreManager {
		by = w.Staff(t, role, h.Shop)
	}
	var made struct {
		ID          id.ID
		No          string
		HomeID      id.ID  `json:"home_id"`
		ServiceCode string `json:"service_code"`
	}
	w.Post(t, by, "/v1/staff/projects", h.Order(kind)).Is(201).Into(&made)
	h.Project, h.HomeID, h.No, h.ServiceCode = made.ID, made.HomeID, made.No, made.ServiceCode
	h.Invite(t, h.Family, "family")
	h.Invite(t, h.Guest, "guest")
	return h, by
}

// Order is the body that begins a project of the owner's: for the home, or for one that is new with it.
func (h *Home) Order(kind string) map[string]any {
	body := map[string]any{
		"kind": kind, "title": "滨江花园 3 栋", "customer_id": h.Owner.ID, "contract_amount_fen": 12_800_000, "planned_start": "2026-11-23",
	}
	if !h.HomeID.IsZero() {
		body["home_id"] = h.HomeID
		return body
	}
	body["home"] = map[string]any{"name": "滨江花园", "city": "杭州", "district": "滨江区", "address": "江南大道 1 号 3-501", "area_m2": 98.5}
	return body
}

// Invite makes somebody a member of the home.
func (h *Home) Invite(t *testing.T, who Person, role string) {
	t.Helper()
	var made struct{ Code string }
	h.Post(t, h.Owner, Path("/v1/me/homes/%s/invitations", h.HomeID), map[string]any{"role": role}).Is(201).Into(&made)
	h.Post(t, who, Path("/v1/me/home-invitations/%s/accept", made.Code), nil).Is(200)
}

// Assign puts somebody in charge of the project in the role that they are employed in.
func (h *Home) Assign(t *testing.T, who Person) {
	t.Helper()
	h.Post(t, h.Boss, h.StaffPath("/people"), map[string]any{"staff_id": who.ID}).Is(201)
}

// Snap uploads a picture, another one each time, by a member of staff.
func (h *Home) Snap(t *testing.T, who Person) id.ID {
	t.Helper()
	h.photos++
	return h.Upload(t, who, "/v1/staff/files", Photo(t, h.photos))
}

// ThirdParty lists a supervisor of another company, lets the owner choose them and the shop confirm. It
// returns the supervisor, signed in with a password of their own, and the entry in the directory.
func (h *Home) ThirdParty(t *testing.T) (who Person, entry id.ID) {
	t.Helper()
	var listed struct{ ID id.ID }
	h.Post(t, h.Boss, "/v1/staff/supervisors", map[string]any{
		"name": "陈志远", "company": "正衡监理", "certificate": "31008821", "phone": "13800138000", "cities": []string{"杭州市"},
		"fee_fen": 300_001, "fee_per": "project", "active": true,
	}).Is(201).Into(&listed)
	h.Post(t, h.Owner, h.MyPath("/supervisor"), map[string]any{"supervisor_id": listed.ID}).Is(201)
	var made struct {
		SignIn struct {
			Username      string `json:"username"`
			FirstPassword string `json:"first_password"`
		} `json:"sign_in"`
	}
	confirm := func() Answer {
		return h.Post(t, h.Boss, h.StaffPath("/supervisor/confirm"), map[string]any{}, "Idempotency-Key", "confirm").Is(200)
	}
	confirm().Into(&made)
	require.NotContains(t, string(confirm().Body), "first_password", "shown once")
	who = h.SignIn(t, made.SignIn.Username, made.SignIn.FirstPassword)
	h.Get(t, who, h.StaffPath("")).Fails(403, "password.change_required")
	h.Do(t, who, http.MethodPut, "/v1/staff/me/password", map[string]any{"old_password": made.SignIn.FirstPassword, "new_password": Password}).Is(204)
	return h.SignIn(t, made.SignIn.Username, Password), listed.ID
}

// StaffPath is a path below the project for staff.
func (h *Home) StaffPath(rest string) string { return Path("/v1/staff/projects/%s", h.Project) + rest }

// MyPath is a path below the project for customers.
func (h *Home) MyPath(rest string) string { return Path("/v1/me/projects/%s", h.Project) + rest }
