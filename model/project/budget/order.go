// Package budget keeps what a project costs beside its contract: change orders with their offers, the
// payments and refunds that were recorded, and the plan of instalments. Money is in cents. Every
// change locks the project's row first.
package budget

import (
	"context"
	"fmt"
	"time"

	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/project"
)

// State is where a change order stands.
type State string

// The states of a change order. Asked, quoted and lapsed ones may still be quoted anew or withdrawn;
// the others are final.
const (
	Asked     State = "asked"
	Quoted    State = "quoted"
	Approved  State = "approved"
	Refused   State = "refused"
	Lapsed    State = "lapsed"
	Withdrawn State = "withdrawn"
)

// Final tells that nothing changes the order any more.
func (s State) Final() bool { return s == Approved || s == Refused || s == Withdrawn }

// The kinds of timeline entry that tell of change orders; their ref_id is the order's. They name no
// amounts, since guests read them too.
const (
	EntryAsked     project.EntryKind = "change_order_asked"
	EntryQuoted    project.EntryKind = "change_order_quoted"
	EntryApproved  project.EntryKind = "change_order_approved"
	EntryRefused   project.EntryKind = "change_order_refused"
	EntryLapsed    project.EntryKind = "change_order_lapsed"
	EntryWithdrawn project.EntryKind = "change_order_withdrawn"
)

