package deliver

import (
	"context"
	"fmt"

	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// findAllocation finds the allocations that name the credit note that ours is of. Sage keeps no
// reference of them.
func findAllocation(ctx context.Context, c *sage.Client, o work.Operation) ([]answer, error) {
	sent, err := resource.SentAllocation(o.Body)
	if err != nil {
		return nil, err
	}
	if len(sent.AllocatedArtefacts) == 0 {
		return nil, fmt.Errorf("the allocation of %s names nothing", o.Entity)
	}
	creditNote := sent.AllocatedArtefacts[len(sent.AllocatedArtefacts)-1].ArtefactID
	found, err := c.FindAllocations(ctx, sent.ContactID, creditNote)
	return answers(o, found, allocationAnswer), err
}

func allocationAnswer(o work.Operation, a resource.ContactAllocation) answer {
	answer := answer{sageID: a.ID, differs: a.Differences(o.Body, "contact_id", "allocated_artefacts")}
	answer.another = len(answer.differs) > 0
	return answer
}
