package main

import (
	"go/ast"
	"go/types"
)

// call emits a call or conversion: the function's operands, the arguments, then the call.
func (w *walker) call(c *ast.CallExpr, mode string, u use) {
	if w.isType(c.Fun) {
		w.conversion(c, u)
		return
	}
	if name := w.builtinName(c.Fun); name != "" {
		w.builtin(c, name, mode, u)
		return
	}
	ev := &callEv{K: "call", Span: w.span(c), Fun: w.span(c.Fun), Mode: mode, Spread: c.Ellipsis.IsValid()}
	args := c.Args
	key := w.function(c, ev, &args)
	sig, _ := under(w.typeOf(c.Fun)).(*types.Signature)
	offset := len(c.Args) - len(args)
	how := "call"
	if u.how == "range" {
		how = "range"
	}
	for i, arg := range args {
		w.eval(arg, use{how, key, i})
		if sig != nil {
			w.flow(arg, paramType(sig, i+offset, ev.Spread), "argument", key)
		}
	}
	w.finish(c, ev, args, sig)
}

// function evaluates what is called and describes it in ev. It returns the function's key, "" if unknown. The
// receiver argument of a method expression becomes ev's receiver, and leaves args.
func (w *walker) function(c *ast.CallExpr, ev *callEv, args *[]ast.Expr) string {
	fun := unparen(c.Fun)
	if f := w.funcObject(fun); f != nil {
		ev.Callee = calleeOf(f)
		return funcKey(f)
	}
	if lit, ok := fun.(*ast.FuncLit); ok {
		w.emit(litEv{"lit", w.b.lits[lit], w.span(lit)})
		ev.Callee = valueCallee{"value", litVal{"lit", w.b.lits[lit]}}
		return ""
	}
	e, ok := fun.(*ast.SelectorExpr)
	sel := w.b.info.Selections[e]
	if !ok || sel == nil || sel.Kind() == types.FieldVal {
		w.eval(fun, use{how: "other"})
		ev.Callee = valueCallee{"value", w.value(fun)}
		return ""
	}
	f := sel.Obj().(*types.Func)
	key := funcKey(f)
	ev.Callee = w.methodCallee(f, sel)
	ev.RecvCopied = !isInterface(sel.Recv()) && !pointerReceiver(f)
	if sel.Kind() == types.MethodExpr {
		if len(*args) > 0 {
			w.eval((*args)[0], use{how: "method", callee: key})
			ev.Recv = w.value((*args)[0])
			*args = (*args)[1:]
		}
		return key
	}
	w.evalReceiver(e, sel, use{how: "method", callee: key})
	ev.Recv = w.receiver(e, sel)
	return key
}

// evalReceiver evaluates x of x.Method, and the embedded fields on the way.
func (w *walker) evalReceiver(e *ast.SelectorExpr, sel *types.Selection, u use) {
	w.base(unparen(e.X), use{})
	p := w.followFields(e, sel)
	t := w.typeOf(e.X)
	if steps := w.fieldSteps(sel, e.X); len(steps) > 0 {
		t = steps[len(steps)-1].field.Type()
	} else if w.makesMap(unparen(e.X)) {
		return
	}
	if elem, isPtr := deref(t); isPtr && !isInterface(sel.Recv()) && !pointerReceiver(sel.Obj()) {
		w.mayDeref(p, e)
		t = elem
	}
	if coreMap(t) == nil {
		return
	}
	op := "read"
	if pointerReceiver(sel.Obj()) {
		op = "addr"
	}
	ev := w.accessAt(op, p, t, w.span(e.X), w.span(e.X))
	w.setUse(ev, u)
	w.emit(ev)
}

func calleeOf(f *types.Func) any {
	return funcCallee{"func", funcKey(f), pkgPath(f)}
}

// methodCallee tells a method that is known from one that the dynamic type of an interface decides.
func (w *walker) methodCallee(f *types.Func, sel *types.Selection) any {
	sig := f.Type().(*types.Signature)
	if sig.Recv() == nil || !types.IsInterface(sig.Recv().Type()) {
		return calleeOf(f)
	}
	t := sel.Recv()
	index := sel.Index()
	for _, i := range index[:len(index)-1] { // an interface embedded in a struct
		elem, _ := deref(t)
		st, ok := under(elem).(*types.Struct)
		if !ok {
			break
		}
		t = st.Field(i).Type()
	}
	if tp, ok := unalias(t).(*types.TypeParam); ok {
		t = tp.Constraint()
	}
	name := w.b.typeText(t)
	if n, ok := unalias(t).(*types.Named); ok {
		name = w.b.typeName(n.Obj())
	}
	return ifaceCallee{"iface", name, f.Name(), pkgPath(f)}
}

func pkgPath(f *types.Func) string {
	if f.Pkg() == nil {
		return ""
	}
	return f.Pkg().Path()
}

