// Package condition reads the conditions that staff write into policies: small expressions over named
// facts that say yes or no (design.md 7). What could cost much, divide or meet a fraction is refused
// when the policy is saved, with its place.
package condition

import (
	"errors"
	"fmt"
	"slices"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"
)

const (
	// MaxLength is how many bytes a condition may have.
	MaxLength = 500
	maxNodes  = 100
)

// Error says what is wrong with a condition and where: At counts characters from 0.
type Error struct {
	At  int
	Why string
}

func (e *Error) Error() string { return fmt.Sprintf("at character %d: %s", e.At, e.Why) }

// Condition is a compiled condition over facts of type F, a struct whose fields carry an `expr` tag. The
// zero Condition always holds.
type Condition[F any] struct{ program *vm.Program }

// Compile reads a condition; an empty text always holds. The error is an *Error.
func Compile[F any](text string) (Condition[F], error) {
	var facts F
	switch {
	case text == "":
		return Condition[F]{}, nil
	case len(text) > MaxLength:
		return Condition[F]{}, &Error{MaxLength, "a condition has at most 500 characters"}
	}
	guard := &guard{}
	program, err := expr.Compile(text, expr.Env(facts), expr.AsBool(), expr.DisableAllBuiltins(), expr.DisableIfOperator(),
		expr.MaxNodes(maxNodes), expr.Patch(guard), expr.Optimize(false))
	switch {
	case err == nil && guard.found == nil:
		return Condition[F]{program}, nil
	case guard.found != nil:
		return Condition[F]{}, guard.found
	}
	if at, ok := errors.AsType[*file.Error](err); ok {
		return Condition[F]{}, &Error{at.From, at.Message}
	}
	return Condition[F]{}, &Error{0, err.Error()}
}

// Holds tells whether the condition holds for the facts.
func (c Condition[F]) Holds(facts F) (bool, error) {
	if c.program == nil {
		return true, nil
	}
	out, err := expr.Run(c.program, facts)
	if err != nil {
		return false, fmt.Errorf("evaluate condition: %w", err)
	}
	yes, ok := out.(bool)
	if !ok {
		return false, fmt.Errorf("a condition gave %T", out)
	}
	return yes, nil
}

// operators are those that a condition may use. Division is left out since it can fail and makes
// fractions, patterns and ranges since they can cost any amount of time and memory.
var operators = []string{"and", "&&", "or", "||", "==", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*"}

// everything is the language's own name for all facts together. It has no type that could be checked
// when the condition is read, so a condition that names it could fail on every evaluation.
const everything = "$env"

// guard walks through a condition and keeps the first thing that it may not contain.
type guard struct{ found *Error }

// Visit implements ast.Visitor.
func (g *guard) Visit(node *ast.Node) {
	if g.found != nil {
		return
	}
	switch n := (*node).(type) {
	case *ast.BinaryNode:
		if !slices.Contains(operators, n.Operator) {
			g.found = &Error{n.Location().From, fmt.Sprintf("the operator %s is not allowed", n.Operator)}
		}
	case *ast.FloatNode:
		g.found = &Error{n.Location().From, "amounts are whole numbers"}
	case *ast.IdentifierNode:
		if n.Value == everything {
			g.found = &Error{n.Location().From, "unknown name " + everything}
		}
	case *ast.IntegerNode, *ast.BoolNode, *ast.StringNode, *ast.UnaryNode, *ast.ArrayNode, *ast.ConstantNode:
	default:
		g.found = &Error{n.Location().From, "conditions compare facts; they call and build nothing"}
	}
}
