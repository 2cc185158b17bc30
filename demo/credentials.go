package demo

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"guike/internal/actor"
	"guike/internal/id"
)

// maxListed is how many customers the credentials list at most.
const maxListed = 1000

// StaffLogin is a member of staff who signs in with a password that is not a first one.
type StaffLogin struct {
	Username string     `json:"username"`
	Password string     `json:"password"`
	Role     actor.Role `json:"role"`
	StoreID  id.ID      `json:"store_id,omitzero"`
	Name     string     `json:"-"`
}

// CustomerLogin is a customer who signs in by WeChat. Grants says what the customer accepted, by
// template id, so that a simulator can be told. Project is the customer's first one, if there is any.
type CustomerLogin struct {
	Openid   string         `json:"openid"`
	Nickname string         `json:"nickname"`
	Grants   map[string]int `json:"-"`
	Project  id.ID          `json:"-"`
}

// Credentials are the ways in: everybody of the staff, and the first customers who use WeChat, a
// thousand at most. The first customer owns a home under renovation, of which the first project
// manager is in charge.
type Credentials struct {
	Staff     []StaffLogin    `json:"staff"`
	Customers []CustomerLogin `json:"customers"`
	APIKey    string          `json:"api_key,omitempty"` // of the factory's ERP, once Enact has issued it
}

// Addresses say where the demo answers.
type Addresses struct {
	API string `json:"api"`
	Sim string `json:"sim"`
	Ops string `json:"ops"`
}

// WriteJSON writes demo.json (design.md 8) to path, readable by the owner alone. Whoever reads it finds
// the former file or the whole new one.
func WriteJSON(path string, at Addresses, c Credentials) error {
	text, err := json.MarshalIndent(struct {
		Addresses
		Credentials
	}{at, c}, "", "  ")
	if err != nil {
		return fmt.Errorf("write credentials: %w", err)
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".demo-*.json")
	if err != nil {
		return fmt.Errorf("write credentials: %w", err)
	}
	_, err = temp.Write(append(text, '\n'))
	if err == nil {
		err = temp.Sync()
	}
	if closed := temp.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(temp.Name())
		return fmt.Errorf("write credentials: %w", err)
	}
	return nil
}

// credentials lists who can sign in, among the first total customers.
func (c *company) credentials(total int) Credentials {
	var out Credentials
	for i, h := range roster {
		if h.left {
			continue
		}
		out.Staff = append(out.Staff, StaffLogin{
			Username: h.username, Password: passwordOf(h.username), Role: h.role, StoreID: c.staff[i].StoreID, Name: h.name,
		})
	}
	for i := 0; i < total && len(out.Customers) < maxListed; i++ {
		if t := traitsOf(i); !t.wechat {
			continue
		}
		login := CustomerLogin{Openid: openidOf(i), Nickname: c.nickname(i), Grants: c.accepts(i)}
		if len(commissionsOf(i)) > 0 {
			login.Project = c.projectID(i, 0)
		}
		out.Customers = append(out.Customers, login)
	}
	return out
}

func passwordOf(username string) string { return "demo-" + username + "-2026" }
