import { chmodSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, describe, expect, test } from '@jest/globals'
import { cleanUp, folder, git, repository, tree } from './support/project.js'
import { SERVICE } from './support/service.js'
import { hasTmux, Terminal } from './support/terminal.js'

const bin = join(dirname(dirname(fileURLToPath(import.meta.url))), 'bin/mapfix.js')
const REVIEW = `node ${bin} -i --validate=gofmt,build --witness=off; echo "ended $?."`
const RESUME = REVIEW.replace('-i', '--resume')
const ENDED = /ended \d+\./
const COLOUR = /\p{Cc}\[[\d;]*m/u
const FIX = /Take this fix\? \[[^\]]+\]/

const withTmux = hasTmux ? describe : describe.skip
const open: Terminal[] = []

afterEach(() => {
  for (const terminal of open.splice(0)) terminal.close()
})
afterAll(cleanUp)

function terminal(...args: ConstructorParameters<typeof Terminal>): Terminal {
  const one = new Terminal(...args)
  open.push(one)
  return one
}

/** How the terminal is set, as the shell sees it. */
async function settings(t: Terminal): Promise<string> {
  t.type('stty -a | tr -d "\\n"; echo " .set."')
  return (await t.until(/speed [^$]* \.set\./)).replace(/^[\s\S]*?speed/, '').replace(/(rows|columns) \d+/g, '')
}

withTmux('a review in a terminal (needs tmux)', () => {
  test('pasted keys accept nothing, the window may change, single hunks are refused with a reason, and Ctrl-C writes nothing', async () => {
    const dir = await repository(SERVICE)
    const before = tree(dir)
    const t = terminal(dir, { env: { NO_COLOR: '1' } })
    const set = await settings(t)
    t.type(REVIEW)
    const shown = (await t.until(FIX)).split('Fix 1 of 2')[1] ?? ''
    expect(shown.split('\n').filter((line) => line.trimEnd().length > 80)).toEqual([])
    for (const part of [
      'store/store.go:8:2: example.com/service/store.Store.items map[string]int',
      'inconsistent-guard (likely): mu is held at 3 of 5 accesses of items',
      'store/store.go:16:2: assign in (*Store).Put, holding Store.mu',
      'store/store.go:32:9: len in (*Store).Len, no lock held',
      'reached by callers of (*Store).Len',
      'note: mu is held at 3 of 5 accesses',
      'proof: gofmt ok, build ok',
      'store/store.go @@ -29,10 +29,14 @@ (*Store).Len',
      '+\ts.mu.RLock()',
    ])
      expect(shown).toContain(part)

    t.paste('yyy\nq', { marked: true })
    await t.until(/pasted text is ignored/)
    t.paste('yyy', { marked: false })
    await t.until(/several keys at once count as pasted text/)
    t.resize(40, 12)
    t.press('z')
    await t.until(/z does nothing here/)
    expect(t.screen().split('\n').at(-1)).not.toMatch(/.{41}/)
    t.resize(100, 30)
    t.press('?')
    await t.until(/Ctrl-C {2}stop: nothing is written; --resume continues/)
    await t.until(FIX)

    t.press('h')
    await t.until(/Hunk 1 of 2, \(\*Store\)\.Len in store\.go[\s\S]*Take this hunk\? \[[^\]]+\]/)
    t.press('y')
    await t.until(/Hunk 2 of 2, \(\*Store\)\.Has in store\.go[\s\S]*Take this hunk\? \[[^\]]+\]/)
    t.press('n')
    const fault = await t.until(/Take the whole fix, or none of it\? \[y,n,b\]/)
    expect(fault).toMatch(/it needs \(\*Store\)\.Has in store\.go\s+mapfix would still find\s+store\/store\.go:\d+:\d+/)
    t.press('n')
    await t.until(/Fix 2 of 2[\s\S]*Take this fix\? \[[^\]]+\]/)
    t.press('y')
    await t.until(/1 accepted, 1 declined\s+Prove together what was accepted, and write it\? \[y,u,Q\]/)
    t.press('u')
    await t.until(/Fix 2 of 2[\s\S]*Take this fix\? \[[^\]]+\]/)
    t.press('C-c')
    expect(await t.until(ENDED)).toMatch(/ended 130\.$/)
    expect(tree(dir)).toEqual(before)
    expect(await settings(t)).toBe(set)
    const raw = t.raw()
    expect(raw.slice(raw.lastIndexOf('\x1b[?2004')).startsWith('\x1b[?2004l')).toBe(true)
    expect(raw.lastIndexOf('\x1b[?25l')).toBeLessThanOrEqual(raw.lastIndexOf('\x1b[?25h'))
    expect(raw).not.toMatch(COLOUR)

    t.type(RESUME)
    const again = await t.until(FIX)
    expect(again).toContain('1 decisions are as they were')
    expect(again).toContain('Fix 2 of 2')
    expect(again).not.toContain('Fix 1 of 2')
    t.press('Q')
    expect(await t.until(ENDED)).toMatch(/ended 1\.$/)
    expect(tree(dir)).toEqual(before)
  })

  test('an alternative, an edit in $EDITOR, the proof again stopped by Ctrl-C, a review that is continued and written', async () => {
    const dir = await repository(SERVICE)
    const before = tree(dir)
    const tools = folder({ edit: '#!/bin/sh\nsed -i "s/return ok$/return ok \\/\\/ edited/" "$1"\n' })
    chmodSync(join(tools, 'edit'), 0o755)
    const t = terminal(dir, { env: { EDITOR: join(tools, 'edit'), VISUAL: '', NO_COLOR: '' } })
    t.type(REVIEW)
    await t.until(FIX)
    // Go's words are coloured in lines that are added.
    expect(t.raw()).toContain('\x1b[32m+\x1b[39m\t\x1b[35mdefer\x1b[39m s.mu.RUnlock()')
    t.press('e')
    const edited = await t.until(/taken as you edited it[\s\S]*Take this fix\? \[[^\]]+\]/)
    expect(edited).toContain('+\treturn ok // edited')
    t.press('y')
    await t.until(/Fix 2 of 2[\s\S]*Take this fix\? \[[^\]]+\]/)
    t.press('t')
    await t.until(/proving it again/)
    t.press('C-c')
    expect(await t.until(ENDED)).toMatch(/ended 130\.$/)
    expect(tree(dir)).toEqual(before)

    t.type(RESUME)
    await t.until(/Fix 2 of 2[\s\S]*Take this fix\? \[[^\]]+\]/)
    t.press('3')
    await t.until(/planning and proving it as inline/)
    // What is typed before the question is there does not answer it.
    t.press('n')
    const inline = await t.until(/taken as inline[\s\S]*Take this fix\? \[[^\]]+\]/)
    expect(inline).toMatch(/\+var seenMu sync\.RWMutex/)
    t.press('y')
    await t.until(/write it\? \[y,u,Q\]/)
    t.press('y')
    expect(await t.until(ENDED)).toMatch(/2 findings \(2 applied\)[\s\S]*ended 0\.$/)
    expect(await git(dir, 'status', '--short')).toBe(' M store/store.go\n M tally/tally.go\n')
    expect(readFileSync(join(dir, 'store/store.go'), 'utf8')).toContain('\treturn ok // edited\n')
  })
})
