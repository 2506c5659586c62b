package embedded

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// A joiner joins a group request by request.
type joiner struct {
	t      *testing.T
	client *kgo.Client
	group  string
	id     string
	epoch  int32
}

func newJoiner(t *testing.T, b *Broker, group string) *joiner {
	t.Helper()
	password, err := secretOf(b.dir)
	if err != nil {
		t.Fatal(err)
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(b.Listens), kgo.SASL(scram.Auth{User: user, Pass: password}.AsSha256Mechanism()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return &joiner{t: t, client: client, group: group}
}

// join asks to join, and returns whether the broker has answered.
func (j *joiner) join(ctx context.Context) bool {
	j.t.Helper()
	r := kmsg.NewPtrJoinGroupRequest()
	r.Group, r.MemberID, r.ProtocolType, r.SessionTimeoutMillis, r.RebalanceTimeoutMillis = j.group, j.id, "consumer", 1000, 20_000
	protocol := kmsg.NewJoinGroupRequestProtocol()
	metadata := kmsg.NewConsumerMemberMetadata()
	protocol.Name, protocol.Metadata = "range", metadata.AppendTo(nil)
	r.Protocols = append(r.Protocols, protocol)
	res, err := r.RequestWith(ctx, j.client)
	if err != nil {
		return false
	}
	j.id, j.epoch = res.MemberID, res.Generation
	if res.ErrorCode != 0 { // it is told its id first
		return j.join(ctx)
	}
	return true
}

func (j *joiner) sync(members ...string) {
	j.t.Helper()
	r := kmsg.NewPtrSyncGroupRequest()
	r.Group, r.MemberID, r.Generation = j.group, j.id, j.epoch
	for _, id := range members {
		one := kmsg.NewSyncGroupRequestGroupAssignment()
		one.MemberID = id
		r.GroupAssignment = append(r.GroupAssignment, one)
	}
	if res, err := r.RequestWith(j.t.Context(), j.client); err != nil || res.ErrorCode != 0 {
		j.t.Fatalf("sync: %+v, %v", res, err)
	}
}

// beat returns the error code of a heartbeat, 0 where all is as it was.
func (j *joiner) beat() int16 {
	j.t.Helper()
	r := kmsg.NewPtrHeartbeatRequest()
	r.Group, r.MemberID, r.Generation = j.group, j.id, j.epoch
	res, err := r.RequestWith(j.t.Context(), j.client)
	if err != nil {
		j.t.Fatal(err)
	}
	return res.ErrorCode
}

// TestAMemberThatDiedWhileItJoinedKeepsNoPartitions has one die in each of several groups,
// because the broker forgets it by chance.
func TestAMemberThatDiedWhileItJoinedKeepsNoPartitions(t *testing.T) {
	b, err := Start(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	for _, group := range []string{"a", "b", "c", "d", "e"} {
		t.Run(group, func(t *testing.T) {
			t.Parallel()
			dieJoining(t, b, group)
		})
	}
}

func dieJoining(t *testing.T, b *Broker, group string) {
	t.Helper()
	lives, dies := newJoiner(t, b, group), newJoiner(t, b, group)
	members := func() int { return len(b.cluster.GroupInfo(group).Members) }
	until := func(what string, ok func() bool) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(100 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("never happened: %s", what)
			}
		}
	}
	if !lives.join(t.Context()) {
		t.Fatal("the first did not join")
	}
	lives.sync(lives.id)
	ctx, cancel := context.WithCancel(t.Context())
	joined := make(chan bool)
	go func() { joined <- dies.join(ctx) }()
	until("the second waits to join", func() bool { return lives.beat() != 0 && members() == 2 })
	cancel()
	if <-joined {
		t.Fatal("the second was answered, and should have died before")
	}
	dies.client.Close()
	time.Sleep(200 * time.Millisecond) // the broker learns of it
	if !lives.join(t.Context()) {
		t.Fatal("the first did not join again")
	}
	lives.sync(lives.id)
	until("the dead one is gone", func() bool { return lives.beat() != 0 || members() == 1 })
	if !lives.join(t.Context()) || members() != 1 {
		t.Errorf("%d members, want the one that lives", members())
	}
	lives.sync(lives.id)
	for range 40 { // longer than two sessions
		if code := lives.beat(); code != 0 || members() != 1 {
			t.Fatalf("heartbeat %d with %d members, want whoever is heard to stay", code, members())
		}
		time.Sleep(100 * time.Millisecond)
	}
}
