import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { isKnownPackage, stdEffect, stdNames } from '../src/analysis/stdlib.js'

describe('stdEffect', () => {
  test.each([
    ['strings.Cut', {}],
    ['sync.Mutex.Unlock', {}],
    ['sync.Mutex.Lock', { blocks: true }],
    ['sync.Once.Do', { callsNow: [0] }],
    ['sync.WaitGroup.Wait', { blocks: true }],
    ['sync.Pool.Get', { callbacks: true }],
    ['sync/atomic.Int64.Add', {}],
    ['time.Now', {}],
    ['time.Time.Sub', {}],
    ['time.Sleep', { blocks: true }],
    ['time.AfterFunc', { spawns: [1] }],
    ['sort.Slice', { callsNow: [1], panics: true }],
    ['sort.Strings', {}],
    ['sort.Sort', { callbacks: true, panics: true }],
    ['slices.SortFunc', { callsNow: [1] }],
    ['slices.Sorted', { callsNow: [0] }],
    ['slices.EqualFunc', { callsNow: [2] }],
    ['maps.Keys', { lazy: true, maps: { 0: 'read' } }],
    ['maps.Copy', { maps: { 0: 'write', 1: 'read' }, panics: true }],
    ['maps.Clone', { maps: { 0: 'read' } }],
    ['fmt.Sprintf', { callbacks: true, rest: 'read' }],
    ['fmt.Println', { callbacks: true, io: true, blocks: true, rest: 'read' }],
    ['encoding/json.Marshal', { callbacks: true, rest: 'read' }],
    ['encoding/json.Unmarshal', { callbacks: true, rest: 'write' }],
    ['net/http.ResponseWriter.Write', { io: true, blocks: true, callbacks: true }],
    ['net/http.HandleFunc', { spawns: [1], panics: true }],
    ['context.Context.Done', {}],
    ['path/filepath.Join', {}],
    ['path/filepath.WalkDir', { io: true, blocks: true, callsNow: [1] }],
    ['os.ReadFile', { io: true, blocks: true }],
    ['error.Error', { callbacks: true, io: true, blocks: true }],
  ])('%s', (key, effect) => {
    const none = { blocks: false, io: false, callsNow: [], spawns: [], stores: [], callbacks: false, maps: {} }
    expect(stdEffect(key)).toEqual({ ...none, ...effect })
  })

  test.each(['example.com/m.Store.Put', 'strings2.Cut', 'iter.Pull', 'gopkg.in/yaml.v3.Marshal', ''])(
    '%s is not known',
    (key) => {
      expect(stdEffect(key)).toBeUndefined()
    },
  )

  test('knows most of the library', () => {
    for (const path of ['strings', 'net/http', 'encoding/json', 'log/slog']) expect(isKnownPackage(path)).toBe(true)
    expect(isKnownPackage('example.com/strings')).toBe(false)
  })
})

test('every name in the tables exists in Go', () => {
  const packages = [...stdNames()].filter(([path]) => path !== 'error' && !path.startsWith('golang.org/'))
  const references = packages.flatMap(([path, names]) => names.map((name) => `${path} ${name}`))
  const dir = mkdtempSync(join(tmpdir(), 'mapfix-stdlib-'))
  try {
    writeFileSync(join(dir, 'main.go'), checker)
    writeFileSync(join(dir, 'go.mod'), 'module checker\n\ngo 1.21\n')
    const env = { ...process.env, GOFLAGS: '', GOWORK: 'off' }
    const run = spawnSync('go', ['run', '.'], { cwd: dir, env, input: references.join('\n'), encoding: 'utf8' })
    expect(run.stderr).toBe('')
    expect(run.stdout.split('\n').filter((line) => line !== '' && !ADDED.has(line))).toEqual([])
  } finally {
    rmSync(dir, { recursive: true })
  }
})

/** Younger than the oldest Go that mapfix works with. */
const ADDED: ReadonlySet<string> = new Set(['errors AsType'])

/** Prints the references "path Name", "path Type.Method", "path Type.*" that are not in the standard library. */
const checker = `package main

import (
	"bufio"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"os"
	"strings"
)

func main() {
	source := importer.ForCompiler(token.NewFileSet(), "source", nil)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		path, name, _ := strings.Cut(lines.Text(), " ")
		pkg, err := source.Import(path)
		if err != nil {
			fmt.Println(lines.Text(), err)
			continue
		}
		typeName, method, isMethod := strings.Cut(name, ".")
		obj := pkg.Scope().Lookup(typeName)
		if obj == nil {
			fmt.Println(lines.Text())
			continue
		}
		if !isMethod || method == "*" {
			continue
		}
		if found, _, _ := types.LookupFieldOrMethod(obj.Type(), true, pkg, method); found == nil {
			fmt.Println(lines.Text())
		}
	}
}
`
