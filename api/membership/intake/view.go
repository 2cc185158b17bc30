package intake

import (
	"time"

	"guike/api/contract"
	"guike/internal/id"
	model "guike/model/membership/intake"
)

// Run is how far an import is.
type Run struct {
	ID         id.ID      `json:"id" doc:"The import." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	State      string     `json:"state" enum:"checking,checked,applying,applied,abandoned,failed" doc:"checking: a dry run is under way; checked: look at what was found, then apply or discard; applying: lines are imported; applied; abandoned: discarded, or not applied within seven days; failed: try again." example:"checked"`
	Kind       string     `json:"kind" doc:"Of the lines of a .csv file, when it was given." example:""`
	FileName   string     `json:"file_name" doc:"As it was uploaded." example:"老客户.xlsx"`
	Bytes      int64      `json:"bytes" doc:"Size of the file." example:"48213"`
	Total      int64      `json:"total" doc:"Lines in the file; 0 until it was read." example:"1204"`
	Done       int64      `json:"done" doc:"Lines that are done with, while it is applied." example:"0"`
	Created    int64      `json:"created" doc:"Lines that entered, or before it is applied would enter, something new." example:"1180"`
	Linked     int64      `json:"linked" doc:"Customers who were known by phone: their number is linked to the record." example:"12"`
	Already    int64      `json:"already" doc:"Lines that were imported before." example:"0"`
	Differing  int64      `json:"differing" doc:"Lines that were imported before with another content; what the system has stays." example:"0"`
	Faulty     int64      `json:"faulty" doc:"Lines that are not imported, and faults of a sheet or the file as a whole." example:"12"`
	CanSkip    bool       `json:"can_skip" doc:"Whether the other lines can be imported without the faulty ones; not when a sheet or the file as a whole is faulty." example:"true"`
	SkipFaulty bool       `json:"skip_faulty" doc:"Whether it was applied without its faulty lines." example:"false"`
	By         string     `json:"by" doc:"Who uploaded it." example:"王小明"`
	KeptUntil  *time.Time `json:"kept_until,omitempty" doc:"Until when a checked file waits for being applied; then it is removed." example:"2026-11-30T01:30:00.000Z"`
	CreatedAt  time.Time  `json:"created_at" doc:"When it was uploaded." example:"2026-11-23T01:30:00.000Z"`
	EndedAt    *time.Time `json:"ended_at,omitempty" doc:"When it was applied or given up; its file was removed then." example:"2026-11-23T01:34:00.000Z"`
}

func viewRun(r model.Run) Run {
	v := Run{
		ID: r.ID, State: string(r.State), Kind: string(r.Kind), FileName: r.FileName, Bytes: r.Bytes, Total: r.Total, Done: r.Done,
		Created: r.Created, Linked: r.Linked, Already: r.Already, Differing: r.Differing, Faulty: r.Faulty, CanSkip: !r.Unreadable,
		SkipFaulty: r.SkipFaulty, By: r.AuthorName, CreatedAt: contract.Instant(r.CreatedAt), EndedAt: contract.Until(r.EndedAt),
	}
	if r.State == model.Checked && r.DueAt != nil {
		until := time.UnixMilli(*r.DueAt).UTC()
		v.KeptUntil = &until
	}
	return v
}

// Remark is something that was found in a file.
type Remark struct {
	Severity string `json:"severity" enum:"fault,note" doc:"A line with a fault is not imported; a note is for information." example:"fault"`
	Kind     string `json:"kind" doc:"Which sheet: customers, homes, projects or balances; empty when it is about the file." example:"customers"`
	Row      int64  `json:"row" doc:"The number beside the row; 0 when it is about the file or the sheet." example:"7"`
	Column   string `json:"column" doc:"The letter above the column; empty when it is about the row." example:"C"`
	Field    string `json:"field" doc:"Which field, as docs/import.md names them." example:"phone"`
	Code     string `json:"code" doc:"What was found; docs/import.md lists them." example:"import.phone"`
	Text     string `json:"text" doc:"The same in a sentence, Chinese; never with what the cell holds." example:"不是有效的中国大陆手机号。"`
	TextEN   string `json:"text_en" doc:"The same in English." example:"This is no mobile number of mainland China."`
}

func viewRemark(r model.Remark) Remark {
	return Remark{
		Severity: string(r.Severity), Kind: string(r.Kind), Row: r.Row, Column: r.Column, Field: r.Field, Code: r.Code, Text: r.TextZH, TextEN: r.TextEN,
	}
}

// RunPage is a run with a page of remarks, in the order of the file.
type RunPage struct {
	Run
	Remarks contract.List[Remark] `json:"remarks" doc:"What was found in the file, faults and notes."`
}
