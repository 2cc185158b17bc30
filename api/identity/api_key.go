package identity

import (
	"context"
	"time"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/internal/id"
	model "guike/model/identity"
	service "guike/service/identity"
)

// KeyAPI answers for the API keys of the company's other systems.
type KeyAPI struct{ keys *service.Keys }

// NewKeyAPI returns the operations over the keys.
func NewKeyAPI(keys *service.Keys) *KeyAPI { return &KeyAPI{keys: keys} }

// APIKeyBody is what is said of a new key.
type APIKeyBody struct {
	Name      string    `json:"name" minLength:"1" maxLength:"60" doc:"What colleagues, and customers beside its news, call the system." example:"工厂 ERP"`
	Source    string    `json:"source,omitempty" required:"false" maxLength:"32" pattern:"^[a-z0-9][a-z0-9_-]*$" doc:"The system that will hold the key; event ids are unique within it, so that a new key takes over from an old one. erp when absent." example:"erp"`
	Scopes    []string  `json:"scopes" nullable:"false" minItems:"1" maxItems:"20" enum:"erp.status,erp.shipments" doc:"What the key may do." example:"[\"erp.status\",\"erp.shipments\"]"`
	StoreID   id.ID     `json:"store_id,omitzero" required:"false" doc:"The only store whose orders the key reaches; every store's when absent." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e72"`
	ExpiresAt time.Time `json:"expires_at,omitzero" required:"false" doc:"From when the key opens nothing; never when absent." example:"2027-11-21T00:00:00.000Z"`
}

// CreateKeyInput is the request for a new key.
type CreateKeyInput struct {
	contract.Key
	Body APIKeyBody
}

// KeyActionInput is an action on one key, without fields.
type KeyActionInput struct {
	contract.ByID
	contract.NoFields
}

// APIKeyView is a key; its secret is not among what is shown.
type APIKeyView struct {
	ID         id.ID      `json:"id" doc:"The key's id, as the audit log names it." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	Name       string     `json:"name" doc:"What people call the system." example:"工厂 ERP"`
	Source     string     `json:"source" doc:"The system that holds it." example:"erp"`
	Scopes     []string   `json:"scopes" nullable:"false" doc:"What it may do." example:"[\"erp.shipments\",\"erp.status\"]"`
	StoreID    id.ID      `json:"store_id,omitzero" doc:"The only store whose orders it reaches." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e72"`
	ExpiresAt  *time.Time `json:"expires_at,omitempty" doc:"From when it opens nothing." example:"2027-11-21T00:00:00.000Z"`
	RevokedAt  *time.Time `json:"revoked_at,omitempty" doc:"When it was revoked." example:"2027-01-08T03:00:00.000Z"`
	LastUsedAt *time.Time `json:"last_used_at,omitempty" doc:"When it was last used, at most a minute behind." example:"2026-12-01T01:30:00.000Z"`
	CreatedAt  time.Time  `json:"created_at" doc:"When it was issued." example:"2026-11-21T08:00:00.000Z"`
}

// NewAPIKeyView is a key with its secret.
type NewAPIKeyView struct {
	APIKeyView
	Secret string `json:"secret,omitempty" doc:"The key itself, for the Authorization header. It is shown this once; the answer to a repeated request does not have it." example:"gk_01980f4e7a8b7c3d9e2f1a2b3c4d5e6f_q0b1nVd3l7Wc5k8rZx2yT4uM6sP9aE0fGhJkLmNoQrs"`
}

func viewKey(k model.APIKey) APIKeyView {
	return APIKeyView{
		ID: k.ID, Name: k.Name, Source: k.Source, Scopes: k.ScopeList(), StoreID: k.StoreID, ExpiresAt: contract.Until(k.ExpiresAt),
		RevokedAt: contract.Until(k.RevokedAt), LastUsedAt: contract.Until(k.LastUsedAt), CreatedAt: contract.Instant(k.CreatedAt),
	}
}

// CreateAPIKey issues a key and shows its secret once.
func (a *KeyAPI) CreateAPIKey(ctx context.Context, in *CreateKeyInput) (*contract.Made[NewAPIKeyView], error) {
	b := in.Body
	issued, replayed, err := a.keys.Create(ctx, actor.From(ctx), in.Once("identity-create-api-key", b), service.KeyForm{
		Name: b.Name, Source: b.Source, Scopes: b.Scopes, StoreID: b.StoreID, ExpiresAt: b.ExpiresAt,
	})
	if err != nil {
		return nil, err
	}
	return contract.NewMade(NewAPIKeyView{APIKeyView: viewKey(issued.APIKey), Secret: issued.Secret}, replayed), nil
}

// ListAPIKeys lists the keys.
func (a *KeyAPI) ListAPIKeys(ctx context.Context, in *contract.Paging) (*contract.Answer[contract.List[APIKeyView]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.keys.List(ctx, page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, viewKey)), nil
}

// RevokeAPIKey ends a key at once.
func (a *KeyAPI) RevokeAPIKey(ctx context.Context, in *KeyActionInput) (*contract.Answer[APIKeyView], error) {
	row, err := a.keys.Revoke(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewKey(row)), nil
}
