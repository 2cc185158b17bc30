// Package condition reads the conditions that staff write into policies: small expressions over named
// facts that say yes or no (design.md 7). What could cost much, divide or meet a fraction is refused
// when the policy is saved, with its place.
package condition

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"

	"guike/internal/fault"
)

const (
	// MaxLength is how many characters a condition may have.
	MaxLength = 500
	maxNodes  = 100
)

// Error says what is wrong with a condition and where: At counts characters from 0. Why is a sentence of ours in
// both languages; Detail is what the compiler says, in English alone, empty where the sentence says it all.
type Error struct {
	At     int
	Why    fault.Text
	Detail string
}

func (e *Error) Error() string {
	if e.Detail == "" {
		return fmt.Sprintf("at character %d: %s", e.At+1, e.Why.EN)
	}
	return fmt.Sprintf("at character %d: %s (%s)", e.At+1, e.Why.EN, e.Detail)
}

// Texts are the sentences for people, with the place, counted from 1; the Chinese one goes on after 条件.
func (e *Error) Texts() fault.Text {
	return fault.Text{ZH: fmt.Sprintf("在第 %d 个字符处有误:%s。", e.At+1, e.Why.ZH), EN: "The condition is wrong " + e.Error() + "."}
}

// ErrorOf finds the *Error of a refusal; any other is one that cannot be read.
func ErrorOf(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Why: unreadable}
}

// What can be wrong with a condition.
var (
	tooLong    = fault.Text{ZH: "条件最多 500 个字符", EN: "a condition has at most 500 characters"}
	tooMuch    = fault.Text{ZH: "条件过于复杂,请拆分或简化", EN: "the condition is too complex"}
	unreadable = fault.Text{ZH: "无法理解这里的写法,请检查括号、引号和运算符", EN: "it cannot be read; look at brackets, quotes and operators"}
	unknown    = fault.Text{ZH: "没有这个字段,请使用字段说明中列出的名称", EN: "there is no such fact"}
	mismatched = fault.Text{ZH: "两边的类型不同,数字、文字、是否不能互相比较或运算", EN: "the types do not go together"}
	noYesOrNo  = fault.Text{ZH: "整个条件须得出“是”或“否”", EN: "the whole condition says yes or no"}
	whole      = fault.Text{ZH: "金额和数量须为整数", EN: "amounts are whole numbers"}
	noCalls    = fault.Text{ZH: "条件只能比较字段,不能调用函数或构造数据", EN: "conditions compare facts; they call and build nothing"}
)

// said finds our sentence for what the compiler says.
func said(message string) fault.Text {
	for _, m := range []struct {
		part string
		text fault.Text
	}{
		{"unknown name", unknown},
		{"mismatched types", mismatched},
		{"invalid operation", mismatched},
		{"expected bool", noYesOrNo},
		{"exceeds maximum", tooMuch},
	} {
		if strings.Contains(message, m.part) {
			return m.text
		}
	}
	return unreadable
}

// Condition is a compiled condition over facts of type F, a struct whose fields carry an `expr` tag. The
// zero Condition always holds.
type Condition[F any] struct{ program *vm.Program }

// Compile reads a condition; an empty text always holds. The error is an *Error.
func Compile[F any](text string) (Condition[F], error) {
	var facts F
	switch {
	case text == "":
		return Condition[F]{}, nil
	case utf8.RuneCountInString(text) > MaxLength:
		return Condition[F]{}, &Error{At: MaxLength, Why: tooLong}
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
		return Condition[F]{}, &Error{at.From, said(at.Message), at.Message}
	}
	return Condition[F]{}, &Error{0, said(err.Error()), err.Error()}
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
			g.found = &Error{At: n.Location().From, Why: fault.Text{
				ZH: "不能使用运算符 " + n.Operator, EN: fmt.Sprintf("the operator %s is not allowed", n.Operator),
			}}
		}
	case *ast.FloatNode:
		g.found = &Error{At: n.Location().From, Why: whole}
	case *ast.IdentifierNode:
		if n.Value == everything {
			g.found = &Error{At: n.Location().From, Why: unknown, Detail: "unknown name " + everything}
		}
	case *ast.IntegerNode, *ast.BoolNode, *ast.StringNode, *ast.UnaryNode, *ast.ArrayNode, *ast.ConstantNode:
	default:
		g.found = &Error{At: n.Location().From, Why: noCalls}
	}
}
