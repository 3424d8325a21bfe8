package main

import (
	"go/ast"
	"go/types"
	"strings"
)

// spawners are the functions, and methods of interfaces, whose doc comment has a line "//mapfix:spawns".
func (b *builder) spawners() {
	for _, f := range b.files {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				b.spawner(n.Name, n.Doc)
				return false
			case *ast.InterfaceType:
				for _, m := range n.Methods.List {
					for _, name := range m.Names {
						b.spawner(name, m.Doc)
					}
				}
			}
			return true
		})
	}
}

func (b *builder) spawner(name *ast.Ident, doc *ast.CommentGroup) {
	f, ok := b.info.Defs[name].(*types.Func)
	if !ok || doc == nil {
		return
	}
	for _, c := range doc.List {
		if word, _, _ := strings.Cut(c.Text, " "); word == "//mapfix:spawns" {
			b.out.Spawns = append(b.out.Spawns, funcKey(f))
			return
		}
	}
}
