/** --platforms: maps that files of other platforms use, twins of a declaration included. */
import { afterAll, describe, expect, test } from '@jest/globals'
import { cleanUp, folder, report } from './support/project.js'

afterAll(cleanUp)

const GO_MOD = 'module example.com/m\n\ngo 1.22\n'
const ARGS = ['--select=all', '--diff', '--validate=none', '--witness=off', '--allow-no-vcs']

/** What became of the map `seen` for linux/amd64 and windows/amd64, and the patch. */
async function fixed(
  files: Record<string, string>,
  args: readonly string[] = ['--transform=rwmutex', '--platforms=linux/amd64,windows/amd64'],
): Promise<{ status: string; reason: string; at: string; diff: string }> {
  const dir = folder({ 'go.mod': GO_MOD, ...files })
  const env = { ...process.env, GOOS: 'linux', GOARCH: 'amd64' }
  const { findings } = await report(dir, [...ARGS, ...args, './...'], { env })
  const fix = findings.find(({ map }) => map?.name.endsWith('.seen'))?.fix
  return { status: fix?.status ?? '', reason: fix?.reason ?? '', at: fix?.at ?? '', diff: fix?.diff ?? '' }
}

const WATCH = `package m

type watch struct{ seen map[string]int }

func (w *watch) add(path string) { w.seen[clean(path)]++ }
`
const UNIX = `//go:build !windows

package m

func clean(path string) string { return path }

func (w *watch) count() int { return len(w.seen) }
`
const WINDOWS = `package m

func clean(path string) string { return path + "." }

func (w *watch) count() (n int) {
	for path := range w.seen {
		if path != "" {
			n++
		}
	}
	return n
}
`

describe('--platforms', () => {
  test('what only another platform has is rewritten, too', async () => {
    const { status, diff } = await fixed({ 'watch.go': WATCH, 'clean_unix.go': UNIX, 'clean_windows.go': WINDOWS })
    expect(status).toBe('proposed')
    expect(diff).toContain('+func (w *watch) count() int { return w.seen.Len() }')
    expect(diff).toContain('+	for path := range w.seen.m {')
    expect(diff.match(/^\+\+\+ /gm)).toHaveLength(4)
  })

  test('a container has the methods that any platform calls', async () => {
    const windows = WINDOWS.replace(
      /func \(w \*watch\) count[\s\S]*/,
      'func (w *watch) drop() { delete(w.seen, "") }\n',
    )
    const { diff } = await fixed({ 'watch.go': WATCH, 'clean_unix.go': UNIX, 'clean_windows.go': windows })
    expect(diff).toMatch(/\+func \(l \*lockedMap\[K, V\]\) Len\(\)/)
    expect(diff).toMatch(/\+func \(l \*lockedMap\[K, V\]\) Delete\(/)
  })

  test('twins of one declaration change together', async () => {
    const twin = (rest: string): string => `package m\n\ntype watch struct {\n\tseen map[string]int\n${rest}}\n\n`
    const { status, diff } = await fixed(
      {
        'watch.go': 'package m\n\nfunc (w *watch) add(path string) { w.seen[path]++ }\n',
        'watch_linux.go': twin('\tfd int\n'),
        'watch_windows.go': twin('\thandle uintptr\n'),
      },
      ['--transform=rwmutex', '--style=inline', '--platforms=windows/amd64'],
    )
    expect(status).toBe('proposed')
    expect(diff.match(/^\+.*mu .*sync\.RWMutex \/\/ guards seen$/gm)).toHaveLength(2)
  })

  test('what cannot be kept on another platform is refused, with its place there', async () => {
    const windows = `${WINDOWS}\nvar last map[string]int\n\nfunc (w *watch) keep() { last = w.seen }\n`
    const { status, reason, at } = await fixed({
      'watch.go': WATCH,
      'clean_unix.go': UNIX,
      'clean_windows.go': windows,
    })
    expect(status).toBe('refused')
    expect(reason).toBe('on windows/amd64, the map itself is stored here')
    expect(at).toBe('clean_windows.go:16:33')
  })

  test('a file of a platform that nobody asked for is still in the way', async () => {
    const files = { 'watch.go': WATCH, 'clean_unix.go': UNIX, 'clean_windows.go': WINDOWS }
    const other = 'package m\n\nfunc (w *watch) drop() { w.seen = nil }\n'
    const { status, reason } = await fixed({ ...files, 'drop_plan9.go': other })
    expect(status).toBe('refused')
    expect(reason).toMatch(/^drop_plan9.go, which this platform leaves out, may use it/)
  })
})
