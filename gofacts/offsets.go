package main

import (
	"go/ast"
	"go/token"
	"sort"
	"unicode/utf8"
)

// wider is a character that takes more bytes than UTF-16 units: from byte offset end on, so many bytes are to be
// taken off, with those of the characters before it.
type wider struct{ end, less int }

// widerIn lists the characters outside ASCII. A byte order mark is one unit; so is a byte that is no UTF-8.
func widerIn(src []byte) []wider {
	var all []wider
	less := 0
	for i := 0; i < len(src); {
		if src[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(src[i:])
		i += size
		units := 1
		if r > 0xffff {
			units = 2
		}
		if size > units {
			less += size - units
			all = append(all, wider{i, less})
		}
	}
	return all
}

// unit is a position as an offset in UTF-16 units, which the schema counts.
func (f *sourceFile) unit(pos token.Pos) int {
	off := f.offset(pos)
	n := sort.Search(len(f.wider), func(i int) bool { return f.wider[i].end > off })
	if n == 0 {
		return off
	}
	return off - f.wider[n-1].less
}

// offset is a position as an offset in bytes.
func (f *sourceFile) offset(pos token.Pos) int {
	off := int(pos) - f.tok.Base()
	if off < 0 {
		return 0
	}
	if off > f.tok.Size() { // ends of nodes in broken source
		return f.tok.Size()
	}
	return off
}

func (f *sourceFile) span(n ast.Node) Span { return Span{f.unit(n.Pos()), f.unit(n.End())} }

func (f *sourceFile) text(n ast.Node) string {
	return string(f.src[f.offset(n.Pos()):f.offset(n.End())])
}
