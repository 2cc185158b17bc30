package care

import (
	"context"

	"guike/api/contract"
	"guike/internal/actor"
	"guike/internal/id"
	"guike/model/care"
	tasks "guike/service/care"
)

// AlertsInput narrows a list of alerts.
type AlertsInput struct {
	contract.Paging
	State     string `query:"state" enum:"open,acknowledged,closed" doc:"Where the alert stands; open and acknowledged ones when absent." example:"open"`
	Level     int    `query:"level" minimum:"1" maximum:"3" doc:"Of one level only: 1 the department, 2 the experience centre, 3 management." example:"2"`
	Kind      string `query:"kind" maxLength:"48" doc:"Of one kind only." example:"plan_delay"`
	StoreID   id.ID  `query:"store_id" doc:"Of one store." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	ProjectID id.ID  `query:"project_id" doc:"About one project." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
}

// Alerts lists what goes wrong, newest first.
func (a *API) Alerts(ctx context.Context, in *AlertsInput) (*contract.Answer[contract.List[AlertView]], error) {
	page, err := in.Page()
	if err != nil {
		return nil, err
	}
	f := care.AlertFilter{State: care.AlertState(in.State), Level: in.Level, Kind: in.Kind, StoreID: in.StoreID, ProjectID: in.ProjectID}
	rows, next, err := a.tasks.Alerts(ctx, actor.From(ctx), f, page)
	if err != nil {
		return nil, err
	}
	return contract.Found(contract.NewList(rows, next, viewAlert)), nil
}

// Alert shows one alert with its history.
func (a *API) Alert(ctx context.Context, in *contract.ByID) (*contract.Answer[AlertDetail], error) {
	d, err := a.tasks.Alert(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewAlertDetail(d)), nil
}

// RaiseAlertInput raises an alert by hand.
type RaiseAlertInput struct {
	contract.Key
	Body RaiseAlertBody
}

// RaiseAlertBody is the alert that is asked for.
type RaiseAlertBody struct {
	Kind      string `json:"kind,omitempty" maxLength:"48" doc:"Kind of alert; alert when absent." example:"quality_loss"`
	ProjectID id.ID  `json:"project_id,omitzero" doc:"About which project; about the caller's store when absent." example:"01980f4e-7a8b-7c3d-9e2f-1a2b3c4d5e6f"`
	Level     int    `json:"level,omitempty" minimum:"1" maximum:"3" doc:"Whose business it is: 1 the department, 2 the experience centre, 3 management; the kind's own level when absent." example:"2"`
	Reason    string `json:"reason" minLength:"1" maxLength:"500" doc:"What is wrong, without personal data." example:"客户反映墙面大面积开裂"`
}

// RaiseAlert raises an alert by hand.
func (a *API) RaiseAlert(ctx context.Context, in *RaiseAlertInput) (*contract.Made[AlertDetail], error) {
	who, b := actor.From(ctx), in.Body
	alarm := tasks.Alarm{Kind: b.Kind, ProjectID: b.ProjectID, Level: b.Level, Reason: b.Reason}
	made, replayed, err := a.tasks.Raise(ctx, who, alarm, in.Once("care-raise-alert", b))
	if err != nil {
		return nil, err
	}
	d, err := a.tasks.Alert(ctx, who, made.ID)
	if err != nil {
		return nil, err
	}
	return contract.NewMade(viewAlertDetail(d), replayed), nil
}

// AcknowledgeAlert says that the caller has the alert in hand.
func (a *API) AcknowledgeAlert(ctx context.Context, in *contract.ByID) (*contract.Answer[AlertView], error) {
	alert, err := a.tasks.Acknowledge(ctx, actor.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewAlert(alert)), nil
}

// RaiseAlertLevelInput makes an alert the business of a higher level.
type RaiseAlertLevelInput struct {
	contract.ByID
	Body struct {
		Level  int    `json:"level" minimum:"2" maximum:"3" doc:"The level, higher than the present one." example:"3"`
		Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"Why, without personal data." example:"三天内未能联系上施工队"`
	}
}

// RaiseAlertLevel makes an alert the business of a higher level.
func (a *API) RaiseAlertLevel(ctx context.Context, in *RaiseAlertLevelInput) (*contract.Answer[AlertView], error) {
	alert, err := a.tasks.RaiseLevel(ctx, actor.From(ctx), in.ID, in.Body.Level, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewAlert(alert)), nil
}

// CloseAlertInput ends an alert.
type CloseAlertInput struct {
	contract.ByID
	Body struct {
		Outcome string `json:"outcome" minLength:"1" maxLength:"32" doc:"One of the outcomes of the alert's task." example:"resolved"`
		Note    string `json:"note,omitempty" maxLength:"1000" doc:"What came of it." example:"已更换面板,客户确认"`
	}
}

// CloseAlert ends an alert and its task.
func (a *API) CloseAlert(ctx context.Context, in *CloseAlertInput) (*contract.Answer[AlertView], error) {
	alert, err := a.tasks.CloseAlert(ctx, actor.From(ctx), in.ID, in.Body.Outcome, in.Body.Note)
	if err != nil {
		return nil, err
	}
	return contract.Found(viewAlert(alert)), nil
}
