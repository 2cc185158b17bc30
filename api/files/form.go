package files

import (
	"github.com/danielgtaylor/huma/v2"

	"guike/api/contract"
)

// UploadInput is a picture, or a PDF of staff, as multipart/form-data. What it is, is told by its bytes, not by its name or
// the type that the client claims.
type UploadInput struct {
	contract.Key
	RawBody huma.MultipartFormFiles[UploadForm]
}

// UploadForm is the one field of an upload.
type UploadForm struct {
	File huma.FormFile `form:"file" required:"true" contentType:"image/jpeg, image/png, image/webp, application/pdf, application/octet-stream" doc:"A JPEG, PNG or still WebP of at most 10 MB and 40 megapixels; from staff also a PDF of at most 10 MB without scripts, launch actions and embedded files."`
}

// WithdrawInput says why a file is taken out of sight.
type WithdrawInput struct {
	contract.ByID
	Body struct {
		Reason string `json:"reason" minLength:"2" maxLength:"200" doc:"Why; kept in the audit log." example:"拍到了客户的私人物品"`
	}
}
