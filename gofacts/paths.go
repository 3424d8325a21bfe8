package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
	"strings"
)

// path is where a value lives, seen through pointers and addresses: a root and steps (facts.ts, Path).
type path []any

var (
	unknownPath = path{"?"}
	freshPath   = path{"fresh"}
)

func (p path) with(steps ...any) path { return append(append(path{}, p...), steps...) }

// known: the path starts at something that can be told from other things.
func (p path) known() bool { return p[0] != "?" }

// path numbers p.
func (b *builder) path(p path) int {
	key := fmt.Sprintf("%q", p)
	i, ok := b.paths[key]
	if !ok {
		i = len(b.out.Paths)
		b.paths[key] = i
		b.out.Paths = append(b.out.Paths, p)
	}
	return i
}

// pathOf tells where the value of e lives. Calls in e have been evaluated.
func (w *walker) pathOf(e ast.Expr) path {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return w.pathOf(e.X)
	case *ast.Ident:
		if v, ok := w.b.info.ObjectOf(e).(*types.Var); ok && v.Name() != "_" {
			return path{w.b.obj(v)}
		}
	case *ast.SelectorExpr:
		return w.selectorPath(e)
	case *ast.IndexExpr:
		if tv := w.b.info.Types[e.Index]; tv.IsType() {
			return unknownPath
		}
		return w.pathOf(e.X).with("[" + w.keyText(e.Index) + "]")
	case *ast.StarExpr:
		return w.pathOf(e.X)
	case *ast.SliceExpr:
		return w.pathOf(e.X)
	case *ast.TypeAssertExpr:
		if e.Type == nil {
			return w.pathOf(e.X)
		}
		return w.pathOf(e.X).with(".(" + w.src.text(e.Type) + ")")
	case *ast.UnaryExpr:
		switch e.Op {
		case token.AND:
			return w.pathOf(e.X)
		case token.ARROW:
			return w.pathOf(e.X).with("<-")
		}
	case *ast.CompositeLit:
		return freshPath
	case *ast.CallExpr:
		return w.callPath(e)
	}
	return unknownPath
}

func (w *walker) callPath(e *ast.CallExpr) path {
	if w.isType(e.Fun) {
		if len(e.Args) == 1 {
			return w.pathOf(e.Args[0])
		}
		return unknownPath
	}
	switch w.builtinName(e.Fun) {
	case "make", "new":
		return freshPath
	}
	if ev := w.calls[e]; ev != nil {
		return path{"call:" + strconv.Itoa(ev.N)}
	}
	return unknownPath
}

func (w *walker) selectorPath(e *ast.SelectorExpr) path {
	sel := w.b.info.Selections[e]
	if sel == nil { // a variable of another package
		if v, ok := w.b.info.Uses[e.Sel].(*types.Var); ok {
			return path{w.b.obj(v)}
		}
		return unknownPath
	}
	if sel.Kind() != types.FieldVal {
		return unknownPath
	}
	p := w.pathOf(e.X)
	for _, s := range w.fieldSteps(sel, e.X) {
		p = p.with(w.b.obj(s.field))
	}
	return p
}

// fieldStep is one field on the way of a selector, and whether a pointer is followed to reach it.
type fieldStep struct {
	field   *types.Var
	through bool
}

// fieldSteps spells out the embedded fields that a selector goes through, without the last step if that is a method.
func (w *walker) fieldSteps(sel *types.Selection, x ast.Expr) []fieldStep {
	var steps []fieldStep
	index := sel.Index()
	if sel.Kind() != types.FieldVal {
		index = index[:len(index)-1]
	}
	t := sel.Recv()
	for _, i := range index {
		w.b.fieldsOf(t, x)
		elem, through := deref(t)
		st, ok := under(elem).(*types.Struct)
		if !ok || i >= st.NumFields() {
			return steps
		}
		f := st.Field(i)
		steps = append(steps, fieldStep{f.Origin(), through})
		t = f.Type()
		x = nil
	}
	return steps
}

// keyText names an index in a path: its constant value, or its source on one line.
func (w *walker) keyText(e ast.Expr) string {
	if tv := w.b.info.Types[e]; tv.Value != nil {
		return tv.Value.ExactString()
	}
	return strings.Join(strings.Fields(w.src.text(e)), " ")
}
