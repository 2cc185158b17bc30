// Package files holds the operations on uploads.
package files

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/model/once"
	"guike/service/files"
)

// API owns the operations.
type API struct{ files *files.Service }

// New returns the operations over the use cases.
func New(s *files.Service) *API { return &API{s} }

// UploadAsStaff keeps a picture or a PDF of a member of staff, visible to everybody who may see where it is shown.
func (a *API) UploadAsStaff(ctx context.Context, in *UploadInput) (*contract.Made[FileView], error) {
	return a.upload(ctx, in)
}

// UploadAsCustomer keeps a picture of a customer, visible to others once its content has been checked.
func (a *API) UploadAsCustomer(ctx context.Context, in *UploadInput) (*contract.Made[FileView], error) {
	return a.upload(ctx, in)
}

func (a *API) upload(ctx context.Context, in *UploadInput) (*contract.Made[FileView], error) {
	file := in.RawBody.Data().File
	defer file.Close()
	key, err := keyOf(in.Key, file)
	if err != nil {
		return nil, fmt.Errorf("read upload: %w", err)
	}
	stored, replayed, err := a.files.Upload(ctx, actor.From(ctx), key, file)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(fileView(stored), replayed), nil
}

// keyOf makes the key of an upload from the bytes that came, and rewinds them.
func keyOf(k contract.Key, file io.ReadSeeker) (once.Key, error) {
	if k.IdempotencyKey == "" {
		return once.Key{}, nil
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return once.Key{}, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return once.Key{}, err
	}
	return k.Once("files-upload", hex.EncodeToString(sum.Sum(nil))), nil
}

// Withdraw takes a picture out of everybody's sight, for good.
func (a *API) Withdraw(ctx context.Context, in *WithdrawInput) (*contract.Nothing, error) {
	return &contract.Nothing{}, a.files.Withdraw(ctx, actor.From(ctx), in.ID, in.Body.Reason)
}
