// Package arch holds the import rules of the house as data, and the functions that judge a list of
// packages by them. Its test runs them over the whole module; a second test plants violations, so
// that the rules are known to bite.
//
// The rules, each by its number in what Violations reports:
//
//	R1  downwards only: main, app, router, api, service, model, internal; demo stands beside app
//	R2  one door per technology, see doors
//	R3  model/<domain> imports no other domain's model
//	R4  service/<domain> imports no other service; what commits in two domains is in service/flow
//	R5  no package whose name says nothing about its purpose
//	R6  a room of a domain (service/project/design) may stand on the domain's own package and on the
//	    models of the rooms beside it; services of rooms do not import each other, nor the domain them
package arch

import (
	"fmt"
	"slices"
	"strings"
)

// Module is the import path of the house.
const Module = "guike"

// Package is one package of the house and what it imports, as `go list -json` tells it.
type Package struct {
	Path         string   `json:"ImportPath"`
	Imports      []string `json:"Imports"`
	TestImports  []string `json:"TestImports"`  // by _test.go files of the package itself
	XTestImports []string `json:"XTestImports"` // by _test.go files of the external test package
}

// rooms says, for every top-level folder, into which other ones its packages may reach. A folder
// that is not here is refused, so that a new room gets its place on purpose. "" is package main.
var rooms = map[string][]string{
	"":         {"app", "demo", "config", "router", "api", "service", "model", "internal"},
	"demo":     {"app", "config", "router", "api", "service", "model", "internal"},
	"app":      {"router", "api", "service", "model", "internal"},
	"router":   {"api", "service", "model", "internal"},
	"api":      {"service", "model", "internal"},
	"service":  {"model", "internal"},
	"model":    {"internal"},
	"internal": {},
	"config":   {"internal"},
	// These may import anything, and nothing that ships imports them.
	"testkit": nil,
	"bench":   nil,
	"e2e":     nil, // tests alone: they run the binary and look into its stores
}

// doors says which packages of the house may import a technology, by prefix of the import path.
var doors = []struct {
	what    string
	modules []string
	through []string
}{
	{
		what:    "HTTP frameworks",
		modules: []string{"github.com/gin-gonic/", "github.com/gin-contrib/", "github.com/danielgtaylor/huma/"},
		through: []string{"router", "api", "internal/fault/problem"},
	},
	{
		what: "the store",
		modules: []string{
			"gorm.io/", "modernc.org/sqlite", "github.com/mattn/go-sqlite3",
			"github.com/go-sql-driver/mysql", "github.com/pressly/goose/",
		},
		through: []string{"model"},
	},
	{
		what:    "Redis",
		modules: []string{"github.com/redis/go-redis/", "github.com/go-redis/", "github.com/alicebob/miniredis/"},
		through: []string{"model/cache"},
	},
	{
		what:    "WeChat",
		modules: []string{"github.com/silenceper/wechat/", "github.com/ArtisanCloud/", Module + "/internal/wechat/sim"},
		through: []string{"internal/wechat", "demo"},
	},
}

// groundOfModel lists the packages under model that every domain may stand on.
var groundOfModel = []string{"db", "ledger", "once", "outbox", "lease", "audit", "cache", "migrations"}

// emptyNames are refused as a package name and as any folder above one.
var emptyNames = []string{
	"common", "commons", "util", "utils", "base", "helper", "helpers", "type", "types", "misc", "lib", "pkg",
}

