// Package diary keeps the discipline of daily logs, the feeds and their alarms, home reports.
package diary
