// Package postgres reads the catalogs of a PostgreSQL database, version 12 or
// later.
//
// The questions in query/*.sql are asked about all tables at once. The server
// ranks the tables by their names in byte order and gives every answer in the
// order of that rank, read from indexes rather than sorted, so that the client
// joins the answers as they stream in and holds one table at a time.
//
// The questions are asked side by side, on connections that share one
// snapshot. Where the limiter has fewer places than there are questions, or
// the server shares no snapshots, they are cursors of one connection, which
// are read in turn.
//
// Catalogs show every table to every role, so certificates carry no digest of
// privileges. All settings are made for the transaction (SET LOCAL) and no
// statement is kept prepared: a pooler in transaction mode does no harm.
package postgres
