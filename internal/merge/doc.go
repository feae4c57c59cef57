// Package merge works out what the layer shall say about a table, from what it
// says now and from what the source, the definition files and the generator
// say. It does no input or output.
//
// # Three ways
//
// Each attribute is merged by itself. Its base is what semsync wrote last. When
// what the layer holds now differs from the base, a person changed it there: an edit.
// Clearing a value is an edit too. In a row that semsync never wrote, everything
// that is set is an edit. An edited attribute keeps its old base, so that the edit
// is recognised in every later run.
//
// What semsync would write is its own value: what a definition file declares, else
// the source's comment, else what was generated. Where there is no edit, the
// own value is written, and an own value that is gone is taken back. Where
// there is an edit, a declared value goes before it, and it goes before all
// others, unless [Rules] say otherwise. It is a conflict only when both sides left the base
// for different values; conflicts are listed with both sides whatever becomes of them.
//
// Tags are merged one by one: a tag that a person added stays, one that a
// person removed does not come back unless a definition file asks for it, one
// that semsync wrote and would not write any more goes. When the type of a field changes, no tag goes.
//
// # What is reported
//
// Each difference that is to be written is one [metadata.Change], with these
// exceptions: a table that semsync did not know is one change with its whole
// content, and so is a new field; a table that comes back is one change for the table and
// its fields; object ids, row estimates and bases are written without a change, since
// they say nothing to a person. An edit changes nothing but the origin of a
// description, which is reported as a change of description_origin with the reason "edited
// in the layer".
package merge
