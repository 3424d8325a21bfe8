package main

import (
	"go/ast"
	"go/types"
)

// structs names the fields of struct types spelled out in e, whose names continue owner.
func (n *namer) structs(e ast.Node, owner string) {
	ast.Inspect(e, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.FuncLit:
			return false
		case *ast.StructType:
			n.structType(node, owner)
			return false
		}
		return true
	})
}

func (n *namer) structType(st *ast.StructType, owner string) {
	for _, f := range st.Fields.List {
		typ := n.src.span(f.Type)
		ids := f.Names
		if len(ids) == 0 {
			if id := embeddedName(f.Type); id != nil {
				ids = []*ast.Ident{id}
			}
		}
		key := owner
		for i, id := range ids {
			decl := &Decl{Span: n.src.span(f), Type: &typ, Names: len(f.Names), Form: "field", DeclSpan: n.src.span(st)}
			if v, ok := n.b.info.Defs[id].(*types.Var); ok {
				k := n.object(v, id, owner+"."+id.Name, "field", decl, comments(f.Doc, f.Comment))
				n.b.decls[v].owner = owner
				if i == 0 {
					key = k
				}
			}
		}
		n.structs(f.Type, key)
	}
}

func embeddedName(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.IndexListExpr:
			e = x.X
		case *ast.SelectorExpr:
			return x.Sel
		case *ast.Ident:
			return x
		default:
			return nil
		}
	}
}
