package main

import (
	"go/ast"
	"go/token"
	"go/types"
)

// flow notes that e's value goes where a t is wanted: a copy of a struct, or a conversion to an interface.
func (w *walker) flow(e ast.Expr, t types.Type, how, callee string) {
	tv := w.b.info.Types[unparen(e)]
	from := tv.Type
	if t == nil || from == nil || tv.IsNil() || tv.IsType() {
		return
	}
	if isInterface(t) && !isInterface(from) {
		if worthTelling(from) {
			w.b.out.Conversions = append(w.b.out.Conversions, Conversion{w.b.typ(from), w.b.typ(t), w.file, w.span(e), callee})
		}
		how = "interface"
	}
	if !isFresh(w, e) {
		w.copyOf(from, how, e)
	}
}

// flowTo notes the same for an assignment, which may also overwrite a struct whole.
func (w *walker) flowTo(t target, e ast.Expr) {
	if t.blank {
		return
	}
	w.flow(e, w.typeOf(t.expr), "assign", "")
	if !t.def && t.elem == nil {
		w.copyOf(w.typeOf(t.expr), "overwrite", t.expr)
	}
}

// compared notes a comparison of structs, or one that may panic.
func (w *walker) compared(e *ast.BinaryExpr) {
	x, y := w.typeOf(e.X), w.typeOf(e.Y)
	w.copyOf(x, "compare", e)
	if hashPanics(x, nil) && hashPanics(y, nil) && !isError(x) && !isError(y) {
		w.may("hash", e)
	}
}

// isError: comparing an error with one of its values does not panic in practice.
func isError(t types.Type) bool { return types.Identical(t, types.Universe.Lookup("error").Type()) }

// isFresh: e makes a new value, so nothing else has it.
func isFresh(w *walker, e ast.Expr) bool {
	switch x := unparen(e).(type) {
	case *ast.CompositeLit:
		return true
	case *ast.CallExpr:
		if w.isType(x.Fun) && len(x.Args) == 1 {
			return isFresh(w, x.Args[0])
		}
		return true
	case *ast.UnaryExpr:
		return x.Op == token.ARROW
	}
	return false
}

// copyOf notes a copy of a t, if t holds a struct that this run's packages declare.
func (w *walker) copyOf(t types.Type, how string, at ast.Node) {
	if w.b.holdsStruct(t) {
		w.b.out.Copies = append(w.b.out.Copies, CopyFacts{w.b.typ(t), how, w.file, w.span(at)})
	}
}

func (b *builder) holdsStruct(t types.Type) bool {
	t = unalias(t)
	if held, ok := b.copied[t]; ok {
		return held
	}
	b.copied[t] = false
	held := false
	switch u := t.Underlying().(type) {
	case *types.Array:
		held = b.holdsStruct(u.Elem())
	case *types.Struct:
		if n, ok := t.(*types.Named); ok && n.Obj().Pkg() != nil && b.prog.inRun[n.Obj().Pkg().Path()] {
			held = true
			break
		}
		for i := 0; i < u.NumFields(); i++ {
			held = held || b.holdsStruct(u.Field(i).Type())
		}
	}
	b.copied[t] = held
	return held
}

// worthTelling: values of basic types and functions have no maps or locks in them, and no methods of their own.
func worthTelling(t types.Type) bool {
	switch t := unalias(t).(type) {
	case *types.Basic, *types.Signature:
		return false
	case *types.TypeParam:
		return true
	case *types.Slice:
		return worthTelling(t.Elem())
	}
	return true
}
