/** Values of the standard library's types that code is mostly given. */

interface Known {
  readonly text: string
  readonly imports: readonly string[]
  /** It may not do. */
  readonly guess?: boolean
}

/**
 * A value of the type of that key ("context.Context", "*net/http.Request"), or null. Chosen so that goroutines that use two of them share no
 * lock or pool, which would order what they do and hide a race.
 */
export function wellKnown(key: string, varies: boolean): Known | null {
  if (key === '*net/http.Request')
    return varies
      ? { text: 'httptest.NewRequest("GET", "/key"+strconv.Itoa(i%8), nil)', imports: ['net/http/httptest', 'strconv'] }
      : { text: 'httptest.NewRequest("GET", "/", nil)', imports: ['net/http/httptest'] }
  return VALUES.get(key) ?? null
}

const VALUES: ReadonlyMap<string, Known> = new Map([
  ['error', { text: 'nil', imports: [] }],
  ['context.Context', { text: 'context.Background()', imports: ['context'] }],
  ['context.CancelFunc', { text: 'func() {}', imports: [] }],
  ['*testing.T', { text: 't', imports: [] }],
  ['testing.TB', { text: 't', imports: [] }],
  ['net/http.ResponseWriter', { text: 'httptest.NewRecorder()', imports: ['net/http/httptest'] }],
  ['net/http.Handler', { text: 'http.NotFoundHandler()', imports: ['net/http'] }],
  ['*net/http.ServeMux', { text: 'http.NewServeMux()', imports: ['net/http'] }],
  ['*net/http.Client', { text: '&http.Client{}', imports: ['net/http'] }],
  ['*net/url.URL', { text: '&url.URL{Path: "/"}', imports: ['net/url'] }],
  ['io.Reader', { text: 'strings.NewReader("a 1\\nb 2\\n")', imports: ['strings'] }],
  ['io.ReadCloser', { text: 'io.NopCloser(strings.NewReader("a 1\\nb 2\\n"))', imports: ['io', 'strings'] }],
  ['io.Writer', { text: 'io.Discard', imports: ['io'] }],
  ['*bytes.Buffer', { text: 'new(bytes.Buffer)', imports: ['bytes'] }],
  ['time.Duration', { text: 'time.Millisecond', imports: ['time'] }],
  ['time.Time', { text: 'time.Now()', imports: ['time'] }],
  ['*log.Logger', { text: 'log.New(io.Discard, "", 0)', imports: ['io', 'log'] }],
  ['*log/slog.Logger', { text: 'slog.Default()', imports: ['log/slog'] }],
  ['net.Conn', { text: 'new(net.TCPConn)', imports: ['net'], guess: true }],
  ['net.Addr', { text: '&net.TCPAddr{}', imports: ['net'] }],
  ['net.IP', { text: 'net.IPv4(127, 0, 0, 1)', imports: ['net'] }],
  ['reflect.Type', { text: 'reflect.TypeOf(0)', imports: ['reflect'] }],
  ['reflect.Value', { text: 'reflect.ValueOf(0)', imports: ['reflect'] }],
  ['sync.Locker', { text: 'new(sync.Mutex)', imports: ['sync'] }],
])
