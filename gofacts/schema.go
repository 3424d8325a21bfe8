package main

// The JSON lines: src/facts.ts says what each field means. Slices that the schema requires are made, never nil.

type Span [2]int

type Header struct {
	Schema   int    `json:"schema"`
	Go       string `json:"go"`
	GOOS     string `json:"goos"`
	GOARCH   string `json:"goarch"`
	Packages int    `json:"packages"`
	Key      string `json:"key"`
}

// Frame says what the lines after it are about: so many functions of a package, then, in its last frame, the package.
type Frame struct {
	At    int  `json:"at"`
	Funcs int  `json:"funcs"`
	Last  bool `json:"last"`
	Void  bool `json:"void,omitempty"` // the functions of earlier frames do not count
}

type PackageFacts struct {
	ID          string        `json:"id"`
	Path        string        `json:"path"`
	Name        string        `json:"name"`
	Doc         string        `json:"doc"`
	Dir         string        `json:"dir"`
	Module      *ModuleFacts  `json:"module"`
	Standard    bool          `json:"standard"`
	Go          string        `json:"go"`
	Errors      []string      `json:"errors"`
	Files       []FileFacts   `json:"files"`
	Ignored     []IgnoredFile `json:"ignored"`
	Imports     []string      `json:"imports"`
	Types       []*TypeFacts  `json:"types"`
	Objects     []*Object     `json:"objects"`
	Paths       [][]any       `json:"paths"`
	Named       []NamedFacts  `json:"named"`
	Funcs       []*FuncFacts  `json:"funcs"`
	Conversions []Conversion  `json:"conversions"`
	Copies      []CopyFacts   `json:"copies"`
	Spawns      []string      `json:"spawns,omitempty"`
}

type ModuleFacts struct {
	Path string `json:"path"`
	Dir  string `json:"dir"`
	Go   string `json:"go"`
	Main bool   `json:"main"`
}

type FileFacts struct {
	Path        string       `json:"path"`
	Size        int          `json:"size"`
	SHA256      string       `json:"sha256"`
	Generated   bool         `json:"generated"`
	Test        bool         `json:"test"`
	Cgo         bool         `json:"cgo"`
	Go          string       `json:"go"`
	Imports     []ImportSpec `json:"imports"`
	ClauseEnd   int          `json:"clauseEnd"`
	ImportDecls []ImportDecl `json:"importDecls"`
	Directives  []Directive  `json:"directives,omitempty"`
}

type Directive struct {
	Text  string `json:"text"`
	Span  Span   `json:"span"`
	Lines Span   `json:"lines"`
	Block Span   `json:"block"`
}

type ImportSpec struct {
	Path string `json:"path"`
	Name string `json:"name"`
	Span Span   `json:"span"`
}

type ImportDecl struct {
	Span   Span `json:"span"`
	Lparen bool `json:"lparen"`
}

type IgnoredFile struct {
	Path   string   `json:"path"`
	Name   string   `json:"name"`
	Idents []string `json:"idents"`
}

type TypeFacts struct {
	Kind       string      `json:"kind"`
	Text       string      `json:"text"`
	Key        *int        `json:"key,omitempty"`
	Elem       *int        `json:"elem,omitempty"`
	Name       string      `json:"name,omitempty"`
	Under      *int        `json:"under,omitempty"`
	Args       []int       `json:"args,omitempty"`
	Fields     []TypeField `json:"fields,omitempty"`
	Elems      []int       `json:"elems,omitempty"`
	Params     []int       `json:"params,omitempty"`
	Variadic   bool        `json:"variadic,omitempty"`
	HashPanics bool        `json:"hashPanics,omitempty"`
	Comparable bool        `json:"comparable,omitempty"`
	Basic      string      `json:"basic,omitempty"`
}

type TypeField struct {
	Name     string `json:"name"`
	Obj      int    `json:"obj"`
	Type     int    `json:"type"`
	Embedded bool   `json:"embedded"`
}

type Object struct {
	Key      string `json:"key"`
	Name     string `json:"name"`
	Kind     string `json:"kind"`
	Type     int    `json:"type"`
	File     int    `json:"file"`
	Span     Span   `json:"span"`
	Line     int    `json:"line"`
	Exported bool   `json:"exported"`
	Embedded bool   `json:"embedded,omitempty"`
	Owner    string `json:"owner,omitempty"`
	Func     *int   `json:"func,omitempty"`
	Comment  string `json:"comment,omitempty"`
	Decl     *Decl  `json:"decl,omitempty"`
	Uses     []int  `json:"uses,omitempty"`
}

type Decl struct {
	Span     Span   `json:"span"`
	Type     *Span  `json:"type,omitempty"`
	Value    *Span  `json:"value,omitempty"`
	Names    int    `json:"names"`
	Form     string `json:"form"`
	DeclSpan Span   `json:"declSpan"`
}

type NamedFacts struct {
	Key      string       `json:"key"`
	Name     string       `json:"name"`
	Type     int          `json:"type"`
	Exported bool         `json:"exported"`
	Doc      string       `json:"doc"`
	File     int          `json:"file"`
	Span     Span         `json:"span"`
	Alias    bool         `json:"alias"`
	TParams  []TParamFact `json:"tparams"`
	Methods  []string     `json:"methods"`
	Local    bool         `json:"local"`
}

type TParamFact struct {
	Name       string `json:"name"`
	Constraint string `json:"constraint"`
}

type Conversion struct {
	From   int    `json:"from"`
	To     int    `json:"to"`
	File   int    `json:"file"`
	Span   Span   `json:"span"`
	Callee string `json:"callee"`
}

type CopyFacts struct {
	Type int    `json:"type"`
	How  string `json:"how"`
	File int    `json:"file"`
	Span Span   `json:"span"`
}

type FuncFacts struct {
	Key         string   `json:"key"`
	Display     string   `json:"display"`
	Kind        string   `json:"kind"`
	Exported    bool     `json:"exported"`
	File        int      `json:"file"`
	Span        Span     `json:"span"`
	Body        Span     `json:"body"`
	Doc         string   `json:"doc"`
	Recv        *int     `json:"recv,omitempty"`
	RecvType    string   `json:"recvType,omitempty"`
	RecvPtr     bool     `json:"recvPtr,omitempty"`
	Params      []int    `json:"params"`
	ParamTypes  []int    `json:"paramTypes,omitempty"`
	Results     []int    `json:"results"`
	ResultTypes []int    `json:"resultTypes"`
	Variadic    bool     `json:"variadic"`
	TParams     []string `json:"tparams"`
	Parent      *int     `json:"parent,omitempty"`
	Test        bool     `json:"test"`
	HasRecover  bool     `json:"hasRecover"`
	Stmts       []any    `json:"stmts"`
}

func ref(i int) *int { return &i }
