package demo

import (
	"fmt"
	"io"

	"guike/internal/actor"
)

// Welcome prints the sign-ins and three lines to try.
func Welcome(w io.Writer, folder string, at Addresses, people Credentials) error {
	manager, admin, customer := people.first(actor.ProjectManager), people.first(actor.Admin), people.Customers[0]
	_, err := fmt.Fprintf(w, `
Guike demo is running.
  API        %[1]s        documentation: %[1]s/docs
  WeChat     %[2]s        simulator; usage: %[2]s/_sim
  operations %[3]s
  data       %[4]s        continue it later: go run . demo --data %[4]s

Sign-ins (all of them are in %[4]s/demo.json)
  customer         openid %[5]s (%[6]s)
  project manager  %[7]s  password %[8]s
  administrator    %[9]s  password %[10]s

Try it:
  # 1. sign in as the customer: a code from the simulator, then a token
  TOKEN=$(curl -s %[1]s/v1/auth/wechat -H 'Content-Type: application/json' -d "$(curl -s %[2]s/_sim/code -d '{"openid":"%[5]s"}')" | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
  # 2. the customer's home on one screen: what happens, who answers for it, what waits, what it costs
  curl -s %[1]s/v1/me/projects/%[11]s/overview -H "Authorization: Bearer $TOKEN"
  # 3. sign in as the project manager
  curl -s %[1]s/v1/staff/auth/password -H 'Content-Type: application/json' -d '{"username":"%[7]s","password":"%[8]s"}'

Stop with Ctrl-C.
`, at.API, at.Sim, at.Ops, folder, customer.Openid, customer.Nickname,
		manager.Username, manager.Password, admin.Username, admin.Password, customer.Project)
	return err
}

// first finds somebody who works in a role.
func (c Credentials) first(role actor.Role) StaffLogin {
	for _, s := range c.Staff {
		if s.Role == role {
			return s
		}
	}
	return StaffLogin{}
}
