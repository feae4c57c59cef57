// Package mysql reads the catalogs of MySQL and MariaDB servers.
//
// Everything comes from information_schema, so that an account needs no more
// than some privilege on the tables it is to see. Such an account does not see
// the tables on which it has no privilege, and nothing tells it so: therefore
// every certificate carries a digest of the account's grants.
//
// A discovery asks one question per kind of thing (tables, columns, keys,
// indexes) about the whole server, and one about the partitions of each
// database that has any. Each answer comes sorted in byte order, and they are joined as they
// stream in. Where the limiter has fewer places than there are questions, the
// databases are read one after another and held in memory one at a time.
//
// information_schema keeps no snapshots: a table that is altered during the
// read may come with its columns of before and its keys of after. The next
// read sees it whole and finds it changed.
package mysql
