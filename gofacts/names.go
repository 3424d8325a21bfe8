package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
)

// declared is what the source says of an object of this package.
type declared struct {
	key     string
	kind    string
	file    int
	ident   *ast.Ident
	fn      int // innermost function or literal; -1 at package level
	owner   string
	comment string
	decl    *Decl
}

// function is a declared function, a literal, or (without node) the package's variable initialisers.
type function struct {
	node    ast.Node // *ast.FuncDecl, *ast.FuncLit, nil
	file    int
	key     string
	display string
	parent  int
	lits    int
}

// namer walks one file and gives names to what it declares. Where it is:
type namer struct {
	b      *builder
	file   int
	src    *sourceFile
	fn     int    // function or literal; -1 outside
	prefix string // of names: "path.Func", "path.Type.Method", "path.Var"
}

// declare names every object, function and type of the package, in source order: a second one gets "#2".
func (b *builder) declare() {
	b.funcs = append(b.funcs, function{file: -1, key: b.out.Path + ".$init", display: "init", parent: -1})
	for i, f := range b.files {
		n := &namer{b: b, file: i, src: f, fn: -1, prefix: b.out.Path}
		for _, decl := range f.ast.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				n.funcDecl(decl)
			case *ast.GenDecl:
				n.genDecl(decl)
			}
		}
	}
}

func (b *builder) unique(key string) string {
	b.names[key]++
	if n := b.names[key]; n > 1 {
		return key + "#" + strconv.Itoa(n)
	}
	return key
}

func (n *namer) funcDecl(d *ast.FuncDecl) {
	key, display := n.b.out.Path+"."+d.Name.Name, d.Name.Name
	if d.Recv != nil && len(d.Recv.List) > 0 {
		name, ptr := receiverType(d.Recv.List[0].Type)
		key = n.b.out.Path + "." + name + "." + d.Name.Name
		display = name + "." + d.Name.Name
		if ptr {
			display = "(*" + name + ")." + d.Name.Name
		}
	}
	key = n.b.unique(key)
	inner := *n
	inner.fn, inner.prefix = len(n.b.funcs), key
	n.b.funcs = append(n.b.funcs, function{node: d, file: n.file, key: key, display: display, parent: -1})
	inner.params(d.Recv, "receiver")
	inner.params(d.Type.Params, "param")
	inner.params(d.Type.Results, "result")
	if d.Body != nil {
		inner.walk(d.Body)
	}
}

// receiverType takes "Store" and true from *Store[K, V].
func receiverType(e ast.Expr) (string, bool) {
	ptr := false
	for {
		switch x := e.(type) {
		case *ast.StarExpr:
			e, ptr = x.X, true
		case *ast.ParenExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.IndexListExpr:
			e = x.X
		case *ast.Ident:
			return x.Name, ptr
		default:
			return "?", ptr
		}
	}
}

func (n *namer) funcLit(lit *ast.FuncLit) {
	parent := n.fn
	if parent < 0 {
		parent = 0
	}
	p := &n.b.funcs[parent]
	p.lits++
	number := strconv.Itoa(p.lits)
	display := p.display + "." + number
	if p.node == nil {
		display = "init.func" + number
	} else if _, declared := p.node.(*ast.FuncDecl); declared {
		display = p.display + ".func" + number
	}
	inner := *n
	inner.fn = len(n.b.funcs)
	n.b.lits[lit] = inner.fn
	n.b.funcs = append(n.b.funcs, function{node: lit, file: n.file, key: p.key + "$" + number, display: display, parent: parent})
	inner.params(lit.Type.Params, "param")
	inner.params(lit.Type.Results, "result")
	inner.walk(lit.Body)
}

func (n *namer) params(list *ast.FieldList, kind string) {
	if list == nil {
		return
	}
	for _, f := range list.List {
		for _, id := range f.Names {
			n.variable(id, kind, nil, "")
		}
		n.structs(f.Type, n.prefix)
	}
}

// variable names what id declares, if it declares a variable.
func (n *namer) variable(id *ast.Ident, kind string, decl *Decl, comment string) string {
	if v, ok := n.b.info.Defs[id].(*types.Var); ok {
		return n.object(v, id, n.prefix+"."+id.Name, kind, decl, comment)
	}
	return n.prefix
}

func (n *namer) object(v *types.Var, id *ast.Ident, key, kind string, decl *Decl, comment string) string {
	if d := n.b.decls[v]; d != nil {
		return d.key
	}
	if v.Name() != "_" || kind != "param" && kind != "receiver" && kind != "result" {
		key = n.b.unique(key)
	}
	n.b.decls[v] = &declared{key: key, kind: kind, file: n.file, ident: id, fn: n.fn, comment: comment, decl: decl}
	return key
}

