import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { html } from '../src/report/html.js'
import type { FindingReport, Report } from '../src/report/schema.js'
import { cleanUp, folder } from './support/project.js'
import { sample } from './support/sample.js'

/** Debian's; .ci/run installs it. */
const executablePath = spawnSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).stdout.trim()
const withChromium = executablePath === '' ? describe.skip : describe

const HOSTILE = `"><script>window.owned=1</script><img src=x onerror=window.owned=2>'&\`|\u202e\u0007`
const LONG = `example.com/${'very/long/path/'.repeat(12)}store.Store.${'Items'.repeat(20)}`

function findings(): FindingReport[] {
  const [first] = sample().findings
  if (first?.fix === undefined) throw new Error('a sample without a fix')
  const named = (id: string, name: string, changes: Partial<FindingReport>): FindingReport => ({
    ...first,
    id,
    map: { name, kind: 'field', type: 'map[string]int', at: 'x.go:1:1' },
    ...changes,
  })
  const tests = [{ test: 'TestItemsRace', text: 'func TestItemsRace(t *testing.T) {}\n', before: 'WARNING: DATA RACE' }]
  return [
    named('0123456789abcde0', 'example.com/m/a.Store.items', { fix: { ...first.fix, tests } }),
    named('0123456789abcde1', 'example.com/m/a.seen', {
      confidence: 'proven',
      evidence: [
        { kind: 'witness', at: 'x.go:3' },
        { kind: 'race', at: 'x.go:3:1', op: 'write', function: 'count', from: 'crash.log byte 17', count: 3 },
        { kind: 'crash', at: 'x.go:9:1', op: 'write', inferred: true, what: 'inferred: the write that it met' },
      ],
      fix: { ...first.fix, status: 'refused', reason: 'its value gets away', at: 'x.go:9:1', diff: undefined },
    }),
    named('0123456789abcde2', LONG, {
      confidence: 'possible',
      settle: 'a race report: mapfix collect -- go test ./...',
    }),
    named('0123456789abcde3', `example.com/m/b.${HOSTILE}`, {
      message: HOSTILE,
      accesses: [{ op: HOSTILE, at: HOSTILE, function: HOSTILE, held: [HOSTILE], reached: [HOSTILE], paths: [] }],
      evidence: [{ kind: 'crash', at: HOSTILE, op: HOSTILE, from: HOSTILE, what: HOSTILE }],
      fix: {
        ...first.fix,
        notes: [HOSTILE],
        tests: [{ test: HOSTILE, text: HOSTILE, before: HOSTILE }],
        diff: `--- a/x\n+++ b/x\n@@ -1 +1 @@\n-${HOSTILE}\n+b\n`,
      },
    }),
  ]
}

function reportOf(all: FindingReport[]): Report {
  const one = sample()
  return {
    ...one,
    findings: all,
    summary: { ...one.summary, findings: all.length },
    evidence: {
      races: 3,
      crashes: 1,
      goroutines: 0,
      profiles: [],
      maps: [
        {
          name: HOSTILE,
          at: 'x.go:1:1',
          races: 3,
          crashes: 1,
          first: '',
          last: '',
          contradicts: true,
          suppressed: false,
          reads: 0,
          writes: 0,
          labels: [],
          bytes: [],
          waited: 0,
          waitedShare: 0,
          together: [],
          stacks: [{ kind: 'race', op: 'write', count: 3, first: '', last: '', frames: [`main.f ${LONG}.go:3`] }],
        },
      ],
      unplaced: [{ kind: 'crash', from: HOSTILE, count: 1, why: 'no such file', frames: [HOSTILE] }],
      notes: [HOSTILE],
    },
  }
}

/** The least contrast of any text with what it stands on, by the definition of WCAG 2, and that text: for the page to run. */
const LEAST_CONTRAST = `(() => {
  const parse = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number)
  const light = (color) => {
    const [r, g, b] = color.slice(0, 3).map((c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const under = (from) => {
    for (let at = from; at !== null; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor)
      if (color.length === 3 || color[3] === 1) return color
    }
    return [255, 255, 255]
  }
  let least = [21, '']
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '')
    if (!own || element.getClientRects().length === 0 || element.closest('svg, script') !== null) continue
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(under(element))]
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
    if (ratio < least[0]) least = [ratio, element.outerHTML.slice(0, 120)]
  }
  return least
})()`

