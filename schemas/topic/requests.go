package topic

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// Requests are the snapshots that were asked for of a source, by id, and their answers.
type Requests struct {
	Asked    map[string]change.SnapshotRequest
	Answered map[string]change.SnapshotAnswer
}

// Open lists the requests that are not done, in the order in which they were made.
func (r Requests) Open() (all []change.SnapshotRequest) {
	for id, request := range r.Asked {
		if !r.Answered[id].Done {
			all = append(all, request)
		}
	}
	slices.SortFunc(all, func(a, b change.SnapshotRequest) int {
		return cmp.Or(cmp.Compare(a.AtMS, b.AtMS), cmp.Compare(a.ID, b.ID))
	})
	return all
}

// take applies a record of the offsets topic. What does not decode asks for nothing.
func (r *Requests) take(key change.SourceKey, record Record) {
	if r.Asked == nil {
		r.Asked, r.Answered = map[string]change.SnapshotRequest{}, map[string]change.SnapshotAnswer{}
	}
	var request change.SnapshotRequest
	var answer change.SnapshotAnswer
	switch {
	case record.Value == nil && key.Answer:
		delete(r.Answered, key.Request)
	case record.Value == nil:
		delete(r.Asked, key.Request)
	case key.Answer && json.Unmarshal(record.Value, &answer) == nil:
		r.Answered[key.Request] = answer
	case !key.Answer && json.Unmarshal(record.Value, &request) == nil:
		request.ID = key.Request
		r.Asked[key.Request] = request
	}
}

// A RequestReader follows the requests of a source.
type RequestReader struct {
	Client   *Client
	Names    Names
	Source   string
	Pipeline string // whose records count

	next int64
	all  Requests
}

// Read reads on to the present end of the offsets topic, and returns the requests so far.
func (r *RequestReader) Read(ctx context.Context) (Requests, error) {
	starts, ends, err := r.Client.Ranges(ctx, r.Names.Offsets(), 1)
	if err != nil {
		return r.all, err
	}
	if r.next = max(r.next, starts[0]); r.next >= ends[0] {
		return r.all, nil
	}
	r.next, err = r.Client.ReadTo(ctx, r.Names.Offsets(), 0, r.next, ends[0], func(record Record) error {
		var key change.SourceKey
		if json.Unmarshal(record.Key, &key) == nil && key.Source == r.Source && key.Request != "" && record.Header(change.HeaderPipeline) == r.Pipeline {
			r.all.take(key, record)
		}
		return nil
	})
	return r.all, err
}

// RequestRecord is the record of the offsets topic that asks for a snapshot.
func RequestRecord(source string, request change.SnapshotRequest) (Record, error) {
	return stateRecord(change.SourceKey{Source: source, Request: request.ID}, request)
}

// AnswerRecord is the record of the offsets topic that answers a request.
func AnswerRecord(source, id string, answer change.SnapshotAnswer) (Record, error) {
	return stateRecord(change.SourceKey{Source: source, Request: id, Answer: true}, answer)
}

// ForgetRequest are the records by which compaction drops a request and its answer.
func ForgetRequest(source, id string) (all []Record, err error) {
	for _, answer := range []bool{false, true} {
		r, err := stateRecord(change.SourceKey{Source: source, Request: id, Answer: answer}, nil)
		if err != nil {
			return nil, err
		}
		r.Value = nil
		all = append(all, r)
	}
	return all, nil
}