// Order is a wish to change what was agreed (D3). What is offered stands in it as the newest offer has
// it; Offer counts the offers from 1 and is 0 before the first.
type Order struct {
	ProjectID   id.ID `gorm:"primaryKey"`
	ID          id.ID `gorm:"primaryKey"`
	Title       string
	Text        string
	AskedKind   actor.Kind
	AskedBy     id.ID
	AskedName   string // of staff; empty for customers
	AskedRole   actor.Role
	State       State
	Offer       int64
	AmountFen   int64 // what the contract grows by, negative when it shrinks
	Days        int   // what the plan grows by, in working days
	StageKey    string
	ValidUntil  *time.Time // the offer stands before this instant
	QuotedBy    id.ID
	ExpiresAt   *int64 // Unix milliseconds, while the offer waits for its end
	RemindAt    *int64 // Unix milliseconds, while the one who quoted is to be reminded
	DecidedAt   *time.Time
	DecidedBy   id.ID
	Word        string // what the customer, or whoever withdrew it, had to say
	ContractFen *int64 // the contract amount right after the approval
	ShiftedDays int    // by how many working days the approval moved the plan
	Version     int64
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// TableName is the change orders' table.
func (Order) TableName() string { return "change_orders" }

// StateAt is the state as it counts at an instant: an offer past its deadline has lapsed, whether the
// job has closed it or not.
func (o Order) StateAt(now time.Time) State {
	if o.State == Quoted && o.ValidUntil != nil && !now.Before(*o.ValidUntil) {
		return Lapsed
	}
	return o.State
}

// Offer is what staff offered once; offers are inserted and read, never changed.
type Offer struct {
	ProjectID  id.ID `gorm:"primaryKey"`
	OrderID    id.ID `gorm:"primaryKey"`
	Offer      int64 `gorm:"primaryKey;autoIncrement:false"`
	AmountFen  int64
	Days       int
	StageKey   string
	ValidUntil time.Time
	Note       string
	AuthorID   id.ID
	AuthorName string
	AuthorRole actor.Role
	At         time.Time
}

// TableName is the offers' table.
func (Offer) TableName() string { return "change_order_offers" }

// Line is one part of an offer: what is added, or with a negative amount dropped.
type Line struct {
	ProjectID id.ID `gorm:"primaryKey"`
	OrderID   id.ID `gorm:"primaryKey"`
	Offer     int64 `gorm:"primaryKey;autoIncrement:false"`
	Seq       int   `gorm:"primaryKey;autoIncrement:false"`
	Text      string
	AmountFen int64
}

// TableName is the table of the offers' lines.
func (Line) TableName() string { return "change_order_lines" }

// File is a picture that explains a wish, in the order of Seq, from 0.
type File struct {
	ProjectID id.ID `gorm:"primaryKey"`
	OrderID   id.ID `gorm:"primaryKey"`
	Seq       int   `gorm:"primaryKey;autoIncrement:false"`
	FileID    id.ID
}

// TableName is the table of the wishes' pictures.
func (File) TableName() string { return "change_order_files" }

// Tables lists the structs of this package for the schema check.
func Tables() []any {
	return []any{Order{}, Offer{}, Line{}, File{}, Payment{}, Refund{}, Instalment{}}
}

// AddOrderTx keeps a wish with its pictures.
func AddOrderTx(ctx context.Context, tx *db.Tx, o *Order, files []id.ID) error {
	o.Version, o.CreatedAt, o.UpdatedAt = 1, tx.Now, tx.Now
	if err := db.Insert(ctx, tx, o); err != nil {
		return fmt.Errorf("keep change order: %w", err)
	}
	if len(files) == 0 {
		return nil
	}
	rows := make([]File, 0, len(files))
	for i, f := range files {
		rows = append(rows, File{ProjectID: o.ProjectID, OrderID: o.ID, Seq: i, FileID: f})
	}
	if err := tx.Conn(ctx).Create(&rows).Error; err != nil {
		return fmt.Errorf("keep pictures of change order: %w", err)
	}
	return nil
}

// AddOfferTx keeps an offer with its lines.
func AddOfferTx(ctx context.Context, tx *db.Tx, o *Offer, lines []Line) error {
	if err := db.Insert(ctx, tx, o); err != nil {
		return fmt.Errorf("keep offer: %w", err)
	}
	for i := range lines {
		lines[i].ProjectID, lines[i].OrderID, lines[i].Offer, lines[i].Seq = o.ProjectID, o.OrderID, o.Offer, i
	}
	if err := tx.Conn(ctx).Create(&lines).Error; err != nil {
		return fmt.Errorf("keep lines of offer: %w", err)
	}
	return nil
}

// SaveOrderTx writes what can change about an order; its version grows by one.
func SaveOrderTx(ctx context.Context, tx *db.Tx, o *Order) error {
	o.Version++
	o.UpdatedAt = tx.Now
	err := tx.Conn(ctx).Model(&Order{}).Where("project_id = ? AND id = ?", o.ProjectID, o.ID).UpdateColumns(map[string]any{
		"state": o.State, "offer": o.Offer, "amount_fen": o.AmountFen, "days": o.Days, "stage_key": o.StageKey,
		"valid_until": o.ValidUntil, "quoted_by": o.QuotedBy, "expires_at": o.ExpiresAt, "remind_at": o.RemindAt,
		"decided_at": o.DecidedAt, "decided_by": o.DecidedBy, "word": o.Word, "contract_fen": o.ContractFen,
		"shifted_days": o.ShiftedDays, "version": o.Version, "updated_at": o.UpdatedAt,
	}).Error
	if err != nil {
		return fmt.Errorf("save change order: %w", err)
	}
	return nil
}

// ProjectOf tells to which project an order belongs. Errors: not_found.
func ProjectOf(ctx context.Context, r db.Reader, order id.ID) (id.ID, error) {
	var o Order
	err := r.Conn(ctx).Select("project_id").Where("id = ?", order).Take(&o).Error
	return o.ProjectID, db.OrMissing(err, "read change order")
}

// OrderByID reads an order of a project. Errors: not_found.
func OrderByID(ctx context.Context, r db.Reader, project, order id.ID) (Order, error) {
	var o Order
	err := r.Conn(ctx).Where("project_id = ? AND id = ?", project, order).Take(&o).Error
	return o, db.OrMissing(err, "read change order")
}

// Orders lists a project's change orders, newest first.
func Orders(ctx context.Context, r db.Reader, project id.ID, p db.Page) ([]Order, db.Cursor, error) {
	q := r.Conn(ctx).Where("project_id = ?", project)
	if !p.After.IsZero() {
		q = q.Where("id < ?", p.After.ID)
	}
	var rows []Order
	if err := q.Order("id DESC").Limit(p.Limit + 1).Find(&rows).Error; err != nil {
		return nil, db.Cursor{}, fmt.Errorf("list change orders: %w", err)
	}
	rows, next := db.Cut(p, rows, func(o Order) db.Cursor { return db.Cursor{At: o.CreatedAt, ID: o.ID} })
	return rows, next, nil
}

// CountOrders counts a project's change orders, whatever their state.
func CountOrders(ctx context.Context, r db.Reader, project id.ID) (int64, error) {
	var n int64
	err := r.Conn(ctx).Model(&Order{}).Where("project_id = ?", project).Count(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count change orders: %w", err)
	}
	return n, nil
}

// ApprovedOrders reads the orders that changed the contract, oldest first.
func ApprovedOrders(ctx context.Context, r db.Reader, project id.ID) ([]Order, error) {
	var rows []Order
	err := r.Conn(ctx).Where("project_id = ? AND state = ?", project, Approved).Order("decided_at, id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read approved change orders: %w", err)
	}
	return rows, nil
}

// LinesOf reads the lines of the newest offers of some orders of a project, by order.
func LinesOf(ctx context.Context, r db.Reader, project id.ID, orders []Order) (map[id.ID][]Line, error) {
	of := make(map[id.ID][]Line, len(orders))
	if len(orders) == 0 {
		return of, nil
	}
	var rows []Line
	err := r.Conn(ctx).Table("change_order_lines").Select("change_order_lines.*").
		Joins("JOIN change_orders o ON o.project_id = change_order_lines.project_id AND o.id = change_order_lines.order_id AND o.offer = change_order_lines.offer").
		Where("change_order_lines.project_id = ? AND change_order_lines.order_id IN ?", project, idsOf(orders)).
		Order("change_order_lines.order_id, change_order_lines.seq").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read lines of offers: %w", err)
	}
	for _, l := range rows {
		of[l.OrderID] = append(of[l.OrderID], l)
	}
	return of, nil
}

