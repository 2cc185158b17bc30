package intake

import (
	"github.com/danielgtaylor/huma/v2"

	"guike/api/contract"
)

// UploadInput is a file to import, as multipart/form-data.
type UploadInput struct {
	contract.Key
	RawBody huma.MultipartFormFiles[UploadForm]
}

// UploadForm is the fields of an upload.
type UploadForm struct {
	File huma.FormFile `form:"file" required:"true" contentType:"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet, text/csv, application/octet-stream" doc:"An .xlsx workbook with the sheets of docs/import-example.xlsx, or a .csv file with the lines of one kind; at most 10 MB and 50,000 rows."`
	Kind string        `form:"kind" required:"false" enum:"customers,homes,projects,balances" doc:"Of the lines of a .csv file; told by the file's name or headers when absent." example:"customers"`
}

// GetInput asks for a run with a page of remarks.
type GetInput struct {
	contract.ByID
	contract.Paging
	Severity string `query:"severity" enum:"fault,note" doc:"Only faults, or only notes." example:"fault"`
}

// ApplyBody says how a file is imported.
type ApplyBody struct {
	SkipFaulty bool `json:"skip_faulty,omitempty" required:"false" doc:"Import the lines that are not faulty; refused without it when there are faulty ones." example:"false"`
}

// ApplyInput is the request to import a checked file.
type ApplyInput struct {
	contract.RequiredKey
	contract.ByID
	Body ApplyBody
}

// DiscardInput is the request to give a file up.
type DiscardInput struct {
	contract.ByID
	contract.NoFields
}
