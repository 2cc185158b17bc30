package db

import (
	"context"
	"fmt"
	"reflect"
	"sort"
	"strings"
	"sync"

	"gorm.io/gorm/schema"
)

// Insert adds one row. A clash with a unique key is Duplicate.
func Insert(ctx context.Context, tx *Tx, row any) error {
	return tx.Conn(ctx).Create(row).Error
}

// Differences compares the columns of tables with the fields of the structs that stand for them, both
// ways, and names every one that has no partner. Empty means that schema and code agree.
func Differences(ctx context.Context, r Reader, models ...any) ([]string, error) {
	var found []string
	for _, m := range models {
		s, err := schema.Parse(m, &sync.Map{}, schema.NamingStrategy{})
		if err != nil {
			return nil, fmt.Errorf("parse %T: %w", m, err)
		}
		if s.Table == "" {
			return nil, fmt.Errorf("%T has no table", m)
		}
		columns, err := r.Conn(ctx).Migrator().ColumnTypes(reflect.New(s.ModelType).Interface())
		if err != nil {
			return nil, fmt.Errorf("columns of %s: %w", s.Table, err)
		}
		inStore := map[string]bool{}
		for _, c := range columns {
			inStore[strings.ToLower(c.Name())] = true
		}
		for _, name := range s.DBNames {
			if !inStore[name] {
				found = append(found, s.Table+"."+name+" is in the code only")
			}
			delete(inStore, name)
		}
		for name := range inStore {
			found = append(found, s.Table+"."+name+" is in the store only")
		}
	}
	sort.Strings(found)
	return found, nil
}
