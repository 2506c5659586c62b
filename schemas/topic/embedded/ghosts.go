package embedded

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// ghosts removes members of groups whose connection ended while they waited to join. kfake
// begins a member's session with the answer to its join, and forgets to where nobody is left
// to take the answer: such a member would keep its partitions, which nobody reads then, until
// the group is joined the next time.
type ghosts struct {
	cluster *kfake.Cluster
	broker  *kgo.Client
	stop    context.CancelFunc
	done    chan struct{}

	mu     sync.Mutex
	groups map[string]time.Duration // the longest session of a group's members
	heard  map[string]time.Time     // when a member was heard last, or seen first
}

// lookForGhosts is how often the members are compared with what was heard of them.
const lookForGhosts = time.Second

// TakeOutGhosts does for a kfake broker of somebody else what Start does for its own, until
// stop is called. login is empty for a broker that asks for none.
func TakeOutGhosts(cluster *kfake.Cluster, address string, login ...kgo.Opt) (stop func(), err error) {
	g, err := watchGhosts(cluster, address, login...)
	if err != nil {
		return nil, err
	}
	return g.close, nil
}

func watchGhosts(cluster *kfake.Cluster, address string, login ...kgo.Opt) (*ghosts, error) {
	broker, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(address), kgo.ClientID("mage2sage")}, login...)...)
	if err != nil {
		return nil, fmt.Errorf("look for members that died while they joined: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	g := &ghosts{cluster: cluster, broker: broker, stop: stop, done: make(chan struct{}), groups: map[string]time.Duration{}, heard: map[string]time.Time{}}
	for _, key := range []kmsg.Key{kmsg.JoinGroup, kmsg.SyncGroup, kmsg.Heartbeat, kmsg.OffsetCommit} {
		cluster.ControlKey(key.Int16(), g.hear)
	}
	go g.run(ctx)
	return g, nil
}

// hear notes who sends a request, and leaves it to the broker.
func (g *ghosts) hear(r kmsg.Request) (kmsg.Response, error, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch r := r.(type) {
	case *kmsg.JoinGroupRequest:
		g.groups[r.Group] = max(g.groups[r.Group], time.Duration(r.SessionTimeoutMillis)*time.Millisecond)
		g.heard[r.MemberID] = time.Now()
	case *kmsg.SyncGroupRequest:
		g.heard[r.MemberID] = time.Now()
	case *kmsg.HeartbeatRequest:
		g.heard[r.MemberID] = time.Now()
	case *kmsg.OffsetCommitRequest:
		g.heard[r.MemberID] = time.Now()
	}
	return nil, nil, false
}

func (g *ghosts) run(ctx context.Context) {
	defer close(g.done)
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(lookForGhosts):
			g.look(ctx)
		}
	}
}

// look has the members of groups at rest leave that were silent for longer than two
// sessions: what lives is heard many times in one.
func (g *ghosts) look(ctx context.Context) {
	members := map[string]bool{}
	for group, session := range g.known() {
		info := g.cluster.GroupInfo(group)
		if info == nil {
			continue
		}
		for _, m := range info.Members {
			members[m.MemberID] = true
			if g.silentFor(m.MemberID) > 2*session && info.State == "Stable" {
				g.leave(ctx, group, m.MemberID)
			}
		}
	}
	g.keepOnly(members)
}

func (g *ghosts) known() map[string]time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := make(map[string]time.Duration, len(g.groups))
	for group, session := range g.groups {
		all[group] = session
	}
	return all
}

// silentFor is how long nothing was heard of a member; it begins when it is first seen.
func (g *ghosts) silentFor(member string) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.heard[member].IsZero() {
		g.heard[member] = time.Now()
	}
	return time.Since(g.heard[member])
}

// keepOnly forgets the members that no group has any more.
func (g *ghosts) keepOnly(members map[string]bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for member, at := range g.heard {
		if !members[member] && time.Since(at) > time.Minute {
			delete(g.heard, member)
		}
	}
}

// leave is tried again by the next look where it fails.
func (g *ghosts) leave(ctx context.Context, group, member string) {
	r := kmsg.NewPtrLeaveGroupRequest()
	r.Group = group
	r.MemberID = member
	one := kmsg.NewLeaveGroupRequestMember()
	one.MemberID = member
	r.Members = append(r.Members, one)
	_, _ = r.RequestWith(ctx, g.broker)
}

func (g *ghosts) close() {
	g.stop()
	g.broker.Close()
	<-g.done
}
