/** Where things stand, as ranges of source. */
import type { Span } from '../facts.js'
import type { Range } from '../types.js'
import type { KnownObject } from './paths.js'
import type { Fn } from './program.js'
import type { Site } from './walk.js'

/** The range of part of the statement at the site: it may stand in another file than its function begins in (package initialisers). */
export function spanRange({ fn, stmt }: { readonly fn: Fn; readonly stmt: Site['stmt'] }, [start, end]: Span): Range {
  return { file: fn.pkg.files[stmt.file ?? fn.facts.file]?.path ?? '', start, end }
}

/** The range of an event: the whole of an access, a call, an operation. */
export function eventRange(site: Site): Range {
  return spanRange(site, site.ev.span)
}

/** The range of the identifier that declares the object. */
export function declRange({ facts, pkg }: KnownObject): Range {
  const [start, end] = facts.span
  return { file: pkg.files[facts.file]?.path ?? '', start, end }
}
