// Gofacts prints what the Go compiler knows of packages, one JSON line a package, for mapfix's analysis.
//
// Usage: gofacts [-C dir] [-tags list] [-test=true] [packages]
//
// The schema is src/facts.ts of mapfix. Offsets count bytes. A package that does not type-check has its errors
// in its line. Where the go command can't list the packages at all, its message goes to standard error, and the
// exit status is 2.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
)

func main() {
	dir := flag.String("C", ".", "read the packages as seen from this directory")
	tags := flag.String("tags", "", "comma-separated build tags")
	tests := flag.Bool("test", true, "read test files too")
	flag.Parse()
	if err := run(os.Stdout, *dir, *tags, *tests, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func run(stdout io.Writer, dir, tags string, tests bool, patterns []string) error {
	abs, err := realDir(dir)
	if err != nil {
		return err
	}
	prog, err := list(abs, tags, tests, patterns)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(stdout, 1<<20)
	if err := newEncoder(out).Encode(prog.header); err != nil {
		return err
	}
	if err := emitAll(out, prog); err != nil {
		return err
	}
	return out.Flush()
}

// emitAll checks packages in parallel and prints their lines in the order of the list. A worker that is far ahead
// waits, so that few packages are in memory at a time.
func emitAll(out *bufio.Writer, prog *program) error {
	type line struct {
		done chan struct{}
		text []byte
		err  error
	}
	lines := make([]line, len(prog.wanted))
	for i := range lines {
		lines[i].done = make(chan struct{})
	}
	workers := runtime.GOMAXPROCS(0)
	ahead := make(chan struct{}, 2*workers)
	jobs := make(chan int)
	var group sync.WaitGroup
	defer group.Wait()
	for w := 0; w < workers; w++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for i := range jobs {
				lines[i].text, lines[i].err = encode(prog, prog.wanted[i])
				close(lines[i].done)
			}
		}()
	}
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		defer close(jobs)
		for i := range lines {
			select {
			case ahead <- struct{}{}:
			case <-stop:
				return
			}
			select {
			case jobs <- i:
			case <-stop:
				return
			}
		}
	}()
	for i := range lines {
		<-lines[i].done
		if lines[i].err != nil {
			return lines[i].err
		}
		if _, err := out.Write(lines[i].text); err != nil {
			return err
		}
		lines[i].text = nil
		<-ahead
	}
	return nil
}

func newEncoder(w io.Writer) *json.Encoder {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc
}
