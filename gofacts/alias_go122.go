//go:build go1.22

//go:debug gotypesalias=1

package main

import "go/types"

// unalias resolves a type alias, which toolchains before 1.22 do by themselves.
func unalias(t types.Type) types.Type { return types.Unalias(t) }
