package files

import (
	"guike/internal/id"
	"guike/service/files"
)

// FileView is a picture or document that was kept, and where it can be seen for some hours without a session.
type FileView struct {
	ID       id.ID  `json:"id" doc:"Pass it as file_ids where the picture is to be shown; one that is shown nowhere is removed after a day." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	URL      string `json:"url" format:"uri" doc:"The picture, without metadata, at most 2560 pixels a side, or the PDF as it came, offered for download; good for 40 minutes to some hours." example:"https://api.example.com/files/pictures/2026/11/01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f/image.jpg?e=1795500000&s=3q2zXw"`
	ThumbURL string `json:"thumb_url" doc:"Its thumbnail, at most 400 pixels a side; empty for a PDF." example:"https://api.example.com/files/pictures/2026/11/01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f/thumb.jpg?e=1795500000&s=9aXqLw"`
	Width    int    `json:"width" doc:"In pixels, upright; 0 for a PDF." example:"1920"`
	Height   int    `json:"height" doc:"In pixels, upright; 0 for a PDF." example:"1440"`
	Bytes    int64  `json:"bytes" doc:"Size of the file as kept." example:"412345"`
	Check    string `json:"check" enum:"none,pending,pass,review,risky" doc:"How far the content of a customer's picture has been checked; others see it from pass on. none for pictures of staff, which are visible at once." example:"none"`
}

func fileView(s files.Stored) FileView {
	return FileView{
		ID: s.File.ID, URL: s.URL, ThumbURL: s.ThumbURL, Width: s.File.Width, Height: s.File.Height,
		Bytes: s.File.Bytes, Check: string(s.File.CheckState),
	}
}
