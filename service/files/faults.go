package files

import (
	"fmt"

	"guike/internal/fault"
)

// field is the name of the multipart field that holds the upload.
const field = "file"

func faultQuota() *fault.Fault {
	return fault.New(fault.Conflict, "file.quota",
		"您的图片存储空间已用完。", "Your pictures have used up the room that one customer has.").
		At(field, "quota", "超出可用空间。", "does not fit into the room that is left")
}

func faultFull() *fault.Fault {
	return fault.New(fault.NoSpace, "storage.full",
		"存储空间不足,请稍后再试。", "There is no room to keep the file; try again later.")
}

func faultNotFound(at string) *fault.Fault {
	return fault.New(fault.NotFound, "file.not_found",
		"图片不存在,请重新上传。", "There is no such file of yours; upload it again.").
		At(at, "not_found", "图片不存在。", "no such file of yours")
}

func faultWithdrawn() *fault.Fault {
	return fault.New(fault.Conflict, "file.withdrawn",
		"图片已被撤回。", "The file has been withdrawn.")
}

func faultElsewhere(at string) *fault.Fault {
	return fault.New(fault.Conflict, "file.attached_elsewhere",
		"图片已用于其他内容,请重新上传。", "The file is used elsewhere; upload it again.").
		At(at, "attached_elsewhere", "已用于其他内容。", "is used elsewhere")
}

func faultRisky(at string) *fault.Fault {
	return fault.New(fault.Conflict, "file.risky",
		"图片未通过内容安全检查,请更换。", "The picture did not pass the content check; choose another.").
		At(at, "risky", "未通过内容安全检查。", "did not pass the content check")
}

func faultNotPicture(at string) *fault.Fault {
	return fault.New(fault.Invalid, "file.not_a_picture",
		"这里只能使用图片,不能使用文档。", "Only pictures can be shown here, no documents.").
		At(at, "unfit", "不是图片。", "is no picture")
}

// place is where the i-th file of a row of this kind stands in the input.
func place(kind string, i int) string {
	if kind == "avatar" {
		return "body.avatar_file_id"
	}
	return fmt.Sprintf("body.file_ids[%d]", i)
}
