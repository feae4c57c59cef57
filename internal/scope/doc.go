// Package scope decides which tables a sync looks at. A scope is compiled once
// from databases, include patterns and exclude patterns, and then asked about
// each table; its answer always names the entry that decided.
//
// A table is in scope when some entry of databases selects it (or there are no
// entries), some include pattern matches it (or there are none), and no
// exclude pattern does.
//
// Names are opaque: they may hold dots and spaces,
// and they are compared with case.
package scope