// Violations judges every package of the house and returns one sentence for each broken rule, sorted.
// Imports of other modules count for R2 only. External tests may build their fixtures across domains
// and doors and import testkit, but they look downwards as the package that they test does.
func Violations(packages []Package) []string {
	var found []string
	for _, p := range packages {
		found = append(found, named(p)...)
		for _, imported := range slices.Concat(p.Imports, p.TestImports) {
			found = append(found, judge(p.Path, imported, false)...)
		}
		for _, imported := range p.XTestImports {
			found = append(found, judge(p.Path, imported, true)...)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// named applies R5, and the part of R1 that asks every package to be in a known room.
func named(p Package) []string {
	var found []string
	if _, known := rooms[room(p.Path)]; !known {
		found = append(found, fmt.Sprintf("R1: %s is in no known room; give it a row in internal/arch", p.Path))
	}
	for part := range strings.SplitSeq(inside(p.Path), "/") {
		if slices.Contains(emptyNames, part) {
			found = append(found, fmt.Sprintf("R5: %s: %q says nothing about its purpose", p.Path, part))
		}
	}
	return found
}

// judge applies R1 to R4 to one import.
func judge(from, to string, external bool) []string {
	if free(from) {
		if room(to) == "bench" && room(from) != "bench" {
			return []string{fmt.Sprintf("R1: %s imports %s, which nothing imports", from, to)}
		}
		return nil
	}
	var found []string
	if ours(to) && !mayReach(from, to, external) {
		found = append(found, fmt.Sprintf("R1: %s imports %s, which is not below it", from, to))
	}
	if external {
		return found
	}
	for _, door := range doors {
		if under(to, door.modules) && !goesThrough(from, door.through) {
			found = append(found, fmt.Sprintf("R2: %s imports %s; the door to %s is %s",
				from, to, door.what, strings.Join(door.through, ", ")))
		}
	}
	if crossesModel(from, to) {
		found = append(found, fmt.Sprintf("R3: %s imports %s, another domain's model", from, to))
	}
	if crossesRoom(from, to) {
		found = append(found, fmt.Sprintf("R6: %s imports %s; rooms of a domain meet in its own package", from, to))
	}
	if crossesService(from, to) {
		found = append(found, fmt.Sprintf("R4: %s imports %s; two domains meet in service/flow", from, to))
	}
	return found
}

// mayReach says whether R1 lets a package import another of the house.
func mayReach(from, to string, external bool) bool {
	target := room(to)
	switch target {
	case "testkit":
		return external
	case room(from):
		return true
	}
	return slices.Contains(rooms[room(from)], target)
}

// crossesModel says whether a package under model imports the model of a domain that is not its own.
// Shared ground imports no domain either.
func crossesModel(from, to string) bool {
	if room(from) != "model" || room(to) != "model" {
		return false
	}
	domain := second(to)
	return domain != second(from) && !slices.Contains(groundOfModel, domain)
}

// crossesRoom says whether a service or a model imports one of its domain's rooms that is not itself.
func crossesRoom(from, to string) bool {
	if room(from) != room(to) || room(from) != "service" && room(from) != "model" || second(from) != second(to) {
		return false
	}
	_, target, deep := cutRoom(to)
	_, own, _ := cutRoom(from)
	return deep && own != target
}

// cutRoom splits "service/project/design" into the domain's folder and the room in it.
func cutRoom(path string) (domain, name string, deep bool) {
	parts := strings.SplitN(inside(path), "/", 4)
	if len(parts) < 3 {
		return inside(path), "", false
	}
	return parts[0] + "/" + parts[1], parts[2], true
}

// crossesService says whether a package under service imports a service that is not its own. Only
// flow may; nobody imports flow.
func crossesService(from, to string) bool {
	if room(from) != "service" || room(to) != "service" || second(from) == second(to) {
		return false
	}
	return second(from) != "flow"
}

// free says whether a package may import whatever it likes.
func free(path string) bool {
	reach, known := rooms[room(path)]
	return known && reach == nil
}

// ours says whether an import path belongs to the house.
func ours(path string) bool {
	return path == Module || strings.HasPrefix(path, Module+"/")
}

// inside is a path of the house without the module: "model/db"; "" is package main.
func inside(path string) string {
	return strings.TrimPrefix(strings.TrimPrefix(path, Module), "/")
}

// room is the top-level folder of a package of the house; "" is package main.
func room(path string) string {
	if !ours(path) {
		return path
	}
	top, _, _ := strings.Cut(inside(path), "/")
	return top
}

// second is the folder below the room: the domain in api, service and model.
func second(path string) string {
	_, rest, _ := strings.Cut(inside(path), "/")
	name, _, _ := strings.Cut(rest, "/")
	return name
}

// under says whether a path is one of the modules or inside one; "gorm.io/" matches all below it.
func under(path string, modules []string) bool {
	return slices.ContainsFunc(modules, func(m string) bool {
		m = strings.TrimSuffix(m, "/")
		return path == m || strings.HasPrefix(path, m+"/")
	})
}

// goesThrough says whether a package of the house is one of the doors or inside one.
func goesThrough(from string, through []string) bool {
	return slices.ContainsFunc(through, func(door string) bool {
		return inside(from) == door || strings.HasPrefix(inside(from), door+"/")
	})
}