func idsOf(orders []Order) []id.ID {
	ids := make([]id.ID, 0, len(orders))
	for _, o := range orders {
		ids = append(ids, o.ID)
	}
	return ids
}

// FilesOf reads the pictures of some orders of a project, in their order, by order.
func FilesOf(ctx context.Context, r db.Reader, project id.ID, orders []Order) (map[id.ID][]id.ID, error) {
	of := make(map[id.ID][]id.ID, len(orders))
	if len(orders) == 0 {
		return of, nil
	}
	var rows []File
	err := r.Conn(ctx).Where("project_id = ? AND order_id IN ?", project, idsOf(orders)).Order("order_id, seq").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read pictures of change orders: %w", err)
	}
	for _, f := range rows {
		of[f.OrderID] = append(of[f.OrderID], f.FileID)
	}
	return of, nil
}

// keptOffers is how many offers of one order are shown, the newest.
const keptOffers = 20

// Offers reads the offers of an order, newest first, 20 at most.
func Offers(ctx context.Context, r db.Reader, project, order id.ID) ([]Offer, error) {
	var rows []Offer
	err := r.Conn(ctx).Where("project_id = ? AND order_id = ?", project, order).Order("offer DESC").Limit(keptOffers).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read offers: %w", err)
	}
	return rows, nil
}

// Due is an order whose time has come.
type Due struct {
	ProjectID id.ID
	ID        id.ID
}

// Expired lists offers whose deadline has passed, the longest past first.
func Expired(ctx context.Context, r db.Reader, now time.Time, n int) ([]Due, error) {
	return due(ctx, r, "expires_at", now, n)
}

// Waiting lists offers of which whoever quoted is to be reminded, the longest due first.
func Waiting(ctx context.Context, r db.Reader, now time.Time, n int) ([]Due, error) {
	return due(ctx, r, "remind_at", now, n)
}

// due reads by one of the two columns that jobs poll; column is a name of ours.
func due(ctx context.Context, r db.Reader, column string, now time.Time, n int) ([]Due, error) {
	var rows []Due
	err := r.Conn(ctx).Model(&Order{}).Select("project_id", "id").Where(column+" <= ?", now.UnixMilli()).
		Order(column + ", id").Limit(n).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("look for change orders by %s: %w", column, err)
	}
	return rows, nil
}

// OrderNo is the number of an order within its project: the first that was asked for is 1.
func OrderNo(ctx context.Context, r db.Reader, project, order id.ID) (int64, error) {
	var n int64
	if err := r.Conn(ctx).Model(&Order{}).Where("project_id = ? AND id <= ?", project, order).Count(&n).Error; err != nil {
		return 0, fmt.Errorf("number change order: %w", err)
	}
	return n, nil
}

// StandingOffers reads the orders of a project whose offer still stands at an instant, newest first, at
// most n.
func StandingOffers(ctx context.Context, r db.Reader, project id.ID, now time.Time, n int) ([]Order, error) {
	var rows []Order
	err := r.Conn(ctx).Where("project_id = ? AND state = ? AND (valid_until IS NULL OR valid_until > ?)", project, Quoted, now).
		Order("id DESC").Limit(n).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read standing offers: %w", err)
	}
	return rows, nil
}

// ApprovedSum is what the approved orders of a project added to its contract, in cents; negative when they
// took away.
func ApprovedSum(ctx context.Context, r db.Reader, project id.ID) (int64, error) {
	var fen int64
	err := r.Conn(ctx).Model(&Order{}).Select("COALESCE(SUM(amount_fen), 0)").
		Where("project_id = ? AND state = ?", project, Approved).Scan(&fen).Error
	if err != nil {
		return 0, fmt.Errorf("sum approved change orders: %w", err)
	}
	return fen, nil
}

// ApprovedOf reads the orders that changed the contracts of several projects in one statement, by project,
// oldest first; a project has few.
func ApprovedOf(ctx context.Context, r db.Reader, projects []id.ID) (map[id.ID][]Order, error) {
	of := make(map[id.ID][]Order, len(projects))
	if len(projects) == 0 {
		return of, nil
	}
	var rows []Order
	err := r.Conn(ctx).Where("project_id IN ? AND state = ?", projects, Approved).Order("project_id, decided_at, id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read approved change orders of projects: %w", err)
	}
	for _, o := range rows {
		of[o.ProjectID] = append(of[o.ProjectID], o)
	}
	return of, nil
}
