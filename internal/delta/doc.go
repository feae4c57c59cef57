// Package delta tells which tables of a source changed since their last sync,
// by a checksum of their structure, by a time or by a version (SPEC 5).
//
// A [Detector] is made once from the settings. A [Joiner] runs it over two
// streams that are sorted by database and name: the tables of a source and
// the states that the layer remembers. It holds one state at a time, and
// beside that only the names of tables that the source did not show, since
// whether these are gone is known only once the source says that its list is
// complete.
//
// The package does no input or output.
package delta
