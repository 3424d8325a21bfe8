/** What a net/http/pprof endpoint has to tell, fetched. */
import { Interrupted, UserError } from '../errors.js'

export interface Endpoint {
  /** The answer, piece by piece. Throws a UserError where there is none. */
  get(path: string, seconds?: number): Promise<AsyncIterable<Uint8Array>>
  /** All of it, where it is not larger than an endpoint's answers are. */
  whole(path: string, seconds?: number): Promise<Buffer>
}

/** One file of a collection. */
export interface Item {
  readonly file: string
  readonly path: string
  /** How long the program takes to answer, besides sending. */
  readonly seconds: number
}

/** In this order: what the work of collecting adds to a program is in none of the first ones. */
export function items(seconds: number): readonly Item[] {
  const at = (file: string, path: string, takes = 0): Item => ({ file, path, seconds: takes })
  return [
    at('goroutines-1.txt', 'goroutine?debug=2'),
    at('heap-1.pb.gz', 'heap'),
    at('cpu.pb.gz', `profile?seconds=${seconds}`, seconds),
    at('trace.out', 'trace?seconds=1', 1),
    at('mutex.pb.gz', 'mutex'),
    at('block.pb.gz', 'block'),
    at('allocs.pb.gz', 'allocs'),
    at('goroutine.pb.gz', 'goroutine'),
    at('heap-2.pb.gz', 'heap?gc=1'),
    at('goroutines-2.txt', 'goroutine?debug=2'),
  ]
}

/** The endpoint at a URL: "http://host:6060", or with the path where the program serves its profiles. Refused: any other URL. */
export function endpointAt(text: string, signal: AbortSignal): Endpoint {
  const base = baseOf(text)
  const get = async (path: string, seconds = 0): Promise<AsyncIterable<Uint8Array>> => {
    const url = new URL(path, base)
    const limit = AbortSignal.timeout((seconds + PATIENCE) * 1000)
    try {
      const response = await fetch(url, { signal: AbortSignal.any([signal, limit]) })
      if (response.ok && response.body !== null) return bounded(response.body, url.href)
      throw new UserError(`${url.href} answers ${response.status}${response.status === 404 ? NO_PPROF : ''}`)
    } catch (error) {
      if (signal.aborted) throw new Interrupted()
      if (error instanceof UserError) throw error
      throw new UserError(`${url.href} cannot be read: ${reasonOf(error)}`)
    }
  }
  return {
    get,
    async whole(path, seconds) {
      const parts: Uint8Array[] = []
      for await (const part of await get(path, seconds)) parts.push(part)
      return Buffer.concat(parts)
    },
  }
}

/** Seconds that an answer may take. */
const PATIENCE = 60
const LARGEST = 1 << 29
const NO_PPROF = ': does the program import net/http/pprof, and serve it there?'

async function* bounded(body: AsyncIterable<Uint8Array>, url: string): AsyncGenerator<Uint8Array> {
  let size = 0
  for await (const part of body) {
    size += part.length
    if (size > LARGEST) throw new UserError(`${url} sends more than ${LARGEST >> 20} MB`)
    yield part
  }
}

function baseOf(text: string): URL {
  let url: URL
  try {
    url = new URL(/^https?:\/\//.test(text) ? text : `http://${text}`)
  } catch {
    throw new UserError(`${text} is no URL: mapfix collect wants one like http://localhost:6060`)
  }
  if (!/\/debug\/pprof\/?$/.test(url.pathname) && url.pathname !== '/')
    return new URL(`${url.pathname.replace(/\/$/, '')}/`, url)
  url.pathname = '/debug/pprof/'
  url.search = ''
  return url
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message || cause.name : String(cause)
}
