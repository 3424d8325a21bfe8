package main

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
)

func (w *walker) ifs(s *ast.IfStmt) any {
	st := ifStmt{Init: w.optional(s.Init), Cond: w.span(s.Cond)}
	st.stmtBase = w.stmtBase("if", s, func() { w.eval(s.Cond, use{how: "other"}) })
	w.tested(s.Cond)
	st.Yes, st.No = w.implied(s.Cond, true), w.implied(s.Cond, false)
	st.Flag = w.flag(s.Cond)
	st.Then = w.block(s.Body)
	st.Else = w.optional(s.Else)
	return st
}

// implied are the variables of type bool whose value follows where cond has come out as truth.
// A constant that comes out otherwise is variable -1: that branch is never taken.
func (w *walker) implied(cond ast.Expr, truth bool) []known {
	if v := w.b.info.Types[cond].Value; v != nil {
		if constant.BoolVal(v) != truth {
			return []known{{-1, truth}}
		}
		return nil
	}
	switch x := unparen(cond).(type) {
	case *ast.Ident:
		if v, ok := w.b.info.Uses[x].(*types.Var); ok {
			return []known{{w.b.obj(v), truth}}
		}
	case *ast.UnaryExpr:
		if x.Op == token.NOT {
			return w.implied(x.X, !truth)
		}
	case *ast.BinaryExpr:
		if x.Op == token.LAND && truth || x.Op == token.LOR && !truth {
			return append(w.implied(x.X, truth), w.implied(x.Y, truth)...)
		}
	}
	return nil
}

// flag is the field that a condition consists of, negated or not; nil for other conditions.
func (w *walker) flag(cond ast.Expr) *fieldFlag {
	is := true
	for {
		switch x := unparen(cond).(type) {
		case *ast.UnaryExpr:
			if x.Op != token.NOT {
				return nil
			}
			is = !is
			cond = x.X
		case *ast.SelectorExpr:
			if p := w.pathOf(x); p.known() && len(p) > 1 {
				return &fieldFlag{w.b.path(p), is}
			}
			return nil
		default:
			return nil
		}
	}
}

// tested marks the call that is the condition of an if or a loop, negated or not.
func (w *walker) tested(cond ast.Expr) {
	truth := true
	for {
		switch x := unparen(cond).(type) {
		case *ast.UnaryExpr:
			if x.Op != token.NOT {
				return
			}
			truth = !truth
			cond = x.X
		case *ast.CallExpr:
			if ev := w.calls[x]; ev != nil {
				ev.Test = &truth
			}
			return
		default:
			return
		}
	}
}

func (w *walker) fors(s *ast.ForStmt) any {
	st := forStmt{Init: w.optional(s.Init)}
	st.stmtBase = w.stmtBase("for", s, func() {
		if s.Cond != nil {
			cond := w.span(s.Cond)
			st.Cond = &cond
			w.eval(s.Cond, use{how: "other"})
			w.tested(s.Cond)
		}
	})
	st.Block = w.block(s.Body)
	st.Post = w.optional(s.Post)
	return st
}

func (w *walker) ranges(s *ast.RangeStmt) any {
	st := rangeStmt{X: w.span(s.X), XT: rangeKind(w.typeOf(s.X)), Define: s.Tok == token.DEFINE, Def: []int{}}
	st.Key, st.Value = w.optionalSpan(s.Key), w.optionalSpan(s.Value)
	st.stmtBase = w.stmtBase("range", s, func() {
		x := unparen(s.X)
		switch st.XT {
		case "map":
			w.base(x, use{})
			ev := w.access("range", x, x, use{})
			ev.Span = Span{w.src.unit(s.For), w.src.unit(s.X.End())}
			w.emit(ev)
		case "func":
			w.eval(x, use{how: "range"})
			w.iterated(s)
		case "array":
			w.base(x, use{})
			if _, isPtr := deref(w.typeOf(x)); isPtr && s.Value != nil {
				w.mayDeref(w.pathOf(x), x)
			}
		case "chan":
			w.eval(x, use{how: "range"})
			p := w.b.path(w.pathOf(x))
			st.P = &p
		default:
			w.eval(x, use{how: "range"})
		}
		w.rangeVariable(s, s.Key, true, &st)
		w.rangeVariable(s, s.Value, false, &st)
	})
	st.Block = w.block(s.Body)
	return st
}

