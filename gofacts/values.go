package main

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strconv"
	"strings"
)

var (
	nilValue   = bareVal{"nil"}
	constValue = bareVal{"const"}
)

// value tells what e is. Its calls have been evaluated.
func (w *walker) value(e ast.Expr) any {
	e = unparen(e)
	tv := w.b.info.Types[e]
	switch {
	case tv.IsNil():
		return nilValue
	case tv.Value != nil && tv.Value.Kind() == constant.Bool:
		return boolVal{"const", constant.BoolVal(tv.Value)}
	case tv.Value != nil && tv.Value.Kind() == constant.Int:
		if n, exact := constant.Int64Val(tv.Value); exact && n == int64(int32(n)) {
			return intVal{"const", n}
		}
		return constValue
	case tv.Value != nil:
		return constValue
	}
	switch e := e.(type) {
	case *ast.FuncLit:
		return litVal{"lit", w.b.lits[e]}
	case *ast.CompositeLit:
		return w.freshLiteral(e, w.typeOf(e))
	case *ast.Ident, *ast.IndexExpr, *ast.IndexListExpr:
		if f := w.funcObject(e); f != nil {
			return funcVal{K: "func", Key: funcKey(f)}
		}
	case *ast.SelectorExpr:
		if v := w.methodValue(e); v != nil {
			return v
		}
	case *ast.UnaryExpr:
		if e.Op == token.AND {
			if lit, ok := unparen(e.X).(*ast.CompositeLit); ok {
				return w.freshLiteral(lit, w.typeOf(e))
			}
			return w.pathValue(w.pathOf(e.X), w.typeOf(e), true)
		}
	case *ast.CallExpr:
		if w.isType(e.Fun) && len(e.Args) == 1 {
			return w.value(e.Args[0])
		}
		if how := w.builtinName(e.Fun); how == "make" || how == "new" {
			return freshVal{K: "fresh", T: w.b.typ(w.typeOf(e)), How: how, Size: w.makeSize(e), Sized: len(e.Args) > 1, Span: w.span(e)}
		}
	}
	return w.pathValue(w.pathOf(e), w.typeOf(e), false)
}

// pathValue is the value at p, or its address.
func (w *walker) pathValue(p path, t types.Type, addr bool) any {
	id := w.b.typ(t)
	if !p.known() {
		return otherVal{"other", id}
	}
	if root, ok := p[0].(string); ok && len(p) == 1 && strings.HasPrefix(root, "call:") && !addr {
		n, _ := strconv.Atoi(strings.TrimPrefix(root, "call:"))
		return callVal{"call", n, 0, id}
	}
	return pathVal{"path", w.b.path(p), addr, id}
}

// values are those of an expression list on the right: one a variable on the left.
func (w *walker) values(rhs []ast.Expr, n int) []any {
	var out []any
	if len(rhs) == n {
		for _, e := range rhs {
			out = append(out, w.value(e))
		}
		return out
	}
	if len(rhs) != 1 {
		return append(out, make([]any, n)...)
	}
	tuple, _ := w.typeOf(rhs[0]).(*types.Tuple)
	for i := 0; i < n; i++ {
		var t types.Type = types.Typ[types.Bool]
		if tuple != nil && i < tuple.Len() {
			t = tuple.At(i).Type()
		}
		call, isCall := unparen(rhs[0]).(*ast.CallExpr)
		switch {
		case isCall && w.calls[call] != nil:
			out = append(out, callVal{"call", w.calls[call].N, i, w.b.typ(t)})
		case i == 0 && !isCall: // v, ok := of a map, a type assertion or a channel
			out = append(out, w.pathValue(w.pathOf(rhs[0]), t, false))
		default:
			out = append(out, otherVal{"other", w.b.typ(t)})
		}
	}
	return out
}

// makeSize is the first size that make is given, if it is a constant.
func (w *walker) makeSize(e *ast.CallExpr) *int64 {
	if len(e.Args) < 2 {
		return nil
	}
	if v := w.b.info.Types[e.Args[1]].Value; v != nil {
		if n, exact := constant.Int64Val(constant.ToInt(v)); exact {
			return &n
		}
	}
	return nil
}

