package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"sort"
	"sync"
)

// packageKey is what the facts of a package depend on.
type packageKey struct {
	text  string            // "" when it can't be told; the package is then always read
	files map[string]string // path → SHA-256 in hex, as hashed for the key
}

// keysOf finds the key of each package to be read, and one for all that this run will print and what that calls
// elsewhere: "" if some package has none.
//
// Facts depend on this program and the toolchain (id and header), on what the go command says of the package, on the
// contents of its files, and on what it imports, directly or not: what those compile to, export data included, and
// whether their structs are described (program.inRun).
func keysOf(prog *program, id string) (map[*listPackage]packageKey, string) {
	keys := make([]packageKey, len(prog.wanted))
	files := &fileSums{}
	deps := dependencies{prog: prog, files: files, known: map[*listPackage]string{}}
	above := make([]string, len(prog.wanted))
	for i, p := range prog.wanted {
		above[i] = deps.imports(p)
	}
	var group sync.WaitGroup
	jobs := make(chan int)
	for w := 0; w < runtime.GOMAXPROCS(0); w++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for i := range jobs {
				if above[i] != "" && prog.wanted[i].Error == nil {
					keys[i] = keyOf(prog, files, prog.wanted[i], id+" "+above[i])
				}
			}
		}()
	}
	for i := range keys {
		jobs <- i
	}
	close(jobs)
	group.Wait()
	byPackage := map[*listPackage]packageKey{}
	all := []string{id, prog.dir}
	whole := true
	for i, p := range prog.wanted {
		byPackage[p] = keys[i]
		all = append(all, keys[i].text)
		whole = whole && keys[i].text != ""
	}
	behind := bodiesBehind(prog, files)
	if !whole || behind == "" {
		return byPackage, ""
	}
	return byPackage, sum(append(all, behind))
}

// bodiesBehind is a hash of the source of all that the packages import from elsewhere: what a function there does with
// an argument decides a judgement, and so do comments. The standard library is the toolchain's. "" if a file can't be
// read.
func bodiesBehind(prog *program, files *fileSums) string {
	ids := []string{}
	for id, p := range prog.byID {
		if p.DepOnly && !p.Standard {
			ids = append(ids, id)
		}
	}
	sort.Strings(ids)
	all := []string{}
	for _, id := range ids {
		p := prog.byID[id]
		all = append(all, id, p.Dir)
		for _, names := range [][]string{p.GoFiles, p.CgoFiles} {
			for _, name := range names {
				path := p.fileAt(name)
				hash := files.of(path)
				if hash == "" {
					return ""
				}
				all = append(all, path, hash)
			}
		}
	}
	return sum(all)
}

func keyOf(prog *program, files *fileSums, p *listPackage, context string) packageKey {
	key := packageKey{files: map[string]string{}}
	contents := []string{}
	for _, names := range [][]string{p.GoFiles, p.CgoFiles, p.IgnoredGoFiles, p.CompiledGoFiles} {
		for _, name := range names {
			path := p.fileAt(name)
			hash := files.of(path)
			if hash == "" {
				return packageKey{}
			}
			key.files[path] = hash
			contents = append(contents, hash)
		}
	}
	told := *p
	told.Export = "" // what it exports follows from the rest
	key.text = sum([]any{context, prog.header.Go, prog.header.GOOS, prog.header.GOARCH, told, contents})
	return key
}

// changedFile is a file that was not read as it was hashed, or "".
func changedFile(key packageKey, facts *PackageFacts) string {
	if key.text == "" {
		return ""
	}
	for _, f := range facts.Files {
		if hash, ok := key.files[f.Path]; ok && hash != f.SHA256 {
			return f.Path
		}
	}
	for _, f := range facts.Ignored {
		if hash := (&fileSums{}).of(f.Path); hash != key.files[f.Path] {
			return f.Path
		}
	}
	return ""
}

// dependencies hashes what packages import, once each.
type dependencies struct {
	prog  *program
	files *fileSums
	known map[*listPackage]string
}

// imports is a hash of all that p imports, directly or not; "" if some of it has no export data.
func (d *dependencies) imports(p *listPackage) string {
	paths := append([]string{}, p.Imports...)
	if len(p.CgoFiles) > 0 && p.ImportPath != "runtime/cgo" {
		paths = append(paths, "runtime/cgo", "syscall", "unsafe") // which the files that cgo makes import
	}
	all := []string{}
	for _, path := range paths {
		if id, ok := p.ImportMap[path]; ok {
			path = id
		}
		if path == "C" {
			continue
		}
		dep := d.prog.byID[path]
		if dep == nil {
			return ""
		}
		hash := d.of(dep)
		if hash == "" {
			return ""
		}
		all = append(all, hash)
	}
	return sum(all)
}

// builtContent is the name of a file of the build cache: the hash of what is in it.
var builtContent = regexp.MustCompile(`^[0-9a-f]{64}-d$`)

func (d *dependencies) of(p *listPackage) string {
	if p.ImportPath == "unsafe" {
		return "unsafe"
	}
	if hash, ok := d.known[p]; ok {
		return hash
	}
	d.known[p] = "" // an import cycle has no key
	above := d.imports(p)
	if above == "" || p.Export == "" || p.Error != nil {
		return ""
	}
	export := filepath.Base(p.Export)
	if !builtContent.MatchString(export) {
		export = d.files.of(p.Export)
	}
	d.known[p] = sum([]any{p.ImportPath, export, d.prog.inRun[p.path()], above})
	return d.known[p]
}

// fileSums hashes files, each once: the packages of one folder share its ignored files. The zero value is ready.
type fileSums struct {
	mu    sync.Mutex
	known map[string]string
}

// of is the SHA-256 of a file in hex, "" if it can't be read.
func (s *fileSums) of(path string) string {
	s.mu.Lock()
	hash, ok := s.known[path]
	s.mu.Unlock()
	if ok {
		return hash
	}
	if text, err := os.ReadFile(path); err == nil {
		hash = hashOf(text)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known = map[string]string{}
	}
	s.known[path] = hash
	return hash
}

func sum(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings, numbers and structs of them
	}
	return hashOf(text)
}
