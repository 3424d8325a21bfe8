/** The standard library, part one: text, numbers, containers, encodings, hashes. The format: stdlib.ts, parse. */
export const stdText = `
error: calls io blocks   # error.Error: whoever made the error
strings: pure
  panics: Repeat NewReplacer Builder.Grow Reader.UnreadByte
  now=1: ContainsFunc FieldsFunc IndexFunc LastIndexFunc TrimFunc TrimLeftFunc TrimRightFunc
  now=0: Map
  keep=1: FieldsFuncSeq
  calls io: Reader.WriteTo Replacer.WriteString
bytes: pure
  panics: Repeat Buffer.Grow Buffer.Truncate
  now=1: ContainsFunc FieldsFunc IndexFunc LastIndexFunc TrimFunc TrimLeftFunc TrimRightFunc
  now=0: Map
  keep=1: FieldsFuncSeq
  calls io blocks panics: Buffer.ReadFrom Buffer.WriteTo Reader.WriteTo
strconv: pure
  panics: FormatInt FormatUint AppendInt AppendUint FormatFloat
unicode: pure
unicode/utf8: pure
unicode/utf16: pure
math: pure
math/bits: pure
  panics: Div Div32 Div64 Rem Rem32 Rem64
math/cmplx: pure
math/big: pure panics
  calls io blocks: Int.Format Int.Scan Float.Format Float.Scan Rat.Scan
math/rand: pure
  panics: Int31n Int63n Intn Perm Rand.Int31n Rand.Int63n Rand.Intn Rand.Perm NewZipf
  now=1 panics: Shuffle Rand.Shuffle
math/rand/v2: pure
  panics: Int32N Int64N IntN N Uint32N Uint64N UintN Perm Rand.Int32N Rand.Int64N Rand.IntN Rand.Uint32N Rand.Uint64N Rand.UintN Rand.Perm
  now=1 panics: Shuffle Rand.Shuffle
cmp: pure
errors: calls          # Is, As and Join look for methods, and call them
  pure: New
  calls panics: As AsType
sort: calls panics     # Len, Less, Swap of the argument
  pure: Ints Strings Float64s IntsAreSorted StringsAreSorted Float64sAreSorted SearchInts SearchStrings SearchFloat64s IntSlice.* StringSlice.* Float64Slice.*
  now=1 panics: Slice SliceStable SliceIsSorted Search Find
slices: pure
  now=1: CompactFunc ContainsFunc DeleteFunc IndexFunc IsSortedFunc SortFunc SortStableFunc
  now=1 panics: MaxFunc MinFunc
  now=0: Collect Sorted
  now=0 now=1: SortedFunc SortedStableFunc
  now=1: AppendSeq
  now=2: CompareFunc EqualFunc BinarySearchFunc
  panics: Chunk Delete Grow Insert Max Min Repeat Replace
maps: pure
  lazy read=0: All Keys Values
  read=0: Clone
  read=0 read=1 panics: Equal
  read=0 read=1 now=2: EqualFunc
  write=0 read=1 panics: Copy
  write=0 now=1: DeleteFunc
  write=0 now=1 panics: Insert
  now=0: Collect
iter: unknown
unique: pure
weak: pure
structs: pure
path: pure
path/filepath: pure
  io blocks: Abs EvalSymlinks Glob
  io blocks now=1: Walk WalkDir
html: pure
mime: pure
  io blocks: TypeByExtension ExtensionsByType AddExtensionType
  read=1: FormatMediaType
  calls io blocks: WordDecoder.*
mime/quotedprintable: calls io blocks
mime/multipart: calls io blocks
  pure: FileContentDisposition Writer.Boundary Writer.FormDataContentType Writer.SetBoundary Part.FormName Part.FileName
regexp: pure
  panics: MustCompile MustCompilePOSIX
  now=1: Regexp.ReplaceAllFunc Regexp.ReplaceAllStringFunc
  calls io blocks: MatchReader Regexp.MatchReader Regexp.FindReaderIndex Regexp.FindReaderSubmatchIndex
regexp/syntax: pure
container/heap: calls panics
container/list: pure
container/ring: pure
  now=0: Ring.Do
text/scanner: calls io blocks
text/tabwriter: calls io blocks
text/template: calls io blocks read
  pure: New Template.New Template.Name Template.Lookup Template.Templates Template.Option Template.Delims HTMLEscapeString JSEscapeString
  panics: Must
  write: Template.Funcs
html/template: calls io blocks read
  pure: New Template.New Template.Name Template.Lookup Template.Templates Template.Option Template.Delims HTMLEscapeString JSEscapeString
  panics: Must
encoding/base32: pure panics
  calls io blocks: NewDecoder NewEncoder
encoding/base64: pure panics
  pure: Encoding.DecodeString Encoding.EncodeToString Encoding.EncodedLen Encoding.DecodedLen Encoding.Strict
  calls io blocks: NewDecoder NewEncoder
encoding/ascii85: calls io blocks panics
encoding/hex: pure
  calls io blocks: NewDecoder NewEncoder Dumper
encoding/binary: calls io blocks panics read
  pure: Size AppendUvarint AppendVarint Uvarint Varint
  pure panics: PutUvarint PutVarint ByteOrder.* AppendByteOrder.* bigEndian.* littleEndian.*
encoding/csv: calls io blocks
  pure: NewReader NewWriter Reader.FieldPos Reader.InputOffset Writer.Error
encoding/json: calls io blocks
  calls read: Marshal MarshalIndent
  calls write: Unmarshal
  pure: Valid Compact Indent HTMLEscape NewDecoder NewEncoder Number.* RawMessage.* Delim.* Encoder.SetEscapeHTML Encoder.SetIndent Decoder.UseNumber Decoder.DisallowUnknownFields Decoder.InputOffset Decoder.Buffered
  calls io blocks read: Encoder.Encode
  calls io blocks write: Decoder.Decode
encoding/xml: calls io blocks read
  pure: Name.* CharData.* Comment.* Directive.* ProcInst.* StartElement.* CopyToken NewDecoder NewEncoder
  calls io blocks write: Unmarshal Decoder.Decode Decoder.DecodeElement
encoding/gob: calls io blocks read panics
  calls io blocks write: Decoder.Decode Decoder.DecodeValue
encoding/asn1: calls read panics
  calls write: Unmarshal UnmarshalWithParams
  pure: BitString.* ObjectIdentifier.*
encoding/pem: pure
  calls io blocks: Encode
encoding: calls
hash: pure
hash/adler32: pure
hash/crc32: pure
hash/crc64: pure
hash/fnv: pure
hash/maphash: pure
  panics: Comparable WriteComparable Bytes String
crypto: pure panics
  calls io blocks: SignMessage Signer.* Decrypter.* MessageSigner.*
crypto/md5: pure
crypto/sha1: pure
crypto/sha256: pure
crypto/sha3: pure
crypto/sha512: pure
crypto/hmac: pure panics
  now=0 panics: New
crypto/subtle: pure panics
  now=0: WithDataIndependentTiming
crypto/hkdf: pure
  now=0: Extract Expand Key
crypto/pbkdf2: pure
  now=0: Key
crypto/aes: pure panics
crypto/des: pure panics
crypto/rc4: pure panics
crypto/cipher: pure panics
  calls io blocks: StreamReader.* StreamWriter.*
crypto/rand: io blocks
crypto/ecdh: io blocks calls
crypto/ecdsa: io blocks calls
crypto/ed25519: io blocks calls
crypto/elliptic: io blocks calls panics
crypto/rsa: io blocks calls
crypto/tls: io blocks calls
crypto/x509: io blocks calls
compress/bzip2: calls io blocks
compress/flate: calls io blocks
compress/gzip: calls io blocks
compress/lzw: calls io blocks
compress/zlib: calls io blocks
archive/tar: calls io blocks
archive/zip: calls io blocks
image: pure panics
  calls io blocks: Decode DecodeConfig
image/color: pure
go/token: pure panics
  now=0: FileSet.Iterate
go/constant: pure panics
go/scanner: pure
  now=1: Scanner.Init
`
