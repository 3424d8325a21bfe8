package main

import (
	"fmt"
	"go/types"
	"strings"
)

// typeTable numbers types so that identical ones (types.Identical) share a number.
type typeTable struct {
	byType map[types.Type]int
	byKey  map[typeKey]int
	depth  int          // how many foreign structs we are inside
	far    map[int]bool // met inside foreign structs only: their own fields are left out
}

// typeKey is a type's identity: one of its own object, or how it is made of numbered types.
type typeKey struct {
	object any
	form   string
}

func newTypeTable() typeTable {
	return typeTable{byType: map[types.Type]int{}, byKey: map[typeKey]int{}, far: map[int]bool{}}
}

// typ numbers t.
func (b *builder) typ(t types.Type) int {
	t = unalias(t)
	tab := &b.types
	i, ok := tab.byType[t]
	if !ok {
		key := b.typeKey(t)
		if i, ok = tab.byKey[key]; !ok {
			i = len(b.out.Types)
			tab.byKey[key] = i
			tab.byType[t] = i
			b.out.Types = append(b.out.Types, &TypeFacts{})
			if tab.depth > 0 {
				tab.far[i] = true
			}
			b.fillType(b.out.Types[i], t)
			return i
		}
		tab.byType[t] = i
	}
	if tab.depth == 0 && tab.far[i] {
		delete(tab.far, i)
		b.fillType(b.out.Types[i], t)
	}
	return i
}

func (b *builder) typeKey(t types.Type) typeKey {
	switch t := t.(type) {
	case *types.Basic:
		return typeKey{form: "basic " + t.Name()}
	case *types.Named:
		return typeKey{object: t.Origin().Obj(), form: fmt.Sprint(b.typeArgs(t))}
	case *types.Pointer:
		return typeKey{form: fmt.Sprint("*", b.typ(t.Elem()))}
	case *types.Slice:
		return typeKey{form: fmt.Sprint("[]", b.typ(t.Elem()))}
	case *types.Array:
		return typeKey{form: fmt.Sprint("[", t.Len(), "]", b.typ(t.Elem()))}
	case *types.Chan:
		return typeKey{form: fmt.Sprint("chan ", t.Dir(), b.typ(t.Elem()))}
	case *types.Map:
		return typeKey{form: fmt.Sprint("map ", b.typ(t.Key()), b.typ(t.Elem()))}
	case *types.Tuple:
		return typeKey{form: fmt.Sprint("tuple", b.tuple(t))}
	case *types.Signature:
		if t.TypeParams().Len() == 0 {
			return typeKey{form: fmt.Sprint("func", b.tuple(t.Params()), b.tuple(t.Results()), t.Variadic())}
		}
	case *types.Interface:
		return typeKey{form: "interface " + types.TypeString(t, nil)}
	case *types.TypeParam:
		return typeKey{object: t.Obj()}
	}
	return typeKey{object: t}
}

func (b *builder) typeArgs(t *types.Named) []int {
	var args []int
	for i := 0; i < t.TypeArgs().Len(); i++ {
		args = append(args, b.typ(t.TypeArgs().At(i)))
	}
	return args
}

func (b *builder) tuple(t *types.Tuple) []int {
	ids := []int{}
	for i := 0; i < t.Len(); i++ {
		ids = append(ids, b.typ(t.At(i).Type()))
	}
	return ids
}

// fillType describes t. Named types, structs and type parameters have their number by now, so recursion ends.
func (b *builder) fillType(f *TypeFacts, t types.Type) {
	f.Text = b.typeText(t)
	f.HashPanics = hashPanics(t, nil)
	f.Comparable = types.Comparable(t)
	switch t := t.(type) {
	case *types.Basic:
		f.Kind, f.Basic = "basic", t.Name()
	case *types.Named:
		f.Kind = "named"
		f.Name = b.typeName(t.Obj())
		f.Args = b.typeArgs(t)
		f.Under = ref(b.underlying(t))
	case *types.Pointer:
		f.Kind, f.Elem = "pointer", ref(b.typ(t.Elem()))
	case *types.Slice:
		f.Kind, f.Elem = "slice", ref(b.typ(t.Elem()))
	case *types.Array:
		f.Kind, f.Elem = "array", ref(b.typ(t.Elem()))
	case *types.Chan:
		f.Kind, f.Elem = "chan", ref(b.typ(t.Elem()))
	case *types.Map:
		f.Kind, f.Key, f.Elem = "map", ref(b.typ(t.Key())), ref(b.typ(t.Elem()))
	case *types.Struct:
		f.Kind = "struct"
		f.Fields = b.structFields(t)
	case *types.Interface, *types.Union:
		f.Kind = "interface"
	case *types.TypeParam:
		f.Kind = "typeparam"
		if m := coreMap(t); m != nil {
			f.Key, f.Elem = ref(b.typ(m.Key())), ref(b.typ(m.Elem()))
		}
		f.Under = ref(b.typ(t.Constraint()))
	case *types.Tuple:
		f.Kind, f.Elems = "tuple", b.tuple(t)
	case *types.Signature:
		f.Kind, f.Params, f.Elems, f.Variadic = "func", b.tuple(t.Params()), b.tuple(t.Results()), t.Variadic()
	default:
		f.Kind, f.Basic = "basic", "invalid type"
	}
}

