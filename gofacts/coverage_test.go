package main

import (
	"context"
	"encoding/json"
	"go/ast"
	"go/types"
	"testing"
)

// Every expression that denotes a map held by something has an access event.
func TestEveryMapExpressionHasAnAccess(t *testing.T) {
	dir, err := realDir(".")
	if err != nil {
		t.Fatal(err)
	}
	prog, err := list(context.Background(), dir, "", false, []string{"net/http", "go/types", "encoding/json", "text/template", "maps", "expvar", "reflect", "mime", "go/doc", "regexp/..."})
	if err != nil {
		t.Fatal(err)
	}
	expressions := 0
	for _, p := range prog.wanted {
		b := newBuilder(prog, p)
		b.gather()
		if len(b.out.Errors) > 0 {
			t.Errorf("%s: %v", p.ImportPath, b.out.Errors)
		}
		seen := b.accessed(t)
		for i, f := range b.files {
			defined := map[ast.Node]bool{} // named fields and parameters; keys of struct literals; selected names
			ast.Inspect(f.ast, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.AssignStmt: // m[k] = inner: an access of m
					for _, lhs := range n.Lhs {
						if _, ok := lhs.(*ast.IndexExpr); ok {
							defined[lhs] = true
						}
					}
				case *ast.Field:
					defined[n.Type] = true
					for _, id := range n.Names {
						defined[id] = true
					}
				case *ast.SelectorExpr:
					defined[n.Sel] = true
				case *ast.CompositeLit:
					if _, ok := under(b.info.TypeOf(n)).(*types.Map); !ok {
						for _, elt := range n.Elts {
							if kv, ok := elt.(*ast.KeyValueExpr); ok {
								defined[kv.Key] = true
							}
						}
					}
				case *ast.TypeSwitchStmt: // x of x := y.(type) is of no type itself
					if assign, ok := n.Assign.(*ast.AssignStmt); ok {
						defined[assign.Lhs[0]] = true
					}
				}
				e, ok := n.(ast.Expr)
				if !ok || defined[n] {
					return true
				}
				switch e := e.(type) {
				case *ast.CallExpr, *ast.CompositeLit, *ast.ParenExpr, *ast.KeyValueExpr:
					return true
				case *ast.Ident:
					if e.Name == "_" || b.info.Types[e].IsNil() {
						return true
					}
				}
				typ := b.info.TypeOf(e)
				if tuple, ok := typ.(*types.Tuple); ok && tuple.Len() > 0 {
					typ = tuple.At(0).Type()
				}
				if typ == nil || b.isTypeExpr(e) || coreMap(typ) == nil {
					return true
				}
				expressions++
				if !seen[i][f.span(e)] {
					t.Errorf("%s: no access for %s", b.prog.fset.Position(e.Pos()), f.text(e))
				}
				return true
			})
		}
	}
	if expressions < 1000 {
		t.Errorf("only %d map expressions: is anything read?", expressions)
	}
}

func (b *builder) isTypeExpr(e ast.Expr) bool {
	if id, ok := e.(*ast.Ident); ok {
		_, isType := b.info.ObjectOf(id).(*types.TypeName)
		return isType
	}
	return b.info.Types[e].IsType()
}

// accessed has the operands of all access events, by file.
func (b *builder) accessed(t *testing.T) []map[Span]bool {
	seen := make([]map[Span]bool, len(b.files))
	for i := range seen {
		seen[i] = map[Span]bool{}
	}
	var visit func(v any, file int)
	visit = func(v any, file int) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				visit(e, file)
			}
		case map[string]any:
			if f, ok := v["file"].(float64); ok {
				file = int(f)
			}
			if v["k"] == "acc" {
				x := v["x"].([]any)
				seen[file][Span{int(x[0].(float64)), int(x[1].(float64))}] = true
			}
			for _, e := range v {
				visit(e, file)
			}
		}
	}
	text, err := json.Marshal(b.out.Funcs)
	if err != nil {
		t.Fatal(err)
	}
	var funcs any
	if err := json.Unmarshal(text, &funcs); err != nil {
		t.Fatal(err)
	}
	visit(funcs, -1)
	return seen
}
