package main

import (
	"go/ast"
	"go/token"
	"go/types"
)

func (w *walker) stmts(list []ast.Stmt) []any {
	out := make([]any, 0, len(list))
	for _, s := range list {
		out = append(out, w.stmt(s))
	}
	return out
}

func (w *walker) block(b *ast.BlockStmt) block { return block{w.span(b), w.stmts(b.List)} }

// optional is a statement that may be absent.
func (w *walker) optional(s ast.Stmt) any {
	if s == nil {
		return nil
	}
	return w.stmt(s)
}

// stmtBase has the events that f emits as the statement's own.
func (w *walker) stmtBase(k string, s ast.Node, f func()) stmtBase {
	w.derefs = map[int]bool{}
	return stmtBase{K: k, Span: w.span(s), E: w.events(f)}
}

func nothingToDo() {}

func (w *walker) stmt(s ast.Stmt) any {
	switch s := s.(type) {
	case *ast.ExprStmt:
		return w.stmtBase("expr", s, func() { w.eval(s.X, use{how: "discard"}) })
	case *ast.SendStmt:
		return w.stmtBase("send", s, func() { w.sendOperands(s); w.send(s) })
	case *ast.IncDecStmt:
		return w.stmtBase("incdec", s, func() { w.update(w.target(s.X), s.Tok.String(), nil, s) })
	case *ast.AssignStmt:
		return w.assign(s)
	case *ast.GoStmt:
		return w.stmtBase("go", s, func() { w.started(s.Call, "go") })
	case *ast.DeferStmt:
		return w.stmtBase("defer", s, func() { w.started(s.Call, "defer") })
	case *ast.DeclStmt:
		return w.decl(s)
	case *ast.ReturnStmt:
		return w.returns(s)
	case *ast.BranchStmt:
		st := branchStmt{stmtBase: w.stmtBase("branch", s, nothingToDo), Tok: s.Tok.String()}
		if s.Label != nil {
			st.Label = s.Label.Name
		}
		return st
	case *ast.BlockStmt:
		return blockStmt{w.stmtBase("block", s, nothingToDo), w.block(s)}
	case *ast.LabeledStmt:
		return labeledStmt{w.stmtBase("labeled", s, nothingToDo), s.Label.Name, w.stmt(s.Stmt)}
	case *ast.IfStmt:
		return w.ifs(s)
	case *ast.ForStmt:
		return w.fors(s)
	case *ast.RangeStmt:
		return w.ranges(s)
	case *ast.SwitchStmt:
		return w.switches(s)
	case *ast.TypeSwitchStmt:
		return w.typeSwitches(s)
	case *ast.SelectStmt:
		return w.selects(s)
	}
	return w.stmtBase("empty", s, nothingToDo)
}

func (w *walker) started(c *ast.CallExpr, mode string) {
	w.call(c, mode, use{how: "discard"})
}

func (w *walker) sendOperands(s *ast.SendStmt) {
	w.eval(s.Chan, use{how: "other"})
	w.eval(s.Value, use{how: "send"})
	if ch, ok := under(w.typeOf(s.Chan)).(*types.Chan); ok {
		w.flow(s.Value, ch.Elem(), "send", "")
	}
}

func (w *walker) send(s *ast.SendStmt) {
	w.emit(chanEv{K: "chansend", P: w.b.path(w.pathOf(s.Chan)), V: w.value(s.Value), Span: w.span(s)})
}

// rhs evaluates the right side of an assignment; commaOk: v, ok := of it.
func (w *walker) rhs(e ast.Expr, u use, commaOk bool) {
	e = unparen(e)
	if tuple, ok := w.typeOf(e).(*types.Tuple); ok && commaOk && !isFresh(w, e) {
		w.copyOf(tuple.At(0).Type(), "assign", e)
	}
	if commaOk {
		switch x := e.(type) {
		case *ast.IndexExpr:
			if coreMap(w.typeOf(x.X)) != nil {
				w.index(x, "lookup2")
				w.readElement(x, u)
				return
			}
		case *ast.TypeAssertExpr:
			w.eval(x.X, use{how: "other"})
			w.readElement(x, u)
			return
		}
	}
	w.eval(e, u)
}

