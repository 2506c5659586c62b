// Package plan decides what is to be done in Sage about one entity.
//
//	entity + policy + what is in Sage → verdict
//
//	admit     may the document be posted?      else skipped, waiting or parked
//	compose   its lines, to the penny          else parked           (plan/lines)
//	contact   its contact's id in Sage         else waiting for it
//	create    the operation, under a stable id
//
// Each step is called once and gives a value or a stop; the first stop is the verdict.
// There is a file per entity, and one table, which names for each kind of entity what
// is to be read of Sage and how to decide. A kind that is not in the table is an error.
//
// The package is pure. It asks only the InSage that it is given, and the same
// question has the same answer, so that a plan can be made again at any time: after a
// crash, a new version of the entity, or a new policy.
package plan