// iterated is the call of the iterator function that a range statement makes.
func (w *walker) iterated(s *ast.RangeStmt) {
	ev := &callEv{
		K: "call", N: w.ncalls, Span: w.span(s.X), Fun: w.span(s.X), Callee: valueCallee{"value", w.value(s.X)},
		Args: []any{}, ArgSpans: []Span{}, ArgTypes: []int{}, Mode: "call", Results: []int{},
	}
	w.ncalls++
	w.emit(ev)
}

func (w *walker) optionalSpan(e ast.Expr) *Span {
	if e == nil {
		return nil
	}
	s := w.span(e)
	return &s
}

// rangeVariable assigns to the first (key) or second variable of a range statement, once an iteration.
func (w *walker) rangeVariable(s *ast.RangeStmt, e ast.Expr, first bool, st *rangeStmt) {
	if e == nil {
		return
	}
	t := w.target(e)
	if t.blank {
		return
	}
	typ := w.typeOf(t.expr)
	if id, ok := t.expr.(*ast.Ident); ok && t.def {
		if v, ok := w.b.info.Defs[id].(*types.Var); ok {
			st.Def = append(st.Def, w.b.obj(v))
		}
	}
	var v any = otherVal{"other", w.b.typ(typ)}
	switch st.XT {
	case "map", "slice", "array":
		if !first {
			v = w.pathValue(w.pathOf(s.X).with("*range"), typ, false)
			w.copyOf(typ, "range", e)
		}
	case "chan":
		v = w.pathValue(w.pathOf(s.X).with("<-"), typ, false)
	}
	w.store(t, v, nil, e)
}

func rangeKind(t types.Type) string {
	if coreMap(t) != nil {
		return "map"
	}
	switch u := under(t).(type) {
	case *types.Slice:
		return "slice"
	case *types.Array:
		return "array"
	case *types.Pointer:
		return "array"
	case *types.Chan:
		return "chan"
	case *types.Signature:
		return "func"
	case *types.Basic:
		if u.Info()&types.IsString != 0 {
			return "string"
		}
		if u.Info()&types.IsInteger != 0 {
			return "int"
		}
	}
	return "other"
}

func (w *walker) switches(s *ast.SwitchStmt) any {
	st := switchStmt{Init: w.optional(s.Init), Cases: []switchCase{}}
	st.stmtBase = w.stmtBase("switch", s, func() {
		if s.Tag != nil {
			st.Tag = w.optionalSpan(s.Tag)
			w.eval(s.Tag, use{how: "compare"})
		}
	})
	for _, clause := range s.Body.List {
		c := clause.(*ast.CaseClause)
		st.Cases = append(st.Cases, w.clause(c, func() {
			for _, e := range c.List {
				w.eval(e, use{how: "compare"})
			}
		}))
	}
	return st
}

func (w *walker) clause(c *ast.CaseClause, f func()) switchCase {
	w.derefs = map[int]bool{}
	out := switchCase{Span: w.span(c), IsDefault: c.List == nil, Exprs: []Span{}, Colon: w.src.unit(c.Colon)}
	for _, e := range c.List {
		out.Exprs = append(out.Exprs, w.span(e))
	}
	out.E = w.events(f)
	out.Body = w.stmts(c.Body)
	return out
}

func (w *walker) typeSwitches(s *ast.TypeSwitchStmt) any {
	st := switchStmt{Init: w.optional(s.Init), Cases: []switchCase{}}
	x := typeSwitchOperand(s.Assign)
	st.stmtBase = w.stmtBase("typeswitch", s, func() {
		if x != nil {
			st.Tag = w.optionalSpan(x)
			w.eval(x, use{how: "other"})
		}
	})
	for _, clause := range s.Body.List {
		c := clause.(*ast.CaseClause)
		st.Cases = append(st.Cases, w.clause(c, func() {
			if v, ok := w.b.info.Implicits[c].(*types.Var); ok && x != nil {
				w.narrowed(v, x, c, s.Assign)
			}
		}))
	}
	return st
}

