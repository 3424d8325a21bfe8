package main

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// store keeps what was printed of packages, a file each, named by the package's key. Every trouble with it is the
// same as an entry that is not there.
type store struct {
	dir  string // "" keeps nothing
	keys map[*listPackage]packageKey
}

// entryHeader is an entry's first line: how many functions it has, and the hash of the rest, which is compressed.
const entryHeader = "mapfix facts %d %s\n"

// touchedAfter is how old an entry's time may be before a use sets it anew: the oldest entries are removed first.
const touchedAfter = time.Hour

func (s *store) path(p *listPackage) string {
	key := s.keys[p].text
	if s.dir == "" || key == "" {
		return ""
	}
	return filepath.Join(s.dir, key)
}

// copyTo prints the entry of p as package number at; false if there is none, or it is not whole.
func (s *store) copyTo(out *output, p *listPackage, at int) (bool, error) {
	path := s.path(p)
	if path == "" {
		return false, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return false, nil
	}
	line, rest, _ := bytes.Cut(text, []byte("\n"))
	var funcs int
	var hash string
	if _, err := fmt.Sscanf(string(line)+"\n", entryHeader, &funcs, &hash); err != nil || hash != hashOf(rest) {
		return false, nil
	}
	if st, err := os.Stat(path); err == nil && time.Since(st.ModTime()) > touchedAfter {
		now := time.Now()
		os.Chtimes(path, now, now)
	}
	return true, out.frame(Frame{At: at, Funcs: funcs, Last: true}, func(w io.Writer) error {
		_, err := io.Copy(w, flate.NewReader(bytes.NewReader(rest)))
		return err
	})
}

// entry gathers what is to be kept of a package; nil for one that is not kept.
type entry struct {
	path  string
	text  bytes.Buffer
	pack  *flate.Writer
	funcs int
}

func (s *store) entry(p *listPackage) *entry {
	path := s.path(p)
	if path == "" {
		return nil
	}
	e := &entry{path: path}
	e.pack, _ = flate.NewWriter(&e.text, flate.BestSpeed)
	return e
}

func (e *entry) add(lines []byte, funcs int) {
	if e != nil {
		e.pack.Write(lines)
		e.funcs += funcs
	}
}

// save writes the entry; whoever reads it meanwhile sees all of it or nothing.
func (e *entry) save() {
	if e == nil || e.pack.Close() != nil {
		return
	}
	f, err := os.CreateTemp(filepath.Dir(e.path), "tmp-*")
	if err != nil {
		return
	}
	_, err = fmt.Fprintf(f, entryHeader, e.funcs, hashOf(e.text.Bytes()))
	if err == nil {
		_, err = f.Write(e.text.Bytes())
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), e.path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
}

func hashOf(text []byte) string {
	digest := sha256.Sum256(text)
	return hex.EncodeToString(digest[:])
}
