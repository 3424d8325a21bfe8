/** The standard library, part two: formatting, synchronisation, the system, the network. The format: stdlib.ts, parse. */
export const stdSystem = `
fmt: calls io blocks read
  calls read: Sprint Sprintf Sprintln Append Appendf Appendln Errorf FormatString
  calls write: Sscan Sscanf Sscanln
  calls io blocks write: Fscan Fscanf Fscanln Scan Scanf Scanln
log: io blocks calls read
  io blocks calls panics: Panic Panicf Panicln Logger.Panic Logger.Panicf Logger.Panicln
  pure: Default New Flags Prefix SetFlags SetPrefix SetOutput Writer Logger.Flags Logger.Prefix Logger.SetFlags Logger.SetPrefix Logger.SetOutput Logger.Writer
log/slog: io blocks calls read
  pure: String Int Int64 Uint64 Float64 Bool Time Duration Group GroupValue Any AnyValue StringValue IntValue Int64Value Uint64Value Float64Value BoolValue TimeValue DurationValue Default New NewTextHandler NewJSONHandler SetLogLoggerLevel Level.Level LevelVar.* Attr.Equal Value.Kind Value.Any
log/syslog: io blocks calls
expvar: calls io blocks read
  pure: NewInt NewFloat NewString NewMap Int.* Float.* String.* Map.Add Map.AddFloat Map.Delete Map.Get Map.Set Map.Init
  panics: Publish
  now=0 calls: Do
  now=0: Map.Do
flag: calls io blocks
  pure: Arg Args NArg NFlag Parsed NewFlagSet FlagSet.Arg FlagSet.Args FlagSet.NArg FlagSet.NFlag FlagSet.Parsed FlagSet.Name FlagSet.Lookup Lookup
  now=0: Visit VisitAll FlagSet.Visit FlagSet.VisitAll
time: pure
  blocks: Sleep
  spawn=1: AfterFunc
  panics: NewTicker Ticker.Reset Timer.Reset Timer.Stop Date Time.In
  io blocks: LoadLocation
context: pure           # Done, Err, Value, Deadline don't wait
  panics: WithCancel WithCancelCause WithDeadline WithDeadlineCause WithTimeout WithTimeoutCause WithValue WithoutCancel
  spawn=1: AfterFunc
sync: pure
  blocks: Mutex.Lock RWMutex.Lock RWMutex.RLock Locker.Lock WaitGroup.Wait Cond.Wait
  panics: WaitGroup.Add WaitGroup.Done
  now=0: Once.Do Map.Range
  spawn=0: WaitGroup.Go
  keep=0: OnceFunc OnceValue OnceValues
  calls: Pool.Get
sync/atomic: pure
  panics: Value.Store Value.Swap Value.CompareAndSwap
reflect: calls blocks panics read
  pure: TypeOf Zero New Type.* Kind.* StructTag.* TypeFor
  read: DeepEqual ValueOf
  pure panics: Value.Bool Value.Bytes Value.Cap Value.Elem Value.Field Value.FieldByName Value.Float Value.Index Value.Int Value.IsNil Value.IsValid Value.IsZero Value.Kind Value.Len Value.MapIndex Value.MapKeys Value.MapRange Value.NumField Value.NumMethod Value.Pointer Value.SetMapIndex Value.String Value.Type Value.Uint Value.CanSet Value.CanAddr Value.CanInterface Value.Interface Value.Addr Indirect
runtime: pure
  blocks: GC Gosched ReadMemStats Stack NumGoroutine GoroutineProfile Goexit
  spawn=1 panics: SetFinalizer AddCleanup
  io blocks calls: CPUProfile SetCPUProfileRate StartTrace ReadTrace
runtime/debug: io blocks
  pure: SetGCPercent SetMaxStack SetMaxThreads SetMemoryLimit SetPanicOnFault ReadBuildInfo ParseBuildInfo Stack
runtime/pprof: io blocks calls
  now=2: Do
runtime/trace: io blocks calls
runtime/metrics: blocks
testing: io blocks calls read
  pure: Short Testing Verbose CoverMode T.Helper B.Helper F.Helper T.Name B.Name T.Failed B.Failed B.ReportAllocs B.ResetTimer B.StartTimer B.StopTimer B.SetBytes TB.Helper TB.Name TB.Failed
  keep=0: T.Cleanup B.Cleanup F.Cleanup TB.Cleanup
  now=1: AllocsPerRun
  spawn=1 blocks: T.Run B.Run
  spawn=0 blocks: B.RunParallel
  keep=0 calls: F.Fuzz
testing/quick: calls blocks now=0
testing/iotest: calls io blocks
testing/fstest: calls io blocks read
testing/synctest: blocks spawn=1
  blocks: Wait
io: calls io blocks
  pure: LimitReader MultiReader MultiWriter NewSectionReader NewOffsetWriter NopCloser TeeReader Pipe SectionReader.Size SectionReader.Outer
io/fs: calls io blocks
  pure: ValidPath FileMode.* FileInfo.* DirEntry.Name DirEntry.IsDir DirEntry.Type FormatFileInfo FormatDirEntry FileInfoToDirEntry
  calls io blocks now=2: WalkDir
io/ioutil: calls io blocks
bufio: calls io blocks
  pure: NewReader NewReaderSize NewWriter NewWriterSize NewScanner NewReadWriter Reader.Buffered Reader.Size Writer.Available Writer.AvailableBuffer Writer.Buffered Writer.Size Scanner.Bytes Scanner.Text Scanner.Err ScanBytes ScanLines ScanRunes ScanWords
  panics: Scanner.Buffer
  keep=0 panics: Scanner.Split
os: io blocks
  pure: Getpid Getppid Getuid Geteuid Getgid Getegid Getpagesize IsExist IsNotExist IsPermission IsTimeout IsPathSeparator File.Fd File.Name TempDir NewSyscallError DirFS FileInfo.* FileMode.* Getenv LookupEnv Setenv Unsetenv Environ ExpandEnv Clearenv PathError.* LinkError.* SyscallError.*
  now=1: Expand
os/exec: io blocks calls
  pure: Command CommandContext Cmd.String Cmd.Environ
os/signal: io blocks
os/user: io blocks
embed: pure
plugin: io blocks calls
net: io blocks calls
  pure: IP.* IPMask.* IPNet.* ParseIP ParseCIDR ParseMAC CIDRMask IPv4 IPv4Mask JoinHostPort SplitHostPort HardwareAddr.* TCPAddr.* UDPAddr.* IPAddr.* UnixAddr.* Addr.* Flags.* OpError.* Conn.LocalAddr Conn.RemoteAddr Listener.Addr
  pure: TCPAddrFromAddrPort UDPAddrFromAddrPort Error.*
net/netip: pure
  panics: MustParseAddr MustParseAddrPort MustParsePrefix
net/url: pure
net/mail: pure
  calls io blocks: ReadMessage AddressParser.* ParseAddressList
  calls: ParseDate Header.*
net/textproto: io blocks calls
  pure: CanonicalMIMEHeaderKey TrimString TrimBytes MIMEHeader.* Error.*
net/http: io blocks calls
  pure: Header.Add Header.Set Header.Get Header.Values Header.Del Header.Clone CanonicalHeaderKey StatusText DetectContentType ParseHTTPVersion ParseTime Request.Context Request.WithContext Request.Clone Request.Cookie Request.Cookies Request.CookiesNamed Request.UserAgent Request.Referer Request.BasicAuth Request.SetBasicAuth Request.AddCookie Request.ProtoAtLeast Request.PathValue Request.SetPathValue Cookie.String Cookie.Valid ParseCookie ParseSetCookie NewServeMux NotFoundHandler Dir.* ConnState.String MaxBytesReader NewRequest NewRequestWithContext
  pure: ResponseWriter.Header SameSite StripPrefix TimeoutHandler RedirectHandler FileServer
  spawn=1 panics: HandleFunc ServeMux.HandleFunc
  panics: Handle ServeMux.Handle
net/http/httptest: io blocks calls
  pure: NewRecorder ResponseRecorder.Header ResponseRecorder.Write ResponseRecorder.WriteString ResponseRecorder.Flush ResponseRecorder.Result
  panics: NewRequest NewRequestWithContext ResponseRecorder.WriteHeader
net/http/httputil: io blocks calls
net/http/httptrace: pure calls
net/http/cookiejar: blocks calls
net/http/pprof: io blocks calls
net/rpc: io blocks calls
net/rpc/jsonrpc: io blocks calls
net/smtp: io blocks calls
database/sql: io blocks calls
  pure: Named NullBool.* NullByte.* NullFloat64.* NullInt16.* NullInt32.* NullInt64.* NullString.* NullTime.* IsolationLevel.* Out RawBytes
syscall: io blocks
  pure: Errno.* Signal.String Getpid Getppid Getuid Getgid
golang.org/x/sync/errgroup: unknown
  blocks spawn=0: Group.Go Group.TryGo
  blocks: Group.Wait
  pure: WithContext Group.SetLimit
golang.org/x/sync/singleflight: unknown
  blocks now=1: Group.Do
  spawn=1: Group.DoChan
  pure: Group.Forget
golang.org/x/sync/semaphore: unknown
  blocks: Weighted.Acquire
  pure: NewWeighted Weighted.TryAcquire
  panics: Weighted.Release
golang.org/x/exp/maps: pure
  read=0: Keys Values Clone
  read=0 read=1: Equal
  read=0 read=1 now=2: EqualFunc
  write=0: Clear
  write=0 read=1 panics: Copy
  write=0 now=1: DeleteFunc
golang.org/x/exp/slices: unknown
  pure: BinarySearch Clone Compact Compare Contains Equal Index IsSorted Reverse Sort
  panics: Delete Insert Grow Max Min Replace
  now=1: BinarySearchFunc CompactFunc ContainsFunc DeleteFunc IndexFunc IsSortedFunc MaxFunc MinFunc SortFunc SortStableFunc
`
