/** Go text around the programs: what runs them, what marks their compounds, and locks that watch how they are used. */

/** Runs the programs whose numbers it is given, each behind a line that says which. */
export function mainText(
  module: string,
  programs: readonly { readonly number: number; readonly package: string }[],
): string {
  const packages = [...new Set(programs.map((program) => program.package))]
  const imports = packages.map((name) => `\t"${module}/${name}"`)
  const runs = programs.map((program) => `\t"${program.number}": ${program.package}.Run_${program.number},`)
  return `package main

import (
	"fmt"
	"os"

	"${module}/marks"
${imports.join('\n')}
)

var programs = map[string]func(){
${runs.join('\n')}
}

func main() {
	for _, number := range os.Args[1:] {
		fmt.Printf("\\x01%s\\n", number)
		programs[number]()
		marks.Report()
	}
}
`
}

/** Programs say with Enter and Leave what is to be one step; locks and sync.Maps say what they do meanwhile. */
export const MARKS = `package marks

import "fmt"

var (
	inside  string
	locks   int
	loaded  bool
	written int
	wrong   []string
)

// Enter begins a step.
func Enter(step string) {
	inside, locks, loaded, written = step, 0, false, 0
}

// Leave ends it.
func Leave() {
	if locks > 1 {
		wrong = append(wrong, fmt.Sprint(inside, ": ", locks, " locks"))
	}
	if written > 1 {
		wrong = append(wrong, fmt.Sprint(inside, ": ", written, " changes"))
	}
	inside = ""
}

// Locked counts a lock that is taken.
func Locked() {
	locks++
}

// Loaded notes a look into a sync.Map.
func Loaded() {
	loaded = true
}

// Wrote counts a change of a sync.Map; a blind one does not depend on what is there.
func Wrote(blind bool) {
	written++
	if inside != "" && blind && loaded {
		wrong = append(wrong, inside+": a change after a look")
	}
}

// Wrong notes a lock that is used as it must not be.
func Wrong(what string) {
	wrong = append(wrong, what)
}

// Report prints what was wrong since the last one.
func Report() {
	for _, what := range wrong {
		fmt.Printf("\\x02%s\\n", what)
	}
	inside, wrong = "", nil
}
`

/** What stands for package sync in rewritten programs, in Go 1.`minor`. */
export function watchedText(module: string, minor: number): string {
  const text = `package watched

import (
	"sync"

	"${module}/marks"
)

type WaitGroup = sync.WaitGroup
type Once = sync.Once
type Locker = sync.Locker

type Mutex struct {
	mu sync.Mutex
}

func (m *Mutex) Lock() {
	marks.Locked()
	m.mu.Lock()
}

func (m *Mutex) Unlock() {
	m.mu.Unlock()
}

type RWMutex struct {
	mu      sync.RWMutex
	readers int
}

func (m *RWMutex) Lock() {
	marks.Locked()
	m.mu.Lock()
}

func (m *RWMutex) Unlock() {
	m.mu.Unlock()
}

func (m *RWMutex) RLock() {
	marks.Locked()
	if m.readers > 0 {
		marks.Wrong("a read lock inside a read lock")
	}
	m.mu.RLock()
	m.readers++
}

func (m *RWMutex) RUnlock() {
	m.readers--
	m.mu.RUnlock()
}

type Map struct {
	m sync.Map
}

func (m *Map) Load(key any) (any, bool) {
	marks.Loaded()
	return m.m.Load(key)
}

func (m *Map) Range(f func(key, value any) bool) {
	marks.Loaded()
	m.m.Range(f)
}

func (m *Map) Store(key, value any) {
	marks.Wrote(true)
	m.m.Store(key, value)
}

func (m *Map) Delete(key any) {
	marks.Wrote(true)
	m.m.Delete(key)
}

func (m *Map) Clear() {
	marks.Wrote(true)
	m.m.Range(func(key, _ any) bool {
		m.m.Delete(key)
		return true
	})
}

func (m *Map) LoadOrStore(key, value any) (any, bool) {
	marks.Wrote(false)
	return m.m.LoadOrStore(key, value)
}

func (m *Map) LoadAndDelete(key any) (any, bool) {
	marks.Wrote(false)
	return m.m.LoadAndDelete(key)
}
${minor < 20 ? '' : SINCE_20}`
  return minor < 18 ? text.replace(/\bany\b/g, 'interface{}') : text
}

const SINCE_20 = `
func (m *Map) Swap(key, value any) (any, bool) {
	marks.Wrote(false)
	return m.m.Swap(key, value)
}

func (m *Map) CompareAndSwap(key, old, new any) bool {
	marks.Wrote(false)
	return m.m.CompareAndSwap(key, old, new)
}

func (m *Map) CompareAndDelete(key, old any) bool {
	marks.Wrote(false)
	return m.m.CompareAndDelete(key, old)
}
`

/** The text with the watched locks in the place of package sync. */
export function watch(text: string, module: string): string {
  return text.replace(/^(\s*(?:import\s+)?)(\w+ )?"sync"$/m, (_, before: string, name: string | undefined) => {
    return `${before}${name ?? 'sync '}"${module}/watched"`
  })
}
