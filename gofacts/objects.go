package main

import (
	"go/ast"
	"go/types"
	"sort"
)

// fieldKey names a field of a struct that another package declares.
type fieldKey struct{ key, owner string }

// obj numbers a variable or field. Fields of instantiated types are those of the generic type.
func (b *builder) obj(v *types.Var) int {
	v = v.Origin()
	if i, ok := b.objs[v]; ok {
		return i
	}
	i := len(b.out.Objects)
	b.objs[v] = i
	o := &Object{Name: v.Name(), File: -1, Exported: v.Exported(), Embedded: v.Embedded()}
	b.out.Objects = append(b.out.Objects, o)
	if d := b.decls[v]; d != nil {
		f := b.files[d.file]
		o.Key, o.Kind, o.File, o.Owner, o.Comment, o.Decl = d.key, d.kind, d.file, d.owner, d.comment, d.decl
		o.Span, o.Line = f.span(d.ident), f.line(d.ident.Pos())
		if d.fn >= 0 {
			o.Func = ref(d.fn)
		}
		if d.kind != "package" && d.kind != "field" {
			o.Uses = b.starts[v]
		}
	} else {
		b.foreign(o, v)
	}
	b.nameFields(v.Type(), o.Key)
	o.Type = b.typ(v.Type())
	return i
}

func (b *builder) foreign(o *Object, v *types.Var) {
	path := ""
	if v.Pkg() != nil {
		path = v.Pkg().Path()
	}
	if pos := b.prog.fset.PositionFor(v.Pos(), false); pos.IsValid() {
		o.Line = pos.Line
	}
	switch k, ok := b.fields[v]; {
	case ok:
		o.Kind, o.Key, o.Owner = "field", k.key, k.owner
	case v.IsField():
		o.Kind, o.Key = "field", path+".?."+v.Name()
	default:
		o.Kind, o.Key = "package", path+"."+v.Name()
	}
}

// ownFields names the fields of a foreign named struct type after it.
func (b *builder) ownFields(t *types.Named) {
	t = t.Origin()
	if b.seen[t] || t.Obj().Pkg() == b.pkg {
		return
	}
	b.seen[t] = true
	b.nameFields(t.Underlying(), b.typeName(t.Obj()))
}

// nameFields names fields of the struct types that t spells out; each anonymous one continues its owner's name.
func (b *builder) nameFields(t types.Type, owner string) {
	switch t := t.(type) {
	case *types.Struct:
		for i := 0; i < t.NumFields(); i++ {
			v := t.Field(i)
			if _, ok := b.fields[v]; !ok && b.decls[v] == nil && v.Pkg() != b.pkg {
				b.fields[v] = fieldKey{owner + "." + v.Name(), owner}
				b.nameFields(v.Type(), owner+"."+v.Name())
			}
		}
	case *types.Pointer:
		b.nameFields(t.Elem(), owner)
	case *types.Slice:
		b.nameFields(t.Elem(), owner)
	case *types.Array:
		b.nameFields(t.Elem(), owner)
	case *types.Chan:
		b.nameFields(t.Elem(), owner)
	case *types.Map:
		b.nameFields(t.Key(), owner)
		b.nameFields(t.Elem(), owner)
	}
}

// fieldsOf makes sure that the fields of the struct type t (or *t) have names before one is referred to.
// holder is the variable that x denotes, if t is anonymous.
func (b *builder) fieldsOf(t types.Type, x ast.Expr) {
	t, _ = deref(t)
	switch t := unalias(t).(type) {
	case *types.Named:
		b.ownFields(t)
	case *types.Struct:
		if v, ok := b.variable(x); ok {
			b.nameFields(t, b.out.Objects[b.obj(v)].Key)
		}
	}
}

// variable returns the variable or field that e names, through parentheses, dereferences and indices.
func (b *builder) variable(e ast.Expr) (*types.Var, bool) {
	for {
		switch x := e.(type) {
		case *ast.ParenExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SelectorExpr:
			e = x.Sel
		case *ast.Ident:
			v, ok := b.info.ObjectOf(x).(*types.Var)
			return v, ok
		default:
			return nil, false
		}
	}
}

// collectUses notes where locals are mentioned.
func (b *builder) collectUses() {
	note := func(id *ast.Ident, obj types.Object) {
		v, ok := obj.(*types.Var)
		if !ok {
			return
		}
		if d := b.decls[v]; d != nil && d.fn >= 0 && d.kind != "field" {
			b.starts[v] = append(b.starts[v], b.files[d.file].unit(id.Pos()))
		}
	}
	for id, obj := range b.info.Defs {
		note(id, obj)
	}
	for id, obj := range b.info.Uses {
		note(id, obj)
	}
	for _, obj := range b.info.Implicits {
		if v, ok := obj.(*types.Var); ok && b.decls[v] != nil {
			note(b.decls[v].ident, v)
		}
	}
	for _, starts := range b.starts {
		sort.Ints(starts)
	}
}

// emitNamed describes the types that the package declares.
func (b *builder) emitNamed() {
	var specs []*types.TypeName
	for obj, d := range b.decls {
		if t, ok := obj.(*types.TypeName); ok && d.kind == "type" {
			specs = append(specs, t)
		}
	}
	sort.Slice(specs, func(i, j int) bool { return specs[i].Pos() < specs[j].Pos() })
	for _, obj := range specs {
		d := b.decls[obj]
		n := NamedFacts{
			Key: d.key, Name: obj.Name(), Type: b.typ(obj.Type()), Exported: obj.Exported(), Doc: d.comment, File: d.file, Span: d.decl.Span,
			Alias: obj.IsAlias(), TParams: []TParamFact{}, Methods: []string{}, Local: d.fn >= 0,
		}
		if named, ok := obj.Type().(*types.Named); ok && !obj.IsAlias() {
			for i := 0; i < named.TypeParams().Len(); i++ {
				tp := named.TypeParams().At(i)
				n.TParams = append(n.TParams, TParamFact{tp.Obj().Name(), b.typeText(tp.Constraint())})
			}
			for i := 0; i < named.NumMethods(); i++ {
				n.Methods = append(n.Methods, funcKey(named.Method(i)))
			}
		}
		b.out.Named = append(b.out.Named, n)
	}
}
