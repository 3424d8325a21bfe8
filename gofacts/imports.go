package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/types"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// imports gives packages as their importers see them: from export data, or, for a package that did not compile,
// from its source without function bodies. All plain packages share one importer, because each holds a whole
// dependency graph in memory; a test package that sees recompiled packages has one of its own.
type imports struct {
	mu     sync.Mutex
	prog   *program
	shared *packageSet
}

// packageSet is one consistent set of imported packages: no path has two of them.
type packageSet struct {
	prog    *program
	forTest string // "p" in the packages recompiled for p's test, else ""
	gc      types.Importer
	source  map[string]*types.Package
}

func newImports(prog *program) *imports {
	return &imports{prog: prog, shared: newPackageSet(prog, "")}
}

func newPackageSet(prog *program, forTest string) *packageSet {
	s := &packageSet{prog: prog, forTest: forTest, source: map[string]*types.Package{}}
	s.gc = importer.ForCompiler(prog.fset, "gc", func(path string) (io.ReadCloser, error) {
		if p := s.find(path); p != nil && p.Export != "" {
			return os.Open(p.Export)
		}
		return nil, fmt.Errorf("no export data for %s", path)
	})
	return s
}

// of returns the importer for the imports that the source of p spells.
func (im *imports) of(p *listPackage) types.Importer {
	set := im.shared
	for _, id := range p.ImportMap {
		if strings.Contains(id, " [") {
			set = newPackageSet(im.prog, p.ForTest)
		}
	}
	return importerFunc(func(path string) (*types.Package, error) {
		im.mu.Lock()
		defer im.mu.Unlock()
		return set.importFor(p, path)
	})
}

type importerFunc func(path string) (*types.Package, error)

func (f importerFunc) Import(path string) (*types.Package, error) { return f(path) }

func (s *packageSet) importFor(p *listPackage, path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if id, ok := p.ImportMap[path]; ok {
		path, _, _ = strings.Cut(id, " [")
	}
	if dep := s.find(path); dep != nil && dep.Export == "" && len(dep.GoFiles)+len(dep.CgoFiles) > 0 {
		return s.fromSource(dep)
	}
	pkg, err := s.gc.Import(path)
	if dep := s.find(path); err != nil && dep != nil && dep.Error != nil {
		return nil, errors.New(dep.Error.Err)
	}
	return pkg, err
}

// find returns the package that a path stands for in this set.
func (s *packageSet) find(path string) *listPackage {
	if s.forTest != "" {
		if p := s.prog.byID[path+" ["+s.forTest+".test]"]; p != nil {
			return p
		}
	}
	return s.prog.byID[path]
}

func (s *packageSet) fromSource(p *listPackage) (*types.Package, error) {
	if pkg, ok := s.source[p.ImportPath]; ok {
		if pkg == nil {
			return nil, fmt.Errorf("import cycle through %s", p.ImportPath)
		}
		return pkg, nil
	}
	s.source[p.ImportPath] = nil
	var files []*ast.File
	for _, name := range append(append([]string{}, p.GoFiles...), p.CgoFiles...) {
		if f, _ := parser.ParseFile(s.prog.fset, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution); f != nil {
			files = append(files, f)
		}
	}
	conf := checker(s.prog, p, importerFunc(func(path string) (*types.Package, error) { return s.importFor(p, path) }), func(error) {})
	conf.IgnoreFuncBodies = true
	pkg, _ := conf.Check(p.path(), s.prog.fset, files, nil)
	s.source[p.ImportPath] = pkg
	return pkg, nil
}

// checker configures the type checker as the go command would for p.
func checker(prog *program, p *listPackage, imp types.Importer, report func(error)) *types.Config {
	return &types.Config{
		Importer:    imp,
		Error:       report,
		FakeImportC: len(p.CgoFiles) > 0,
		GoVersion:   languageVersion(prog, p),
		Sizes:       types.SizesFor("gc", prog.header.GOARCH),
	}
}

// languageVersion is the package's, "go1.22": its module's, or for std the toolchain's.
func languageVersion(prog *program, p *listPackage) string {
	switch {
	case p.Module != nil && p.Module.GoVersion != "":
		return majorMinor(p.Module.GoVersion)
	case p.Module != nil:
		return "go1.16" // what the go command takes for a go.mod without a go line
	}
	return majorMinor(prog.header.Go)
}

// fileVersion is the version that a //go:build line asks for; the compiler takes none before go1.21.
func fileVersion(asked string) string {
	if minor, err := strconv.Atoi(strings.TrimPrefix(asked, "go1.")); err == nil && minor < 21 {
		return "go1.21"
	}
	return asked
}

var versionPattern = regexp.MustCompile(`([0-9]+)\.([0-9]+)`)

// majorMinor cuts "1.22.3", "go1.22rc1" and "devel go1.23-abc" to "go1.22", "go1.22" and "go1.23".
func majorMinor(version string) string {
	m := versionPattern.FindStringSubmatch(version)
	if m == nil {
		return ""
	}
	return "go" + m[1] + "." + m[2]
}
