// Package enrich works out what a table and its fields mean from names, types,
// keys and neighbours: a sentence for people, tags, a semantic type, a business
// term, the kind of personal data and how confidential it is.
//
// A name goes through these steps, one file each:
//
//	split      snake_case, camelCase and runtogether names become words
//	tablename  the words of the table's name become the name of one row
//	shape      type, keys and words say what sort of field it is: key,
//	           reference, event, flag, count or plain
//	match      the pattern with the longest run of words at the name's end wins
//	owner      the words before the match become what the field belongs to
//	say        the pattern's template becomes a sentence
//
// All that it knows about words lies in data/*.yaml and can be read and
// extended there; the code knows grammar only. The package does no input or
// output, and an Enricher may be used by many goroutines at once.
package enrich