// underlying numbers what a named type is made of. Structs of other packages: their fields only if this run has the
// package, and not those of the structs that they hold in turn, which the other package's own line describes.
func (b *builder) underlying(t *types.Named) int {
	under := t.Underlying()
	st, ok := under.(*types.Struct)
	if !ok || t.Obj().Pkg() == b.pkg {
		return b.typ(under)
	}
	b.ownFields(t)
	key := typeKey{object: t.Origin().Obj(), form: "under" + fmt.Sprint(b.typeArgs(t))}
	i, ok := b.types.byKey[key]
	if !ok {
		i = len(b.out.Types)
		b.types.byKey[key] = i
		b.types.byType[st] = i
		b.out.Types = append(b.out.Types, &TypeFacts{Kind: "struct", Text: "struct{…}", HashPanics: hashPanics(st, nil), Comparable: types.Comparable(st)})
	}
	if b.types.depth == 0 && t.Obj().Pkg() != nil && b.prog.inRun[t.Obj().Pkg().Path()] && b.out.Types[i].Fields == nil {
		b.types.depth++
		b.out.Types[i].Fields = b.structFields(st)
		b.types.depth--
	}
	return i
}

func (b *builder) structFields(t *types.Struct) []TypeField {
	fields := make([]TypeField, 0, t.NumFields())
	for i := 0; i < t.NumFields(); i++ {
		v := t.Field(i)
		fields = append(fields, TypeField{Name: v.Name(), Obj: b.obj(v), Type: b.typ(v.Type()), Embedded: v.Embedded()})
	}
	return fields
}

// typeText writes t as source of this package would.
func (b *builder) typeText(t types.Type) string {
	return cgoText(types.TypeString(t, func(p *types.Package) string {
		if p == b.pkg {
			return ""
		}
		return p.Name()
	}))
}

// typeName is the key of a named type: "path.Type", "path.Func.Type" for a local one of this package.
func (b *builder) typeName(obj *types.TypeName) string {
	if d := b.decls[obj]; d != nil {
		return d.key
	}
	if obj.Pkg() == nil {
		return obj.Name()
	}
	return obj.Pkg().Path() + "." + obj.Name()
}

// hashPanics tells whether hashing a value of type t (and comparing it) can panic.
func hashPanics(t types.Type, inside []types.Type) bool {
	t = unalias(t)
	if _, ok := t.(*types.TypeParam); ok {
		return true
	}
	switch u := t.Underlying().(type) {
	case *types.Interface:
		return true
	case *types.Array:
		return hashPanics(u.Elem(), inside)
	case *types.Struct:
		for _, seen := range inside {
			if seen == t {
				return false
			}
		}
		for i := 0; i < u.NumFields(); i++ {
			if hashPanics(u.Field(i).Type(), append(inside, t)) {
				return true
			}
		}
	}
	return false
}

// coreMap returns the map type that values of t are, or nil: also for type parameters all of whose types are one map type.
func coreMap(t types.Type) *types.Map {
	if t == nil {
		return nil
	}
	t = unalias(t)
	if tp, ok := t.(*types.TypeParam); ok {
		m, _ := coreType(tp).(*types.Map)
		return m
	}
	m, _ := t.Underlying().(*types.Map)
	return m
}

// coreType returns the one underlying type of all types in tp's type set, or nil.
func coreType(tp *types.TypeParam) types.Type {
	var core types.Type
	mixed := false
	var visit func(t types.Type)
	visit = func(t types.Type) {
		switch u := unalias(t).(type) {
		case *types.Union:
			for i := 0; i < u.Len(); i++ {
				visit(u.Term(i).Type())
			}
			return
		}
		under := t.Underlying()
		if i, ok := under.(*types.Interface); ok {
			for k := 0; k < i.NumEmbeddeds(); k++ {
				visit(i.EmbeddedType(k))
			}
			return
		}
		if core != nil && !types.Identical(core, under) {
			mixed = true
		}
		core = under
	}
	visit(tp.Constraint())
	if mixed {
		return nil
	}
	return core
}

// under is the type whose structure decides what an expression can do: the core type of a type parameter.
func under(t types.Type) types.Type {
	if t == nil {
		return types.Typ[types.Invalid]
	}
	t = unalias(t)
	if tp, ok := t.(*types.TypeParam); ok {
		if core := coreType(tp); core != nil {
			return core
		}
	}
	return t.Underlying()
}

func isInterface(t types.Type) bool {
	if t == nil {
		return false
	}
	if _, ok := unalias(t).(*types.TypeParam); ok {
		return false
	}
	_, ok := t.Underlying().(*types.Interface)
	return ok
}

// deref returns the type a pointer points to and true, or t itself.
func deref(t types.Type) (types.Type, bool) {
	if p, ok := under(t).(*types.Pointer); ok {
		return p.Elem(), true
	}
	return t, false
}

func funcKey(f *types.Func) string {
	f = f.Origin()
	path := ""
	if f.Pkg() != nil {
		path = f.Pkg().Path() + "."
	}
	if sig, ok := f.Type().(*types.Signature); ok && sig.Recv() != nil {
		if t, _ := deref(sig.Recv().Type()); t != nil {
			if n, ok := unalias(t).(*types.Named); ok {
				return path + n.Obj().Name() + "." + f.Name()
			}
		}
	}
	if name := strings.TrimPrefix(f.Name(), "_Cfunc_"); name != f.Name() {
		return "C." + name
	}
	return path + f.Name()
}
