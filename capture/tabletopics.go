package capture

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/capture/source"
	"github.com/mage2sage/mage2sage/capture/stream"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// Topics of tables are filled beside those of the domains. Their ends are in no checkpoint
// and nobody watches them, because a record may be there twice. What has to be noticed is
// that one was never filled, or is gone: both are made good by a snapshot.

// TableNeeds are the topics that capture makes for the tables of a configuration, as far
// as a shop has them, when it is asked for a topic for each.
func TableNeeds(names topic.Names, c Config, partitions, replicas int) (needs topic.Needs) {
	counts := partitionsOf(partitions)
	for _, t := range magento.Tables {
		if t.Group != magento.Always && !slices.Contains(c.AlsoCapture, t.Group) || t.Filter == magento.ListedAttributes && len(c.attributes()[t.Root.Kind]) == 0 {
			continue
		}
		needs.Topics = append(needs.Topics, tableNeed(names.Table(c.Database, c.TablePrefix+t.Name), counts[t.Domain], replicas))
	}
	return needs
}

func tableNeed(name string, partitions, replicas int) topic.Need {
	return topic.Need{Rights: topic.Create | topic.Describe | topic.Write, Spec: topic.Spec{
		Name: name, Partitions: partitions, Replicas: replicas, MinCompactionLag: compactionLag, DeleteRetention: deleteRetention}}
}

// captured lists the tables that the shop has and that are captured, as it keeps them.
func captured(db *source.Database) (all []magento.Table) {
	for _, t := range magento.Tables {
		if db.Captures(t) {
			all = append(all, db.AsKept(t))
		}
	}
	return all
}

// ensureTableTopics makes the topics of the tables that the shop has, where they are wanted.
func (s *Stage) ensureTableTopics(ctx context.Context, db *source.Database) error {
	if !s.TableTopics {
		return nil
	}
	var needs topic.Needs
	for _, t := range captured(db) {
		needs.Topics = append(needs.Topics, tableNeed(s.tableTopic(db, t), s.partitions()[t.Domain], s.Replicas))
	}
	return s.Topics.Ensure(ctx, needs.Made())
}

func (s *Stage) tableTopic(db *source.Database, t magento.Table) string {
	return s.Names.Table(db.Name(), s.Config.TablePrefix+t.Name)
}

// tableTopics is what the stream needs to fill them; nil where they are not wanted.
func (s *Stage) tableTopics(ctx context.Context, db *source.Database) (*stream.TableTopics, error) {
	if !s.TableTopics {
		return nil, nil
	}
	all := &stream.TableTopics{Connector: db.Server.Flavor, Prefix: s.Config.TablePrefix, Layouts: map[string]*row.Layout{}}
	for _, t := range captured(db) {
		layout, err := db.Layout(ctx, t)
		if err != nil {
			return nil, err
		}
		all.Layouts[t.Name] = layout
	}
	return all, nil
}

// withTables ends the digest of what was captured, where the topics of tables have it too.
const withTables = "+tables"

func (s *Stage) captured(db *source.Database) string {
	if s.TableTopics {
		return db.Captured() + withTables
	}
	return db.Captured()
}

// sameCaptured reports whether the topics that are wanted have what is captured. Topics of
// tables that are not wanted any more are left as they are.
func (s *Stage) sameCaptured(saved string, db *source.Database) bool {
	if !s.TableTopics {
		saved = strings.TrimSuffix(saved, withTables)
	}
	return saved == s.captured(db)
}

// untold are the rows that the topics of domains have last as deleted, behind what a checkpoint
// speaks of. The topics of their tables may lack those deletes: they are sent after the domains',
// and a session that ended between them is not always repeated. A row that went with its parent
// is found gone by comparing, and nothing of it is left to be found; one whose parent is gone
// when its delete is read again has no root.
func (s *Stage) untold(ctx context.Context, saved change.Checkpoint, ends map[change.Domain][]int64) (rows []stream.Gone, err error) {
	if !s.TableTopics {
		return nil, nil
	}
	last := map[string]*stream.Gone{} // by key; nil where the row lives
	err = s.unsaved(ctx, saved, ends, func(r topic.Record, _ change.Version) {
		if r.Value != nil && r.Header(change.HeaderKind) == "" { // a tombstone follows its delete
			last[string(r.Key)] = deletedBy(r)
		}
	})
	for _, row := range last {
		if row != nil {
			rows = append(rows, *row)
		}
	}
	return rows, err
}

// deletedBy is the row that a record deletes; nil for any other record.
func deletedBy(r topic.Record) *stream.Gone {
	key, err := change.DecodeKey(r.Key)
	if err != nil {
		return nil
	}
	e, err := change.DecodeEnvelope(r.Value)
	t, known := magento.ByName(key.Table)
	if err != nil || e == nil || e.Op != change.Delete || !known {
		return nil
	}
	return &stream.Gone{Table: t, Root: change.Root(r.Header(change.HeaderRoot)), Key: r.Key, Row: e.Before}
}

// lostTableTopic reports that the topic of a table is empty that had rows, and whose snapshot
// was taken; "" is none. Somebody has deleted it, and it was just made anew.
func (s *Stage) lostTableTopic(ctx context.Context, db *source.Database, state topic.SourceState) (reason string, err error) {
	if !s.TableTopics {
		return "", nil
	}
	for _, t := range captured(db) {
		progress := state.Progress[t.Domain]
		if !slices.Contains(state.Checkpoint.Filled, t.Name) || progress.Epoch != state.Checkpoint.Epoch || !progress.Done && !slices.Contains(progress.Tables, t.Name) {
			continue
		}
		ends, err := s.Topics.EndOffsets(ctx, s.tableTopic(db, t), s.partitions()[t.Domain])
		if err != nil {
			return "", err
		}
		if slices.Max(ends) == 0 {
			return fmt.Sprintf("kafka lost records: %s is empty, and %s had rows", s.tableTopic(db, t), t.Name), nil
		}
	}
	return "", nil
}
