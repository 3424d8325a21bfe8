import type { Finding, Range } from '../../types.js'
import { type LateCapture, lateCaptures } from '../loopvars.js'
import { declRange } from '../positions.js'
import type { Rule } from './rule.js'

export const capturedLoopVariable: Rule = {
  name: 'captured-loop-variable',
  meaning: 'a goroutine that captures a loop variable where all turns of the loop share it: in files of Go before 1.22',
  remedy: 'rebind it in the turn (x := x), pass it as an argument, or move the module to go 1.22',
  bad: `func fetchAll(urls []string) {
	for _, url := range urls {
		go func() { fetch(url) }() // may well be the next turn's url, or half of it
	}
}`,
  good: `func fetchAll(urls []string) {
	for _, url := range urls {
		url := url
		go func() { fetch(url) }()
	}
}`,
  setting: `//go:build go1.21

package crawl

func fetch(url string) {}`,
  unless: 'the goroutine is over before the next turn begins, by a way that the analysis cannot see',
  aboutGuard: false,
  onRequest: false,
  find: ({ engine }) => lateCaptures(engine).map(toFinding),
}

function toFinding({ variable, fn, loop, literal, use, runner, confidence }: LateCapture): Finding {
  const { facts, pkg } = variable
  const file = fn.pkg.files[fn.facts.file]?.path ?? ''
  const range = ([start, end]: readonly [number, number]): Range => ({ file, start, end })
  const [one, version] = [facts.name, fn.pkg.files[fn.facts.file]?.go.replace(/^go/, 'Go ') ?? '']
  return {
    rule: 'captured-loop-variable',
    map: null,
    subject: { kind: 'variable', name: facts.key, decl: declRange(variable), pkg },
    at: range(use),
    confidence,
    message: `the ${runner} uses ${one} while the loop goes on and assigns it: in ${version} all turns share one ${one}`,
    racing: [],
    related: [
      { at: range([loop.span[0], loop.block.span[0]]), what: `assigns ${one} in each turn` },
      { at: range([literal.facts.span[0], literal.facts.body[0]]), what: `captures ${one}` },
    ],
  }
}
