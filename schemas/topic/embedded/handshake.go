package embedded

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// answersWithin is how long the broker, in this process, may take to answer its first request.
const answersWithin = 10 * time.Second

// namesCluster is the first version of ApiVersions in which a client says whose broker it has
// reached. kfake compares that itself.
const namesCluster = 5

// offerOldHandshake has the broker say that it takes version 0 of SaslHandshake, of which kfake
// takes 1 alone. Clients of librdkafka, such as kcat, look for 0 to see whether there is a
// login at all, and then log in with 1.
func offerOldHandshake(cluster *kfake.Cluster, broker *kgo.Client) error {
	ctx, cancel := context.WithTimeout(context.Background(), answersWithin)
	defer cancel()
	offered, err := kmsg.NewPtrApiVersionsRequest().RequestWith(ctx, broker)
	if err != nil {
		return fmt.Errorf("ask for the versions that it takes: %w", err)
	}
	for i := range offered.ApiKeys {
		if offered.ApiKeys[i].ApiKey == kmsg.SASLHandshake.Int16() {
			offered.ApiKeys[i].MinVersion = 0
		}
	}
	known := min(offered.Version, namesCluster-1)
	cluster.ControlKey(kmsg.ApiVersions.Int16(), func(r kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		if r.GetVersion() > known {
			return nil, nil, false
		}
		answer := *offered
		answer.Version = r.GetVersion()
		return &answer, nil, true
	})
	return nil
}
