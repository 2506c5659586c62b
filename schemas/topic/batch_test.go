package topic

import (
	"bytes"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/segmentio/kafka-go/protocol"
	"pgregory.net/rapid"
)

// Whatever is packed here reads, by the library's own decoder, as what it was.
func TestABatchReadsAsItsRecordsWhateverTheCompression(t *testing.T) {
	for c := range codes {
		t.Run(string(c), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				bytesOrNil := rapid.OneOf(rapid.Just([]byte(nil)), rapid.SliceOfN(rapid.Byte(), 0, 300))
				records := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Record {
					r := Record{Key: bytesOrNil.Draw(t, "key"), Value: bytesOrNil.Draw(t, "value")}
					if rapid.Bool().Draw(t, "large") {
						r.Value = bytes.Repeat([]byte("0123456789"), rapid.IntRange(0, 60_000).Draw(t, "tenth"))
					}
					if rapid.Bool().Draw(t, "dated") {
						r.Time = time.UnixMilli(rapid.Int64Range(1, 1<<41).Draw(t, "time"))
					}
					for range rapid.IntRange(0, 3).Draw(t, "headers") {
						r.Headers = append(r.Headers, Header{Key: rapid.String().Draw(t, "name"), Value: bytesOrNil.Draw(t, "header")})
					}
					return r
				}), 1, 8).Draw(t, "records")
				now := time.UnixMilli(1_700_000_000_000)
				encoded, err := new(batch).encode(records, c, now)
				if err != nil {
					t.Fatal(err)
				}
				want := make([]string, len(records))
				for i, r := range records {
					if r.Offset = int64(i); r.Time.IsZero() {
						r.Time = now
					}
					want[i] = describe(r)
				}
				if got := decoded(t, encoded); !cmp.Equal(got, want) {
					t.Fatal(cmp.Diff(got, want))
				}
			})
		})
	}
}

func describe(r Record) string {
	return fmt.Sprintf("%d %d %q %v %d:%x %v %q", r.Offset, r.Time.UnixMilli(), r.Key, r.Key == nil, len(r.Value), After(Record{Value: r.Value}).Before, r.Value == nil, r.Headers)
}

func decoded(t *rapid.T, encoded []byte) (all []string) {
	var set protocol.RecordSet
	if _, err := set.ReadFrom(bytes.NewReader(encoded)); err != nil {
		t.Fatal(err)
	}
	for {
		k, err := set.Records.ReadRecord()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		r, err := fromKafka(k)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, describe(r))
	}
}

func TestACompressionHasOneOfTheBrokersNames(t *testing.T) {
	for name, ok := range map[Compression]bool{"": true, "lz4": true, "zstd": true, "none": true, "gzip": true, "snappy": true, "LZ4": false, "brotli": false} {
		if err := name.Validate(); (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// BenchmarkBatch packs a request's worth of rows as capture writes them.
func BenchmarkBatch(b *testing.B) {
	value := bytes.Repeat([]byte(`{"entity_id":1234,"state":"processing","grand_total":"120.5000","created_at":"2026-01-31T12:00:00Z"},`), 12)
	var records []Record
	for i := range 600 {
		records = append(records, Record{Key: fmt.Appendf(nil, `{"table":"sales_order","pk":{"entity_id":%d}}`, i), Value: append(fmt.Append(nil, i), value...),
			Headers: []Header{{Key: "version", Value: []byte("1700000000000.12345")}, {Key: "root", Value: []byte("order/1234")}, {Key: "pipeline", Value: []byte("ABCDEFGHIJKLMNOP")}}})
	}
	for c := range codes {
		b.Run(string(c), func(b *testing.B) {
			b.ReportAllocs()
			var e batch
			for b.Loop() {
				encoded, err := e.encode(records, c, time.Now())
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(len(encoded))/float64(len(e.records)), "packed")
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(records)), "ns/record")
		})
	}
}
