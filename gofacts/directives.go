package main

import (
	"go/ast"
	"go/token"
	"regexp"
	"strings"
)

var directivePattern = regexp.MustCompile(`^//\s*(mapfix:|nolint(\s|:|$))`)

// directives are the comments of a file that speak to mapfix or golangci-lint, with what each stands before.
func directives(f *sourceFile) []Directive {
	var out []Directive
	for _, group := range f.ast.Comments {
		for _, c := range group.List {
			if !directivePattern.MatchString(c.Text) {
				continue
			}
			start := f.line(c.Pos())
			lone := strings.TrimSpace(strings.TrimPrefix(string(f.src[f.offset(f.tok.LineStart(start)):f.offset(c.Pos())]), "\ufeff")) == ""
			line := start
			if lone {
				line = f.line(group.End()) + 1
			}
			lines := f.lineSpan(line)
			block := Span{lines[0], max(lines[1], f.blockEnd(line, lone, group))}
			out = append(out, Directive{Text: strings.TrimSpace(c.Text), Span: f.span(c), Lines: lines, Block: block})
		}
	}
	return out
}

// blockEnd is where the syntax ends that begins on a line: below a comment of its own line, what begins in the comment's
// column (as golangci-lint has it); beside one, a declaration.
func (f *sourceFile) blockEnd(line int, lone bool, group *ast.CommentGroup) int {
	end := 0
	ast.Inspect(f.ast, func(n ast.Node) bool {
		if n == nil || f.line(n.End()) < line {
			return false
		}
		if f.line(n.Pos()) != line {
			return true
		}
		_, decl := n.(ast.Decl)
		_, spec := n.(ast.Spec)
		if lone && f.column(n.Pos()) == f.column(group.Pos()) || !lone && (decl || spec) {
			end = max(end, f.unit(n.End()))
		}
		return true
	})
	return end
}

func (f *sourceFile) column(pos token.Pos) int { return f.tok.PositionFor(pos, false).Column }

// lineSpan is a line with its end; empty behind the last one.
func (f *sourceFile) lineSpan(line int) Span {
	end := f.unit(token.Pos(f.tok.Base() + f.tok.Size()))
	if line > f.tok.LineCount() {
		return Span{end, end}
	}
	if line < f.tok.LineCount() {
		end = f.unit(f.tok.LineStart(line + 1))
	}
	return Span{f.unit(f.tok.LineStart(line)), end}
}