func typeSwitchOperand(s ast.Stmt) ast.Expr {
	var e ast.Expr
	switch s := s.(type) {
	case *ast.ExprStmt:
		e = s.X
	case *ast.AssignStmt:
		e = s.Rhs[0]
	}
	if assert, ok := unparen(e).(*ast.TypeAssertExpr); ok {
		return assert.X
	}
	return nil
}

// narrowed gives a clause's own variable of "switch v := x.(type)" its value.
func (w *walker) narrowed(v *types.Var, x ast.Expr, c *ast.CaseClause, at ast.Node) {
	p := w.pathOf(x)
	if len(c.List) == 1 && !w.b.info.Types[c.List[0]].IsNil() {
		p = p.with(".(" + w.src.text(c.List[0]) + ")")
	}
	w.copyOf(v.Type(), "assign", at)
	to, val := path{w.b.obj(v)}, w.pathValue(p, v.Type(), false)
	if coreMap(v.Type()) != nil {
		ev := w.accessAt("init", to, v.Type(), w.span(at), w.span(at))
		ev.V = val
		w.emit(ev)
		return
	}
	w.emit(setEv{K: "set", To: w.b.path(to), V: val, Def: true, Span: w.span(at)})
}

// selects evaluates the operands of all cases on entry; a case's own events are those of the case that runs.
func (w *walker) selects(s *ast.SelectStmt) any {
	st := selectStmt{Cases: []selectCase{}}
	st.stmtBase = w.stmtBase("select", s, func() {
		for _, clause := range s.Body.List {
			switch comm := clause.(*ast.CommClause).Comm.(type) {
			case *ast.SendStmt:
				w.sendOperands(comm)
			case ast.Stmt:
				if recv := received(comm); recv != nil {
					w.eval(recv.X, use{how: "other"})
				}
			}
		}
	})
	for _, clause := range s.Body.List {
		c := clause.(*ast.CommClause)
		out := selectCase{Span: w.span(c), IsDefault: c.Comm == nil, Colon: w.src.unit(c.Colon)}
		if c.Comm != nil {
			out.Comm = w.comm(c.Comm)
		}
		out.Body = w.stmts(c.Body)
		st.Cases = append(st.Cases, out)
	}
	return st
}

// received is the <-ch of a receive case.
func received(s ast.Stmt) *ast.UnaryExpr {
	var e ast.Expr
	switch s := s.(type) {
	case *ast.ExprStmt:
		e = s.X
	case *ast.AssignStmt:
		if len(s.Rhs) != 1 {
			return nil
		}
		e = s.Rhs[0]
	default:
		return nil
	}
	recv, _ := unparen(e).(*ast.UnaryExpr)
	return recv
}

// comm is a case's statement without the operands that selects has evaluated.
func (w *walker) comm(s ast.Stmt) any {
	if send, ok := s.(*ast.SendStmt); ok {
		return w.stmtBase("send", s, func() { w.send(send) })
	}
	recv := received(s)
	if recv == nil {
		return w.stmt(s)
	}
	event := func() {
		w.emit(chanEv{K: "recv", P: w.b.path(w.pathOf(recv.X)), Span: w.span(recv)})
	}
	assign, ok := s.(*ast.AssignStmt)
	if !ok {
		return w.stmtBase("expr", s, event)
	}
	st := assignStmt{Op: assign.Tok.String(), LHS: []Span{}, RHS: []Span{w.span(recv)}}
	st.stmtBase = w.stmtBase("assign", s, func() {
		event()
		vals := w.values(assign.Rhs, len(assign.Lhs))
		for i, e := range assign.Lhs {
			st.LHS = append(st.LHS, w.span(e))
			t := w.target(e)
			if id, ok := t.expr.(*ast.Ident); ok && t.def && !t.blank {
				if v, ok := w.b.info.Defs[id].(*types.Var); ok {
					st.Def = append(st.Def, w.b.obj(v))
				}
			}
			w.store(t, vals[i], nil, s)
		}
	})
	return st
}
