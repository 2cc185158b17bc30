package identity

import (
	"slices"
	"strings"
	"time"

	"guike/internal/id"
)

// Purpose is what personal data is used for; consent is given for each by itself (row P5).
type Purpose string

// The purposes that the house seeds.
const (
	PurposeTerms           Purpose = "terms"
	PurposePrivacy         Purpose = "privacy"
	PurposePhone           Purpose = "phone"
	PurposeMarketing       Purpose = "marketing"
	PurposeCasePublication Purpose = "case_publication"
	PurposePersonalization Purpose = "personalization"
)

// Policy is one version of a text to which customers consent. Rows are added, never changed.
type Policy struct {
	Policy      string `gorm:"primaryKey"`
	Version     int64  `gorm:"primaryKey"`
	TitleZH     string `gorm:"column:title_zh"`
	TitleEN     string `gorm:"column:title_en"`
	BodyZH      string `gorm:"column:body_zh"`
	BodyEN      string `gorm:"column:body_en"`
	Hash        string // SHA-256 of both bodies, hex
	URL         string `gorm:"column:url"`
	Purposes    string // comma-separated: what the policy covers
	Renewed     string // comma-separated: the purposes for which this version needs a new consent
	EffectiveAt time.Time
	CreatedAt   time.Time
}

// TableName is the policies' table.
func (Policy) TableName() string { return "policies" }

// PurposeList is what the policy covers.
func (p Policy) PurposeList() []Purpose { return purposes(p.Purposes) }

// Covers tells whether the policy speaks of a purpose.
func (p Policy) Covers(purpose Purpose) bool { return has(p.Purposes, purpose) }

// Renews tells whether consents to a purpose given before this version no longer suffice.
func (p Policy) Renews(purpose Purpose) bool { return has(p.Renewed, purpose) }

func purposes(list string) []Purpose {
	var found []Purpose
	for word := range strings.SplitSeq(list, ",") {
		if word != "" {
			found = append(found, Purpose(word))
		}
	}
	return found
}

func has(list string, purpose Purpose) bool {
	return slices.Contains(purposes(list), purpose)
}

// Consent records one decision of a customer. Rows are added, never changed; the latest one of a
// purpose stands.
type Consent struct {
	CustomerID    id.ID `gorm:"primaryKey"`
	ID            id.ID `gorm:"primaryKey"`
	Policy        string
	Version       int64
	Purpose       Purpose
	Granted       bool
	At            time.Time
	Scene         string // where in the mini-program the decision was made, as it says
	ClientVersion string // of the mini-program, as it says
}

// TableName is the consents' table.
func (Consent) TableName() string { return "consents" }
