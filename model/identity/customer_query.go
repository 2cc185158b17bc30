package identity

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"guike/internal/actor"
	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
)

// inCharge is true for customers of a project for which the staff member is responsible now. It is the
// one place that reads tables of the project domain from here.
const inCharge = "EXISTS (SELECT 1 FROM project_people p JOIN projects j ON j.id = p.project_id " +
	"WHERE p.staff_id = ? AND p.until_at IS NULL AND j.customer_id = customers.id)"

// customersFor cuts a query over customers to what the actor may see. A customer of no store is in
// the scope of every member of staff (design.md 5), one of a project also in that of the people in
// charge of it.
func customersFor(q *gorm.DB, who actor.Actor) *gorm.DB {
	switch {
	case who.Kind == actor.System, who.Kind == actor.Staff && who.Scope == actor.All:
		return q
	case who.Kind == actor.Customer:
		return q.Where("customers.id = ?", who.ID)
	case who.Kind != actor.Staff:
		return q.Where("1 = 0")
	}
	switch who.Scope {
	case actor.Own:
		return q.Where("(customers.store_id IS NULL OR customers.entered_by = ? OR "+inCharge+")", who.ID, who.ID)
	case actor.Store:
		return q.Where("(customers.store_id IS NULL OR customers.store_id = ? OR "+inCharge+")", who.StoreID, who.ID)
	case actor.Region:
		return q.Where("(customers.store_id IS NULL OR customers.store_id IN (SELECT id FROM stores WHERE region_id = ?) OR "+inCharge+")",
			who.RegionID, who.ID)
	}
	return q.Where("1 = 0")
}

// FindCustomer reads a customer that the actor may see; a record that was merged is found as the one
// in which it lives on. Errors: not_found for what is not there and for what is out of scope.
func FindCustomer(ctx context.Context, r db.Reader, who actor.Actor, customer id.ID) (Customer, error) {
	for range 3 { // a chain of merges is one long today; the bound keeps a mistake from looping
		var c Customer
		err := customersFor(r.Conn(ctx).Where("customers.id = ?", customer), who).Take(&c).Error
		if db.Missing(err) {
			return Customer{}, fault.Missing()
		}
		if err != nil {
			return Customer{}, fmt.Errorf("read customer: %w", err)
		}
		if c.Status != CustomerMerged {
			return c, nil
		}
		customer = c.MergedInto
	}
	return Customer{}, fault.Missing()
}

// LockCustomer reads a customer and keeps others from changing it until the transaction ends. A record
// that was merged, perhaps while this one waited, leads to the one in which it lives on: build upon
// the id that comes back. Errors: not_found.
func LockCustomer(ctx context.Context, tx *db.Tx, customer id.ID) (Customer, error) {
	for range 3 {
		var c Customer
		err := tx.Lock(ctx).Where("id = ?", customer).Take(&c).Error
		if db.Missing(err) {
			return Customer{}, fault.Missing()
		}
		if err != nil {
			return Customer{}, fmt.Errorf("lock customer: %w", err)
		}
		if c.Status != CustomerMerged {
			return c, nil
		}
		customer = c.MergedInto
	}
	return Customer{}, fault.Missing()
}

// LockInScope finds a customer that the actor may see and locks the record, as LockCustomer does: what is given
// to a record that was merged in that moment would be nobody's. Errors: not_found.
func LockInScope(ctx context.Context, tx *db.Tx, who actor.Actor, customer id.ID) (Customer, error) {
	c, err := FindCustomer(ctx, tx, who, customer)
	if err != nil {
		return c, err
	}
	return LockCustomer(ctx, tx, c.ID)
}

// CustomerByPhone looks a customer up by the blind index of the whole number; ok is false when nobody
// has it. It knows no scope: the caller decides what it tells.
func CustomerByPhone(ctx context.Context, r db.Reader, phoneIdx []byte) (c Customer, ok bool, err error) {
	err = r.Conn(ctx).Where("phone_idx = ?", phoneIdx).Take(&c).Error
	if db.Missing(err) {
		return Customer{}, false, nil
	}
	if err != nil {
		return Customer{}, false, fmt.Errorf("read customer by phone: %w", err)
	}
	return c, true, nil
}

// InScope tells whether the actor may see the customer.
func InScope(ctx context.Context, r db.Reader, who actor.Actor, customer id.ID) (bool, error) {
	var n int64
	err := customersFor(r.Conn(ctx).Model(&Customer{}).Where("customers.id = ?", customer), who).Count(&n).Error
	return n > 0, err
}

// CustomerFilter says which customers are looked for; empty fields do not count.
type CustomerFilter struct {
	ID            id.ID
	PhoneIdx      []byte // the whole number
	PhoneLast4Idx []byte
	Nickname      string // a prefix
	NameIdx       []byte // the whole real name; beside Nickname, either may match
}

