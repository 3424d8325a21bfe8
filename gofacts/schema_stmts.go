package main

// Statements, events and values of facts.ts, one Go type for each member of its unions.

type stmtBase struct {
	K    string `json:"k"`
	Span Span   `json:"span"`
	File *int   `json:"file,omitempty"`
	E    []any  `json:"e"`
}

type assignStmt struct {
	stmtBase
	Op  string `json:"op"`
	LHS []Span `json:"lhs"`
	RHS []Span `json:"rhs"`
	Def []int  `json:"def,omitempty"`
}

type declStmt struct {
	stmtBase
	Tok string `json:"tok"`
	Def []int  `json:"def"`
}

type returnStmt struct {
	stmtBase
	Results []Span `json:"results"`
}

type branchStmt struct {
	stmtBase
	Tok   string `json:"tok"`
	Label string `json:"label,omitempty"`
}

type block struct {
	Span Span  `json:"span"`
	Body []any `json:"body"`
}

type blockStmt struct {
	stmtBase
	Block block `json:"block"`
}

type labeledStmt struct {
	stmtBase
	Label string `json:"label"`
	Stmt  any    `json:"stmt"`
}

type ifStmt struct {
	stmtBase
	Init any        `json:"init,omitempty"`
	Cond Span       `json:"cond"`
	Then block      `json:"then"`
	Else any        `json:"else,omitempty"`
	Yes  []known    `json:"yes,omitempty"`
	No   []known    `json:"no,omitempty"`
	Flag *fieldFlag `json:"flag,omitempty"`
}

type fieldFlag struct {
	P  int  `json:"p"`
	Is bool `json:"is"`
}

type known [2]any // object, bool

type forStmt struct {
	stmtBase
	Init  any   `json:"init,omitempty"`
	Cond  *Span `json:"cond,omitempty"`
	Post  any   `json:"post,omitempty"`
	Block block `json:"block"`
}

type rangeStmt struct {
	stmtBase
	X      Span   `json:"x"`
	XT     string `json:"xt"`
	P      *int   `json:"p,omitempty"`
	Key    *Span  `json:"key,omitempty"`
	Value  *Span  `json:"value,omitempty"`
	Define bool   `json:"define"`
	Def    []int  `json:"def"`
	Block  block  `json:"block"`
}

type switchStmt struct {
	stmtBase
	Init  any          `json:"init,omitempty"`
	Tag   *Span        `json:"tag,omitempty"`
	Cases []switchCase `json:"cases"`
}

type switchCase struct {
	Span      Span   `json:"span"`
	IsDefault bool   `json:"isDefault"`
	E         []any  `json:"e"`
	Body      []any  `json:"body"`
	Exprs     []Span `json:"exprs"`
	Colon     int    `json:"colon"`
}

type selectStmt struct {
	stmtBase
	Cases []selectCase `json:"cases"`
}

type selectCase struct {
	Span      Span  `json:"span"`
	IsDefault bool  `json:"isDefault"`
	Comm      any   `json:"comm,omitempty"`
	Body      []any `json:"body"`
	Colon     int   `json:"colon"`
}

type accEv struct {
	K        string  `json:"k"`
	Op       string  `json:"op"`
	On       string  `json:"on"`
	P        int     `json:"p"`
	T        int     `json:"t"`
	Span     Span    `json:"span"`
	X        Span    `json:"x"`
	Key      *Span   `json:"key,omitempty"`
	KeyConst bool    `json:"keyConst,omitempty"`
	KV       any     `json:"kv,omitempty"`
	Val      *Span   `json:"val,omitempty"`
	V        any     `json:"v,omitempty"`
	Write    bool    `json:"write"`
	Use      string  `json:"use,omitempty"`
	Callee   *string `json:"callee,omitempty"`
	Arg      *int    `json:"arg,omitempty"`
}

type callEv struct {
	K          string `json:"k"`
	N          int    `json:"n"`
	Span       Span   `json:"span"`
	Fun        Span   `json:"fun"`
	Callee     any    `json:"callee"`
	Recv       any    `json:"recv,omitempty"`
	RecvCopied bool   `json:"recvCopied,omitempty"`
	Args       []any  `json:"args"`
	ArgSpans   []Span `json:"argSpans"`
	ArgTypes   []int  `json:"argTypes"`
	Spread     bool   `json:"spread,omitempty"`
	Mode       string `json:"mode"`
	Test       *bool  `json:"test,omitempty"`
	Results    []int  `json:"results"`
}

type setEv struct {
	K    string `json:"k"`
	To   int    `json:"to"`
	V    any    `json:"v"`
	Def  bool   `json:"def,omitempty"`
	Star bool   `json:"star,omitempty"`
	Span Span   `json:"span"`
	Op   string `json:"op,omitempty"`
}

type chanEv struct { // recv, chansend
	K    string `json:"k"`
	P    int    `json:"p"`
	V    any    `json:"v,omitempty"`
	Span Span   `json:"span"`
}

type returnEv struct {
	K    string `json:"k"`
	Vals []any  `json:"vals"`
	Span Span   `json:"span"`
}

type litEv struct {
	K    string `json:"k"`
	Fn   int    `json:"fn"`
	Span Span   `json:"span"`
}

type refEv struct {
	K    string `json:"k"`
	Key  string `json:"key"`
	Span Span   `json:"span"`
}

type condEv struct { // and, or
	K    string `json:"k"`
	E    []any  `json:"e"`
	Span Span   `json:"span"`
}

type mayEv struct {
	K    string `json:"k"`
	Why  string `json:"why"`
	P    *int   `json:"p,omitempty"`
	Span Span   `json:"span"`
}

type pathVal struct {
	K    string `json:"k"`
	P    int    `json:"p"`
	Addr bool   `json:"addr,omitempty"`
	T    int    `json:"t"`
}

type freshVal struct {
	K      string     `json:"k"`
	T      int        `json:"t"`
	How    string     `json:"how"`
	Fields []fieldVal `json:"fields,omitempty"`
	Elems  []any      `json:"elems,omitempty"`
	Size   *int64     `json:"size,omitempty"`
	Sized  bool       `json:"sized,omitempty"`
	Span   Span       `json:"span"`
}

type fieldVal struct {
	F int `json:"f"`
	V any `json:"v"`
}

type callVal struct {
	K string `json:"k"`
	N int    `json:"n"`
	I int    `json:"i"`
	T int    `json:"t"`
}

type funcVal struct {
	K    string `json:"k"`
	Key  string `json:"key"`
	Recv any    `json:"recv,omitempty"`
}

type litVal struct {
	K  string `json:"k"`
	Fn int    `json:"fn"`
}

type bareVal struct { // nil, const
	K string `json:"k"`
}

type boolVal struct { // const
	K string `json:"k"`
	B bool   `json:"b"`
}

type intVal struct { // const
	K string `json:"k"`
	I int64  `json:"i"`
}

type otherVal struct {
	K string `json:"k"`
	T int    `json:"t"`
}

type funcCallee struct {
	K   string `json:"k"`
	Key string `json:"key"`
	Pkg string `json:"pkg"`
}

type ifaceCallee struct {
	K      string `json:"k"`
	Type   string `json:"type"`
	Method string `json:"method"`
	Pkg    string `json:"pkg"`
}

type builtinCallee struct {
	K    string `json:"k"`
	Name string `json:"name"`
}

type valueCallee struct {
	K string `json:"k"`
	V any    `json:"v"`
}