// readElement reads the map that a comma-ok form yields beside the bool.
func (w *walker) readElement(e ast.Expr, u use) {
	t := w.typeOf(e)
	if tuple, ok := t.(*types.Tuple); ok && tuple.Len() > 0 {
		t = tuple.At(0).Type()
	}
	if coreMap(t) != nil {
		ev := w.accessAt("read", w.pathOf(e), t, w.span(e), w.span(e))
		w.setUse(ev, u)
		w.emit(ev)
	}
}

func (w *walker) assign(s *ast.AssignStmt) any {
	st := assignStmt{Op: s.Tok.String(), LHS: []Span{}, RHS: []Span{}}
	for _, e := range s.Lhs {
		st.LHS = append(st.LHS, w.span(e))
	}
	for _, e := range s.Rhs {
		st.RHS = append(st.RHS, w.span(e))
	}
	st.stmtBase = w.stmtBase("assign", s, func() {
		if s.Tok != token.ASSIGN && s.Tok != token.DEFINE {
			w.assignOp(s)
			return
		}
		st.Def = w.assignAll(s)
	})
	return st
}

// assignAll: operands of the left, then the right, then the stores.
func (w *walker) assignAll(s *ast.AssignStmt) []int {
	var def []int
	targets := make([]target, len(s.Lhs))
	for i, e := range s.Lhs {
		targets[i] = w.target(e)
		if id, ok := targets[i].expr.(*ast.Ident); ok && targets[i].def && id.Name != "_" {
			if v, ok := w.b.info.Defs[id].(*types.Var); ok {
				def = append(def, w.b.obj(v))
			}
		}
	}
	same := len(s.Lhs) == len(s.Rhs)
	for i, e := range s.Rhs {
		u := use{how: "assign"}
		if same && targets[i].blank {
			u.how = "discard"
		}
		w.rhs(e, u, len(s.Lhs) == 2 && len(s.Rhs) == 1)
		if same {
			w.flowTo(targets[i], e)
		}
	}
	vals := w.values(s.Rhs, len(s.Lhs))
	for i, t := range targets {
		var value ast.Expr
		if same {
			value = s.Rhs[i]
		}
		w.store(t, vals[i], value, s)
	}
	return def
}

func (w *walker) assignOp(s *ast.AssignStmt) {
	if len(s.Lhs) != 1 || len(s.Rhs) != 1 {
		return
	}
	t := w.target(s.Lhs[0])
	w.eval(s.Rhs[0], use{how: "other"})
	w.mayFail(s.Tok, s.Lhs[0], s.Rhs[0], s)
	w.update(t, s.Tok.String(), s.Rhs[0], s)
}

func (w *walker) decl(s *ast.DeclStmt) any {
	gen, ok := s.Decl.(*ast.GenDecl)
	if !ok {
		return w.stmtBase("empty", s, nothingToDo)
	}
	st := declStmt{Tok: gen.Tok.String(), Def: []int{}}
	st.stmtBase = w.stmtBase("decl", s, func() {
		for _, spec := range gen.Specs {
			if v, ok := spec.(*ast.ValueSpec); ok && gen.Tok == token.VAR {
				st.Def = w.valueSpec(v, st.Def)
			}
		}
	})
	return st
}

func (w *walker) returns(s *ast.ReturnStmt) any {
	st := returnStmt{Results: []Span{}}
	st.stmtBase = w.stmtBase("return", s, func() {
		for i, e := range s.Results {
			st.Results = append(st.Results, w.span(e))
			w.eval(e, use{how: "return"})
			if w.sig != nil && len(s.Results) == w.sig.Results().Len() {
				w.flow(e, w.sig.Results().At(i).Type(), "return", "")
			}
		}
		vals := []any{}
		if w.sig != nil && len(s.Results) > 0 {
			vals = w.values(s.Results, max(w.sig.Results().Len(), len(s.Results)))
		}
		if w.sig != nil && len(s.Results) == 0 {
			for i, id := range w.out.Results {
				if id < 0 {
					vals = append(vals, otherVal{"other", w.b.typ(w.sig.Results().At(i).Type())})
					continue
				}
				vals = append(vals, pathVal{K: "path", P: w.b.path(path{id}), T: w.b.out.Objects[id].Type})
			}
		}
		w.emit(returnEv{"return", vals, w.span(s)})
	})
	return st
}
