// Gofacts prints what the Go compiler knows of packages, as JSON lines, for mapfix's analysis.
//
// Usage: gofacts [-C dir] [-tags list] [-test=true] [-cache dir -id text] [-ask] [packages]
//
// The schema is src/facts.ts of mapfix. First comes a header, then frames: what a frame's lines are about, and the
// lines. Packages come in any order. Offsets count UTF-16 units. A package that does not type-check has its errors in
// its line. Where the go command can't list the packages at all, its message goes to standard error, and the exit
// status is 2.
//
// With -cache, packages that were read before come from that folder; -id tells what may share entries. With -ask,
// gofacts goes on after the header only when it reads a line; it stops, go command and all, once standard input ends
// without one.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
)

type options struct {
	dir, tags, cache, id string
	tests, ask           bool
	patterns             []string
}

func main() {
	var o options
	flag.StringVar(&o.dir, "C", ".", "read the packages as seen from this directory")
	flag.StringVar(&o.tags, "tags", "", "comma-separated build tags")
	flag.BoolVar(&o.tests, "test", true, "read test files too")
	flag.StringVar(&o.cache, "cache", "", "keep facts in this directory")
	flag.StringVar(&o.id, "id", "", "what may share entries of the cache")
	flag.BoolVar(&o.ask, "ask", false, "wait for a line on standard input after the header")
	flag.Parse()
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(60) // mapfix holds much of the same in memory meanwhile
	}
	o.patterns = flag.Args()
	if err := run(os.Stdin, os.Stdout, o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func run(stdin io.Reader, stdout io.Writer, o options) error {
	abs, err := realDir(o.dir)
	if err != nil {
		return err
	}
	ctx, goOn := context.Background(), func() bool { return true }
	if o.ask {
		ctx, goOn = asking(stdin)
	}
	prog, err := list(ctx, abs, o.tags, o.tests, o.patterns)
	if err != nil {
		return err
	}
	prog.header.Packages = len(prog.wanted)
	store := &store{dir: o.cache}
	if o.cache != "" {
		store.keys, prog.header.Key = keysOf(prog, o.id)
	}
	out := &output{w: bufio.NewWriterSize(stdout, 1<<16)}
	if err := out.header(prog.header); err != nil {
		return err
	}
	if !goOn() {
		return nil
	}
	if err := emitAll(out, store, prog); err != nil {
		return err
	}
	return out.w.Flush()
}

// asking waits for a line meanwhile. When standard input ends without one, whoever asked is served, or was killed: the
// context ends.
func asking(stdin io.Reader) (context.Context, func() bool) {
	ctx, cancel := context.WithCancel(context.Background())
	said := make(chan bool, 1)
	go func() {
		_, err := bufio.NewReader(stdin).ReadString('\n')
		if err != nil {
			cancel()
		}
		said <- err == nil
	}()
	return ctx, func() bool { return <-said }
}

// emitAll reads packages in parallel, and prints each as it comes.
func emitAll(out *output, store *store, prog *program) error {
	jobs := make(chan int)
	errs := make(chan error, 1)
	var group sync.WaitGroup
	for w := 0; w < runtime.GOMAXPROCS(0); w++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for at := range jobs {
				if err := emit(out, store, prog, at); err != nil {
					select {
					case errs <- err:
					default:
					}
				}
			}
		}()
	}
	for at := range prog.wanted {
		jobs <- at
	}
	close(jobs)
	group.Wait()
	select {
	case err := <-errs:
		return err
	default:
		return nil
	}
}

// emit prints one package, from the cache or from its source.
func emit(out *output, store *store, prog *program, at int) error {
	p := prog.wanted[at]
	if done, err := store.copyTo(out, p, at); done || err != nil {
		return err
	}
	e := &emitter{out: out, at: at, entry: store.entry(p)}
	facts, failed := build(prog, p, e.function)
	if failed {
		e.void()
	}
	if changed := changedFile(store.keys[p], facts); changed != "" {
		return fmt.Errorf("%s changed during the run\n  nothing was written; run mapfix again", changed)
	}
	return e.finish(facts)
}
