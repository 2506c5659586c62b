// Package crash has the points at which a process can be made to die, as by a power cut, to
// find out whether what it leaves behind is enough. In the product a point is nothing; built
// with the tag crashpoints, the environment says at which one the process kills itself:
//
//	MAGE2SAGE_CRASH_AT=sink.claimed     at the first time that it comes there
//	MAGE2SAGE_CRASH_AT=sink.claimed:20  at the twentieth
package crash
