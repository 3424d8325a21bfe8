/** A step's scene as Go source. */
import type { TestPart } from './gotext.js'
import type { StepScene } from './stepscene.js'

/** Pairs of calls that are compared. */
const PAIRS = 200
/** Pairs from which it is seen that one after the other they always come to the same. */
const STEADY = 20
/** Times that a call is made whose results nobody looks at. */
const REPEATED = 10

/** The test: fails where two calls at the same time come to what they never come to one after the other. */
export function stepPart(scene: StepScene, name: string): TestPart {
  const loop = [
    `for n := 0; n < ${PAIRS}; n++ {`,
    'one, two := outcome(1), outcome(2)',
    'if got := outcome(0); got != one && got != two {',
    `t.Fatalf("two calls of ${scene.call} at the same time came to %s; one after the other they come to %s or %s", got, one, two)`,
    '}',
    '}',
  ]
  const doc = [
    `// ${name} calls ${scene.call} twice at the same time, over and over. What comes of it`,
    '// must be what comes of the same calls one after the other. Run it with -race.',
  ]
  return part(scene, name, doc, loop)
}

/** A test that no goroutines are in: fails where the same calls, one after the other, do not always come to the same. */
export function steadyPart(scene: StepScene, name: string): TestPart {
  return part(
    scene,
    name,
    [`// ${name} finds out whether the calls always come to the same.`],
    [
      'one, two := outcome(1), outcome(2)',
      // What it reads besides may be another step: only where both find the same object must they always.
      ...(scene.same
        ? [
            `if want := fmt.Sprint(${scene.observed.map(() => 'true').join(', ')}); one != want || two != want {`,
            't.Fatal(one, two)',
            '}',
          ]
        : []),
      `for n := 0; n < ${STEADY}; n++ {`,
      'if a, b := outcome(1), outcome(2); a != one || b != two {',
      't.Fatalf("%s and %s became %s and %s", one, two, a, b)',
      '}',
      '}',
    ],
  )
}

function part(scene: StepScene, name: string, doc: readonly string[], loop: readonly string[]): TestPart {
  const { numbered, setup, results, first, second, repeated, observed } = scene
  const call = (text: string): string =>
    repeated ? `func() {\nfor k := 0; k < ${REPEATED}; k++ {\n${text}\n}\n}` : `func() { ${text} }`
  const code = [
    ...doc,
    `func ${name}(t *testing.T) {`,
    // The map outlives the test, which may run again in one process.
    ...(numbered ? ['i := int(time.Now().UnixNano())'] : []),
    '// outcome tells what comes of the two calls: in that order (1), in the other (2), at the same time (0).',
    'outcome := func(order int) string {',
    ...(numbered ? ['i++'] : []),
    ...setup,
    ...results,
    `one := ${call(first)}`,
    `two := ${call(second)}`,
    'switch order {',
    'case 1:\none()\ntwo()',
    'case 2:\ntwo()\none()',
    'default:',
    'var ready int32',
    'var wg sync.WaitGroup',
    'for _, call := range []func(){one, two} {',
    'wg.Add(1)',
    'go func(call func()) {',
    'defer wg.Done()',
    'for atomic.AddInt32(&ready, 1); atomic.LoadInt32(&ready) < 2; {\nruntime.Gosched()\n}',
    'call()',
    '}(call)',
    '}',
    'wg.Wait()',
    '}',
    `return fmt.Sprint(${observed.join(', ')})`,
    '}',
    ...loop,
    '}\n',
  ].join('\n')
  const imports = ['fmt', 'runtime', 'sync', 'sync/atomic', 'testing', ...(numbered ? ['time'] : [])]
  return { imports: [...scene.imports, ...imports], code }
}