// finish numbers and emits a call whose operands have been evaluated.
func (w *walker) finish(c *ast.CallExpr, ev *callEv, args []ast.Expr, sig *types.Signature) {
	ev.Args, ev.ArgSpans, ev.ArgTypes, ev.Results = []any{}, []Span{}, []int{}, []int{}
	for _, arg := range args {
		tuple, ok := w.typeOf(arg).(*types.Tuple)
		if !ok {
			ev.Args = append(ev.Args, w.value(arg))
			ev.ArgSpans = append(ev.ArgSpans, w.span(arg))
			ev.ArgTypes = append(ev.ArgTypes, w.b.typ(w.typeOf(arg)))
			continue
		}
		for i, v := range w.values([]ast.Expr{arg}, tuple.Len()) { // f(g())
			ev.Args = append(ev.Args, v)
			ev.ArgSpans = append(ev.ArgSpans, w.span(arg))
			ev.ArgTypes = append(ev.ArgTypes, w.b.typ(tuple.At(i).Type()))
		}
	}
	if sig != nil {
		ev.Results = w.b.tuple(sig.Results())
	}
	ev.N = w.ncalls
	w.ncalls++
	w.calls[c] = ev
	w.emit(ev)
}

func paramType(sig *types.Signature, i int, spread bool) types.Type {
	n := sig.Params().Len()
	if sig.Variadic() && i >= n-1 {
		last := sig.Params().At(n - 1).Type()
		if s, ok := under(last).(*types.Slice); ok && !spread {
			return s.Elem()
		}
		return last
	}
	if i < n {
		return sig.Params().At(i).Type()
	}
	return nil
}

func (w *walker) conversion(c *ast.CallExpr, u use) {
	if len(c.Args) != 1 {
		return
	}
	arg, to := c.Args[0], w.typeOf(c.Fun)
	how := use{how: "convert"}
	if coreMap(to) != nil && u.how != "" {
		how = u // T(m) is the same map
	}
	w.eval(arg, how)
	w.flow(arg, to, "assign", "")
	elem, _ := deref(to)
	if _, toArray := under(elem).(*types.Array); toArray {
		if _, fromSlice := under(w.typeOf(arg)).(*types.Slice); fromSlice {
			w.may("convert", c)
		}
	}
}

// builtin emits a call of a predeclared function: of a map an access, of anything else with effects a call.
func (w *walker) builtin(c *ast.CallExpr, name, mode string, u use) {
	switch name {
	case "len", "delete", "clear":
		if len(c.Args) > 0 && coreMap(w.typeOf(c.Args[0])) != nil {
			w.mapBuiltin(c, name, mode)
			return
		}
	case "recover":
		w.out.HasRecover = true
	}
	how := "call"
	if u.how == "range" {
		how = "range"
	}
	for i, arg := range c.Args {
		w.eval(arg, use{how, "builtin." + name, i})
	}
	sig, _ := w.typeOf(c.Fun).(*types.Signature)
	if name == "append" && sig != nil {
		for i, arg := range c.Args {
			if i > 0 {
				w.flow(arg, paramType(sig, i, c.Ellipsis.IsValid()), "argument", "builtin.append")
			}
		}
	}
	switch name {
	case "new":
		if mode == "call" && len(c.Args) == 1 && w.isType(c.Args[0]) {
			w.zero(freshPath, w.typeOf(c.Args[0]), c, c)
		}
	case "append", "copy", "panic", "print", "println", "close", "recover", "clear", "delete":
		w.builtinCall(c, name, mode, sig)
	}
}

func (w *walker) builtinCall(c *ast.CallExpr, name, mode string, sig *types.Signature) {
	ev := &callEv{K: "call", Span: w.span(c), Fun: w.span(c.Fun), Callee: builtinCallee{"builtin", name}, Mode: mode, Spread: c.Ellipsis.IsValid()}
	var args []ast.Expr
	for _, arg := range c.Args {
		if !w.isType(arg) {
			args = append(args, arg)
		}
	}
	w.finish(c, ev, args, sig)
}

// mapBuiltin: len(m), delete(m, k), clear(m). After defer or go there is a call event too: the access happens then.
func (w *walker) mapBuiltin(c *ast.CallExpr, name, mode string) {
	x := unparen(c.Args[0])
	w.base(x, use{})
	if name == "delete" && len(c.Args) == 2 {
		w.key(c.Args[1], coreMap(w.typeOf(x)))
	}
	ev := w.access(name, x, c, use{})
	if name == "delete" && len(c.Args) == 2 {
		w.setKey(ev, c.Args[1])
	}
	w.emit(ev)
	if mode != "call" {
		sig, _ := w.typeOf(c.Fun).(*types.Signature)
		w.builtinCall(c, name, mode, sig)
	}
}