withChromium('the page (needs chromium)', () => {
  let browser: Browser
  let url = ''
  beforeAll(async () => {
    const dir = folder({ 'page.html': html(reportOf(findings())) })
    url = pathToFileURL(join(dir, 'page.html')).href
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  })
  afterAll(async () => {
    await browser.close()
    cleanUp()
  })

  /** Opened; `said` gets every request but the page's own, what the console says, and what goes wrong. */
  async function opened(options: BrowserContextOptions = {}): Promise<{ page: Page; said: string[] }> {
    const page = await (await browser.newContext(options)).newPage()
    const said: string[] = []
    page.on('request', (request) => request.url() === url || said.push(request.url()))
    page.on('console', (message) => said.push(message.text()))
    page.on('pageerror', (error) => said.push(error.message))
    page.on('dialog', (dialog) => said.push(dialog.message()))
    await page.goto(url)
    return { page, said }
  }

  test('it filters by confidence, fix and text, asks nothing of the network, says nothing on the console, and obeys no name', async () => {
    const { page, said } = await opened()
    const count = page.locator('#count')
    expect(await count.textContent()).toBe('4 of 4 findings shown')
    await page.getByRole('checkbox', { name: 'possible' }).uncheck()
    expect(await count.textContent()).toBe('3 of 4 findings shown')
    expect(await page.getByRole('region', { name: 'package example.com/very/long' }).count()).toBe(0)
    await page.getByRole('checkbox', { name: 'refused' }).uncheck()
    expect(await count.textContent()).toBe('2 of 4 findings shown')
    await page.getByRole('searchbox', { name: 'Text' }).fill('Store items')
    expect(await count.textContent()).toBe('1 of 4 findings shown')
    expect(await page.locator('article:visible h3').allTextContents()).toEqual(['example.com/m/a.Store.items'])
    await page.getByRole('searchbox', { name: 'Text' }).fill('<script>window.owned')
    expect(await count.textContent()).toBe('1 of 4 findings shown')
    expect(await page.locator('article:visible h3').textContent()).toContain('"><script>window.owned=1</script><img')
    expect([await page.evaluate('window.owned'), said]).toEqual([undefined, []])
  })

  test('roles and names, as a screen reader has them; the surest first', async () => {
    const { page } = await opened()
    const heads = await page.getByRole('region', { name: 'package example.com/m/a' }).locator('h3').allTextContents()
    expect(heads).toEqual(['example.com/m/a.seen', 'example.com/m/a.Store.items'])
    // It is written in YAML, which quotes some.
    const tree = (await page.locator('body').ariaSnapshot()).replace(/["']/g, '')
    for (const part of [
      '- link Skip to the findings',
      'heading mapfix: 4 findings [level=1]',
      '- form Filter the findings',
      '- group Confidence',
      '- checkbox proven [checked]',
      '- searchbox Text',
      '- status: 4 of 4 findings shown',
      '- region evidence',
      'heading What the evidence says [level=2]',
      '- region package example.com/m/a',
      '- article example.com/m/a.Store.items',
      'img goroutine started at main.go:14:2, then main.func1, then serve, then (*Store).Put, then assign at store/store.go:3:2, holds Store.mu; 1 more ways',
      'Seen in the evidence',
      'write in count, 3 times from',
      '- table What was proved',
      '- rowheader race',
      '- columnheader before',
    ])
      expect(tree).toContain(part)
  })

  test('by keyboard alone: past the filters, a filter, a witness', async () => {
    const { page } = await opened()
    const focused = (): Promise<string> => page.evaluate('document.activeElement.outerHTML.slice(0, 60)')
    await page.keyboard.press('Tab')
    expect(await focused()).toContain('class="skip"')
    await page.keyboard.press('Enter')
    expect(page.url()).toMatch(/#findings$/)
    await page.goto(url)
    await page.keyboard.press('Tab')
    for (let i = 0; i < 9 && !(await focused()).includes('value="proven"'); i++) await page.keyboard.press('Tab')
    await page.keyboard.press('Space')
    expect(await page.locator('#count').textContent()).toBe('3 of 4 findings shown')
    const witness = page.locator('summary', { hasText: 'TestItemsRace' })
    await witness.focus()
    await page.keyboard.press('Enter')
    expect(await page.getByText('func TestItemsRace(t *testing.T) {}').isVisible()).toBe(true)
  })

  test.each([
    ['a phone', { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true }],
    ['a phone in the dark', { viewport: { width: 360, height: 740 }, colorScheme: 'dark' as const }],
    ['a wide window', { viewport: { width: 1400, height: 900 } }],
    ['a wide window in the dark', { viewport: { width: 1400, height: 900 }, colorScheme: 'dark' as const }],
  ])('on %s nothing is wider than the page, and all of it can be read', async (_, options) => {
    const { page } = await opened(options)
    await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    const [content, width] = await page.evaluate<[number, number]>(
      '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
    )
    expect(content).toBe(width)
    const background = await page.evaluate('getComputedStyle(document.body).backgroundColor')
    expect(background).toBe('colorScheme' in options ? 'rgb(13, 17, 23)' : 'rgb(255, 255, 255)')
    const [ratio, where] = await page.evaluate<[number, string]>(LEAST_CONTRAST)
    expect([ratio >= 4.5, where]).toEqual([true, where])
  })

  test('without its script everything is there', async () => {
    const { page } = await opened({ javaScriptEnabled: false })
    expect(await page.locator('article:visible').count()).toBe(4)
    expect(await page.locator('form:visible').count()).toBe(0)
  })
})
