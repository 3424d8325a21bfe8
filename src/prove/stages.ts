/** The stages of proof and what each may say. */

export type Stage = 'gofmt' | 'build' | 'vet' | 'test' | 'race'
export const STAGES: readonly Stage[] = ['gofmt', 'build', 'vet', 'test', 'race']

export type StageResult =
  | 'ok'
  | 'failed'
  | 'baseline failed' // before the patch, the same way
  | 'flaky' // failed, then passed
  | 'hung'
  | 'unavailable' // no gofmt; no race detector; tests need what is not there
  | 'off'
  | 'no tests'
  | 'not exercised' // race: no run without the patch raced on this map

/** Of the witness: 'ok', where the test stays, or "none: " and why there is none. */
export type Validation = Readonly<Record<Stage, StageResult>> & { readonly witness: string }

/** Nothing was looked at. */
export const NOT_VALIDATED: Validation = {
  gofmt: 'off',
  build: 'off',
  vet: 'off',
  test: 'off',
  race: 'off',
  witness: 'off',
}

/** What the tests of one package say, where that is not "ok". */
export interface PackageVerdict {
  readonly package: string
  readonly result: StageResult
  /** What is missing, which tests failed; "" for nothing more. */
  readonly why: string
}
