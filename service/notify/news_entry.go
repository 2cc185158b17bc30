package notify

import (
	"context"

	"guike/model/db"
	"guike/model/outbox"
	"guike/model/project"
)

// templateOf names the kind of template from which a subscription message about a line of the timeline
// is made; lines of other kinds go to the inbox only.
func templateOf(kind project.EntryKind) string {
	switch kind {
	case "change_order_quoted", "design_posted", "acceptance_opened":
		return EventDecision
	case "delay":
		return EventDelay
	case "report":
		return EventReport
	}
	return ""
}

// entryPosted tells of a line that a room of the project domain wrote: its title and its text.
func (s *Service) entryPosted(ctx context.Context, r db.Reader, e outbox.Event) (news, error) {
	var in project.EntryPosted
	if err := e.Decode(&in); err != nil {
		return news{}, err
	}
	n, err := s.begin(ctx, r, in.ProjectID, in.EntryID, in.At)
	if err != nil {
		return n, err
	}
	line, err := project.EntryByID(ctx, r, in.ProjectID, in.EntryID)
	if err != nil {
		return n, err
	}
	n.facts[factAuthor] = line.AuthorName
	text := "“" + n.project.Title + "”"
	if line.Body != "" {
		text += ":" + cut(project.WithoutMoney(line.Body), 150)
	}
	n.say(string(in.Kind), templateOf(in.Kind), line.TitleZH, text)
	return n, nil
}
