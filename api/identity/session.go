package identity

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
	service "guike/service/identity"
)

// SessionAPI answers for the tokens of customers and staff.
type SessionAPI struct{ sessions *service.Sessions }

// NewSessionAPI returns the operations over the sessions.
func NewSessionAPI(sessions *service.Sessions) *SessionAPI { return &SessionAPI{sessions: sessions} }

// RefreshCustomer gets a customer the next pair of tokens.
func (a *SessionAPI) RefreshCustomer(ctx context.Context, in *RefreshInput) (*contract.Answer[TokenPair], error) {
	return a.refresh(ctx, actor.Customer, in)
}

// RefreshStaff gets a member of staff the next pair of tokens.
func (a *SessionAPI) RefreshStaff(ctx context.Context, in *RefreshInput) (*contract.Answer[TokenPair], error) {
	return a.refresh(ctx, actor.Staff, in)
}

func (a *SessionAPI) refresh(ctx context.Context, kind actor.Kind, in *RefreshInput) (*contract.Answer[TokenPair], error) {
	pair, err := a.sessions.Refresh(ctx, kind, in.Body.RefreshToken)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewTokens(pair)), nil
}

// LogoutCustomer ends the customer's session.
func (a *SessionAPI) LogoutCustomer(ctx context.Context, _ *contract.NoFields) (*contract.Nothing, error) {
	return &contract.Nothing{}, a.sessions.Logout(ctx, actor.From(ctx))
}

// LogoutStaff ends the session of a member of staff.
func (a *SessionAPI) LogoutStaff(ctx context.Context, _ *contract.NoFields) (*contract.Nothing, error) {
	return &contract.Nothing{}, a.sessions.Logout(ctx, actor.From(ctx))
}