func (n *namer) genDecl(d *ast.GenDecl) {
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			n.typeSpec(d, spec)
		case *ast.ValueSpec:
			n.valueSpec(d, spec)
		}
	}
}

func (n *namer) valueSpec(d *ast.GenDecl, spec *ast.ValueSpec) {
	kind, form := "local", "var"
	if n.fn < 0 {
		kind = "package"
	}
	if d.Lparen.IsValid() {
		form = "group"
	}
	comment := comments(spec.Doc, spec.Comment)
	if comment == "" && !d.Lparen.IsValid() {
		comment = comments(d.Doc)
	}
	keys := make([]string, len(spec.Names))
	for i, id := range spec.Names {
		decl := &Decl{Span: n.src.span(spec), Names: len(spec.Names), Form: form, DeclSpan: n.src.span(d)}
		if spec.Type != nil {
			s := n.src.span(spec.Type)
			decl.Type = &s
		}
		if len(spec.Values) == len(spec.Names) {
			s := n.src.span(spec.Values[i])
			decl.Value = &s
		}
		keys[i] = n.variable(id, kind, decl, comment)
	}
	if spec.Type != nil && len(keys) > 0 {
		n.structs(spec.Type, keys[0])
	}
	for i, value := range spec.Values {
		key := keys[0]
		if i < len(keys) {
			key = keys[i]
		}
		inner := *n
		if n.fn < 0 {
			inner.prefix = key
		}
		inner.structs(value, key)
		inner.walk(value)
	}
}

func (n *namer) typeSpec(d *ast.GenDecl, spec *ast.TypeSpec) {
	obj, ok := n.b.info.Defs[spec.Name].(*types.TypeName)
	if !ok {
		return
	}
	key := n.b.unique(n.prefix + "." + spec.Name.Name)
	doc := comments(spec.Doc, spec.Comment)
	if doc == "" && !d.Lparen.IsValid() {
		doc = comments(d.Doc)
	}
	n.b.decls[obj] = &declared{key: key, kind: "type", file: n.file, ident: spec.Name, fn: n.fn, comment: doc, decl: &Decl{Span: n.src.span(spec)}}
	n.structs(spec.Type, key)
}

// walk names what the statements and expressions under node declare.
func (n *namer) walk(node ast.Node) {
	ast.Inspect(node, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.FuncLit:
			n.funcLit(node)
			return false
		case *ast.FuncType, *ast.InterfaceType:
			return false
		case *ast.StructType:
			n.structType(node, n.prefix)
			return false
		case *ast.GenDecl:
			n.genDecl(node)
			return false
		case *ast.AssignStmt:
			if node.Tok == token.DEFINE {
				n.define(node)
			}
		case *ast.RangeStmt:
			if node.Tok == token.DEFINE {
				for _, e := range []ast.Expr{node.Key, node.Value} {
					if id, ok := e.(*ast.Ident); ok {
						n.variable(id, "local", &Decl{Span: n.src.span(node), Names: 1, Form: "range", DeclSpan: n.src.span(node)}, "")
					}
				}
			}
		case *ast.TypeSwitchStmt:
			n.typeSwitch(node)
		}
		return true
	})
}

func (n *namer) define(s *ast.AssignStmt) {
	for i, lhs := range s.Lhs {
		id, ok := lhs.(*ast.Ident)
		if !ok {
			continue
		}
		decl := &Decl{Span: n.src.span(s), Names: len(s.Lhs), Form: "define", DeclSpan: n.src.span(s)}
		key := n.variable(id, "local", decl, "")
		if len(s.Rhs) == len(s.Lhs) {
			value := n.src.span(s.Rhs[i])
			decl.Value = &value
			n.structs(s.Rhs[i], key)
		}
	}
}

// typeSwitch names the variable that each clause of "switch x := y.(type)" declares anew.
func (n *namer) typeSwitch(s *ast.TypeSwitchStmt) {
	assign, ok := s.Assign.(*ast.AssignStmt)
	if !ok || len(assign.Lhs) != 1 {
		return
	}
	id, ok := assign.Lhs[0].(*ast.Ident)
	if !ok {
		return
	}
	for _, clause := range s.Body.List {
		if v, ok := n.b.info.Implicits[clause].(*types.Var); ok {
			decl := &Decl{Span: n.src.span(assign), Names: 1, Form: "other", DeclSpan: n.src.span(assign)}
			n.object(v, id, n.prefix+"."+id.Name, "local", decl, "")
		}
	}
}

func comments(groups ...*ast.CommentGroup) string {
	text := ""
	for _, g := range groups {
		text += g.Text()
	}
	return text
}