func (w *walker) freshLiteral(lit *ast.CompositeLit, t types.Type) any {
	v := freshVal{K: "fresh", T: w.b.typ(t), How: "lit", Span: w.span(lit)}
	st, isStruct := w.litType(lit).(*types.Struct)
	for i, elt := range lit.Elts {
		kv, keyed := elt.(*ast.KeyValueExpr)
		if keyed {
			elt = kv.Value
		}
		if !isStruct {
			v.Elems = append(v.Elems, w.value(elt))
			continue
		}
		if f := w.litField(lit, st, i, kv); f != nil {
			v.Fields = append(v.Fields, fieldVal{w.b.obj(f), w.value(elt)})
		}
	}
	return v
}

// litType is what a composite literal makes: the pointer of an elided &T is left out.
func (w *walker) litType(lit *ast.CompositeLit) types.Type {
	t, _ := deref(w.typeOf(lit))
	return under(t)
}

// litField is the field that element i of a struct literal sets: of a generic type, the instance's.
func (w *walker) litField(lit *ast.CompositeLit, st *types.Struct, i int, kv *ast.KeyValueExpr) *types.Var {
	w.b.fieldsOf(w.typeOf(lit), nil)
	if kv == nil {
		if i < st.NumFields() {
			return st.Field(i)
		}
		return nil
	}
	if id, ok := kv.Key.(*ast.Ident); ok {
		for k := 0; k < st.NumFields(); k++ {
			if f := st.Field(k); f.Name() == id.Name {
				return f
			}
		}
	}
	return nil
}

// methodValue is x.Method, T.Method or pkg.Func, not called.
func (w *walker) methodValue(e *ast.SelectorExpr) any {
	f, ok := w.b.info.Uses[e.Sel].(*types.Func)
	if !ok {
		return nil
	}
	v := funcVal{K: "func", Key: funcKey(f)}
	if sel := w.b.info.Selections[e]; sel != nil && sel.Kind() == types.MethodVal {
		v.Recv = w.receiver(e, sel)
	}
	return v
}

// receiver is the value that a method gets, after the embedded fields on the way.
func (w *walker) receiver(e *ast.SelectorExpr, sel *types.Selection) any {
	steps := w.fieldSteps(sel, e.X)
	if len(steps) == 0 {
		v := w.value(e.X)
		if p, ok := v.(pathVal); ok && w.addressed(sel, w.typeOf(e.X)) {
			p.Addr = true
			return p
		}
		return v
	}
	p := w.pathOf(e.X)
	for _, s := range steps {
		p = p.with(w.b.obj(s.field))
	}
	t := steps[len(steps)-1].field.Type()
	return w.pathValue(p, t, w.addressed(sel, t))
}

// addressed: the method has a pointer receiver, and takes the address of a value of type t.
func (w *walker) addressed(sel *types.Selection, t types.Type) bool {
	_, isPtr := deref(t)
	return !isPtr && pointerReceiver(sel.Obj())
}

func pointerReceiver(obj types.Object) bool {
	sig, ok := obj.Type().(*types.Signature)
	if !ok || sig.Recv() == nil {
		return false
	}
	_, ptr := unalias(sig.Recv().Type()).(*types.Pointer)
	return ptr
}

// funcObject is the declared function that e names, instantiated or not.
func (w *walker) funcObject(e ast.Expr) *types.Func {
	switch x := e.(type) {
	case *ast.ParenExpr:
		return w.funcObject(x.X)
	case *ast.Ident:
		f, _ := w.b.info.Uses[x].(*types.Func)
		return f
	case *ast.SelectorExpr:
		f, _ := w.b.info.Uses[x.Sel].(*types.Func)
		if w.b.info.Selections[x] != nil {
			return nil
		}
		return f
	case *ast.IndexExpr:
		return w.funcObject(x.X)
	case *ast.IndexListExpr:
		return w.funcObject(x.X)
	}
	return nil
}
