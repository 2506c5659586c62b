package crash

// A Point is a moment between two steps, of which one is done and the other is not.
type Point string

// The points, in the order in which a row passes them.
const (
	CaptureProduced   Point = "capture.produced"   // Kafka has the records, the position is not saved
	CaptureSaved      Point = "capture.saved"      // the position is saved
	TransformProduced Point = "transform.produced" // Kafka has the entities, the state does not know it
	TransformKept     Point = "transform.kept"     // the state knows it
	SinkTaken         Point = "sink.taken"         // Postgres has the entities, the group is not told
	SinkPlanned       Point = "sink.planned"       // the verdict is committed
	SinkLookedUp      Point = "sink.looked_up"     // Sage does not have it, and nothing is claimed
	SinkAdmitted      Point = "sink.admitted"      // a permit is held, and nothing is claimed
	SinkClaimed       Point = "sink.claimed"       // the intention is committed, nothing left
	SinkAnswered      Point = "sink.answered"      // Sage has answered, and nothing is written down
	SinkRecorded      Point = "sink.recorded"      // the answer is committed
	TokenRotated      Point = "token.rotated"      // Sage gave new tokens, and nothing is written down
)

// Points lists all points.
func Points() []Point {
	return []Point{CaptureProduced, CaptureSaved, TransformProduced, TransformKept, SinkTaken, SinkPlanned, SinkLookedUp, SinkAdmitted,
		SinkClaimed, SinkAnswered, SinkRecorded, TokenRotated}
}
