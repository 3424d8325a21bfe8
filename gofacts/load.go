package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// program is what one `go list` saw.
type program struct {
	dir     string // the user's
	header  Header
	fset    *token.FileSet
	byID    map[string]*listPackage
	wanted  []*listPackage // that get a line, in go list's order
	inRun   map[string]bool
	imports *imports
}

type listPackage struct {
	Dir             string
	ImportPath      string // the ID: "p", "p [p.test]"
	Name            string
	Standard        bool
	DepOnly         bool
	ForTest         string
	Export          string
	Module          *listModule
	GoFiles         []string
	CgoFiles        []string
	CompiledGoFiles []string
	IgnoredGoFiles  []string
	Imports         []string
	ImportMap       map[string]string
	Error           *listError
}

// fileAt is the absolute path of one of the package's files, as the go command names it.
func (p *listPackage) fileAt(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(p.Dir, name)
}

type listModule struct {
	Path, Dir, GoVersion string
	Main                 bool
	Replace              *listModule
}

type listError struct{ Pos, Err string }

const listFields = "-json=Dir,ImportPath,Name,Standard,DepOnly,ForTest,Export,Module,GoFiles,CgoFiles,CompiledGoFiles,IgnoredGoFiles,Imports,ImportMap,Error"

// path is the import path as names use it: without " [p.test]".
func (p *listPackage) path() string {
	path, _, _ := strings.Cut(p.ImportPath, " [")
	return path
}

// list runs the go command in dir. It fails with the go command's own words when that could list nothing.
func list(ctx context.Context, dir, tags string, tests bool, patterns []string) (*program, error) {
	header, err := goEnv(ctx, dir)
	if err != nil {
		return nil, err
	}
	args := []string{"list", "-e", "-export", "-compiled", "-deps", listFields}
	if tests {
		args = append(args, "-test")
	}
	if tags != "" {
		args = append(args, "-tags="+tags)
	}
	args = append(append(args, "--"), patterns...)
	prog := &program{dir: dir, header: header, fset: token.NewFileSet(), byID: map[string]*listPackage{}, inRun: map[string]bool{}}
	var all []*listPackage
	stderr, err := goCommand(ctx, dir, args, func(r io.Reader) error {
		dec := json.NewDecoder(r)
		for {
			p := new(listPackage)
			if err := dec.Decode(p); err == io.EOF {
				return nil
			} else if err != nil {
				return err
			}
			all = append(all, p)
			prog.byID[p.ImportPath] = p
		}
	})
	if err != nil && len(all) == 0 {
		return nil, errors.New(failure(stderr, err))
	}
	prog.wanted = wanted(all, prog.byID)
	if msg := nothing(prog.wanted, stderr); msg != "" {
		return nil, errors.New(msg)
	}
	for _, p := range prog.wanted {
		prog.inRun[p.path()] = true
	}
	prog.imports = newImports(prog)
	return prog, nil
}

// wanted keeps the packages that the patterns name: "p [p.test]" in place of "p", and "p_test [p.test]"; neither
// the test binaries nor what was recompiled for them.
func wanted(all []*listPackage, byID map[string]*listPackage) []*listPackage {
	var keep []*listPackage
	for _, p := range all {
		empty := len(p.GoFiles)+len(p.CgoFiles)+len(p.IgnoredGoFiles) == 0 && p.Error == nil // it has tests only
		switch {
		case p.DepOnly, empty, p.ImportPath == "unsafe" && p.Standard:
			continue
		case p.ForTest != "":
			if path := p.path(); path != p.ForTest && path != p.ForTest+"_test" {
				continue
			}
		case strings.HasSuffix(p.ImportPath, ".test") && p.Name == "main" && byID[strings.TrimSuffix(p.ImportPath, ".test")] != nil:
			continue
		default:
			if t := byID[p.ImportPath+" ["+p.ImportPath+".test]"]; t != nil && len(t.GoFiles)+len(t.CgoFiles) > 0 {
				continue
			}
		}
		keep = append(keep, p)
	}
	return keep
}

// nothing says why there is no Go file to read, or "" if there is one.
func nothing(pkgs []*listPackage, stderr string) string {
	var msgs []string
	for _, p := range pkgs {
		if len(p.GoFiles)+len(p.CgoFiles) > 0 {
			return ""
		}
		if p.Error != nil {
			msgs = append(msgs, p.Error.Err)
		}
	}
	if len(msgs) == 0 {
		return failure(stderr, errors.New("no packages matched"))
	}
	return strings.Join(msgs, "\n")
}

func failure(stderr string, err error) string {
	if msg := strings.TrimSpace(stderr); msg != "" {
		return msg
	}
	return err.Error()
}

func goEnv(ctx context.Context, dir string) (Header, error) {
	var env struct{ GOVERSION, GOOS, GOARCH string }
	stderr, err := goCommand(ctx, dir, []string{"env", "-json", "GOVERSION", "GOOS", "GOARCH"}, func(r io.Reader) error {
		return json.NewDecoder(r).Decode(&env)
	})
	if err != nil {
		return Header{}, errors.New(failure(stderr, err))
	}
	return Header{Schema: 2, Go: env.GOVERSION, GOOS: env.GOOS, GOARCH: env.GOARCH}, nil
}

// patience is for a go command that was interrupted.
const patience = 5 * time.Second

// goCommand runs go in dir and hands its standard output to read as it comes. A go command that is interrupted starts no
// more compilers.
func goCommand(ctx context.Context, dir string, args []string, read func(io.Reader) error) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = patience
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PWD="+dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", fmt.Errorf("running the go command: %w", err)
	}
	readErr := read(stdout)
	io.Copy(io.Discard, stdout)
	if err := cmd.Wait(); err != nil {
		return stderr.String(), err
	}
	return stderr.String(), readErr
}

// realDir is dir as an absolute path that exists.
func realDir(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if st, err := os.Stat(abs); err != nil {
		return "", err
	} else if !st.IsDir() {
		return "", fmt.Errorf("%s is not a directory", abs)
	}
	return abs, nil
}
