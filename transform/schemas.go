package transform

import (
	"context"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/schemas/topic/registry"
)

// Subjects are what transform has in a schema registry: the schema of each kind of entity,
// under the name of its topic.
func Subjects(names topic.Names) (all []registry.Subject) {
	for _, info := range canonical.Kinds() {
		all = append(all, subjectOf(names, info.Kind))
	}
	return all
}

func subjectOf(names topic.Names, k canonical.Kind) registry.Subject {
	return registry.SubjectOf(names.Canonical(string(k)), canonical.Schema(k))
}

// registerSchemas asks the registry for the ids that stand in the values of this run. They
// hold for as long as it lasts, so a registry that goes away later keeps nobody from work.
func (s *Stage) registerSchemas(ctx context.Context) error {
	if s.Schemas == nil {
		return nil
	}
	ids := map[canonical.Kind]uint32{}
	for _, info := range canonical.Kinds() {
		id, err := s.Schemas.Register(ctx, subjectOf(s.Names, info.Kind))
		if err != nil {
			return err
		}
		ids[info.Kind] = id
		s.Health.Prove(s.Names.Raw(change.Reference))
	}
	s.schemaIDs = ids
	s.Log.Info().Int("schemas", len(ids)).Msg("schemas are registered")
	return nil
}

// written is an entity's JSON as its topic has it: with the id of its schema where there is
// a registry.
func (s *Stage) written(k canonical.Kind, text []byte) []byte {
	if s.Schemas == nil {
		return text
	}
	return canonical.Framed(s.schemaIDs[k], text)
}
