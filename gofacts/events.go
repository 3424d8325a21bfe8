package main

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
)

// walker turns the expressions of one function into events, in the order of evaluation.
type walker struct {
	b      *builder
	src    *sourceFile
	file   int
	fn     int
	out    *FuncFacts
	sig    *types.Signature
	evs    []any
	ncalls int
	calls  map[*ast.CallExpr]*callEv
	derefs map[int]bool // pointers that the current statement has followed
}

// use is what becomes of an expression's value (facts.ts, use of acc).
type use struct {
	how    string
	callee string
	arg    int
}

func (w *walker) emit(ev any) { w.evs = append(w.evs, ev) }

// events gathers what f emits.
func (w *walker) events(f func()) []any {
	outer := w.evs
	w.evs = []any{}
	f()
	inner := w.evs
	w.evs = outer
	return inner
}

func (w *walker) span(n ast.Node) Span { return w.src.span(n) }

func (w *walker) typeOf(e ast.Expr) types.Type {
	if t := w.b.info.TypeOf(e); t != nil {
		return t
	}
	return types.Typ[types.Invalid]
}

func (w *walker) isType(e ast.Expr) bool { return w.b.info.Types[unparen(e)].IsType() }

func (w *walker) builtinName(fun ast.Expr) string {
	switch x := unparen(fun).(type) {
	case *ast.Ident:
		if b, ok := w.b.info.Uses[x].(*types.Builtin); ok {
			return b.Name()
		}
	case *ast.SelectorExpr:
		if b, ok := w.b.info.Uses[x.Sel].(*types.Builtin); ok {
			return b.Name()
		}
	}
	return ""
}

func unparen(e ast.Expr) ast.Expr {
	for {
		p, ok := e.(*ast.ParenExpr)
		if !ok {
			return e
		}
		e = p.X
	}
}

// eval emits what evaluating e does; a map that is the result is read.
func (w *walker) eval(e ast.Expr, u use) {
	e = unparen(e)
	tv := w.b.info.Types[e]
	if tv.Value != nil || tv.IsNil() || tv.IsType() {
		return
	}
	w.base(e, u)
	if coreMap(w.typeOf(e)) != nil && !w.makesMap(e) {
		w.emit(w.access("read", e, e, u))
	}
}

// makesMap: the map that e yields comes from a call or is new; nothing that holds a map is read.
func (w *walker) makesMap(e ast.Expr) bool {
	switch e.(type) {
	case *ast.CallExpr, *ast.CompositeLit:
		return true
	}
	return false
}

// base emits what evaluating e does up to, and without, the use of a map that e denotes.
func (w *walker) base(e ast.Expr, u use) {
	switch e := e.(type) {
	case *ast.ParenExpr:
		w.base(e.X, u)
	case *ast.Ident:
		if f, ok := w.b.info.Uses[e].(*types.Func); ok {
			w.emit(refEv{"ref", funcKey(f), w.span(e)})
		}
	case *ast.SelectorExpr:
		w.selector(e)
	case *ast.IndexExpr:
		w.index(e, "lookup")
	case *ast.IndexListExpr:
		w.base(e.X, use{})
	case *ast.SliceExpr:
		w.slice(e)
	case *ast.StarExpr:
		w.eval(e.X, use{how: "other"})
		w.mayDeref(w.pathOf(e.X), e)
	case *ast.TypeAssertExpr:
		w.eval(e.X, use{how: "other"})
		if e.Type != nil {
			w.may("assert", e)
		}
	case *ast.CallExpr:
		w.call(e, "call", u)
	case *ast.UnaryExpr:
		w.unary(e, u)
	case *ast.BinaryExpr:
		w.binary(e)
	case *ast.CompositeLit:
		w.composite(e)
	case *ast.FuncLit:
		w.emit(litEv{"lit", w.b.lits[e], w.span(e)})
	}
}

// selector: x.f, x.Method as a value, pkg.Var, pkg.Func, T.Method.
func (w *walker) selector(e *ast.SelectorExpr) {
	sel := w.b.info.Selections[e]
	if sel == nil || sel.Kind() == types.MethodExpr {
		if f, ok := w.b.info.Uses[e.Sel].(*types.Func); ok {
			w.emit(refEv{"ref", funcKey(f), w.span(e)})
		}
		return
	}
	if sel.Kind() == types.MethodVal {
		key := funcKey(sel.Obj().(*types.Func))
		w.evalReceiver(e, sel, use{how: "method", callee: key})
		w.emit(refEv{"ref", key, w.span(e)})
		return
	}
	w.base(unparen(e.X), use{})
	w.followFields(e, sel)
}

