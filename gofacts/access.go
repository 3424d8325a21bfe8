package main

import (
	"go/ast"
	"go/types"
)

// maxZeroDepth bounds how deep structs inside structs are searched for maps that start as nil.
const maxZeroDepth = 4

// access describes op on the map x; whole is the expression or statement that does it. x's operands were evaluated.
func (w *walker) access(op string, x ast.Expr, whole ast.Node, u use) *accEv {
	ev := w.accessAt(op, w.pathOf(x), w.typeOf(x), w.span(x), w.span(whole))
	if op == "read" || op == "addr" {
		w.setUse(ev, u)
	}
	return ev
}

func (w *walker) accessAt(op string, p path, t types.Type, x, whole Span) *accEv {
	ev := &accEv{K: "acc", Op: op, On: "contents", P: w.b.path(p), T: w.b.typ(t), Span: whole, X: x}
	switch op {
	case "read", "nil", "replace", "addr", "init":
		ev.On = "variable"
	}
	switch op {
	case "assign", "update", "delete", "clear", "replace", "init":
		ev.Write = true
	}
	return ev
}

func (w *walker) setUse(ev *accEv, u use) {
	ev.Use = u.how
	if ev.Use == "" {
		ev.Use = "other"
	}
	switch u.how {
	case "call", "range", "method":
		ev.Callee = &u.callee
		if u.how != "method" {
			ev.Arg = ref(u.arg)
		}
	}
}

// keyed is an access to one element, m[k].
func (w *walker) keyed(op string, e *ast.IndexExpr, whole ast.Node) *accEv {
	ev := w.access(op, unparen(e.X), whole, use{})
	w.setKey(ev, e.Index)
	if (op == "assign" || op == "update") && !ev.KeyConst {
		ev.KV = w.value(e.Index)
	}
	return ev
}

func (w *walker) setKey(ev *accEv, key ast.Expr) {
	s := w.span(key)
	ev.Key = &s
	ev.KeyConst = w.b.info.Types[key].Value != nil
}

// operandAndKey evaluates m and k of m[k], not the access.
func (w *walker) operandAndKey(e *ast.IndexExpr, m *types.Map) {
	w.base(unparen(e.X), use{})
	w.key(e.Index, m)
}

func (w *walker) key(k ast.Expr, m *types.Map) {
	w.eval(k, use{how: "other"})
	w.flow(k, m.Key(), "argument", "")
	if hashPanics(m.Key(), nil) && !w.hashable(k) {
		w.may("hash", k)
	}
}

// hashable: the key expression's own type can always be hashed. A slice as a key of interface type never can.
func (w *walker) hashable(k ast.Expr) bool {
	tv := w.b.info.Types[k]
	return tv.Value != nil || tv.Type != nil && types.Comparable(tv.Type) && !hashPanics(tv.Type, nil)
}

// initial is a map variable's first value, given by at to what x names: value, or nil where there is none.
func (w *walker) initial(p path, t types.Type, x, at ast.Node, value ast.Expr) *accEv {
	ev := w.accessAt("init", p, t, w.span(x), w.span(at))
	if value == nil {
		ev.V = nilValue
		return ev
	}
	s := w.span(value)
	ev.Val, ev.V = &s, w.value(value)
	return ev
}

// zeroFields says which map fields of the struct at p start as nil: those not in set, and those of inner structs.
func (w *walker) zeroFields(p path, st *types.Struct, set map[*types.Var]bool, at ast.Node, depth int) {
	if depth > maxZeroDepth {
		return
	}
	for i := 0; i < st.NumFields(); i++ {
		f := st.Field(i)
		if set[f.Origin()] || f.Pkg() != nil && !w.b.prog.inRun[f.Pkg().Path()] {
			continue
		}
		switch {
		case coreMap(f.Type()) != nil:
			w.emit(w.initial(p.with(w.b.obj(f)), f.Type(), at, at, nil))
		default:
			if inner, ok := f.Type().Underlying().(*types.Struct); ok && !isTypeParam(f.Type()) {
				w.b.fieldsOf(f.Type(), nil)
				w.zeroFields(p.with(w.b.obj(f)), inner, nil, at, depth+1)
			}
		}
	}
}

func isTypeParam(t types.Type) bool {
	_, ok := unalias(t).(*types.TypeParam)
	return ok
}

// zero says how the variable at p, which x names, starts when nothing is assigned.
func (w *walker) zero(p path, t types.Type, x, at ast.Node) {
	if coreMap(t) != nil {
		w.emit(w.initial(p, t, x, at, nil))
		return
	}
	if st, ok := t.Underlying().(*types.Struct); ok && !isTypeParam(t) {
		w.b.fieldsOf(t, nil)
		w.zeroFields(p, st, nil, at, 0)
	}
}

// target is the left side of an assignment whose operands have been evaluated.
type target struct {
	expr  ast.Expr // without parentheses
	blank bool
	def   bool // := declares it
	elem  *ast.IndexExpr
	m     *types.Map
}

// target evaluates the operands of a left side: index expressions, pointers, selectors.
func (w *walker) target(e ast.Expr) target {
	e = unparen(e)
	t := target{expr: e}
	switch e := e.(type) {
	case *ast.Ident:
		t.blank = e.Name == "_"
		t.def = w.b.info.Defs[e] != nil
		return t
	case *ast.IndexExpr:
		if m := coreMap(w.typeOf(e.X)); m != nil {
			t.elem, t.m = e, m
			w.operandAndKey(e, m)
			return t
		}
	}
	w.base(e, use{})
	return t
}

// store emits the assignment of v, spelled value where one expression does, to t by the statement.
func (w *walker) store(t target, v any, value ast.Expr, stmt ast.Node) {
	var val *Span
	if value != nil {
		s := w.span(value)
		val = &s
	}
	switch {
	case t.blank:
	case t.elem != nil:
		ev := w.keyed("assign", t.elem, stmt)
		ev.Val, ev.V = val, v
		w.emit(ev)
	case coreMap(w.typeOf(t.expr)) != nil:
		op := "replace"
		if t.def {
			op = "init"
		}
		ev := w.access(op, t.expr, stmt, use{})
		ev.Val, ev.V = val, v
		w.emit(ev)
	default:
		w.emit(setEv{K: "set", To: w.b.path(w.pathOf(t.expr)), V: v, Def: t.def, Star: isStar(t.expr), Span: w.span(stmt)})
	}
}

// update emits x op= …, x++ on t.
func (w *walker) update(t target, op string, value ast.Expr, stmt ast.Node) {
	if t.blank {
		return
	}
	if t.elem != nil {
		ev := w.keyed("update", t.elem, stmt)
		if value != nil {
			s := w.span(value)
			ev.Val = &s
		}
		w.emit(ev)
		return
	}
	w.emit(setEv{K: "set", To: w.b.path(w.pathOf(t.expr)), V: otherVal{"other", w.b.typ(w.typeOf(t.expr))}, Star: isStar(t.expr), Span: w.span(stmt), Op: op})
}

// isStar: what e points to is assigned, not e; their path is the same.
func isStar(e ast.Expr) bool {
	_, ok := e.(*ast.StarExpr)
	return ok
}
