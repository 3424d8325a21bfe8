package main

import (
	"go/ast"
	"go/types"
	"sort"
)

// emitFuncs describes every function: first the package variables' initialisers, then declarations and literals in
// source order.
func (b *builder) emitFuncs() {
	emit := b.emit
	if emit == nil {
		emit = func(f *FuncFacts) { b.out.Funcs = append(b.out.Funcs, f) }
	}
	for i, fn := range b.funcs {
		out := &FuncFacts{Key: fn.key, Display: fn.display, File: fn.file, Params: []int{}, Results: []int{}, ResultTypes: []int{}, TParams: []string{}, Stmts: []any{}}
		w := &walker{b: b, file: fn.file, fn: i, out: out, calls: map[*ast.CallExpr]*callEv{}, derefs: map[int]bool{}}
		if fn.parent >= 0 {
			out.Parent = ref(fn.parent)
		}
		switch node := fn.node.(type) {
		case nil:
			out.Kind = "varinit"
			out.Stmts = w.initialisers()
		case *ast.FuncDecl:
			w.src = b.files[fn.file]
			w.declaration(node)
		case *ast.FuncLit:
			w.src = b.files[fn.file]
			out.Kind = "literal"
			w.sig, _ = w.typeOf(node).(*types.Signature)
			w.signature(node, node.Type, node.Body)
		}
		emit(out)
	}
}

func (w *walker) declaration(d *ast.FuncDecl) {
	out := w.out
	out.Kind, out.Doc, out.Exported = "func", d.Doc.Text(), d.Name.IsExported()
	if f, ok := w.b.info.Defs[d.Name].(*types.Func); ok {
		w.sig, _ = f.Type().(*types.Signature)
	}
	if d.Recv != nil && len(d.Recv.List) > 0 {
		field := d.Recv.List[0]
		name, ptr := receiverType(field.Type)
		out.Kind, out.RecvPtr = "method", ptr
		out.RecvType = w.b.out.Path + "." + name
		out.Exported = out.Exported && ast.IsExported(name)
		if ids := w.params(d.Recv, "receiver"); ids[0] >= 0 {
			out.Recv = ref(ids[0])
		}
	}
	w.signature(d, d.Type, d.Body)
}

func (w *walker) signature(node ast.Node, t *ast.FuncType, body *ast.BlockStmt) {
	out := w.out
	out.Span, out.Test = w.span(node), w.src.test
	out.Params, out.Results = w.params(t.Params, "param"), w.params(t.Results, "result")
	if w.sig != nil {
		out.ResultTypes, out.Variadic = w.b.tuple(w.sig.Results()), w.sig.Variadic()
		for _, id := range out.Params {
			if id < 0 {
				out.ParamTypes = w.b.tuple(w.sig.Params())
			}
		}
		for _, list := range []*types.TypeParamList{w.sig.RecvTypeParams(), w.sig.TypeParams()} {
			for i := 0; i < list.Len(); i++ {
				out.TParams = append(out.TParams, list.At(i).Obj().Name())
			}
		}
	}
	if body != nil {
		out.Body = w.span(body)
		out.Stmts = w.stmts(body.List)
	}
}

// params numbers the parameters that have a name, -1 for the others, and notes those that are copies of structs.
func (w *walker) params(list *ast.FieldList, how string) []int {
	ids := []int{}
	if list == nil {
		return ids
	}
	for _, f := range list.List {
		w.copyOf(w.typeOf(f.Type), how, f.Type)
		if len(f.Names) == 0 {
			ids = append(ids, -1)
		}
		for _, id := range f.Names {
			if v, ok := w.b.info.Defs[id].(*types.Var); ok && id.Name != "_" {
				ids = append(ids, w.b.obj(v))
			} else {
				ids = append(ids, -1)
			}
		}
	}
	return ids
}

// initialisers are the declarations of package variables, in the order in which they are initialised; those without
// a value come first.
func (w *walker) initialisers() []any {
	order := map[types.Object]int{}
	for i, init := range w.b.info.InitOrder {
		for _, v := range init.Lhs {
			order[v] = i + 1
		}
	}
	type spec struct {
		file  int
		spec  *ast.ValueSpec
		order int
	}
	var specs []spec
	for i, f := range w.b.files {
		for _, decl := range f.ast.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok || gen.Tok.String() != "var" {
				continue
			}
			for _, s := range gen.Specs {
				s := s.(*ast.ValueSpec)
				specs = append(specs, spec{i, s, order[w.b.info.Defs[s.Names[0]]]})
			}
		}
	}
	sort.SliceStable(specs, func(i, j int) bool { return specs[i].order < specs[j].order })
	out := []any{}
	for _, s := range specs {
		w.file, w.src = s.file, w.b.files[s.file]
		w.derefs = map[int]bool{}
		st := declStmt{stmtBase: stmtBase{K: "decl", Span: w.span(s.spec), File: ref(s.file)}, Tok: "var", Def: []int{}}
		st.E = w.events(func() { st.Def = w.valueSpec(s.spec, st.Def) })
		out = append(out, st)
	}
	return out
}

// valueSpec evaluates the values of var a, b = x, y and gives them to the variables, whose numbers it adds to def.
func (w *walker) valueSpec(s *ast.ValueSpec, def []int) []int {
	for i, e := range s.Values {
		w.rhs(e, use{how: "assign"}, len(s.Names) == 2 && len(s.Values) == 1)
		if len(s.Values) == len(s.Names) {
			w.flow(e, w.typeOf(s.Names[i]), "assign", "")
		}
	}
	var vals []any
	if len(s.Values) > 0 {
		vals = w.values(s.Values, len(s.Names))
	}
	for i, id := range s.Names {
		v, ok := w.b.info.Defs[id].(*types.Var)
		if !ok {
			continue
		}
		def = append(def, w.b.obj(v))
		if id.Name == "_" {
			continue
		}
		if vals == nil {
			w.zero(path{w.b.obj(v)}, v.Type(), id, s)
			if coreMap(v.Type()) == nil {
				w.emit(setEv{K: "set", To: w.b.path(path{w.b.obj(v)}), V: zeroValue(v.Type()), Def: true, Span: w.span(s)})
			}
			continue
		}
		var value ast.Expr
		if len(s.Values) == len(s.Names) {
			value = s.Values[i]
		}
		w.store(target{expr: id, def: true}, vals[i], value, s)
	}
	return def
}

func zeroValue(t types.Type) any {
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Interface, *types.Signature, *types.Chan, *types.Slice:
		return nilValue
	}
	return constValue
}
