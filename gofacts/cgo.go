package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/types"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"unsafe"
)

// cgoTypes returns the file in which cgo declares what the package uses of C, if the go command could make it, and
// has conf resolve C.name by it. Else names of C keep an invalid type.
func cgoTypes(prog *program, p *listPackage, conf *types.Config) []*ast.File {
	if len(p.CgoFiles) == 0 {
		return nil
	}
	for _, name := range p.CompiledGoFiles {
		if !filepath.IsAbs(name) {
			continue // the package's own; what cgo makes is in the build cache, under a name without meaning
		}
		src, err := os.ReadFile(name)
		if err != nil || !bytes.Contains(src, []byte("\nvar _Cgo_always_false bool")) {
			continue
		}
		f, err := parser.ParseFile(prog.fset, name, src, parser.SkipObjectResolution)
		if err == nil && usesCgo(conf) {
			conf.FakeImportC = false
			return []*ast.File{f}
		}
	}
	return nil
}

// usesCgo sets the field of types.Config that is there for go/packages alone; false if a later Go has none.
func usesCgo(conf *types.Config) bool {
	field := reflect.ValueOf(conf).Elem().FieldByName("go115UsesCgo")
	if !field.IsValid() || field.Kind() != reflect.Bool {
		return false
	}
	*(*bool)(unsafe.Pointer(field.UnsafeAddr())) = true
	return true
}

var cgoType = regexp.MustCompile(`\b_Ctype_(\w+)`)

// cgoText writes "C.int" for cgo's own name of that type.
func cgoText(text string) string {
	if !strings.Contains(text, "_Ctype_") {
		return text
	}
	return cgoType.ReplaceAllString(text, "C.$1")
}
