// Package membership holds what the rooms of the membership domain share: the check of what their policies name.
package membership

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"guike/internal/fault"
	"guike/internal/id"
	"guike/model/db"
	"guike/model/identity"
	"guike/model/membership/level"
	"guike/model/project"
)

// References are what a policy names, by the place of the field that names it.
type References struct {
	Levels map[string][]string
	Titles map[string][]string
	Stores map[string][]id.ID
	Stages map[string]string // of the templates of projects; empty for none
}

// CheckReferences refuses what names a level, title, store or stage that does not exist when it is written. One
// that goes afterwards breaks nothing: what named it matches nobody, and can still be changed, for what the kept
// version names already is not asked for again. Errors: input.invalid with every place.
func CheckReferences(ctx context.Context, r db.Reader, in, kept References) error {
	c := &referenceCheck{r: r, kept: kept}
	for _, step := range []func(context.Context, References) error{c.words, c.stores, c.stages} {
		if err := step(ctx, in); err != nil {
			return err
		}
	}
	if c.found == nil {
		return nil
	}
	return c.found
}

// referenceCheck collects what is not known.
type referenceCheck struct {
	r     db.Reader
	kept  References
	found *fault.Fault
}

func (c *referenceCheck) refuse(f *fault.Fault) {
	if c.found == nil {
		c.found = f
		return
	}
	c.found.Fields = append(c.found.Fields, f.Fields...)
}

func (c *referenceCheck) words(ctx context.Context, in References) error {
	if empty(in.Levels) && empty(in.Titles) {
		return nil
	}
	rules, err := level.RulesNow(ctx, c.r)
	if err != nil {
		return err
	}
	var levels, titles []string
	keptLevels, keptTitles := all(c.kept.Levels), all(c.kept.Titles)
	if rules.Ladder != nil {
		for _, s := range rules.Ladder.Steps {
			levels = append(levels, s.Key)
		}
	}
	for _, t := range rules.Titles {
		titles = append(titles, t.Key)
	}
	each(in.Levels, func(at, key string) {
		if !slices.Contains(levels, key) && !slices.Contains(keptLevels, key) {
			c.refuse(fault.Broken(at, "unknown_level", "没有“"+key+"”这个等级,现有:"+listed(levels, "、", "无")+"。", fmt.Sprintf("There is no level %q; known are: %s.", key, listed(levels, ", ", "none"))))
		}
	})
	each(in.Titles, func(at, key string) {
		if !slices.Contains(titles, key) && !slices.Contains(keptTitles, key) {
			c.refuse(fault.Broken(at, "unknown_title", "没有“"+key+"”这个称号,现有:"+listed(titles, "、", "无")+"。", fmt.Sprintf("There is no title %q; known are: %s.", key, listed(titles, ", ", "none"))))
		}
	})
	return nil
}

func (c *referenceCheck) stores(ctx context.Context, in References) error {
	if empty(in.Stores) {
		return nil
	}
	known, err := identity.StoresByIDs(ctx, c.r, all(in.Stores))
	if err != nil {
		return err
	}
	kept := all(c.kept.Stores)
	each(in.Stores, func(at string, store id.ID) {
		if _, ok := known[store]; !ok && !slices.Contains(kept, store) {
			c.refuse(fault.Broken(at, "unknown_store", "没有这家门店:"+store.String()+";请从门店列表中选择。", "There is no store "+store.String()+"; choose from the list of stores."))
		}
	})
	return nil
}

func (c *referenceCheck) stages(ctx context.Context, in References) error {
	for _, at := range slices.Sorted(maps.Keys(in.Stages)) {
		key := in.Stages[at]
		if key == "" || slices.Contains(slices.Collect(maps.Values(c.kept.Stages)), key) {
			continue
		}
		known, err := project.StageKeys(ctx, c.r)
		if err != nil {
			return err
		}
		if !slices.Contains(known, key) {
			c.refuse(fault.Broken(at, "unknown_stage", "没有“"+key+"”这个阶段,现有:"+listed(known, "、", "无")+"。", fmt.Sprintf("There is no stage %q; known are: %s.", key, listed(known, ", ", "none"))))
		}
	}
	return nil
}

func empty[T any](fields map[string][]T) bool {
	for _, named := range fields {
		if len(named) > 0 {
			return false
		}
	}
	return true
}

// all lists what is named in any place.
func all[T any](fields map[string][]T) []T {
	return slices.Concat(slices.Collect(maps.Values(fields))...)
}

// each visits what is named, in the order of the places.
func each[T any](fields map[string][]T, visit func(at string, named T)) {
	for _, at := range slices.Sorted(maps.Keys(fields)) {
		for i, named := range fields[at] {
			visit(fmt.Sprintf("%s[%d]", at, i), named)
		}
	}
}

func listed(known []string, between, none string) string {
	if len(known) == 0 {
		return none
	}
	return strings.Join(known, between)
}
