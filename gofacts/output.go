package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"sync"
)

// output is standard output, shared by the workers: a frame is printed in one go.
type output struct {
	mu sync.Mutex
	w  *bufio.Writer
}

func (o *output) header(h Header) error {
	if err := newEncoder(o.w).Encode(h); err != nil {
		return err
	}
	return o.w.Flush()
}

// frame prints what lines are about, and the lines.
func (o *output) frame(f Frame, lines func(io.Writer) error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := newEncoder(o.w).Encode(f); err != nil {
		return err
	}
	return lines(o.w)
}

// frameSize is how many bytes of functions are gathered before they are printed: few, so that little is in memory.
const frameSize = 1 << 18

// emitter prints one package function by function, and keeps a copy in its cache entry. After an error it does nothing.
type emitter struct {
	out   *output
	at    int
	lines bytes.Buffer
	funcs int
	entry *entry
	err   error
}

func (e *emitter) function(f *FuncFacts) {
	e.line(f)
	e.funcs++
	if e.lines.Len() >= frameSize {
		e.flush(Frame{At: e.at, Funcs: e.funcs})
	}
}

func (e *emitter) line(v any) {
	if err := newEncoder(&e.lines).Encode(v); err != nil && e.err == nil {
		e.err = err
	}
}

func (e *emitter) flush(f Frame) {
	if e.err != nil {
		return
	}
	e.entry.add(e.lines.Bytes(), e.funcs)
	e.err = e.out.frame(f, func(w io.Writer) error {
		_, err := w.Write(e.lines.Bytes())
		return err
	})
	e.lines.Reset()
	e.funcs = 0
}

// void takes back the functions printed so far.
func (e *emitter) void() {
	e.lines.Reset()
	e.funcs = 0
	e.entry = nil
	e.flush(Frame{At: e.at, Void: true})
}

// finish prints the rest. A package with errors is not kept: positions in them depend on where the user stands.
func (e *emitter) finish(facts *PackageFacts) error {
	e.line(facts)
	if len(facts.Errors) > 0 {
		e.entry = nil
	}
	e.flush(Frame{At: e.at, Funcs: e.funcs, Last: true})
	if e.err == nil {
		e.entry.save()
	}
	return e.err
}

func newEncoder(w io.Writer) *json.Encoder {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc
}
