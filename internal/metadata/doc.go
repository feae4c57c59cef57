// Package metadata holds the words that all of semsync speaks: tables, fields,
// annotations, runs, changes, faults and events. It does no input or output
// and imports nothing of the module.
package metadata
