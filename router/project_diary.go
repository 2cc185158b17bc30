package router

// diaryOperations are the discipline of daily logs, the feeds and their alarms, home reports.
func diaryOperations(_ *surface, _ APIs) {}
