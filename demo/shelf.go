package demo

import (
	"context"
	"fmt"
	"reflect"

	"guike/model/db"
)

// shelf keeps rows of many tables until they are written. Rows are pointers, so that they may change
// until then.
type shelf struct {
	kinds []reflect.Type // in the order of their first row
	rows  map[reflect.Type]reflect.Value
}

// put keeps rows, each a pointer to a struct of some model.
func (s *shelf) put(rows ...any) {
	for _, row := range rows {
		s.keep(reflect.ValueOf(row))
	}
}

func (s *shelf) keep(row reflect.Value) {
	kind := row.Type()
	kept, known := s.rows[kind]
	if !known {
		if s.rows == nil {
			s.rows = map[reflect.Type]reflect.Value{}
		}
		s.kinds = append(s.kinds, kind)
		kept = reflect.MakeSlice(reflect.SliceOf(kind), 0, 8)
	}
	s.rows[kind] = reflect.Append(kept, row)
}

// take moves the rows of another shelf behind one's own.
func (s *shelf) take(other shelf) {
	for _, kind := range other.kinds {
		for i := range other.rows[kind].Len() {
			s.keep(other.rows[kind].Index(i))
		}
	}
}

// insertTx writes everything, a table after the other.
func (s *shelf) insertTx(ctx context.Context, tx *db.Tx) error {
	for _, kind := range s.kinds {
		if err := tx.Conn(ctx).CreateInBatches(s.rows[kind].Interface(), perStatement).Error; err != nil {
			return fmt.Errorf("load %s: %w", kind, err)
		}
	}
	return nil
}

// kept lists the rows of one table that a shelf holds.
func kept[T any](s *shelf) []*T {
	rows, ok := s.rows[reflect.TypeFor[*T]()]
	if !ok {
		return nil
	}
	return rows.Interface().([]*T)
}