// followFields emits the pointers that a selector follows.
func (w *walker) followFields(e *ast.SelectorExpr, sel *types.Selection) path {
	p := w.pathOf(e.X)
	for _, s := range w.fieldSteps(sel, e.X) {
		if s.through {
			w.mayDeref(p, e)
		}
		p = p.with(w.b.obj(s.field))
	}
	return p
}

// index: m[k] with op, s[i], or an instantiation.
func (w *walker) index(e *ast.IndexExpr, op string) {
	if w.isType(e.Index) {
		w.base(unparen(e.X), use{})
		return
	}
	if m := coreMap(w.typeOf(e.X)); m != nil {
		w.operandAndKey(e, m)
		w.emit(w.keyed(op, e, e))
		return
	}
	w.base(unparen(e.X), use{})
	w.eval(e.Index, use{how: "other"})
	if _, isPtr := deref(w.typeOf(e.X)); isPtr {
		w.mayDeref(w.pathOf(e.X), e)
	}
	if !w.constantInRange(e) {
		w.may("index", e)
	}
}

// constantInRange: a constant index of an array is checked by the compiler.
func (w *walker) constantInRange(e *ast.IndexExpr) bool {
	t, _ := deref(w.typeOf(e.X))
	_, isArray := under(t).(*types.Array)
	return isArray && w.b.info.Types[e.Index].Value != nil
}

func (w *walker) slice(e *ast.SliceExpr) {
	w.base(unparen(e.X), use{})
	bounded := false
	for _, i := range []ast.Expr{e.Low, e.High, e.Max} {
		if i == nil {
			continue
		}
		w.eval(i, use{how: "other"})
		if v := w.b.info.Types[i].Value; v == nil || constant.Sign(v) != 0 {
			bounded = true
		}
	}
	if _, isPtr := deref(w.typeOf(e.X)); isPtr {
		w.mayDeref(w.pathOf(e.X), e)
	}
	if bounded {
		w.may("slice", e)
	}
}

func (w *walker) unary(e *ast.UnaryExpr, u use) {
	switch e.Op {
	case token.AND:
		x := unparen(e.X)
		w.base(x, u)
		if coreMap(w.typeOf(x)) != nil && !w.makesMap(x) {
			w.emit(w.access("addr", x, e, u))
		}
	case token.ARROW:
		w.eval(e.X, use{how: "other"})
		w.emit(chanEv{K: "recv", P: w.b.path(w.pathOf(e.X)), Span: w.span(e)})
	default:
		w.eval(e.X, use{how: "other"})
	}
}

// composite evaluates the elements of a literal; map fields that it leaves out start as nil.
func (w *walker) composite(lit *ast.CompositeLit) {
	t, _ := deref(w.typeOf(lit))
	switch u := under(t).(type) {
	case *types.Struct:
		set := map[*types.Var]bool{}
		for i, elt := range lit.Elts {
			kv, keyed := elt.(*ast.KeyValueExpr)
			if keyed {
				elt = kv.Value
			}
			f := w.litField(lit, u, i, kv)
			w.eval(elt, use{how: "element"})
			if f == nil {
				continue
			}
			set[f.Origin()] = true
			w.flow(elt, f.Type(), "element", "")
			if coreMap(f.Type()) != nil {
				w.emit(w.initial(freshPath.with(w.b.obj(f)), f.Type(), elt, elt, elt))
			}
		}
		w.zeroFields(freshPath, u, set, lit, 0)
	case *types.Map:
		for _, elt := range lit.Elts {
			if kv, ok := elt.(*ast.KeyValueExpr); ok {
				w.element(kv.Key, u.Key())
				w.element(kv.Value, u.Elem())
				if hashPanics(u.Key(), nil) && w.b.info.Types[kv.Key].Value == nil {
					w.may("hash", kv.Key)
				}
			}
		}
	case *types.Slice:
		w.elements(lit, u.Elem())
	case *types.Array:
		w.elements(lit, u.Elem())
	}
}

func (w *walker) elements(lit *ast.CompositeLit, t types.Type) {
	for _, elt := range lit.Elts {
		if kv, ok := elt.(*ast.KeyValueExpr); ok {
			elt = kv.Value
		}
		w.element(elt, t)
	}
}

func (w *walker) element(e ast.Expr, t types.Type) {
	w.eval(e, use{how: "element"})
	w.flow(e, t, "element", "")
}
