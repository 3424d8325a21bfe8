package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"runtime/debug"
	"sort"
	"strconv"
	"strings"
)

// builder gathers the facts of one package.
type builder struct {
	prog  *program
	list  *listPackage
	pkg   *types.Package
	info  *types.Info
	files []*sourceFile
	out   *PackageFacts

	types  typeTable
	paths  map[string]int
	objs   map[types.Object]int
	decls  map[types.Object]*declared
	names  map[string]int          // how often a key was asked for
	fields map[*types.Var]fieldKey // of foreign structs
	seen   map[*types.Named]bool   // whose fields are in fields
	funcs  []function
	lits   map[*ast.FuncLit]int
	copied map[types.Type]bool
	starts map[*types.Var][]int // uses of locals
	emit   func(*FuncFacts)     // takes each function once it is described; nil keeps them in out
}

type sourceFile struct {
	ast   *ast.File
	tok   *token.File
	src   []byte
	wider []wider
	test  bool
}

const maxErrors = 10

// build gathers the facts of p, and hands over its functions one by one. Where this program fails on it, the package
// has that for an error, and failed is true: the functions handed over are void.
func build(prog *program, p *listPackage, emit func(*FuncFacts)) (facts *PackageFacts, failed bool) {
	defer func() {
		if bug := recover(); bug != nil {
			facts, failed = newBuilder(prog, p).out, true
			facts.Errors = append(facts.Errors, fmt.Sprintf("gofacts failed on this package, which is a bug in mapfix: %v\n%s", bug, debug.Stack()))
		}
	}()
	b := newBuilder(prog, p)
	b.emit = emit
	b.gather()
	return b.out, false
}

func (b *builder) gather() {
	b.parse()
	b.check()
	b.declare()
	b.collectUses()
	b.emitNamed()
	b.emitFuncs()
	b.spawners()
}

func newBuilder(prog *program, p *listPackage) *builder {
	return &builder{
		prog: prog, list: p,
		paths: map[string]int{}, objs: map[types.Object]int{}, decls: map[types.Object]*declared{}, names: map[string]int{},
		fields: map[*types.Var]fieldKey{}, seen: map[*types.Named]bool{}, lits: map[*ast.FuncLit]int{},
		copied: map[types.Type]bool{}, starts: map[*types.Var][]int{},
		types: newTypeTable(),
		out: &PackageFacts{
			ID: p.ImportPath, Path: p.path(), Name: p.Name, Dir: p.Dir, Standard: p.Standard, Go: languageVersion(prog, p),
			Module: moduleFacts(p.Module), Errors: []string{}, Files: []FileFacts{}, Ignored: ignoredFiles(prog, p), Imports: append([]string{}, p.Imports...),
			Types: []*TypeFacts{}, Objects: []*Object{}, Paths: [][]any{}, Named: []NamedFacts{}, Funcs: []*FuncFacts{},
			Conversions: []Conversion{}, Copies: []CopyFacts{},
		},
	}
}

func moduleFacts(m *listModule) *ModuleFacts {
	if m == nil {
		return nil
	}
	dir := m.Dir
	if dir == "" && m.Replace != nil {
		dir = m.Replace.Dir
	}
	return &ModuleFacts{Path: m.Path, Dir: dir, Go: m.GoVersion, Main: m.Main}
}

// parse reads the files as they are on disk; positions are real ones, whatever //line says.
func (b *builder) parse() {
	cgo := map[string]bool{}
	for _, name := range b.list.CgoFiles {
		cgo[name] = true
	}
	names := append(append([]string{}, b.list.GoFiles...), b.list.CgoFiles...)
	sort.SliceStable(names, func(i, j int) bool { // names and numbers must not depend on whether tests are read
		return !strings.HasSuffix(names[i], "_test.go") && strings.HasSuffix(names[j], "_test.go")
	})
	var docs []string
	for _, name := range names {
		path := b.list.fileAt(name)
		src, err := os.ReadFile(path)
		if err != nil {
			b.report(err.Error())
			continue
		}
		f, err := parser.ParseFile(b.prog.fset, path, src, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			b.reportError(err)
		}
		if f == nil || !f.Package.IsValid() {
			continue
		}
		file := &sourceFile{ast: f, tok: b.prog.fset.File(f.Package), src: src, wider: widerIn(src), test: strings.HasSuffix(name, "_test.go")}
		b.files = append(b.files, file)
		b.out.Files = append(b.out.Files, fileFacts(path, file, cgo[name], b.out.Go))
		if f.Doc != nil {
			docs = append(docs, f.Doc.Text())
		}
	}
	b.out.Doc = strings.Join(docs, "\n")
}

