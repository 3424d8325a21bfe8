package main

import (
	"go/ast"
	"go/token"
	"go/types"
)

func (w *walker) binary(e *ast.BinaryExpr) {
	switch e.Op {
	case token.LAND, token.LOR:
		w.eval(e.X, use{how: "other"})
		k := "and"
		if e.Op == token.LOR {
			k = "or"
		}
		w.emit(condEv{k, w.events(func() { w.eval(e.Y, use{how: "other"}) }), w.span(e.Y)})
		return
	case token.EQL, token.NEQ:
		if w.nilComparison(e, e.X, e.Y) || w.nilComparison(e, e.Y, e.X) {
			return
		}
		w.eval(e.X, use{how: "compare"})
		w.eval(e.Y, use{how: "compare"})
		w.compared(e)
		return
	}
	w.eval(e.X, use{how: "other"})
	w.eval(e.Y, use{how: "other"})
	w.mayFail(e.Op, e.X, e.Y, e)
}

// mayFail: the operators that panic for some operands.
func (w *walker) mayFail(op token.Token, x, y ast.Expr, at ast.Node) {
	v := w.b.info.Types[y].Value
	switch op {
	case token.QUO, token.REM, token.QUO_ASSIGN, token.REM_ASSIGN:
		if basic, ok := under(w.typeOf(x)).(*types.Basic); v == nil && (!ok || basic.Info()&types.IsInteger != 0) {
			w.may("divide", at)
		}
	case token.SHL, token.SHR, token.SHL_ASSIGN, token.SHR_ASSIGN:
		if basic, ok := under(w.typeOf(y)).(*types.Basic); v == nil && (!ok || basic.Info()&types.IsUnsigned == 0) {
			w.may("shift", at)
		}
	}
}

// nilComparison: m == nil.
func (w *walker) nilComparison(e *ast.BinaryExpr, x, y ast.Expr) bool {
	if !w.b.info.Types[y].IsNil() {
		return false
	}
	x = unparen(x)
	if coreMap(w.typeOf(x)) == nil {
		w.eval(x, use{how: "compare"})
		return true
	}
	w.base(x, use{})
	if !w.makesMap(x) {
		w.emit(w.access("nil", x, e, use{}))
	}
	return true
}

func (w *walker) may(why string, at ast.Node) { w.emit(mayEv{K: "may", Why: why, Span: w.span(at)}) }

// mayDeref: the pointer at p is followed; said once a statement.
func (w *walker) mayDeref(p path, at ast.Node) {
	if len(p) == 1 && p[0] == freshPath[0] {
		return
	}
	id := w.b.path(p)
	if p.known() {
		if w.derefs[id] {
			return
		}
		w.derefs[id] = true
	}
	w.emit(mayEv{"may", "deref", ref(id), w.span(at)})
}
