// Package definitions reads the files in which people declare what their data
// means: data dictionaries, glossaries, relationships with lineage, and governance.
//
// Reading is strict. Everything that is wrong is told at once, with file, line,
// column, key and what to do, and nothing is loaded when anything is wrong. A file
// may hold sections of any kind; several files are one set, in which nothing may be declared twice.
package definitions