// SearchCustomers lists the customers that the actor may see, newest first.
func SearchCustomers(ctx context.Context, r db.Reader, who actor.Actor, f CustomerFilter, p db.Page) ([]Customer, db.Cursor, error) {
	q := customersFor(r.Conn(ctx).Where("customers.status <> ?", CustomerMerged), who)
	if !f.ID.IsZero() {
		q = q.Where("customers.id = ?", f.ID)
	}
	if f.PhoneIdx != nil {
		q = q.Where("customers.phone_idx = ?", f.PhoneIdx)
	}
	if f.PhoneLast4Idx != nil {
		q = q.Where("customers.phone_last4_idx = ?", f.PhoneLast4Idx)
	}
	if f.Nickname != "" {
		// A range instead of LIKE: it needs no escaping and minds the letter case on every store. A union
		// instead of OR: each half is read by its own index.
		q = q.Joins("JOIN (SELECT id FROM customers WHERE nickname >= ? AND nickname < ? UNION SELECT id FROM customers WHERE name_idx = ?) hit ON hit.id = customers.id",
			f.Nickname, f.Nickname+"\U0010FFFF", f.NameIdx)
	}
	var rows []Customer
	if err := p.Newest(q, "customers.created_at", "customers.id").Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("search customers: %w", err)
	}
	rows, next := db.Cut(p, rows, func(c Customer) db.Cursor { return db.Cursor{At: c.CreatedAt, ID: c.ID} })
	return rows, next, nil
}

// ChangeCustomerTx sets the named columns and counts the version up. The caller has locked the row. A
// clash with another customer's phone is db.Duplicate.
func ChangeCustomerTx(ctx context.Context, tx *db.Tx, customer id.ID, columns map[string]any) error {
	columns["version"] = gorm.Expr("version + 1")
	return tx.Conn(ctx).Model(&Customer{}).Where("id = ?", customer).UpdateColumns(columns).Error
}

// MergedInto lists the records that live on in a customer, itself included.
func MergedInto(ctx context.Context, r db.Reader, customer id.ID) ([]id.ID, error) {
	var merged []id.ID
	err := r.Conn(ctx).Model(&Customer{}).Where("merged_into = ?", customer).Pluck("id", &merged).Error
	if err != nil {
		return nil, fmt.Errorf("read merged records: %w", err)
	}
	return append(merged, customer), nil
}

// IdentityByOpenID reads the WeChat identity of an openid; ok is false for one never seen.
func IdentityByOpenID(ctx context.Context, r db.Reader, openid string) (w WechatIdentity, ok bool, err error) {
	err = r.Conn(ctx).Where("openid = ?", openid).Take(&w).Error
	if db.Missing(err) {
		return WechatIdentity{}, false, nil
	}
	if err != nil {
		return WechatIdentity{}, false, fmt.Errorf("read wechat identity: %w", err)
	}
	return w, true, nil
}

// IdentityOf reads the WeChat identity of a customer; ok is false for one whom staff entered and who
// has not signed in.
func IdentityOf(ctx context.Context, r db.Reader, customer id.ID) (w WechatIdentity, ok bool, err error) {
	err = r.Conn(ctx).Where("customer_id = ?", customer).Order("created_at, openid").Take(&w).Error
	if db.Missing(err) {
		return WechatIdentity{}, false, nil
	}
	if err != nil {
		return WechatIdentity{}, false, fmt.Errorf("read wechat identity: %w", err)
	}
	return w, true, nil
}

// VisitTx notes that a customer has just used the mini-program; sessionKeyEnc replaces the kept key
// unless it is nil. WeChat takes some messages and checks only within two hours of the visit.
func VisitTx(ctx context.Context, tx *db.Tx, customer id.ID, sessionKeyEnc []byte) error {
	columns := map[string]any{"last_visit_at": tx.Now, "version": gorm.Expr("version + 1")}
	if sessionKeyEnc != nil {
		columns["session_key_enc"] = sessionKeyEnc
	}
	return tx.Conn(ctx).Model(&WechatIdentity{}).Where("customer_id = ?", customer).UpdateColumns(columns).Error
}

// EndMergedTx closes a record that lives on in another one: it gives its phone back and keeps nothing
// personal. Records merged into it before follow.
func EndMergedTx(ctx context.Context, tx *db.Tx, merged, kept id.ID) error {
	err := ChangeCustomerTx(ctx, tx, merged, map[string]any{
		"status": CustomerMerged, "merged_into": kept,
		"phone_enc": nil, "phone_idx": nil, "phone_last4_idx": nil, "name_enc": nil, "name_idx": nil,
		"note_enc": nil, "birthday": nil, "birthday_changed_at": nil,
	})
	if err != nil {
		return fmt.Errorf("end merged record: %w", err)
	}
	err = tx.Conn(ctx).Model(&Customer{}).Where("merged_into = ?", merged).
		UpdateColumns(map[string]any{"merged_into": kept, "version": gorm.Expr("version + 1")}).Error
	if err != nil {
		return fmt.Errorf("follow merged record: %w", err)
	}
	return nil
}