func fileFacts(path string, f *sourceFile, cgo bool, version string) FileFacts {
	out := FileFacts{
		Path: path, Size: len(f.src), SHA256: hashOf(f.src),
		Generated: ast.IsGenerated(f.ast), Test: f.test, Cgo: cgo, Go: version,
		Imports: []ImportSpec{}, ClauseEnd: f.unit(f.ast.Name.End()), ImportDecls: []ImportDecl{},
	}
	out.Directives = directives(f)
	if f.ast.GoVersion != "" {
		out.Go = fileVersion(majorMinor(f.ast.GoVersion))
	}
	for _, spec := range f.ast.Imports {
		path, _ := strconv.Unquote(spec.Path.Value)
		name := ""
		if spec.Name != nil {
			name = spec.Name.Name
		}
		out.Imports = append(out.Imports, ImportSpec{Path: path, Name: name, Span: f.span(spec)})
	}
	for _, decl := range f.ast.Decls {
		if gen, ok := decl.(*ast.GenDecl); ok && gen.Tok == token.IMPORT {
			out.ImportDecls = append(out.ImportDecls, ImportDecl{Span: f.span(gen), Lparen: gen.Lparen.IsValid()})
		}
	}
	return out
}

// check type-checks what was parsed, and keeps the errors.
func (b *builder) check() {
	b.info = &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Implicits: map[ast.Node]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}, Instances: map[*ast.Ident]types.Instance{},
	}
	report := b.reportError
	if len(b.out.Errors) > 0 {
		report = func(error) {} // what follows from a syntax error is noise
	}
	conf := checker(b.prog, b.list, b.prog.imports.of(b.list), report)
	files := cgoTypes(b.prog, b.list, conf)
	for _, f := range b.files {
		files = append(files, f.ast)
	}
	b.pkg, _ = conf.Check(b.out.Path, b.prog.fset, files, b.info)
	if b.list.Error == nil && b.list.Export != "" && len(b.list.CgoFiles) > 0 {
		b.out.Errors = []string{} // it compiled: what was objected to is C
	}
	if e := b.list.Error; e != nil && (len(b.out.Errors) == 0 || !strings.HasPrefix(e.Err, "# ")) {
		msg := strings.TrimSpace(e.Err)
		if e.Pos != "" {
			msg = e.Pos + ": " + msg
		}
		b.report(msg)
	}
}

func (b *builder) report(msg string) {
	for _, old := range b.out.Errors {
		if old == msg {
			return
		}
	}
	if len(b.out.Errors) < maxErrors {
		b.out.Errors = append(b.out.Errors, msg)
	}
}

func (b *builder) reportError(err error) {
	switch err := err.(type) {
	case scanner.ErrorList:
		for _, e := range err {
			b.report(b.position(e.Pos) + ": " + e.Msg)
		}
	case types.Error:
		b.report(b.position(b.prog.fset.PositionFor(err.Pos, false)) + ": " + err.Msg)
	default:
		b.report(err.Error())
	}
}

// position writes a position as the go command does, relative to the user's directory where that is short.
func (b *builder) position(pos token.Position) string {
	name := pos.Filename
	if rel, err := filepath.Rel(b.prog.dir, name); err == nil && !strings.HasPrefix(rel, "..") {
		name = rel
	}
	return fmt.Sprintf("%s:%d:%d", name, pos.Line, pos.Column)
}

// ignoredFiles reads, with the parser alone, the files that this run's platform and tags leave out.
func ignoredFiles(prog *program, p *listPackage) []IgnoredFile {
	out := []IgnoredFile{}
	for _, name := range p.IgnoredGoFiles {
		path := filepath.Join(p.Dir, name)
		f, _ := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		file := IgnoredFile{Path: path, Idents: []string{}}
		if f != nil {
			file.Name = f.Name.Name
			idents := map[string]bool{}
			ast.Inspect(f, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok && !idents[id.Name] {
					idents[id.Name] = true
					file.Idents = append(file.Idents, id.Name)
				}
				return true
			})
			sort.Strings(file.Idents)
		}
		out = append(out, file)
	}
	return out
}

func (f *sourceFile) line(pos token.Pos) int {
	if !pos.IsValid() {
		return 0
	}
	return f.tok.PositionFor(pos, false).Line
}
