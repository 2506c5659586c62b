package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/schemas/secret"
	"github.com/mage2sage/mage2sage/sink/postgres"
)

// months lists the audit trail's tables.
func months(t *testing.T, dsn string) (all []string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	rows, err := conn.Query(t.Context(), `SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit'::regclass ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	all, err = pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// month is the table of the month so many months from now.
func month(from int) string {
	now := time.Now().UTC()
	return time.Date(now.Year(), now.Month()+time.Month(from), 1, 0, 0, 0, 0, time.UTC).Format("audit_2006_01")
}

// withMonth makes a month of the past with an entry, as it was made then.
func withMonth(t *testing.T, dsn string, ago int) string {
	t.Helper()
	now := time.Now().UTC()
	first := time.Date(now.Year(), now.Month()-time.Month(ago), 1, 0, 0, 0, 0, time.UTC)
	name := month(-ago)
	exec(t, dsn, fmt.Sprintf(`CREATE TABLE %[1]s PARTITION OF audit FOR VALUES FROM ('%[2]s') TO ('%[3]s');
		INSERT INTO audit (at, binding, event) VALUES ('%[2]s', 'b', 'of old')`, name, first.Format(time.RFC3339), first.AddDate(0, 1, 0).Format(time.RFC3339)))
	return name
}

func TestTheAuditTrailHasATableForEachMonthAndTheNextTwo(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	want := []string{month(0), month(1), month(2)}
	if got := months(t, dsn); !slices.Equal(got, want) {
		t.Fatalf("migrate has made %v, want %v", got, want)
	}
	exec(t, dsn, "DROP TABLE "+month(1)+", "+month(2))
	for range 2 {
		if err := s.KeepMonths(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := months(t, dsn); !slices.Equal(got, want) {
		t.Errorf("there are %v, want %v", got, want)
	}
	exec(t, dsn, "INSERT INTO audit (at, binding, event) VALUES (now() + interval '1 month', 'b', 'x')")
	for _, statement := range []string{"UPDATE %s SET event = 'x'", "DELETE FROM %s", "TRUNCATE %s"} {
		for _, table := range []string{"audit", month(0), month(1)} {
			if err := try(dsn, fmt.Sprintf(statement, table)); err == nil || !strings.Contains(err.Error(), "append only") {
				t.Errorf("%s: %v, want it refused", fmt.Sprintf(statement, table), err)
			}
		}
	}
}

// Who erases a person's data may take details away; nothing else of an entry changes, and none goes.
func TestErasingTakesDetailsAwayAndChangesNothing(t *testing.T) {
	t.Parallel()
	_, dsn := open(t)
	exec(t, dsn, `INSERT INTO audit (binding, event, detail) VALUES ('b', 'x', '{"note": "n", "by": "bea"}')`)
	const erasing = "SET mage2sage.erase = 'yes'; "
	for _, statement := range []string{
		"UPDATE audit SET event = 'y'", "DELETE FROM audit", "TRUNCATE audit", `UPDATE audit SET detail = '{"note": "other"}'`, `UPDATE audit SET detail = detail || '{"more": 1}'`,
	} {
		if err := try(dsn, erasing+statement); err == nil || !strings.Contains(err.Error(), "append only") {
			t.Errorf("%s: %v, want it refused", statement, err)
		}
	}
	exec(t, dsn, erasing+"UPDATE audit SET detail = detail - 'note'")
	asserts(t, dsn, `SELECT detail = '{"by": "bea"}' FROM audit WHERE event = 'x'`)
	if err := try(dsn, "UPDATE audit SET detail = detail - 'by'"); err == nil {
		t.Error("a detail was taken away by who erases nobody")
	}
}

func TestADatabaseThatNobodyHasUsedForMonthsIsOpenedWithAMonthToWriteTo(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	s.Close()
	exec(t, dsn, "DROP TABLE "+month(0)+", "+month(1)+", "+month(2))
	again, err := postgres.Open(t.Context(), postgres.Config{URL: secret.String(dsn)})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if _, err := again.Resume(t.Context(), "b"); err != nil {
		t.Errorf("%v, want it written down", err)
	}
}

func TestOldMonthsGoAsAWhole(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	old, older, recent := withMonth(t, dsn, 8), withMonth(t, dsn, 9), withMonth(t, dsn, 7)
	before := time.Now().UTC().AddDate(0, -7, 0)
	names, entries, err := s.OldMonths(t.Context(), before)
	if err != nil || !slices.Equal(names, []string{older, old}) || entries != 2 {
		t.Fatalf("%v with %d entries, %v; want those that ended seven months ago", names, entries, err)
	}
	last, err := s.TrailEnd(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dropped, err := s.DropMonths(t.Context(), before, time.Minute)
	if err != nil || !slices.Equal(dropped, names) {
		t.Fatalf("%v was dropped, %v; want %v", dropped, err, names)
	}
	if got := months(t, dsn); slices.Contains(got, old) || !slices.Contains(got, recent) {
		t.Errorf("there are %v", got)
	}
	if now, err := s.TrailEnd(t.Context()); err != nil || now <= last {
		t.Errorf("the trail ends at %d, and did at %d, %v: want it to go on", now, last, err)
	}
	asserts(t, dsn, `SELECT count(*) = 2 FROM audit WHERE event = 'audit month dropped'`)
}

// The number of the last entry is what a restored database is recognised by.
func TestTheMonthWithTheLastEntryStays(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	withMonth(t, dsn, 8)
	exec(t, dsn, "SET session_replication_role = replica; DELETE FROM audit WHERE at > now() - interval '1 month'")
	if names, _, err := s.OldMonths(t.Context(), time.Now()); err != nil || len(names) != 0 {
		t.Errorf("%v would go, %v; want the last entry to stay", names, err)
	}
}

func TestWhatAProcessLeftInTheMiddleOfDroppingIsEnded(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	half, apart := withMonth(t, dsn, 9), withMonth(t, dsn, 8)
	exec(t, dsn, "ALTER TABLE audit DETACH PARTITION "+apart)
	reader, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close(context.Background())
	if _, err := reader.Exec(t.Context(), "BEGIN; SELECT count(*) FROM audit"); err != nil {
		t.Fatal(err)
	}
	dropper, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer dropper.Close(context.Background())
	if _, err := dropper.Exec(t.Context(), "SET statement_timeout = '300ms'"); err != nil {
		t.Fatal(err)
	}
	if _, err := dropper.Exec(t.Context(), "ALTER TABLE audit DETACH PARTITION "+half+" CONCURRENTLY"); err == nil {
		t.Fatal("it did not wait for the reader")
	}
	asserts(t, dsn, "SELECT inhdetachpending FROM pg_inherits WHERE inhrelid = '"+half+"'::regclass")
	if _, err := reader.Exec(t.Context(), "COMMIT"); err != nil {
		t.Fatal(err)
	}
	dropped, err := s.DropMonths(t.Context(), time.Now().AddDate(0, -7, 0), time.Minute)
	if err != nil || !slices.Equal(dropped, []string{half, apart}) {
		t.Errorf("%v was dropped, %v; want both", dropped, err)
	}
}

// A backup reads for hours: the months go another time.
func TestAMonthThatIsReadGoesAnotherTime(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	withMonth(t, dsn, 9)
	backup, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer backup.Close(context.Background())
	if _, err := backup.Exec(t.Context(), "BEGIN; SELECT count(*) FROM audit"); err != nil {
		t.Fatal(err)
	}
	if dropped, err := s.DropMonths(t.Context(), time.Now().AddDate(0, -7, 0), 300*time.Millisecond); !errors.Is(err, postgres.ErrMonthsInUse) {
		t.Errorf("%v was dropped, %v; want it left", dropped, err)
	}
}

// TestWritersNeverWaitForMonths has each writer give up after half a second, and one transaction
// stay open that has written.
func TestWritersNeverWaitForMonths(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	old := withMonth(t, dsn, 9)
	exec(t, dsn, "DROP TABLE "+month(1)+", "+month(2))
	const write = "INSERT INTO audit (binding, event) VALUES ('b', 'written')"
	slow, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close(context.Background())
	if _, err := slow.Exec(t.Context(), "BEGIN; "+write); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var writers sync.WaitGroup
	for range 4 {
		writers.Go(func() {
			for ctx.Err() == nil {
				if err := try(dsn, "SET lock_timeout = '500ms'; "+write); err != nil {
					t.Errorf("a writer had to wait: %v", err)
					return
				}
			}
		})
	}
	if err := s.KeepMonths(t.Context()); err != nil {
		t.Error(err)
	}
	if got := months(t, dsn); !slices.Contains(got, month(2)) {
		t.Errorf("under writers %v was made", got)
	}
	done := make(chan error, 1)
	go func() {
		_, err := s.DropMonths(context.WithoutCancel(ctx), time.Now().AddDate(0, -7, 0), time.Minute)
		done <- err
	}()
	select {
	case err := <-done:
		t.Errorf("dropped while a transaction is open, %v", err)
	case <-time.After(1500 * time.Millisecond):
	}
	if _, err := slow.Exec(t.Context(), "COMMIT"); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	stop()
	writers.Wait()
	if got := months(t, dsn); slices.Contains(got, old) {
		t.Errorf("%s is there still", old)
	}
}
